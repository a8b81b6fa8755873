//! Parses the URLs of databases.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::dialect::Dialect;
use super::login::{FORMS, Login, check_options};
use super::trace::{Trace, Traced};
use crate::error::{Error, Result};

const MASK: &str = "***";

/// The place of a database and the login. Its password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    target: Location,
    trace: Option<Trace>,
}

#[derive(Clone, PartialEq, Eq)]
enum Location {
    File(PathBuf),
    Server(Dialect, Url),
}

impl DatabaseUrl {
    /// Parses `sqlite:PATH`, `postgres://…`, `postgresql://…`, `mysql://…` or `mariadb://…`. A unix socket is given as
    /// `?host=/folder` (PostgreSQL) or `?socket=/file` (MariaDB).
    ///
    /// # Errors
    /// `Usage` for anything else. The error does not repeat the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once(':').ok_or_else(unknown)?;
        match scheme {
            "sqlite" => Self::parse_file(rest),
            "postgres" | "postgresql" => Self::parse_server(Dialect::Postgres, "postgres", rest),
            "mysql" | "mariadb" => Self::parse_server(Dialect::Mariadb, "mysql", rest),
            _ => Err(unknown()),
        }
    }

    fn parse_file(rest: &str) -> Result<Self> {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() {
            return Err(Error::usage("the database URL does not name a file").hint("Write it as sqlite:PATH."));
        }
        if path.starts_with(":memory:") {
            return Err(Error::usage("a database in memory cannot be shared by the connections of a run")
                .hint("Use a file: sqlite:PATH."));
        }
        Ok(Self { target: Location::File(PathBuf::from(path)), trace: None })
    }

    fn parse_server(dialect: Dialect, scheme: &str, rest: &str) -> Result<Self> {
        // The parser's own message does not repeat the URL.
        let url = Url::parse(&format!("{scheme}:{rest}"))
            .map_err(|error| Error::usage("the database URL cannot be read").because(error).hint(FORMS))?;
        if url.cannot_be_a_base() {
            return Err(Error::usage("the database URL cannot be read").hint(FORMS));
        }
        if url.fragment().is_some() {
            return Err(Error::usage("the database URL has a `#`, and what follows it would be lost")
                .hint("Write a `#` in a password or a name as %23."));
        }
        check_options(dialect, &url)?;
        if Login::read(dialect, &url)?.database.is_none() {
            return Err(Error::usage("the database URL does not name a database").hint(FORMS));
        }
        Ok(Self { target: Location::Server(dialect, url), trace: None })
    }

    /// Returns the URL of another schema: on MariaDB another database of the same server, on PostgreSQL a schema of the same
    /// database, which sessions then use like the only one. A file stays as it is.
    ///
    /// # Errors
    /// `Usage` if the name has other characters than letters, digits, `_` and `-`.
    pub fn in_schema(&self, name: &str) -> Result<Self> {
        let fits = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-');
        if name.is_empty() || !name.chars().all(fits) {
            return Err(Error::usage("the name of a database must consist of letters, digits, `_` and `-`"));
        }
        let target = match &self.target {
            Location::File(path) => Location::File(path.clone()),
            Location::Server(dialect, url) => {
                let mut url = url.clone();
                match dialect {
                    Dialect::Mariadb => {
                        let kept: Vec<(String, String)> =
                            url.query_pairs().into_owned().filter(|(key, _)| key != "dbname").collect();
                        url.set_path(&format!("/{name}"));
                        url.set_query(None);
                        if !kept.is_empty() {
                            url.query_pairs_mut().extend_pairs(kept);
                        }
                    }
                    Dialect::Sqlite | Dialect::Postgres => {
                        url.query_pairs_mut().append_pair("options[search_path]", &format!("\"{name}\""));
                    }
                }
                Location::Server(*dialect, url)
            }
        };
        Ok(Self { target, trace: self.trace.clone() })
    }

    /// Returns the URL of a file, with what this one says of sessions.
    ///
    /// # Errors
    /// `Usage` if the path cannot be the path of a database.
    pub fn beside(&self, file: &Path) -> Result<Self> {
        let url = Self::parse_file(&file.to_string_lossy())?;
        Ok(Self { trace: self.trace.clone(), ..url })
    }

    /// Makes all sessions write their statements to a file.
    #[must_use]
    pub fn with_trace(self, trace: Trace) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// Returns the trace of a new session, if there is a trace.
    pub(super) fn traced(&self) -> Option<Traced> {
        self.trace.as_ref().map(Trace::session)
    }

    /// Returns the server's address and the login; empty for a file.
    pub(super) fn login(&self) -> Login {
        match &self.target {
            Location::File(_) => Login::default(),
            // The URL was checked when it was parsed.
            Location::Server(dialect, url) => Login::read(*dialect, url).unwrap_or_default().with_system_user(),
        }
    }

    /// Returns the engine of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.target {
            Location::File(_) => Dialect::Sqlite,
            Location::Server(dialect, _) => *dialect,
        }
    }

    /// Returns whether it contains a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        match &self.target {
            Location::File(_) => false,
            Location::Server(_, url) => url.password().is_some() || url.query_pairs().any(|(key, _)| is_secret(&key)),
        }
    }

    /// Returns the URL without its password, for a command that others may read.
    #[must_use]
    pub fn without_password(&self) -> Self {
        let Location::Server(dialect, url) = &self.target else { return self.clone() };
        let mut url = url.clone();
        // Cannot fail: a URL that has a password can do without.
        let _ = url.set_password(None);
        let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| !is_secret(key)).collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        Self { target: Location::Server(*dialect, url), trace: self.trace.clone() }
    }

    /// Returns the URL for people, with its password masked.
    #[must_use]
    pub fn shown(&self) -> String {
        let (dialect, url) = match &self.target {
            Location::File(path) => return format!("sqlite:{}", path.display()),
            Location::Server(dialect, url) => (*dialect, url),
        };
        let mut url = url.clone();
        if url.password().is_some() {
            // Cannot fail: a URL that has a password can have a different one.
            let _ = url.set_password(Some(MASK));
        }
        if url.query().is_some() {
            let pairs: Vec<(String, String)> = url
                .query_pairs()
                .map(|(key, value)| {
                    let value = if is_secret(&key) { MASK.to_owned() } else { value.into_owned() };
                    (key.into_owned(), value)
                })
                .collect();
            let shown: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            url.set_query(None);
            return format!("{}?{}", Self::own_scheme(dialect, &url), shown.join("&"));
        }
        Self::own_scheme(dialect, &url)
    }

    fn own_scheme(dialect: Dialect, url: &Url) -> String {
        match dialect {
            Dialect::Mariadb => url.as_str().replacen("mysql:", "mariadb:", 1),
            Dialect::Sqlite | Dialect::Postgres => url.as_str().to_owned(),
        }
    }

    /// Returns the path, if it is a file.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.target {
            Location::File(path) => Some(path),
            Location::Server(..) => None,
        }
    }

    /// Returns whether the database is on this machine: a file, or a server on a unix socket or the loopback address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let Location::Server(_, url) = &self.target else { return true };
        if url.query_pairs().any(|(key, value)| key == "socket" || (key == "host" && value.starts_with('/'))) {
            return true;
        }
        match url.host_str() {
            None | Some("" | "localhost" | "[::1]" | "::1") => !url.query_pairs().any(|(key, _)| key == "host"),
            // The folder of a socket may take the place of the host.
            Some(host) if host.to_ascii_lowercase().starts_with("%2f") => true,
            Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        }
    }

    /// Returns the URL of a server, including its password.
    pub(super) fn server(&self) -> Option<&Url> {
        match &self.target {
            Location::File(_) => None,
            Location::Server(_, url) => Some(url),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DatabaseUrl").field(&self.shown()).finish()
    }
}

