//! Finds missing rights on PostgreSQL with the server's own functions, which know owners, superusers and what comes from
//! other roles.

use std::collections::BTreeSet;

use super::super::catalogue::text;
use super::super::dialect::Dialect;
use super::super::rights::{Grants, Lacking, Object, On, Right, Rule};
use super::super::session::Session;
use crate::error::Result;
use crate::model::profile::Profile;

/// The rights on tables and sequences in question, in the order of the answers.
const ON_TABLES: [Right; 4] = [Right::Select, Right::Insert, Right::Update, Right::Delete];
const ON_SEQUENCES: [Right; 2] = [Right::Usage, Right::Update];

/// Placeholder for the table of ours that has the sequence.
const ID: &str = "id";

/// Finds the rights that the connected user lacks.
///
/// # Errors
/// `Database`.
pub(in crate::db) async fn lacking(session: &mut Session, profile: &Profile, rules: &[Rule]) -> Result<Lacking> {
    let mut found = Lacking::default();
    let Some(place) = Surroundings::find(session, profile).await? else { return Ok(found) };
    found.user = Dialect::Postgres.ident(&place.user);
    if !place.has_tables {
        return Ok(found);
    }
    let names = profile.tables.iter().map(|table| table.name.as_str());
    let tables = place.tables(session, profile, rules).await?;
    let sequences = place.sequences(session, profile, rules).await?;
    let there = |name: &str| tables.iter().find(|table| table.name == name);
    let grants = &mut found.grants;
    for Rule(on, rights) in rules {
        match on {
            On::Schema => place.schema(rights, grants),
            On::SchemaWithout(own) if own.iter().any(|name| there(name).is_none()) => place.schema(rights, grants),
            On::SchemaWithout(_) => {}
            On::Database => {
                if !place.temporary {
                    rights.iter().for_each(|right| grants.add(Object::Database(place.database.clone()), *right));
                }
            }
            On::Tables => names.clone().filter_map(there).for_each(|table| place.add(table, rights, grants)),
            On::Sets => {
                let sets = profile.tables.iter().filter(|table| table.owned_by.is_some());
                sets.filter_map(|table| there(&table.name)).for_each(|table| place.add(table, rights, grants));
            }
            // The user who creates a table owns it.
            On::Own(name) | On::OwnIfThere(name) => {
                if let Some(table) = there(name) {
                    place.add(table, rights, grants);
                }
            }
            On::Sequences => {
                let of_profile = |sequence: &&Sequence| profile.table(&sequence.table).is_some();
                sequences.iter().filter(of_profile).for_each(|sequence| sequence.add(rights, grants));
            }
            On::OwnSequence(name) => {
                sequences.iter().filter(|sequence| sequence.table == *name).for_each(|own| own.add(rights, grants));
            }
        }
    }
    Ok(found)
}

/// The schema that a command works in, and the connected user.
struct Surroundings {
    schema: String,
    user: String,
    database: String,
    usage: bool,
    create: bool,
    temporary: bool,
    /// Whether it contains any of the profile's tables.
    has_tables: bool,
}

/// A table, with those of [`ON_TABLES`] that the user has.
struct TableRights {
    name: String,
    rights: BTreeSet<Right>,
}

/// The sequence of a table's id.
struct Sequence {
    table: String,
    object: Object,
    rights: BTreeSet<Right>,
}

impl Sequence {
    fn add(&self, rights: &[Right], grants: &mut Grants) {
        for right in rights.iter().filter(|right| !self.rights.contains(right)) {
            grants.add(self.object.clone(), *right);
        }
    }
}

impl Surroundings {
    /// Finds the schema. The server skips a schema that the user may not use; if the tables are in one of those, it is
    /// chosen.
    async fn find(session: &mut Session, profile: &Profile) -> Result<Option<Self>> {
        let names: Vec<String> = profile.tables.iter().map(|table| Dialect::Postgres.literal(&table.name)).collect();
        let statement = format!(
            "SELECT s.nspname, current_user, pg_catalog.current_database(), s.usage, \
             pg_catalog.has_schema_privilege(s.oid, 'CREATE'), \
             pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY'), s.has_tables \
             FROM (SELECT n.oid, n.nspname, p.place, pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usage, \
               coalesce(n.nspname = pg_catalog.current_schema(), false) AS current, \
               EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') \
                 AND c.relname IN ({})) AS has_tables \
               FROM pg_catalog.regexp_split_to_table(pg_catalog.current_setting('search_path'), '\\s*,\\s*') \
                 WITH ORDINALITY AS p (name, place) \
               JOIN pg_catalog.pg_namespace n ON n.nspname = CASE WHEN p.name IN ('\"$user\"', '$user') \
                 THEN current_user::text ELSE replace(regexp_replace(p.name, '^\"|\"$', '', 'g'), '\"\"', '\"') END) AS s \
             ORDER BY s.current AND s.has_tables DESC, NOT s.usage AND s.has_tables DESC, s.current DESC, s.place LIMIT 1",
            names.join(", ")
        );
        let Some(row) = session.query(&statement).await?.into_iter().next() else { return Ok(None) };
        let holds = |index: usize| text(&row, index) == "t";
        Ok(Some(Self {
            schema: text(&row, 0).to_owned(),
            user: text(&row, 1).to_owned(),
            database: text(&row, 2).to_owned(),
            usage: holds(3),
            create: holds(4),
            temporary: holds(5),
            has_tables: holds(6),
        }))
    }

