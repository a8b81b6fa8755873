//! Writes the schema of a keyspace from the tables in which Cassandra keeps it: before version 4.0, no server describes it.

use serde_json::{Map, Value};
use time::PrimitiveDateTime;

use super::cql::{literal, quoted};
use super::session::Cql;
use crate::error::{Error, Result, escape};

/// A row of a table of `system_schema`, by column.
type Row = Map<String, Value>;

/// Columns of tables and views that are no options of them.
const NO_OPTIONS: [&str; 10] = [
    "keyspace_name",
    "table_name",
    "view_name",
    "id",
    "flags",
    "extensions",
    "base_table_id",
    "base_table_name",
    "include_all_columns",
    "where_clause",
];

/// What Cassandra keeps about a keyspace.
#[derive(Debug, Default)]
struct Kept {
    keyspaces: Vec<Row>,
    types: Vec<Row>,
    functions: Vec<Row>,
    aggregates: Vec<Row>,
    tables: Vec<Row>,
    columns: Vec<Row>,
    dropped_columns: Vec<Row>,
    indexes: Vec<Row>,
    views: Vec<Row>,
    triggers: Vec<Row>,
}

/// Returns the statements that make a keyspace, with those that dropped columns.
///
/// # Errors
/// `Schema` if they cannot be written; `Database`.
pub(super) fn script(cql: &Cql, keyspace: &str) -> Result<String> {
    let rows = |table: &str| -> Result<Vec<Row>> {
        let of = literal(keyspace);
        let found: Vec<(String,)> =
            cql.rows(format!("SELECT JSON * FROM system_schema.{table} WHERE keyspace_name = {of}"))?;
        let parsed = found.iter().map(|(text,)| serde_json::from_str(text));
        parsed.collect::<Result<_, _>>().map_err(|error| {
            Error::database("Cassandra's own schema cannot be read").at_table(table.to_owned()).because(error)
        })
    };
    let kept = Kept {
        keyspaces: rows("keyspaces")?,
        types: rows("types")?,
        functions: rows("functions")?,
        aggregates: rows("aggregates")?,
        tables: rows("tables")?,
        columns: rows("columns")?,
        dropped_columns: rows("dropped_columns")?,
        indexes: rows("indexes")?,
        views: rows("views")?,
        triggers: rows("triggers")?,
    };
    Ok(kept.statements(keyspace)?.iter().map(|statement| format!("{statement};\n\n")).collect())
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the texts of a list or set.
fn texts<'a>(row: &'a Row, column: &str) -> Vec<&'a str> {
    row.get(column).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Returns a value as CQL writes it.
fn value(value: &Value) -> String {
    match value {
        Value::String(text) => literal(text),
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, of)| format!("{}: {}", literal(key), self::value(of))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// Returns a type without the word that arguments of functions may not have.
fn thawed(cql: &str) -> &str {
    cql.strip_prefix("frozen<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(cql)
}

fn unwritten(what: &str, table: &str) -> Error {
    Error::schema(format!("the schema of a table cannot be written: {what}"))
        .at_table(escape::line(table).into_owned())
        .hint("Leave the keyspace out, or bring the cluster to Cassandra 4.0, which describes its schema itself.")
}

/// The key of a table or view.
struct Key<'a> {
    partition: Vec<&'a str>,
    clustering: Vec<&'a Row>,
}

impl Key<'_> {
    fn primary(&self) -> String {
        let clustering = self.clustering.iter().map(|column| text(column, "column_name"));
        let behind: String = clustering.map(|name| format!(", {}", quoted(name))).collect();
        format!("PRIMARY KEY (({}){behind})", list(self.partition.iter().copied()))
    }

    /// Returns the words that say the order of rows, if there is any.
    fn order(&self) -> Option<String> {
        let one = |column: &&Row| {
            let order = text(column, "clustering_order").to_uppercase();
            format!("{} {order}", quoted(text(column, "column_name")))
        };
        let all: Vec<String> = self.clustering.iter().map(one).collect();
        (!all.is_empty()).then(|| format!("CLUSTERING ORDER BY ({})", all.join(", ")))
    }
}

