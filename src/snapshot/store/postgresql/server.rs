//! Speaks to a server of PostgreSQL.

use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row};
use url::Url;

use crate::error::{Error, Result, escape};
use crate::snapshot::credentials::Login;
use crate::snapshot::wait::wait;

/// The oldest version that is known to work.
const OLDEST: u32 = 110_000;

/// What every session of ours begins with: a limit or a format of the server's configuration must not change what is read.
const SETTINGS: &str = "SET search_path = ''; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0; \
     SET idle_in_transaction_session_timeout = 0; SET DateStyle = ISO; SET IntervalStyle = postgres; \
     SET extra_float_digits = 3; SET bytea_output = hex; SET lc_monetary = 'C'; SET synchronize_seqscans = off; \
     SET standard_conforming_strings = on; SET default_transaction_read_only = off";

/// Where a server is, and who logs in.
#[derive(Clone, Debug)]
pub(super) struct Server {
    url: Url,
    login: Option<Login>,
}

impl Server {
    /// Reads the address of a server.
    ///
    /// # Errors
    /// `Usage` if it cannot be read, or holds a password.
    pub(super) fn new(url: &str, login: Option<Login>) -> Result<Self> {
        let wrong = || {
            Error::usage("the address of PostgreSQL cannot be read").hint(
                "Write postgres://HOST:PORT/postgres, or postgres:///postgres?host=/var/run/postgresql for a socket.",
            )
        };
        let mut url = Url::parse(url).map_err(|_| wrong())?;
        if !["postgres", "postgresql"].contains(&url.scheme()) {
            return Err(wrong());
        }
        if url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password") {
            return Err(Error::usage("the address of PostgreSQL holds a password, which everybody could read")
                .hint("Write it into the file of --credentials."));
        }
        if url.path().trim_matches('/').is_empty() {
            url.set_path("/postgres");
        }
        if let Some(login) = &login {
            let kept: Vec<_> = url.query_pairs().into_owned().filter(|(key, _)| key != "user").collect();
            let _ = url.set_username("");
            url.query_pairs_mut().clear().extend_pairs(kept).append_pair("user", &login.user);
        }
        Ok(Self { url, login })
    }

    /// Returns the address of a database, as PostgreSQL's programs read it: without a password.
    pub(super) fn address(&self, database: Option<&str>) -> String {
        let mut url = self.url.clone();
        if let (Some(database), Ok(mut path)) = (database, url.path_segments_mut()) {
            path.clear().push(database);
        }
        // Here a plus stands for itself.
        let query = url.query().map(|query| query.replace('+', "%20"));
        url.set_query(query.as_deref());
        url.into()
    }

    /// Returns the address without user and database, for people.
    pub(super) fn shown(&self) -> String {
        let host = self.url.query_pairs().find(|(key, _)| key == "host").map(|(_, value)| value.into_owned());
        let port = self.url.query_pairs().find(|(key, _)| key == "port").map(|(_, value)| value.into_owned());
        let host = host.or_else(|| self.url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned());
        let port = port.or_else(|| self.url.port().map(|port| port.to_string()));
        let place = port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        escape::line(&place).into_owned()
    }

    /// Returns the password, if there is one.
    pub(super) fn password(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.password.as_str())
    }

    /// Connects to a database; to that of the address if none is named.
    ///
    /// # Errors
    /// `Database` if it does not answer or refuses the login.
    pub(super) async fn open(&self, database: Option<&str>) -> Result<PgConnection> {
        let options = PgConnectOptions::from_url(&self.url)
            .map_err(|error| Error::usage("the address of PostgreSQL cannot be read").because(error))?;
        let mut options = options.extra_float_digits(None).application_name("gapsync").disable_statement_logging();
        if let Some(database) = database {
            options = options.database(database);
        }
        if let Some(password) = self.password() {
            options = options.password(password);
        }
        let mut connection = options.connect().await.map_err(|error| {
            Error::database(format!("PostgreSQL at {} cannot be used: {}", self.shown(), reason(&error)))
                .hint("Check `url` in the platform file, that the server runs, and the login in the credentials.")
        })?;
        connection.execute(SETTINGS).await.map_err(refused)?;
        Ok(connection)
    }

    /// Connects, and blocks until that is done.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub(super) fn connect(&self, database: Option<&str>) -> Result<Link> {
        wait(self.open(database)).map(|connection| Link { connection })
    }
}

/// A connection whose methods block.
pub(super) struct Link {
    connection: PgConnection,
}

