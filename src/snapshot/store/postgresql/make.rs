//! Makes a database with its properties, and takes away what a restore has made.

use super::describe::{Database, Grant, Setting};
use super::server::{Link, Server, ident, literal};
use crate::error::{Error, Result, escape};
use crate::snapshot::store::contract::PostgresqlMade;

/// The version that has providers of locales.
const PROVIDERS: u32 = 150_000;

/// The version that ends the sessions of a database which is dropped.
const FORCE: u32 = 130_000;

/// Settings that are lists of names.
const LISTS: [&str; 4] = ["search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"];

/// Returns the statement that makes a database like the one that was saved.
pub(super) fn create(database: &Database, name: &str, version: u32, tablespaces: bool) -> String {
    let mut sql = format!(
        "CREATE DATABASE {} WITH TEMPLATE = template0 OWNER = {} ENCODING = {} LC_COLLATE = {} LC_CTYPE = {}",
        ident(name),
        ident(&database.owner),
        literal(&database.encoding),
        literal(&database.collate),
        literal(&database.ctype),
    );
    let locale = database.locale.as_deref().map(literal);
    match (database.provider.as_deref(), locale) {
        (Some("c"), _) if version >= PROVIDERS => sql += " LOCALE_PROVIDER = libc",
        (Some("i"), Some(locale)) => {
            sql = sql + " LOCALE_PROVIDER = icu ICU_LOCALE = " + &locale;
            if let Some(rules) = &database.rules {
                sql = sql + " ICU_RULES = " + &literal(rules);
            }
        }
        (Some("b"), Some(locale)) => sql = sql + " LOCALE_PROVIDER = builtin BUILTIN_LOCALE = " + &locale,
        _ => {}
    }
    if tablespaces && database.tablespace != "pg_default" {
        sql = sql + " TABLESPACE = " + &ident(&database.tablespace);
    }
    sql
}

/// Returns the statements that give a database its settings, rights and comment.
pub(super) fn properties(database: &Database, name: &str) -> Vec<String> {
    let name = ident(name);
    let mut all = Vec::new();
    if let Some(comment) = &database.comment {
        all.push(format!("COMMENT ON DATABASE {name} IS {}", literal(comment)));
    }
    all.extend(database.settings.iter().map(|setting| set(setting, &name)));
    if let Some(grants) = &database.grants {
        all.push(format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC, {}", ident(&database.owner)));
        all.extend(grants.iter().map(|grant| granted(grant, &name)));
    }
    if database.connections >= 0 {
        all.push(format!("ALTER DATABASE {name} CONNECTION LIMIT {}", database.connections));
    }
    all
}

fn set(setting: &Setting, database: &str) -> String {
    let value = if LISTS.contains(&setting.name.as_str()) {
        let names = list(&setting.value);
        if names.is_empty() {
            "''".to_owned()
        } else {
            names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ")
        }
    } else {
        literal(&setting.value)
    };
    let of = match &setting.role {
        Some(role) => format!("ROLE {} IN DATABASE {database}", ident(role)),
        None => format!("DATABASE {database}"),
    };
    format!("ALTER {of} SET {} TO {value}", ident(&setting.name))
}

fn granted(grant: &Grant, database: &str) -> String {
    let to = grant.role.as_deref().map_or("PUBLIC".to_owned(), ident);
    let option = if grant.grantable { " WITH GRANT OPTION" } else { "" };
    format!("GRANT {} ON DATABASE {database} TO {to}{option}", grant.privilege)
}

/// Returns the names of a list, of which some may be in quotes.
fn list(value: &str) -> Vec<String> {
    let (mut all, mut open, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.next_if_eq(&'"').is_some() => open.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut open)),
            c if c.is_whitespace() && !quoted => {}
            c => open.push(c),
        }
    }
    if !value.trim().is_empty() {
        all.push(open);
    }
    all
}

/// Returns the number of a database.
///
/// # Errors
/// `Database`.
pub(super) fn oid(link: &mut Link, name: &str) -> Result<u32> {
    let found = link.cell(&format!("SELECT oid FROM pg_database WHERE datname = {}", literal(name)))?;
    found.parse().map_err(|_| Error::internal("the number of a database is none"))
}

/// Drops the databases and roles that a restore has made. Returns their names.
///
/// # Errors
/// `Database`, with what to do by hand.
pub(super) fn remove(server: &Server, made: &PostgresqlMade) -> Result<Vec<String>> {
    let mut link = server.connect(None)?;
    let (version, _) = link.version()?;
    let oids = made.oids.iter().map(u32::to_string).chain(["0".to_owned()]).collect::<Vec<_>>().join(", ");
    let names = made.staging.iter().map(|name| literal(name)).chain(["''".to_owned()]).collect::<Vec<_>>().join(", ");
    let query = format!("SELECT datname FROM pg_database WHERE datname IN ({names}) OR oid IN ({oids})");
    let mut gone = Vec::new();
    for name in link.column(&query)? {
        let drop = format!("DROP DATABASE {}", ident(&name));
        let outcome = if version >= FORCE {
            link.execute(&format!("{drop} WITH (FORCE)"))
        } else {
            let end =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}", literal(&name));
            link.execute(&end)?;
            link.execute(&drop)
        };
        outcome.map_err(|error| {
            Error::database("a database that was being restored cannot be dropped")
                .hint(format!("Do it by hand in psql: {};", escape::line(&drop)))
                .because(error)
        })?;
        gone.push(format!("dropped the database {name}"));
    }
    for role in &made.roles {
        let known = link.rows(&format!("SELECT 1 FROM pg_roles WHERE rolname = {}", literal(role)))?;
        if !known.is_empty() {
            let role_name = ident(role);
            link.execute(&format!("DROP OWNED BY {role_name}; DROP ROLE {role_name}"))?;
            gone.push(format!("dropped the role {role}"));
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_lists_keep_their_names_apart() {
        let of = |name: &str, value: &str, role: Option<&str>| {
            set(&Setting { role: role.map(str::to_owned), name: name.to_owned(), value: value.to_owned() }, "\"d\"")
        };
        assert_eq!(
            of("search_path", "app, \"odd, \"\"name\", \"$user\"", None),
            "ALTER DATABASE \"d\" SET \"search_path\" TO 'app', 'odd, \"name', '$user'"
        );
        assert_eq!(of("search_path", "", None), "ALTER DATABASE \"d\" SET \"search_path\" TO ''");
        assert_eq!(of("my.own", "a, b's", Some("r")), "ALTER ROLE \"r\" IN DATABASE \"d\" SET \"my.own\" TO 'a, b''s'");
    }
}
