//! What a database consists of, as its server describes it; and the form in which a snapshot keeps that.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::server::Link;
use crate::error::Result;

/// Types of a lower number have the same number on every server.
const FIRST_OF_ONE_SERVER: u32 = 10_000;

/// Pages of a table that one file of the snapshot has at most: 256 MiB.
const SEGMENT_PAGES: u64 = 32_768;

/// Pages that one statement reads: 8 MiB.
const RANGE_PAGES: u64 = 1024;

/// Versions from which on the server finds a range of pages without reading all of the table.
const RANGES: u32 = 140_000;

/// A database, without what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Database {
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) encoding: String,
    pub(super) collate: String,
    pub(super) ctype: String,
    /// `c` for the C library, `i` for ICU, `b` for the server itself; none before version 15.
    pub(super) provider: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) rules: Option<String>,
    pub(super) connections: i64,
    pub(super) comment: Option<String>,
    pub(super) tablespace: String,
    /// Tablespaces of its own or of what is in it, but the usual one.
    #[serde(default)]
    pub(super) tablespaces: Vec<String>,
    /// Roles that own something, or have rights.
    #[serde(default)]
    pub(super) roles: Vec<String>,
    /// Its settings, perhaps of one role.
    #[serde(default)]
    pub(super) settings: Vec<Setting>,
    /// Rights on it; none if they are the usual ones.
    pub(super) grants: Option<Vec<Grant>>,
    /// How many large objects there are.
    #[serde(default)]
    pub(super) objects: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Setting {
    pub(super) role: Option<String>,
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    /// None is everybody.
    pub(super) role: Option<String>,
    pub(super) privilege: String,
    pub(super) grantable: bool,
}

/// A table with rows of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    /// Its schema and name, in quotes where SQL needs them.
    pub(super) name: String,
    /// Its columns but those that are computed, in quotes where SQL needs them.
    pub(super) columns: Vec<String>,
    /// Whether its rows are in COPY's binary form, not as text.
    pub(super) binary: bool,
    /// Which rows are saved: of a table that an extension has made, those that it does not make itself.
    pub(super) condition: Option<String>,
    /// The files of its rows.
    pub(super) segments: Vec<Segment>,
}

/// A stretch of a table's pages, in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Segment {
    pub(super) file: String,
    /// What each statement that reads it asks for, as the end of a query.
    #[serde(skip)]
    pub(super) ranges: Vec<String>,
}

#[derive(Deserialize)]
struct Found {
    name: String,
    columns: Vec<(String, u32)>,
    pages: u64,
    heap: bool,
    condition: Option<String>,
    bytes: u64,
}

#[derive(Deserialize)]
struct Type {
    oid: u32,
    kind: String,
    base: u32,
    element: u32,
    subtype: u32,
    sends: bool,
    array: bool,
    by_name: bool,
}

/// What is of the users in the catalogue, without what extensions have made. `c` is the relation.
const OF_USERS: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
     AND (e.extname IS NULL OR x.condition IS NOT NULL)";

/// Relations with their schemas, their extension, and what it says about their rows.
const RELATIONS: &str = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e' \
     LEFT JOIN pg_extension e ON e.oid = d.refobjid \
     LEFT JOIN LATERAL (SELECT f.condition FROM unnest(e.extconfig, e.extcondition) AS f(relation, condition) \
                        WHERE f.relation = c.oid) x ON true";

/// Returns the names of the databases of a server that users may connect to.
///
/// # Errors
/// `Database`.
pub(super) fn names(link: &mut Link) -> Result<Vec<String>> {
    link.column("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname")
}

/// Returns whether a database holds anything of users.
///
/// # Errors
/// `Database`.
pub(super) fn is_used(link: &mut Link) -> Result<bool> {
    let relations = format!("SELECT 1 FROM {RELATIONS} WHERE {OF_USERS}");
    let functions = "SELECT 1 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
    let found = link.cell(&format!(
        "SELECT EXISTS ({relations}) OR EXISTS ({functions}) OR EXISTS (SELECT FROM pg_largeobject_metadata)"
    ))?;
    Ok(found == "t")
}