/// Returns the options of a table or view.
fn options(row: &Row) -> impl Iterator<Item = String> + '_ {
    let own = row.iter().filter(|(name, value)| !NO_OPTIONS.contains(&name.as_str()) && !value.is_null());
    own.map(|(name, of)| format!("{name} = {}", value(of)))
}

impl Kept {
    fn statements(&self, keyspace: &str) -> Result<Vec<String>> {
        let own = quoted(keyspace);
        if let Some(trigger) = self.triggers.first() {
            return Err(unwritten("it has a trigger", text(trigger, "table_name")));
        }
        let first =
            self.keyspaces.first().ok_or_else(|| Error::internal("a keyspace that is not there was described"))?;
        let replication = value(first.get("replication").unwrap_or(&Value::Null));
        let durable = value(first.get("durable_writes").unwrap_or(&Value::Bool(true)));
        let mut all =
            vec![format!("CREATE KEYSPACE {own} WITH replication = {replication} AND durable_writes = {durable}")];
        for row in &self.types {
            let types = texts(row, "field_types");
            let fields = texts(row, "field_names").into_iter().zip(types);
            let fields: Vec<String> = fields.map(|(name, cql)| format!("{} {cql}", quoted(name))).collect();
            all.push(format!("CREATE TYPE {own}.{} ({})", quoted(text(row, "type_name")), fields.join(", ")));
        }
        all.extend(self.functions.iter().map(|row| function(row, &own)));
        all.extend(self.aggregates.iter().map(|row| aggregate(row, &own)));
        for row in &self.tables {
            all.extend(self.table(row, &own)?);
        }
        all.extend(self.views.iter().map(|row| self.view(row, &own)));
        Ok(all)
    }

    /// Returns the columns of a table or view: those of the key first.
    fn columns(&self, table: &str) -> Vec<&Row> {
        let mut columns: Vec<&Row> = self.columns.iter().filter(|row| text(row, "table_name") == table).collect();
        let kinds = ["partition_key", "clustering", "static", "regular"];
        columns.sort_by_key(|row| {
            let kind = kinds.iter().position(|kind| *kind == text(row, "kind"));
            (kind, row.get("position").and_then(Value::as_i64), text(row, "column_name"))
        });
        columns
    }

    /// Returns the statements of a table: it with all columns that it ever had, those that drop some, its indexes.
    fn table(&self, row: &Row, own: &str) -> Result<Vec<String>> {
        let name = text(row, "table_name");
        let named = format!("{own}.{}", quoted(name));
        let flags = texts(row, "flags");
        let has = |flag: &str| flags.contains(&flag);
        if has("super") {
            return Err(unwritten("it is a super column family of Thrift", name));
        }
        // Tables of Thrift's kind have columns that nobody sees; those of one of them are called static.
        let (dense, fixed) = (has("dense"), !has("dense") && !has("compound"));
        let mut columns = self.columns(name);
        columns.retain(|column| match text(column, "kind") {
            "clustering" => !fixed,
            "regular" => !(fixed || dense && text(column, "type") == "empty"),
            _ => true,
        });
        let of_kind = |kind: &'static str| columns.iter().copied().filter(move |column| text(column, "kind") == kind);
        let key = Key {
            partition: of_kind("partition_key").map(|column| text(column, "column_name")).collect(),
            clustering: of_kind("clustering").collect(),
        };
        let described = |column: &Row, fixed: bool| {
            let word = if text(column, "kind") == "static" && !fixed { " static" } else { "" };
            format!("{} {}{word}", quoted(text(column, "column_name")), text(column, "type"))
        };
        let mut lines: Vec<String> = columns.iter().map(|column| described(column, fixed)).collect();
        let dropped = self.dropped_columns.iter().filter(|column| text(column, "table_name") == name);
        let mut changes = Vec::new();
        for column in dropped {
            let of = text(column, "column_name");
            let again = columns.iter().find(|known| text(known, "column_name") == of);
            if again.is_none() {
                lines.push(described(column, fixed));
            }
            let when = micros(text(column, "dropped_time"))
                .ok_or_else(|| unwritten("nobody knows when a column was dropped", name))?;
            changes.push(format!("ALTER TABLE {named} DROP {} USING TIMESTAMP {when}", quoted(of)));
            changes.extend(again.map(|column| format!("ALTER TABLE {named} ADD {}", described(column, fixed))));
        }
        lines.push(key.primary());
        let id = (!text(row, "id").is_empty()).then(|| format!("ID = {}", text(row, "id")));
        let compact = (dense || fixed).then(|| "COMPACT STORAGE".to_owned());
        let with: Vec<String> = id.into_iter().chain(compact).chain(key.order()).chain(options(row)).collect();
        let create = format!("CREATE TABLE {named} ({}) WITH {}", lines.join(", "), with.join(" AND "));
        let indexes = self.indexes.iter().filter(|index| text(index, "table_name") == name);
        Ok(std::iter::once(create).chain(changes).chain(indexes.map(|index| self::index(index, &named))).collect())
    }