fn unknown() -> Error {
    Error::usage("the database URL has no known scheme")
        .hint("Use sqlite:PATH, postgres://… or mariadb://… (mysql://… is the same).")
}

fn is_secret(key: &str) -> bool {
    key.eq_ignore_ascii_case("password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked_everywhere() {
        for text in [
            "postgres://ann:s3cret@db.example:5432/tq",
            "mysql://ann:s3cret@localhost/tq?socket=/run/my.sock",
            "postgresql:///tq?host=/run/pg&user=ann&password=s3cret",
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert!(url.has_password());
            for shown in [url.shown(), format!("{url:?}")] {
                assert!(!shown.contains("s3cret") && shown.contains(MASK) && shown.contains("/tq"), "{shown}");
            }
            let without = url.without_password();
            assert!(!without.has_password() && !without.shown().contains(MASK), "{}", without.shown());
            assert!(without.shown().contains("ann") && without.shown().contains("/tq"), "{}", without.shown());
        }
    }

    #[test]
    fn files_are_found_by_either_spelling() {
        for (text, path) in [("sqlite:a b.db", "a b.db"), ("sqlite://x/y.db", "x/y.db"), ("sqlite:///y.db", "/y.db")] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!((url.dialect(), url.file()), (Dialect::Sqlite, Some(Path::new(path))));
        }
    }

    #[test]
    fn what_cannot_work_is_refused_without_repeating_it() {
        for text in [
            "sqlite::memory:",
            "sqlite:",
            "oracle://s3cret@x/y",
            "postgres://u:s3cret@host",
            "plain.db",
            "mysql:s3cret",
        ] {
            let error = DatabaseUrl::parse(text).unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::Usage);
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    fn another_schema_keeps_the_rest_of_the_url() {
        let shown = |text: &str| DatabaseUrl::parse(text).unwrap().in_schema("spot").unwrap();
        assert_eq!(shown("mysql://u@h/x?socket=/s&dbname=x").login().database.as_deref(), Some("spot"));
        assert_eq!(shown("mysql://u@h/x?socket=/s").login().socket.as_deref(), Some("/s"));
        let postgres = shown("postgres://u@h/x?sslmode=require");
        assert_eq!(postgres.login().database.as_deref(), Some("x"));
        assert!(postgres.shown().contains("options[search_path]=\"spot\""), "{}", postgres.shown());
        assert_eq!(shown("sqlite:x.db").file(), Some(Path::new("x.db")));
        for bad in ["", "a b", "a\"b", "a;b"] {
            assert!(DatabaseUrl::parse("sqlite:x.db").unwrap().in_schema(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_on_this_machine_is_known() {
        for (text, local) in [
            ("sqlite:x.db", true),
            ("postgres:///d?host=/run/pg", true),
            ("postgres://u@localhost/d", true),
            ("postgres://u@%2Frun%2Fpg/d", true),
            ("postgres:///d?host=db.example", false),
            ("mariadb://u@127.0.0.1:3307/d", true),
            ("mariadb://u@[::1]/d", true),
            ("mariadb://u@db/d?socket=/run/sock", true),
            ("mariadb://u@10.0.0.7/d", false),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().is_local(), local, "{text}");
        }
    }

    #[test]
    fn an_option_that_no_driver_reads_is_refused_by_name() {
        for (text, option) in [
            ("postgres://u@h/d?sslmod=require", "sslmod"),
            ("postgres://u@h/d?sslmode=sometimes", "sslmode"),
            ("postgres://u@h/d?socket=/run/pg", "socket"),
            ("mariadb://u@h/d?sslmod=required", "sslmod"),
            ("mariadb://u@h/d?ssl-mode=require-it", "sslmode"),
            ("mariadb://u@h/d?charset=latin1", "charset"),
            ("mariadb://u@h/d?port=x", "port"),
        ] {
            let error = DatabaseUrl::parse(text).unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::Usage);
            assert!(error.to_string().contains(&format!("`{option}`")), "{error}");
        }
        for text in [
            "postgres://u@h/d?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20search_path%3Dx&options[jit]=off",
            "mariadb://u@h/d?ssl-mode=VERIFY_CA&ssl-ca=/ca.pem&socket=/run/s",
        ] {
            assert!(DatabaseUrl::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_login_is_read_from_every_part_of_the_url() {
        let login = DatabaseUrl::parse("postgres://a%40b:p%23+w@[::1]:5477/a%20b").unwrap().login();
        assert_eq!((login.host.as_deref(), login.port), (Some("::1"), Some(5477)));
        assert_eq!((login.user.as_deref(), login.password.as_deref()), (Some("a@b"), Some("p#+w")));
        assert_eq!((login.database.as_deref(), login.server().as_str()), (Some("a b"), "[::1]:5477"));
        let login = DatabaseUrl::parse("mariadb:///d?socket=/s&user=ann&password=p%26w").unwrap().login();
        assert_eq!((login.user.as_deref(), login.password.as_deref()), (Some("ann"), Some("p&w")));
        let login = DatabaseUrl::parse("postgres:///d?host=/run/pg").unwrap().login();
        assert_eq!(login.user, crate::db::login::system_user());
        assert!(login.user.is_some());
        assert!(DatabaseUrl::parse("postgres://u:p#w@h/d").is_err());
    }

    #[test]
    fn mariadb_keeps_its_name_when_shown() {
        assert_eq!(DatabaseUrl::parse("mariadb://u@h/d").unwrap().shown(), "mariadb://u@h/d");
    }
}