/// Describes the database of a connection.
///
/// # Errors
/// `Database`.
pub(super) fn database(link: &mut Link) -> Result<Database> {
    let query = "SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, \
         pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype, \
         j ->> 'datlocprovider' AS provider, coalesce(j ->> 'datlocale', j ->> 'daticulocale') AS locale, \
         j ->> 'daticurules' AS rules, d.datconnlimit AS connections, shobj_description(d.oid, 'pg_database') AS comment, \
         t.spcname AS tablespace, \
         (SELECT coalesce(json_agg(s.spcname ORDER BY s.spcname), '[]') FROM pg_tablespace s WHERE s.spcname !~ '^pg_' \
          AND (s.oid = d.dattablespace OR s.oid IN (SELECT reltablespace FROM pg_class))) AS tablespaces, \
         (SELECT coalesce(json_agg(DISTINCT r.rolname), '[]') FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid \
          WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname !~ '^pg_' \
          AND (s.dbid = d.oid OR s.classid = 'pg_database'::regclass AND s.objid = d.oid)) AS roles, \
         (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'name', split_part(v, '=', 1), \
          'value', substr(v, strpos(v, '=') + 1))), '[]') FROM pg_db_role_setting s \
          LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN unnest(s.setconfig) v WHERE s.setdatabase = d.oid) AS settings, \
         (SELECT json_agg(json_build_object('role', r.rolname, 'privilege', a.privilege_type, 'grantable', a.is_grantable)) \
          FROM aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee) AS grants, \
         (SELECT count(*) FROM pg_largeobject_metadata) AS objects \
         FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace CROSS JOIN LATERAL to_jsonb(d) j \
         WHERE d.datname = current_database()";
    let mut found: Vec<Database> = link.objects(query)?;
    Ok(found.swap_remove(0))
}

/// Returns the names of the tables that must stay as they are while they are read.
///
/// # Errors
/// `Database`.
pub(super) fn lockable(link: &mut Link) -> Result<Vec<String>> {
    link.column(&format!(
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM {RELATIONS} \
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {OF_USERS} ORDER BY c.oid"
    ))
}

/// Returns the tables with rows of their own, the largest first, and how many bytes they take.
///
/// # Errors
/// `Database`.
pub(super) fn tables(link: &mut Link, version: u32) -> Result<(Vec<Table>, u64)> {
    // The columns that the server computes are told since version 12.
    let query = format!(
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, \
         (SELECT coalesce(json_agg(json_build_array(quote_ident(a.attname), a.atttypid::int8) ORDER BY a.attnum), '[]') \
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
          AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = '') AS columns, \
         pg_relation_size(c.oid) / current_setting('block_size')::int8 AS pages, \
         coalesce(m.amname = 'heap', true) AS heap, x.condition AS condition, pg_table_size(c.oid) AS bytes \
         FROM {RELATIONS} LEFT JOIN pg_am m ON m.oid = c.relam \
         WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {OF_USERS} ORDER BY pg_table_size(c.oid) DESC, 1"
    );
    let found: Vec<Found> = link.objects(&query)?;
    let types = types(link)?;
    let bytes = found.iter().map(|table| table.bytes).sum();
    let table = |(index, found): (usize, Found)| {
        let binary = found.columns.iter().all(|(_, kind)| is_binary(*kind, &types));
        let segments = match &found.condition {
            // Only what the server's own form of tables has is in pages.
            None if found.heap => segments(index + 1, found.pages, version >= RANGES),
            condition => whole(index + 1, condition.as_deref()),
        };
        Table {
            name: found.name,
            columns: found.columns.into_iter().map(|(name, _)| name).collect(),
            binary,
            condition: found.condition,
            segments,
        }
    };
    Ok((found.into_iter().enumerate().map(table).collect(), bytes))
}

/// Returns the one file of a table that is read by one statement.
fn whole(number: usize, condition: Option<&str>) -> Vec<Segment> {
    let range = condition.map_or(String::new(), |condition| format!(" {condition}"));
    vec![Segment { file: format!("data/{number}.copy"), ranges: vec![range] }]
}