impl Link {
    /// Executes statements that return nothing.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn execute(&mut self, sql: &str) -> Result<()> {
        wait(execute(&mut self.connection, sql)).map(|_| ())
    }

    /// Returns the rows of a query as texts.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        wait(rows(&mut self.connection, sql))
    }

    /// Returns the first column of a query, without NULLs.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn column(&mut self, sql: &str) -> Result<Vec<String>> {
        Ok(self.rows(sql)?.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }

    /// Returns the first cell of a query.
    ///
    /// # Errors
    /// `Database`, also if there is none.
    pub(super) fn cell(&mut self, sql: &str) -> Result<String> {
        let first = self.column(sql)?.into_iter().next();
        first.ok_or_else(|| Error::database("PostgreSQL does not answer a question about itself"))
    }

    /// Returns the rows of a query, as JSON has them.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn objects<T: DeserializeOwned>(&mut self, query: &str) -> Result<Vec<T>> {
        let text = self
            .cell(&format!("SELECT coalesce(pg_catalog.json_agg(pg_catalog.row_to_json(q)), '[]') FROM ({query}) q"))?;
        serde_json::from_str(&text)
            .map_err(|error| Error::internal("PostgreSQL describes itself in another form").because(error))
    }

    /// Returns the version of the server, as a number and as a text.
    ///
    /// # Errors
    /// `Schema` if it is too old; `Database`.
    pub(super) fn version(&mut self) -> Result<(u32, String)> {
        let number: u32 = self.cell("SHOW server_version_num")?.parse().unwrap_or(0);
        let text = self.cell("SHOW server_version")?;
        let text = text.split(' ').next().unwrap_or_default().to_owned();
        if number < OLDEST {
            return Err(Error::schema(format!("PostgreSQL {} is too old", escape::line(&text)))
                .hint("It needs version 11 or later."));
        }
        Ok((number, text))
    }
}

/// Executes a statement, or several without results. Returns how many rows the last one was about.
///
/// # Errors
/// `Database`.
pub(super) async fn execute(connection: &mut PgConnection, sql: &str) -> Result<u64> {
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await;
    done.map(|done| done.rows_affected()).map_err(refused)
}

/// Returns the rows of a query as texts.
///
/// # Errors
/// `Database`.
pub(super) async fn rows(connection: &mut PgConnection, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    let rows: Vec<PgRow> =
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch(connection).try_collect().await.map_err(refused)?;
    let text = |row: &PgRow, index: usize| {
        let value = row.try_get_raw(index).map_err(refused)?;
        let Ok(bytes) = value.as_bytes() else { return Ok(None) };
        let text = String::from_utf8(bytes.to_vec());
        text.map(Some).map_err(|_| Error::schema("a name in the database is not UTF-8, which gapsync needs"))
    };
    rows.iter().map(|row| (0..row.len()).map(|index| text(row, index)).collect()).collect()
}

/// Returns what the server says about an error: without DETAIL and CONTEXT, which repeat rows.
fn reason(error: &sqlx::Error) -> String {
    let text = match error {
        sqlx::Error::Database(reported) => reported.message().to_owned(),
        error => error.to_string(),
    };
    escape::line(&text).into_owned()
}

/// Converts an error of the driver. What may repeat a value is left out.
pub(super) fn refused(error: sqlx::Error) -> Error {
    let code = match &error {
        sqlx::Error::Database(reported) => reported.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::code),
        _ => None,
    };
    // Errors of class 22 are about values, and name them.
    match code {
        Some(code) if code.starts_with("22") || code.starts_with("23") => {
            Error::database(format!("PostgreSQL refuses a value (SQLSTATE {code})"))
        }
        _ => Error::database(format!("PostgreSQL refuses: {}", reason(&error))),
    }
}

/// Returns a name in quotes.
pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a text as a literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_user_and_any_database_and_never_a_password() {
        let login = Login { user: "o'x y".to_owned(), password: "geheim".to_owned() };
        let server = Server::new("postgres:///postgres?host=/run/x&user=u", Some(login)).unwrap();
        assert_eq!(server.address(Some("a/b c%")), "postgres:///a%2Fb%20c%25?host=%2Frun%2Fx&user=o%27x%20y");
        assert_eq!(server.shown(), "/run/x");
        let server = Server::new("postgresql://h:5433", None).unwrap();
        assert_eq!(
            (server.address(None), server.shown()),
            ("postgresql://h:5433/postgres".to_owned(), "h:5433".to_owned())
        );
        for wrong in ["postgres://u:p@h/x", "postgres:///x?password=p", "mysql://h/x", "nothing"] {
            Server::new(wrong, None).unwrap_err();
        }
    }
}
