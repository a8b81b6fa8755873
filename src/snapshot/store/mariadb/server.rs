//! Speaks to a server of MariaDB.

use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Decode, Executor, MySql, Row, ValueRef};
use url::Url;

use crate::db::error::SqlClass;
use crate::db::mariadb::refused;
use crate::error::{Error, Result, escape};
use crate::snapshot::credentials::Login;
use crate::snapshot::wait::wait;

/// The oldest version that is known to work, as the server's first two numbers.
const OLDEST: (u32, u32) = (10, 5);

/// What every session of ours begins with: neither the server's configuration nor a slow disk may change what is read or written.
/// Values come and go as they are, however odd, and what would be altered is an error.
pub(super) const SETTINGS: &str = "SET NAMES utf8mb4, time_zone = '+00:00', \
     sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES', sql_quote_show_create = 1, autocommit = 1, \
     completion_type = 'NO_CHAIN', foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0, \
     sql_select_limit = 18446744073709551615, sql_safe_updates = 0, sql_big_selects = 1, max_statement_time = 0, \
     idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0, idle_write_transaction_timeout = 0, \
     wait_timeout = 31536000, net_write_timeout = 31536000, net_read_timeout = 31536000, lock_wait_timeout = 60";

/// How an address is written.
const FORMS: &str =
    "Write mysql://USER@HOST:3306, or mysql://USER@localhost/?socket=/run/mysqld/mysqld.sock for a socket.";

/// Where a server is, and who logs in.
#[derive(Clone, Debug)]
pub(super) struct MariadbServer {
    url: Url,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) socket: Option<String>,
    pub(super) user: String,
    password: Option<String>,
    plain: bool,
}

impl MariadbServer {
    /// Reads the address of a server.
    ///
    /// # Errors
    /// `Usage` if it cannot be read, or holds a password.
    pub(super) fn new(url: &str, login: Option<Login>) -> Result<Self> {
        let wrong = || Error::usage("the address of MariaDB cannot be read").hint(FORMS);
        let url = Url::parse(url).map_err(|_| wrong())?;
        if !["mysql", "mariadb"].contains(&url.scheme()) || url.cannot_be_a_base() || url.fragment().is_some() {
            return Err(wrong());
        }
        if url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password") {
            return Err(Error::usage("the address of MariaDB holds a password, which everybody could read")
                .hint("Write it into the file of --credentials."));
        }
        // Odd names of users go into the credentials, or behind `user=`.
        if url.username().contains('%') {
            return Err(wrong());
        }
        let mut server = Self {
            host: url.host_str().unwrap_or("localhost").trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(3306),
            socket: None,
            user: url.username().to_owned(),
            password: None,
            plain: false,
            url: url.clone(),
        };
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("socket", path) => server.socket = Some(path.to_owned()),
                ("user", user) => server.user = user.to_owned(),
                ("ssl-mode", "disabled") => server.plain = true,
                ("ssl-mode", "preferred") => server.plain = false,
                _ => {
                    let what =
                        format!("the address of MariaDB has an option that is not known: {}", escape::line(&key));
                    return Err(
                        Error::usage(what).hint("There are socket, user, ssl-mode=disabled and ssl-mode=preferred.")
                    );
                }
            }
        }
        if let Some(login) = login {
            server.user = login.user;
            server.password = Some(login.password);
        }
        if server.user.is_empty() {
            server.user = "root".to_owned();
        }
        Ok(server)
    }

    /// Returns the address, which has no password.
    pub(super) fn address(&self) -> String {
        self.url.to_string()
    }

    /// Returns the address for people.
    pub(super) fn shown(&self) -> String {
        let place = self.socket.clone().unwrap_or_else(|| format!("{}:{}", self.host, self.port));
        escape::line(&place).into_owned()
    }

    /// Returns the password, if there is one.
    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Connects, to a database if one is named.
    ///
    /// # Errors
    /// `Database` if the server does not answer or refuses the login.
    pub(super) async fn open(&self, database: Option<&str>) -> Result<MySqlConnection> {
        let mode = if self.plain || self.socket.is_some() { MySqlSslMode::Disabled } else { MySqlSslMode::Preferred };
        let mut options =
            MySqlConnectOptions::new().host(&self.host).port(self.port).username(&self.user).ssl_mode(mode);
        options = self.socket.iter().fold(options, |options, socket| options.socket(socket));
        options = self.password.iter().fold(options, |options, password| options.password(password));
        options = database.iter().fold(options, |options, name| options.database(name));
        options = options.timezone(None).set_names(false).pipes_as_concat(false).no_engine_substitution(false);
        let mut connection = options.disable_statement_logging().connect().await.map_err(|error| {
            Error::database(format!("MariaDB at {} cannot be used", self.shown()))
                .hint("Check `url` in the platform file, that the server runs, and the login in the credentials.")
                .because(refused(error))
        })?;
        execute(&mut connection, SETTINGS).await?;
        Ok(connection)
    }

    /// Connects, and blocks until that is done.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub(super) fn connect(&self, database: Option<&str>) -> Result<MariadbLink> {
        wait(self.open(database)).map(|connection| MariadbLink { connection })
    }
}