    fn schema(&self, rights: &[Right], grants: &mut Grants) {
        for right in rights {
            let holds = match right {
                Right::Usage => self.usage,
                Right::Create => self.create,
                _ => true,
            };
            if !holds {
                grants.add(Object::Schema(self.schema.clone()), *right);
            }
        }
    }

    fn add(&self, table: &TableRights, rights: &[Right], grants: &mut Grants) {
        for right in rights.iter().filter(|right| !table.rights.contains(right)) {
            grants.add(Object::Table(self.schema.clone(), table.name.clone()), *right);
        }
    }

    /// Reads the rights on each existing table. A right on every column that is used is as good as one on the table.
    async fn tables(&self, session: &mut Session, profile: &Profile, rules: &[Rule]) -> Result<Vec<TableRights>> {
        let literal = |text: &str| Dialect::Postgres.literal(text);
        let own = own_tables(rules).into_iter().map(|name| format!("({}, '{{}}'::text[])", literal(name)));
        let travelling = profile.tables.iter().map(|table| {
            let left: Vec<String> = table.exclude.keys().map(|column| literal(column)).collect();
            format!("({}, ARRAY[{}]::text[])", literal(&table.name), left.join(", "))
        });
        let holds = |right: &Right| {
            let name = right.sql(Dialect::Postgres);
            let whole = format!("pg_catalog.has_table_privilege(c.oid, '{name}')");
            if *right == Right::Delete {
                return whole;
            }
            // Without a right on any column, the sum has no rows.
            let used = if *right == Right::Insert { "" } else { " AND NOT a.attname = ANY (w.excluded)" };
            format!(
                "({whole} OR (SELECT bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, '{name}')) \
                 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 AND a.attgenerated = ''{used}))"
            )
        };
        let statement = format!(
            "SELECT w.name, {} FROM (VALUES {}) AS w (name, excluded) JOIN pg_catalog.pg_class c ON c.relname = w.name \
             AND c.relkind IN ('r', 'p') JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = {}",
            ON_TABLES.iter().map(holds).collect::<Vec<_>>().join(", "),
            travelling.chain(own).collect::<Vec<_>>().join(", "),
            literal(&self.schema),
        );
        let rows = session.query(&statement).await?;
        Ok(rows
            .iter()
            .map(|row| TableRights { name: text(row, 0).to_owned(), rights: granted(row, 1, &ON_TABLES) })
            .collect())
    }

    /// Reads the rights on the sequence of each table's id.
    async fn sequences(&self, session: &mut Session, profile: &Profile, rules: &[Rule]) -> Result<Vec<Sequence>> {
        let literal = |text: &str| Dialect::Postgres.literal(text);
        let own = rules.iter().filter_map(|rule| match rule.0 {
            On::OwnSequence(name) => Some((name, ID)),
            _ => None,
        });
        let travelling = profile.tables.iter().map(|table| (table.name.as_str(), table.id.as_str()));
        let pairs = travelling.chain(own).map(|(table, id)| format!("({}, {})", literal(table), literal(id)));
        let rights = ON_SEQUENCES
            .map(|right| format!("pg_catalog.has_sequence_privilege(s.oid, '{}')", right.sql(Dialect::Postgres)));
        // The server's own function for this requires the right to use the schema.
        let statement = format!(
            "SELECT f.name, m.nspname, s.relname, {} FROM (SELECT w.name, coalesce( \
               (SELECT d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class q ON q.oid = d.objid AND q.relkind = 'S' \
                 WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass \
                 AND d.deptype IN ('a', 'i') AND d.refobjid = c.oid AND d.refobjsubid = a.attnum LIMIT 1), \
               (SELECT d.refobjid FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_depend d ON d.objid = f.oid \
                 AND d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass \
                 JOIN pg_catalog.pg_class q ON q.oid = d.refobjid AND q.relkind = 'S' \
                 WHERE f.adrelid = c.oid AND f.adnum = a.attnum LIMIT 1)) AS sequence \
               FROM (VALUES {}) AS w (name, id) JOIN pg_catalog.pg_class c ON c.relname = w.name AND c.relkind IN ('r', 'p') \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = {} \
               JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = w.id AND NOT a.attisdropped) AS f \
             JOIN pg_catalog.pg_class s ON s.oid = f.sequence JOIN pg_catalog.pg_namespace m ON m.oid = s.relnamespace",
            rights.join(", "),
            pairs.collect::<Vec<_>>().join(", "),
            literal(&self.schema),
        );
        let rows = session.query(&statement).await?;
        let sequence = |row: &Vec<Option<String>>| Sequence {
            table: text(row, 0).to_owned(),
            object: Object::Sequence(text(row, 1).to_owned(), text(row, 2).to_owned()),
            rights: granted(row, 3, &ON_SEQUENCES),
        };
        Ok(rows.iter().map(sequence).collect())
    }
}

fn granted(row: &[Option<String>], first: usize, rights: &[Right]) -> BTreeSet<Right> {
    let held = rights.iter().enumerate().filter(|(index, _)| text(row, first + index) == "t");
    held.map(|(_, right)| *right).collect()
}

/// Returns our own tables that the rules name.
fn own_tables(rules: &[Rule]) -> BTreeSet<&'static str> {
    let named = rules.iter().flat_map(|rule| match rule.0 {
        On::Own(name) | On::OwnIfThere(name) | On::OwnSequence(name) => vec![name],
        On::SchemaWithout(names) => names.to_vec(),
        On::Schema | On::Database | On::Tables | On::Sets | On::Sequences => Vec::new(),
    });
    named.collect()
}
