//! What a user may do: the words for it, the question to the server, and the statements that an administrator runs.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use super::error::refusal;
use super::session::Session;
use super::url::DatabaseUrl;
use super::{mariadb, postgres, sqlite};
use crate::error::{Error, Result};
use crate::model::profile::Profile;

/// The codes of a server that lets a user in, but not into the database.
const OUTSIDE: [&str; 2] = ["1044", "42501"];

/// A right, in the order in which a statement names several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Use a schema or a sequence.
    Usage,
    /// Read rows.
    Select,
    /// Add rows.
    Insert,
    /// Change rows; move a sequence.
    Update,
    /// Delete rows.
    Delete,
    /// Make tables.
    Create,
    /// Drop tables.
    Drop,
    /// Make temporary tables.
    Temporary,
    /// Log in to a database.
    Connect,
    /// Write to a file or a folder.
    Write,
}

impl Right {
    /// Returns the right's name in SQL.
    #[must_use]
    pub fn sql(self, dialect: Dialect) -> &'static str {
        match self {
            Self::Usage => "USAGE",
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Create => "CREATE",
            Self::Drop => "DROP",
            Self::Temporary if dialect == Dialect::Mariadb => "CREATE TEMPORARY TABLES",
            Self::Temporary => "TEMPORARY",
            Self::Connect => "CONNECT",
            Self::Write => "WRITE",
        }
    }
}

/// What a command needs a right on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The schema on PostgreSQL, the database on MariaDB: tables that are not there yet.
    Schema,
    /// The database itself.
    Database,
    /// Each of the profile's tables that the database has.
    Tables,
    /// The sequence behind the id of each of these tables (PostgreSQL).
    Sequences,
    /// A table of ours. One that is missing will be made.
    Own(&'static str),
    /// A table of ours, where it is there.
    OwnIfThere(&'static str),
    /// The sequence behind the id of a table of ours (PostgreSQL).
    OwnSequence(&'static str),
    /// The schema, while one of these tables of ours is missing.
    SchemaWithout(&'static [&'static str]),
}

/// Rights that a command needs on one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule(pub On, pub &'static [Right]);

/// What a right is granted on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// A database. On MariaDB all tables in it, made or not.
    Database(String),
    /// A schema.
    Schema(String),
    /// All tables of a schema.
    AllTables(String),
    /// A table: its schema, or its database on MariaDB, and its name.
    Table(String, String),
    /// All sequences of a schema.
    AllSequences(String),
    /// A sequence: its schema and its name.
    Sequence(String, String),
    /// A file or a folder.
    Path(String),
}

/// Rights on things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<Object, BTreeSet<Right>>);

impl Grants {
    /// Adds a right on something.
    pub fn add(&mut self, object: Object, right: Right) {
        self.0.entry(object).or_default().insert(right);
    }