/// A connection whose methods block.
pub(super) struct MariadbLink {
    connection: MySqlConnection,
}

impl MariadbLink {
    /// Executes a statement that returns nothing.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn execute(&mut self, sql: &str) -> Result<()> {
        wait(execute(&mut self.connection, sql))
    }

    /// Returns the rows of a query as texts.
    ///
    /// # Errors
    /// `Database`; `Schema` if one is not UTF-8.
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
        first.ok_or_else(|| Error::database("MariaDB does not answer a question about itself"))
    }

    /// Returns the version of the server.
    ///
    /// # Errors
    /// `Schema` if it is too old, or another product; `Database`.
    pub(super) fn version(&mut self) -> Result<String> {
        let text = self.cell("SELECT VERSION()")?;
        if !text.contains("MariaDB") {
            return Err(Error::schema(format!("the server is not MariaDB: {}", escape::line(&text))).hint(
                "MySQL has other forms of values and other statements, so its databases cannot be saved this way.",
            ));
        }
        if numbers(&text) < Some(OLDEST) {
            let what = format!("MariaDB {} is too old", escape::line(&text));
            return Err(Error::schema(what).hint("It needs version 10.5 or later."));
        }
        Ok(text.split('-').next().unwrap_or_default().to_owned())
    }
}

/// Returns the first two numbers of a version.
pub(super) fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Executes a statement, or several without results.
///
/// # Errors
/// `Database`.
pub(super) async fn execute(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.map(|_| ()).map_err(refused)
}

/// Returns the rows of a query as texts.
///
/// # Errors
/// `Database`; `Schema` if one is not UTF-8.
pub(super) async fn rows(connection: &mut MySqlConnection, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    let rows: Vec<MySqlRow> =
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch(connection).try_collect().await.map_err(refused)?;
    let text = |row: &MySqlRow, index: usize| match cell(row, index)? {
        None => Ok(None),
        Some(bytes) => String::from_utf8(bytes.to_vec())
            .map(Some)
            .map_err(|_| Error::schema("a name in the database is not UTF-8, which gapsync needs")),
    };
    rows.iter().map(|row| (0..row.len()).map(|index| text(row, index)).collect()).collect()
}

/// Returns the bytes of a cell, or `None` for NULL.
///
/// # Errors
/// `Internal`, which cannot happen with an answer of the text protocol.
pub(super) fn cell(row: &MySqlRow, index: usize) -> Result<Option<&[u8]>> {
    let value = row.try_get_raw(index).map_err(refused)?;
    if value.is_null() {
        return Ok(None);
    }
    let bytes = <&[u8] as Decode<MySql>>::decode(value);
    bytes.map(Some).map_err(|error| Error::internal("a cell has no bytes").because(error))
}

/// Returns whether the server refuses something for lack of a right.
pub(super) fn lacks_right(error: &Error) -> bool {
    crate::db::error::class_of(error) == Some(SqlClass::Permission)
}

/// Returns a name in quotes.
pub(super) fn ident(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Returns a text as a literal, which our sessions read with backslashes as escapes.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_socket_or_a_port_and_never_a_password() {
        let login = Login { user: "o'x y".to_owned(), password: "geheim".to_owned() };
        let server = MariadbServer::new("mariadb://u@localhost/?socket=/run/a%20b.sock", Some(login)).unwrap();
        assert_eq!((server.shown().as_str(), server.user.as_str()), ("/run/a b.sock", "o'x y"));
        assert!(!server.address().contains("geheim"));
        let server = MariadbServer::new("mysql://h:3307", None).unwrap();
        assert_eq!((server.shown().as_str(), server.user.as_str()), ("h:3307", "root"));
        for wrong in ["mysql://u:p@h/", "mysql://h/?password=p", "mysql://h/?what=1", "postgres://h/x", "nothing"] {
            MariadbServer::new(wrong, None).unwrap_err();
        }
        assert!(numbers("10.11.19-MariaDB-0+deb12u1") > Some(OLDEST) && numbers("10.4.1") < Some(OLDEST));
    }
}
