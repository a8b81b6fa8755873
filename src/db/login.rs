//! Reads how to log in to a server from its URL.

use std::process::Command;

use url::Url;

use super::dialect::Dialect;
use crate::error::{Error, Result};

/// The address of a server and the login, from whichever part of the URL contains them. Percent-encoding is decoded.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    /// Name or address, without brackets; on PostgreSQL also the folder of a socket.
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) socket: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
}

impl Login {
    /// Reads a URL.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn read(dialect: Dialect, url: &Url) -> Result<Self> {
        let mut login = Self::of_address(url)?;
        for (key, value) in url.query_pairs() {
            let value = value.into_owned();
            match &*key {
                "host" | "hostaddr" => login.host = Some(value),
                "port" => {
                    login.port =
                        Some(value.parse().map_err(|_| bad_option(dialect, "port", "it is not a port number"))?)
                }
                "socket" => login.socket = Some(value),
                "user" => login.user = Some(value),
                "password" => login.password = Some(value),
                "dbname" => login.database = Some(value),
                _ => {}
            }
        }
        Ok(login)
    }

    /// Reads the URL of a server that has no options but `user` and `password` for the login.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn of_server(url: &Url) -> Result<Self> {
        let mut login = Self::of_address(url)?;
        for (key, value) in url.query_pairs() {
            match &*key {
                "user" => login.user = Some(value.into_owned()),
                "password" => login.password = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(login)
    }

    /// Reads what comes before the options.
    fn of_address(url: &Url) -> Result<Self> {
        Ok(Self {
            host: url
                .host_str()
                .filter(|host| !host.is_empty())
                .map(|host| decoded(host.trim_matches(['[', ']'])))
                .transpose()?,
            port: url.port(),
            socket: None,
            user: Some(url.username()).filter(|user| !user.is_empty()).map(decoded).transpose()?,
            password: url.password().map(decoded).transpose()?,
            database: Some(url.path().trim_start_matches('/'))
                .filter(|path| !path.is_empty())
                .map(decoded)
                .transpose()?,
        })
    }

    /// Adds the operating system's user if the URL names none, as the engines' own programs do.
    pub(super) fn with_system_user(mut self) -> Self {
        self.user = self.user.or_else(system_user);
        self
    }

    /// Returns the server in the form that people write.
    pub(super) fn server(&self) -> String {
        let host = self.socket.as_deref().or(self.host.as_deref()).unwrap_or("localhost");
        match self.port {
            Some(port) if host.contains(':') => format!("[{host}]:{port}"),
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

/// Returns the options that the drivers read and that we pass on. Character sets and time zones are excluded on purpose:
/// sessions use ours.
fn known_options(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => &[],
        Dialect::Postgres => &[
            "host",
            "hostaddr",
            "port",
            "dbname",
            "user",
            "password",
            "application_name",
            "options",
            "sslmode",
            "ssl-mode",
            "sslrootcert",
            "ssl-root-cert",
            "ssl-ca",
            "sslcert",
            "ssl-cert",
            "sslkey",
            "ssl-key",
        ],
        Dialect::Mariadb => &[
            "host", "port", "socket", "dbname", "user", "password", "sslmode", "ssl-mode", "sslca", "ssl-ca",
            "sslcert", "ssl-cert", "sslkey", "ssl-key",
        ],
    }
}

/// Refuses options that no driver reads: a misspelt `sslmode` would connect without encryption.
pub(super) fn check_options(dialect: Dialect, url: &Url) -> Result<()> {
    let known = known_options(dialect);
    for (key, _) in url.query_pairs() {
        let of_the_server = dialect == Dialect::Postgres && key.starts_with("options[") && key.ends_with(']');
        if !of_the_server && !known.contains(&&*key) {
            let shown: String = key.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(Error::usage(format!("the database URL has an unknown option `{shown}`"))
                .hint(format!("The options for this engine are {}.", known.join(", "))));
        }
    }
    let value = |names: [&str; 2]| {
        url.query_pairs().filter(|(key, _)| names.contains(&&**key)).last().map(|(_, value)| value.into_owned())
    };
    if let Some(mode) = value(["sslmode", "ssl-mode"]) {
        let accepted = match dialect {
            Dialect::Mariadb => mode.parse::<sqlx::mysql::MySqlSslMode>().is_ok(),
            _ => mode.parse::<sqlx::postgres::PgSslMode>().is_ok(),
        };
        if !accepted {
            return Err(bad_option(
                dialect,
                "sslmode",
                match dialect {
                    Dialect::Mariadb => "use disabled, preferred, required, verify_ca or verify_identity",
                    _ => "use disable, allow, prefer, require, verify-ca or verify-full",
                },
            ));
        }
    }
    if let Some(address) = value(["hostaddr", "hostaddr"])
        && address.parse::<std::net::IpAddr>().is_err()
    {
        return Err(bad_option(dialect, "hostaddr", "it is not an IP address"));
    }
    Ok(())
}

fn bad_option(dialect: Dialect, name: &str, why: &str) -> Error {
    Error::usage(format!(
        "the option `{name}` of the database URL has a value that {} does not know: {why}",
        dialect.name()
    ))
    .hint(FORMS)
}

/// Decodes a percent-encoded part of a URL.
fn decoded(text: &str) -> Result<String> {
    // Unlike in a form, a plus is just a plus here.
    let pair = format!("={}", text.replace('+', "%2B").replace('&', "%26"));
    let text =
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default();
    if text.contains('\u{fffd}') {
        return Err(Error::usage("the database URL holds percent-encoded bytes that are not UTF-8").hint(FORMS));
    }
    Ok(text)
}

/// Returns the name of the operating system's user. Asks `id`, which knows every directory that the system keeps users in.
pub(super) fn system_user() -> Option<String> {
    let output = Command::new("id").arg("-un").output().ok().filter(|output| output.status.success())?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Hint with the possible forms of a server's URL.
pub(super) const FORMS: &str = "Write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE or mariadb://USER:PASSWORD@HOST:PORT/DATABASE; \
                     for a unix socket add ?host=/FOLDER or ?socket=/FILE.";