    /// Drops rights on single tables that a right on their whole database gives (MariaDB).
    pub fn drop_implied(&mut self) {
        let whole: BTreeSet<Right> = self
            .0
            .iter()
            .filter(|(object, _)| matches!(object, Object::Database(_)))
            .flat_map(|(_, rights)| rights.iter().copied())
            .collect();
        for (object, rights) in &mut self.0 {
            if matches!(object, Object::Table(..)) {
                rights.retain(|right| *right == Right::Create || !whole.contains(right));
            }
        }
        let is_left = |rights: &BTreeSet<Right>| rights.iter().any(|right| *right != Right::Create);
        self.0.retain(|object, rights| !matches!(object, Object::Table(..)) || is_left(rights));
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the things, each with the rights on it.
    pub fn iter(&self) -> impl Iterator<Item = (&Object, &BTreeSet<Right>)> {
        self.0.iter()
    }

    /// Writes the statements that give these rights to a user, whose name is quoted already: one for all things of a kind that
    /// get the same rights. For a file there is no statement, so a sentence says what to do.
    #[must_use]
    pub fn statements(&self, dialect: Dialect, user: &str) -> Vec<String> {
        let mut lines: Vec<(&'static str, Vec<Right>, Vec<String>)> = Vec::new();
        for (object, rights) in &self.0 {
            let (kind, name) = shown(dialect, object);
            let rights: Vec<Right> = rights.iter().copied().collect();
            // MariaDB takes one table a statement.
            let joined = if dialect == Dialect::Mariadb { None } else { Some(()) };
            match joined.and_then(|()| lines.iter_mut().find(|line| line.0 == kind && line.1 == rights)) {
                Some((_, _, names)) => names.push(name),
                None => lines.push((kind, rights, vec![name])),
            }
        }
        let line = |(kind, rights, names): &(&str, Vec<Right>, Vec<String>)| {
            if dialect == Dialect::Sqlite {
                return format!("give the user of this process the right to write to {}", names.join(" and "));
            }
            let rights: Vec<&str> = rights.iter().map(|right| right.sql(dialect)).collect();
            format!("GRANT {} ON {kind}{} TO {user};", rights.join(", "), names.join(", "))
        };
        lines.iter().map(line).collect()
    }
}

/// Returns what stands before the names of things of a kind, and the name of one.
fn shown(dialect: Dialect, object: &Object) -> (&'static str, String) {
    let quoted = |name: &str| dialect.ident(name);
    match object {
        Object::Database(name) if dialect == Dialect::Mariadb => ("", format!("{}.*", quoted(&pattern(name)))),
        Object::Database(name) => ("DATABASE ", quoted(name)),
        Object::Schema(name) => ("SCHEMA ", quoted(name)),
        Object::AllTables(name) => ("ALL TABLES IN SCHEMA ", quoted(name)),
        Object::AllSequences(name) => ("ALL SEQUENCES IN SCHEMA ", quoted(name)),
        Object::Table(schema, name) => ("", format!("{}.{}", quoted(schema), quoted(name))),
        Object::Sequence(schema, name) => ("SEQUENCE ", format!("{}.{}", quoted(schema), quoted(name))),
        Object::Path(path) => ("", format!("`{path}`")),
    }
}

/// Escapes what a grant of MariaDB on a whole database would take for a pattern.
fn pattern(name: &str) -> String {
    let mut escaped = String::new();
    for letter in name.chars() {
        if matches!(letter, '_' | '%' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// The rights that a user lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// The user, as a statement names it.
    pub user: String,
    /// What the user lacks.
    pub grants: Grants,
}

/// Asks the database which of the rights that `rules` name its user lacks. Where the database has none of the profile's
/// tables, nothing is asked: it is the wrong place, whatever the rights are.
///
/// # Errors
/// `Database`.
pub async fn lacking(session: &mut Session, url: &DatabaseUrl, profile: &Profile, rules: &[Rule]) -> Result<Lacking> {
    match session.dialect() {
        Dialect::Sqlite => Ok(sqlite::rights::lacking(url, rules)),
        Dialect::Postgres => postgres::rights::lacking(session, profile, rules).await,
        Dialect::Mariadb => mariadb::rights::lacking(session, url, profile, rules).await,
    }
}

/// Finds out what a user lacks whom the server does not let into the database; `None` when that is not why `error` happened.
///
/// # Errors
/// `Database`.
pub async fn of_outsider(
    error: &Error,
    url: &DatabaseUrl,
    profile: &Profile,
    rules: &[Rule],
) -> Result<Option<Lacking>> {
    let code = refusal(error).and_then(|refusal| refusal.code.as_deref());
    if !code.is_some_and(|code| OUTSIDE.contains(&code)) {
        return Ok(None);
    }
    let login = url.login();
    let name = login.database.unwrap_or_default();
    match url.dialect() {
        Dialect::Sqlite => Ok(None),
        // Nothing more is to be seen from outside.
        Dialect::Postgres => {
            let mut grants = Grants::default();
            grants.add(Object::Database(name), Right::Connect);
            Ok(Some(Lacking { user: Dialect::Postgres.ident(&login.user.unwrap_or_default()), grants }))
        }
        Dialect::Mariadb => {
            let mut session = Session::open_outside(url).await?;
            mariadb::rights::lacking(&mut session, url, profile, rules).await.map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_with_the_same_rights_share_a_statement() {
        let mut grants = Grants::default();
        let table = |name: &str| Object::Table("pub\"lic".to_owned(), name.to_owned());
        for (object, right) in [
            (table("b"), Right::Update),
            (table("b"), Right::Select),
            (table("a"), Right::Select),
            (table("c"), Right::Select),
            (Object::Schema("s".to_owned()), Right::Usage),
            (Object::Sequence("s".to_owned(), "a".to_owned()), Right::Usage),
        ] {
            grants.add(object, right);
        }
        assert_eq!(
            grants.statements(Dialect::Postgres, "\"o'dd\""),
            [
                "GRANT USAGE ON SCHEMA \"s\" TO \"o'dd\";",
                "GRANT SELECT ON \"pub\"\"lic\".\"a\", \"pub\"\"lic\".\"c\" TO \"o'dd\";",
                "GRANT SELECT, UPDATE ON \"pub\"\"lic\".\"b\" TO \"o'dd\";",
                "GRANT USAGE ON SEQUENCE \"s\".\"a\" TO \"o'dd\";",
            ]
        );
    }

    #[test]
    fn a_database_of_mariadb_is_no_pattern() {
        let mut grants = Grants::default();
        grants.add(Object::Database("a_b%".to_owned()), Right::Temporary);
        grants.add(Object::Table("a_b%".to_owned(), "t_x".to_owned()), Right::Delete);
        assert_eq!(
            grants.statements(Dialect::Mariadb, "`u`@`%`"),
            ["GRANT CREATE TEMPORARY TABLES ON `a\\_b\\%`.* TO `u`@`%`;", "GRANT DELETE ON `a_b%`.`t_x` TO `u`@`%`;"]
        );
    }
}