/// Returns the files of a table of so many pages; an empty one has none.
fn segments(number: usize, pages: u64, ranges: bool) -> Vec<Segment> {
    if pages == 0 {
        return Vec::new();
    }
    if !ranges || pages <= RANGE_PAGES {
        return whole(number, None);
    }
    let count = pages.div_ceil(SEGMENT_PAGES);
    let segment = |index: u64| {
        let (first, end) = (index * SEGMENT_PAGES, ((index + 1) * SEGMENT_PAGES).min(pages));
        let range = |at: u64| {
            let from = first + at * RANGE_PAGES;
            // Nothing that is seen is behind the pages there were, and nothing is lost if that were wrong.
            let to = from + RANGE_PAGES;
            let to = if to >= pages { String::new() } else { format!(" AND ctid < '({to},0)'") };
            format!(" WHERE ctid >= '({from},0)'{to}")
        };
        Segment {
            file: if count == 1 { format!("data/{number}.copy") } else { format!("data/{number}-{}.copy", index + 1) },
            ranges: (0..(end - first).div_ceil(RANGE_PAGES)).map(range).collect(),
        }
    };
    (0..count).map(segment).collect()
}

/// Returns how many foreign tables there are, whose rows are elsewhere.
///
/// # Errors
/// `Database`.
pub(super) fn foreign(link: &mut Link) -> Result<u64> {
    let count = link.cell(&format!("SELECT count(*) FROM {RELATIONS} WHERE c.relkind = 'f' AND {OF_USERS}"))?;
    Ok(count.parse().unwrap_or(0))
}

/// Returns the statements that set the sequences to where they are.
///
/// # Errors
/// `Database`.
pub(super) fn sequences(link: &mut Link) -> Result<String> {
    let names = link.column(&format!(
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM {RELATIONS} \
         WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {OF_USERS} ORDER BY 1"
    ))?;
    let mut script = String::new();
    for names in names.chunks(100) {
        let one = |name: &String| {
            format!(
                "SELECT format('SELECT pg_catalog.setval(%L, %s, %L);', {}, last_value, is_called) FROM {name}",
                super::server::literal(name)
            )
        };
        let query = names.iter().map(one).collect::<Vec<_>>().join(" UNION ALL ");
        for statement in link.column(&query)? {
            script = script + &statement + "\n";
        }
    }
    Ok(script)
}

fn types(link: &mut Link) -> Result<HashMap<u32, Type>> {
    let found: Vec<Type> = link.objects(
        "SELECT t.oid::int8 AS oid, t.typtype::text AS kind, t.typbasetype::int8 AS base, t.typelem::int8 AS element, \
         coalesce(r.rngsubtype, 0)::int8 AS subtype, t.typsend <> 0 AS sends, t.typsend = 'array_send'::regproc AS array, \
         n.nspname = 'pg_catalog' AND t.typname ~ '^reg' AS by_name \
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_range r ON r.rngtypid = t.oid",
    )?;
    Ok(found.into_iter().map(|found| (found.oid, found)).collect())
}

/// Returns whether the binary form of a type means the same on every server. That of an array or a composite holds the numbers
/// of types, which are others there unless the server brings them along, and that of `regclass` and the like the number of
/// what is named.
fn is_binary(oid: u32, types: &HashMap<u32, Type>) -> bool {
    let Some(found) = types.get(&oid) else { return false };
    match found.kind.as_str() {
        "d" => is_binary(found.base, types),
        "e" => true,
        "r" => is_binary(found.subtype, types),
        "m" => oid < FIRST_OF_ONE_SERVER,
        "b" if found.array => found.element < FIRST_OF_ONE_SERVER && is_binary(found.element, types),
        "b" => found.sends && !found.by_name,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_tables_are_cut_and_empty_ones_have_no_file() {
        let of = |pages, ranges| segments(3, pages, ranges).into_iter().map(|s| (s.file, s.ranges)).collect::<Vec<_>>();
        assert_eq!(of(0, true), []);
        for (pages, ranges) in [(1, true), (1024, true), (99_999, false)] {
            assert_eq!(of(pages, ranges), [("data/3.copy".to_owned(), vec![String::new()])]);
        }
        let cut = of(2048, true);
        assert_eq!(cut.len(), 1);
        assert_eq!(cut[0].1, [" WHERE ctid >= '(0,0)' AND ctid < '(1024,0)'", " WHERE ctid >= '(1024,0)'"]);
        let cut = of(32_769, true);
        assert_eq!((cut[0].0.as_str(), cut[0].1.len()), ("data/3-1.copy", 32));
        assert_eq!(cut[0].1[31], " WHERE ctid >= '(31744,0)' AND ctid < '(32768,0)'");
        assert_eq!(cut[1], ("data/3-2.copy".to_owned(), vec![" WHERE ctid >= '(32768,0)'".to_owned()]));
    }
}