    fn view(&self, row: &Row, own: &str) -> String {
        let (name, base) = (text(row, "view_name"), text(row, "base_table_name"));
        let columns = self.columns(name);
        let all = row.get("include_all_columns") == Some(&Value::Bool(true));
        let selected =
            if all { "*".to_owned() } else { list(columns.iter().map(|column| text(column, "column_name"))) };
        let of_kind = |kind: &'static str| columns.iter().copied().filter(move |column| text(column, "kind") == kind);
        let key = Key {
            partition: of_kind("partition_key").map(|column| text(column, "column_name")).collect(),
            clustering: of_kind("clustering").collect(),
        };
        let with: Vec<String> = key.order().into_iter().chain(options(row)).collect();
        format!(
            "CREATE MATERIALIZED VIEW {own}.{} AS SELECT {selected} FROM {own}.{} WHERE {} {} WITH {}",
            quoted(name),
            quoted(base),
            text(row, "where_clause"),
            key.primary(),
            with.join(" AND ")
        )
    }
}

fn index(row: &Row, table: &str) -> String {
    let none = Map::new();
    let options = row.get("options").and_then(Value::as_object).unwrap_or(&none);
    let of = |name: &str| options.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = quoted(text(row, "index_name"));
    if text(row, "kind") != "CUSTOM" {
        return format!("CREATE INDEX {name} ON {table} ({})", of("target"));
    }
    let mut more = options.clone();
    more.retain(|name, _| name != "target" && name != "class_name");
    let with = if more.is_empty() { String::new() } else { format!(" WITH OPTIONS = {}", value(&Value::Object(more))) };
    format!("CREATE CUSTOM INDEX {name} ON {table} ({}) USING {}{with}", of("target"), literal(of("class_name")))
}

fn function(row: &Row, own: &str) -> String {
    let types = texts(row, "argument_types");
    let arguments = texts(row, "argument_names").into_iter().zip(types);
    let arguments: Vec<String> = arguments.map(|(name, cql)| format!("{} {}", quoted(name), thawed(cql))).collect();
    let called = if row.get("called_on_null_input") == Some(&Value::Bool(true)) { "CALLED" } else { "RETURNS NULL" };
    let body = text(row, "body");
    format!(
        "CREATE FUNCTION {own}.{} ({}) {called} ON NULL INPUT RETURNS {} LANGUAGE {} AS {}",
        quoted(text(row, "function_name")),
        arguments.join(", "),
        thawed(text(row, "return_type")),
        text(row, "language"),
        if body.contains("$$") { literal(body) } else { format!("$${body}$$") }
    )
}

fn aggregate(row: &Row, own: &str) -> String {
    let types: Vec<&str> = texts(row, "argument_types").into_iter().map(thawed).collect();
    let one = |word: &str, value: String| if value.is_empty() { value } else { format!(" {word} {value}") };
    let last = Some(text(row, "final_func")).filter(|name| !name.is_empty()).map_or(String::new(), quoted);
    format!(
        "CREATE AGGREGATE {own}.{} ({}) SFUNC {} STYPE {}{}{}",
        quoted(text(row, "aggregate_name")),
        types.join(", "),
        quoted(text(row, "state_func")),
        thawed(text(row, "state_type")),
        one("FINALFUNC", last),
        one("INITCOND", text(row, "initcond").to_owned())
    )
}

