//! Describes what a user may do: the vocabulary, the question to the server, and the statements for an administrator to
//! run.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use super::error::refusal;
use super::session::Session;
use super::url::DatabaseUrl;
use super::{mariadb, postgres, sqlite};
use crate::error::{Error, Result};
use crate::model::profile::Profile;

/// The codes of a server that accepts a user, but not for this database.
const OUTSIDE: [&str; 2] = ["1044", "42501"];

/// A right. The order is that in which a statement lists several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Use a schema or a sequence.
    Usage,
    /// Read rows.
    Select,
    /// Add rows.
    Insert,
    /// Change rows; advance a sequence.
    Update,
    /// Delete rows.
    Delete,
    /// Create tables.
    Create,
    /// Drop tables.
    Drop,
    /// Create temporary tables.
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
    /// The schema on PostgreSQL, the database on MariaDB: tables that do not exist yet.
    Schema,
    /// The database itself.
    Database,
    /// Each of the profile's tables that exists in the database.
    Tables,
    /// Each of those whose rows are sets (`owned_by`), from which rows may be deleted.
    Sets,
    /// The sequence of the id of each such table (PostgreSQL).
    Sequences,
    /// One of our own tables, which will be created if it is missing.
    Own(&'static str),
    /// One of our own tables, if it exists.
    OwnIfThere(&'static str),
    /// The sequence of the id of one of our own tables (PostgreSQL).
    OwnSequence(&'static str),
    /// The schema, if one of these tables of ours is missing.
    SchemaWithout(&'static [&'static str]),
}

/// The rights that a command needs on one kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule(pub On, pub &'static [Right]);

/// An object that a right is granted on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// A database. On MariaDB this means all tables in it, existing or not.
    Database(String),
    /// A schema.
    Schema(String),
    /// All tables of a schema.
    AllTables(String),
    /// A table: its schema (on MariaDB its database) and its name.
    Table(String, String),
    /// All sequences of a schema.
    AllSequences(String),
    /// A sequence: its schema and its name.
    Sequence(String, String),
    /// A file or a folder.
    Path(String),
}

/// Rights on objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<Object, BTreeSet<Right>>);

impl Grants {
    /// Adds a right on an object.
    pub fn add(&mut self, object: Object, right: Right) {
        self.0.entry(object).or_default().insert(right);
    }

    /// Drops rights on single tables that are implied by a right on their whole database (MariaDB).
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

    /// Returns whether there are no rights.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the objects, each with the rights on it.
    pub fn iter(&self) -> impl Iterator<Item = (&Object, &BTreeSet<Right>)> {
        self.0.iter()
    }

    /// Writes the statements that grant these rights to a user, whose name is already quoted. Objects of the same kind with
    /// the same rights share a statement. There is no statement for a file, so a sentence says what to do.
    #[must_use]
    pub fn statements(&self, dialect: Dialect, user: &str) -> Vec<String> {
        let mut lines: Vec<(&'static str, Vec<Right>, Vec<String>)> = Vec::new();
        for (object, rights) in &self.0 {
            let (kind, name) = shown(dialect, object);
            let rights: Vec<Right> = rights.iter().copied().collect();
            // MariaDB accepts only one table per statement.
            let joined = if dialect == Dialect::Mariadb { None } else { Some(()) };
            match joined.and_then(|()| lines.iter_mut().find(|line| line.0 == kind && line.1 == rights)) {
                Some((_, _, names)) => names.push(name),
                None => lines.push((kind, rights, vec![name])),
            }
        }
        let line = |(kind, rights, names): &(&str, Vec<Right>, Vec<String>)| {
            if dialect == Dialect::Sqlite {
                return format!("grant the user of this process the right to write to {}", names.join(" and "));
            }
            let rights: Vec<&str> = rights.iter().map(|right| right.sql(dialect)).collect();
            format!("GRANT {} ON {kind}{} TO {user};", rights.join(", "), names.join(", "))
        };
        lines.iter().map(line).collect()
    }
}

/// Returns the text before the names of objects of this kind, and the name of this one.
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

/// Escapes characters that MariaDB would treat as a pattern in a grant on a whole database.
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
    /// The missing rights.
    pub grants: Grants,
}

/// Finds which of the rights in `rules` the user lacks. If the database has none of the profile's tables, nothing is
/// checked: it is the wrong database, whatever the rights are.
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

/// Finds the rights that a user lacks who may not connect to the database. Returns `None` if that is not the cause of
/// `error`.
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
        // Nothing more can be found without a connection.
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