/// Returns the microseconds since 1970 of a moment as JSON of Cassandra has it.
fn micros(moment: &str) -> Option<i128> {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]Z");
    let read = PrimitiveDateTime::parse(moment, &FORMAT).ok()?;
    Some(read.assume_utc().unix_timestamp_nanos() / 1000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::snapshot::store::cassandra::schema::Schema;

    fn rows(all: Value) -> Vec<Row> {
        all.as_array().unwrap().iter().map(|row| row.as_object().unwrap().clone()).collect()
    }

    fn column(table: &str, name: &str, kind: &str, position: i64, cql: &str) -> Value {
        let order = if kind == "clustering" { "desc" } else { "none" };
        json!({"keyspace_name": "k", "table_name": table, "column_name": name, "clustering_order": order,
            "column_name_bytes": "0x", "kind": kind, "position": position, "type": cql})
    }

    /// A keyspace as 3.11 keeps it.
    fn kept() -> Kept {
        let table = |name: &str, flags: Value| {
            json!({"keyspace_name": "k", "table_name": name, "bloom_filter_fp_chance": 0.01,
                "caching": {"keys": "ALL", "rows_per_partition": "NONE"}, "cdc": null, "comment": "it's",
                "compression": {"chunk_length_in_kb": "64", "class": "org.apache.cassandra.io.compress.LZ4Compressor"},
                "crc_check_chance": 1.0, "dclocal_read_repair_chance": 0.1, "extensions": {}, "flags": flags,
                "id": "5a1c395e-b41f-11e5-9f22-ba0be0483c18", "speculative_retry": "99PERCENTILE"})
        };
        Kept {
            keyspaces: rows(json!([{"keyspace_name": "k", "durable_writes": true,
                "replication": {"class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "1"}}])),
            types: rows(
                json!([{"type_name": "addr", "field_names": ["street", "No"], "field_types": ["text", "int"]}]),
            ),
            functions: rows(
                json!([{"function_name": "f", "argument_names": ["s"], "argument_types": ["frozen<list<int>>"],
                "body": "return 1;", "called_on_null_input": false, "language": "java", "return_type": "int"}]),
            ),
            aggregates: rows(json!([{"aggregate_name": "a", "argument_types": ["int"], "state_func": "f",
                "state_type": "int", "final_func": null, "initcond": "0"}])),
            tables: rows(json!([
                table("t", json!(["compound"])),
                table("dense", json!(["dense"])),
                table("fixed", json!([])),
            ])),
            columns: rows(json!([
                column("t", "v", "regular", -1, "text"),
                column("t", "c", "clustering", 0, "int"),
                column("t", "k", "partition_key", 0, "blob"),
                column("t", "s", "static", -1, "frozen<addr>"),
                column("t", "Again", "regular", -1, "int"),
                column("dense", "k", "partition_key", 0, "blob"),
                column("dense", "c", "clustering", 0, "blob"),
                column("dense", "value", "regular", -1, "empty"),
                column("fixed", "k", "partition_key", 0, "blob"),
                column("fixed", "column1", "clustering", 0, "text"),
                column("fixed", "value", "regular", -1, "blob"),
                column("fixed", "v", "static", -1, "text"),
                column("by_v", "v", "partition_key", 0, "text"),
                column("by_v", "k", "clustering", 0, "blob"),
            ])),
            dropped_columns: rows(json!([
                {"table_name": "t", "column_name": "old", "dropped_time": "2023-11-14 22:13:20.001Z", "type": "int"},
                {"table_name": "t", "column_name": "Again", "dropped_time": "2023-11-14 22:13:20.000Z", "type": "int"},
            ])),
            indexes: rows(json!([
                {"table_name": "t", "index_name": "i", "kind": "COMPOSITES", "options": {"target": "v"}},
                {"table_name": "t", "index_name": "j", "kind": "CUSTOM",
                    "options": {"target": "v", "class_name": "o.X", "mode": "CONTAINS"}},
            ])),
            views: rows(json!([{"view_name": "by_v", "base_table_name": "t", "include_all_columns": false,
                "where_clause": "v IS NOT NULL AND k IS NOT NULL", "base_table_id": "x", "id": "y", "gc_grace_seconds": 7}])),
            triggers: Vec::new(),
        }
    }

    #[test]
    fn all_of_a_keyspace_is_written() {
        let all = kept().statements("k").unwrap();
        let options = "bloom_filter_fp_chance = 0.01 AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'} AND \
                       comment = 'it''s' AND compression = {'chunk_length_in_kb': '64', 'class': \
                       'org.apache.cassandra.io.compress.LZ4Compressor'} AND crc_check_chance = 1.0 AND \
                       dclocal_read_repair_chance = 0.1 AND speculative_retry = '99PERCENTILE'";
        let id = "ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18";
        let wanted = [
            "CREATE KEYSPACE \"k\" WITH replication = {'class': 'org.apache.cassandra.locator.SimpleStrategy', \
             'replication_factor': '1'} AND durable_writes = true"
                .to_owned(),
            "CREATE TYPE \"k\".\"addr\" (\"street\" text, \"No\" int)".to_owned(),
            "CREATE FUNCTION \"k\".\"f\" (\"s\" list<int>) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$return 1;$$"
                .to_owned(),
            "CREATE AGGREGATE \"k\".\"a\" (int) SFUNC \"f\" STYPE int INITCOND 0".to_owned(),
            format!(
                "CREATE TABLE \"k\".\"t\" (\"k\" blob, \"c\" int, \"s\" frozen<addr> static, \"Again\" int, \"v\" text, \
                 \"old\" int, PRIMARY KEY ((\"k\"), \"c\")) WITH {id} AND CLUSTERING ORDER BY (\"c\" DESC) AND {options}"
            ),
            "ALTER TABLE \"k\".\"t\" DROP \"old\" USING TIMESTAMP 1700000000001000".to_owned(),
            "ALTER TABLE \"k\".\"t\" DROP \"Again\" USING TIMESTAMP 1700000000000000".to_owned(),
            "ALTER TABLE \"k\".\"t\" ADD \"Again\" int".to_owned(),
            "CREATE INDEX \"i\" ON \"k\".\"t\" (v)".to_owned(),
            "CREATE CUSTOM INDEX \"j\" ON \"k\".\"t\" (v) USING 'o.X' WITH OPTIONS = {'mode': 'CONTAINS'}".to_owned(),
            format!(
                "CREATE TABLE \"k\".\"dense\" (\"k\" blob, \"c\" blob, PRIMARY KEY ((\"k\"), \"c\")) WITH {id} AND \
                 COMPACT STORAGE AND CLUSTERING ORDER BY (\"c\" DESC) AND {options}"
            ),
            format!(
                "CREATE TABLE \"k\".\"fixed\" (\"k\" blob, \"v\" text, PRIMARY KEY ((\"k\"))) WITH {id} AND COMPACT STORAGE \
                 AND {options}"
            ),
            "CREATE MATERIALIZED VIEW \"k\".\"by_v\" AS SELECT \"v\", \"k\" FROM \"k\".\"t\" WHERE v IS NOT NULL AND k IS NOT \
             NULL PRIMARY KEY ((\"v\"), \"k\") WITH CLUSTERING ORDER BY (\"k\" DESC) AND gc_grace_seconds = 7"
                .to_owned(),
        ];
        assert_eq!(all, wanted);
        // What restores it understands all of it.
        let script: String = all.iter().map(|statement| format!("{statement};\n\n")).collect();
        let schema = Schema::parse(&script, "other", None).unwrap();
        assert_eq!((schema.was.as_str(), schema.types.len(), schema.views.len()), ("k", 1, 1));
        assert!(schema.tables.iter().all(|statement| !statement.contains("\"k\".") && !statement.contains(id)));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let mut super_column = kept();
        super_column.tables[0].insert("flags".to_owned(), json!(["super", "dense"]));
        let mut trigger = kept();
        trigger.triggers = rows(json!([{"table_name": "t", "trigger_name": "x"}]));
        let mut undated = kept();
        undated.dropped_columns[0].insert("dropped_time".to_owned(), json!("yesterday"));
        for (kept, words) in [(super_column, "super column"), (trigger, "trigger"), (undated, "dropped")] {
            let error = kept.statements("k").unwrap_err();
            assert!(error.what().contains(words) && error.place().table.as_deref() == Some("t"), "{error}");
        }
    }
}
