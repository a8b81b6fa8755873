//! Parses the addresses of HiveServer2 engines.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::super::login::{Login, system_user};
use super::super::trace::{Trace, Traced};
use super::variant::HiveVariant;
use crate::error::{Error, Result};

const MASK: &str = "***";

/// What a server is sent as the password if there is none: an empty one is refused even where any other is accepted.
const NO_PASSWORD: &str = "anonymous";

const OPTIONS: &[&str] = &["auth", "tls", "ca", "user", "password"];

const FORMS: &str = "Write it as impala://HOST:PORT or hive://USER@HOST:PORT, with options such as /?auth=nosasl, \
                     /?auth=plain or /?auth=ldap&tls=true.";

/// How a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiveAuth {
    /// Without SASL: plain Thrift, and no login.
    NoSasl,
    /// SASL with the mechanism PLAIN: user and password as they are.
    Plain,
}

/// The address of a HiveServer2 engine and the login. Its password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct HiveUrl {
    variant: HiveVariant,
    url: Url,
    auth: HiveAuth,
    tls: bool,
    ca: Option<PathBuf>,
    login: Login,
    trace: Option<Trace>,
}

impl HiveUrl {
    /// Parses `hive://[USER[:PASSWORD]@]HOST[:PORT][/?OPTIONS]` or the same with `impala://`. The port is 10000 or 21050 by
    /// default.
    ///
    /// | option | meaning |
    /// | --- | --- |
    /// | `auth=nosasl` | plain Thrift without a login; the default for Impala if no user is named |
    /// | `auth=plain` | SASL PLAIN; the default for Hive, and for Impala if a user is named |
    /// | `auth=ldap` | SASL PLAIN over TLS, so that a password is never sent in the clear unless `tls=false` says so |
    /// | `tls=true` | TLS; the server's certificate is checked against those of the system |
    /// | `ca=FILE` | TLS; the certificate is checked against those in a PEM file |
    /// | `user`, `password` | the login, where it cannot be a part of the address |
    ///
    /// # Errors
    /// `Usage` for anything else. The error does not repeat the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self> {
        let variant = match text.split_once("://").map(|(scheme, _)| scheme) {
            Some("hive") => HiveVariant::Hive,
            Some("impala") => HiveVariant::Impala,
            _ => return Err(Error::usage("the address of the engine has no known scheme").hint(FORMS)),
        };
        let wrong = || Error::usage("the address of the engine cannot be read").hint(FORMS);
        // The parser's own message does not repeat the address.
        let url = Url::parse(text).map_err(|error| wrong().because(error))?;
        if url.host_str().is_none_or(str::is_empty) || url.fragment().is_some() {
            return Err(wrong());
        }
        if !matches!(url.path(), "" | "/") {
            return Err(
                Error::usage("the address of the engine names a database, which has an option of its own").hint(FORMS)
            );
        }
        let login = Login::of_server(&url)?;
        let option = |name: &str| url.query_pairs().filter(|(key, _)| key == name).last().map(|(_, value)| value);
        if let Some((key, _)) = url.query_pairs().find(|(key, _)| !OPTIONS.contains(&&**key)) {
            let shown: String = key.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(Error::usage(format!("the address of the engine has an unknown option `{shown}`"))
                .hint(format!("The options are {}.", OPTIONS.join(", "))));
        }
        let ca = option("ca").map(|path| PathBuf::from(&*path));
        let tls = match option("tls").as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err(unknown_value("tls", "true or false")),
        };
        if ca.is_some() && tls == Some(false) {
            return Err(Error::usage("`ca` is of no use with `tls=false`").hint(FORMS));
        }
        let has_user = login.user.is_some() || login.password.is_some();
        let (auth, tls_by_default) = match option("auth").as_deref() {
            Some("nosasl") if has_user => {
                return Err(
                    Error::usage("`auth=nosasl` has no login, but the address of the engine names a user").hint(FORMS)
                );
            }
            Some("nosasl") => (HiveAuth::NoSasl, false),
            Some("plain") => (HiveAuth::Plain, false),
            Some("ldap") => (HiveAuth::Plain, true),
            None if variant == HiveVariant::Impala && !has_user => (HiveAuth::NoSasl, false),
            None => (HiveAuth::Plain, false),
            Some(_) => return Err(unknown_value("auth", "nosasl, plain or ldap")),
        };
        let tls = tls.unwrap_or(tls_by_default || ca.is_some());
        Ok(Self { variant, url, auth, tls, ca, login, trace: None })
    }

    /// Parses an address, or the name of a host alone, which is an Impala daemon on its usual port.
    ///
    /// # Errors
    /// Those of [`HiveUrl::parse`].
    pub fn parse_host(text: &str) -> Result<Self> {
        if text.contains("://") { Self::parse(text) } else { Self::parse(&format!("impala://{text}")) }
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

    /// Returns the variant of SQL.
    #[must_use]
    pub fn variant(&self) -> HiveVariant {
        self.variant
    }

    /// Returns how a session begins.
    #[must_use]
    pub fn auth(&self) -> HiveAuth {
        self.auth
    }

    /// Returns whether sessions are encrypted.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// Returns the file with the certificates that the server's is checked against.
    pub(super) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// Returns the name or address of the server, without brackets.
    pub(super) fn host(&self) -> &str {
        self.login.host.as_deref().unwrap_or("localhost")
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.login.port.unwrap_or(match self.variant {
            HiveVariant::Impala => 21050,
            HiveVariant::Hive => 10000,
        })
    }

    /// Returns the server in the form that people write.
    #[must_use]
    pub fn server(&self) -> String {
        Login { port: Some(self.port()), ..self.login.clone() }.server()
    }

    /// Returns the user: the operating system's if the address names none, as the engines' own programs do.
    pub(super) fn user(&self) -> String {
        self.login.user.clone().or_else(system_user).unwrap_or_else(|| NO_PASSWORD.to_owned())
    }

    /// Returns the password to send.
    pub(super) fn password(&self) -> &str {
        self.login.password.as_deref().filter(|password| !password.is_empty()).unwrap_or(NO_PASSWORD)
    }

    /// Returns whether it contains a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.login.password.is_some()
    }

    /// Returns the address for people, with its password masked.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut url = self.url.clone();
        if url.password().is_some() {
            // Cannot fail: an address that has a password can have a different one.
            let _ = url.set_password(Some(MASK));
        }
        let masked = |(key, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            let value = if key == "password" { MASK.into() } else { value };
            format!("{key}={value}")
        };
        let options: Vec<String> = self.url.query_pairs().map(masked).collect();
        url.set_query(None);
        if options.is_empty() { url.into() } else { format!("{url}?{}", options.join("&")) }
    }
}

impl fmt::Debug for HiveUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HiveUrl").field(&self.shown()).finish()
    }
}

fn unknown_value(option: &str, known: &str) -> Error {
    Error::usage(format!("the option `{option}` of the engine's address has an unknown value"))
        .hint(format!("Use {known}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_options_decide_how_a_session_begins() {
        use HiveAuth::{NoSasl, Plain};
        for (text, auth, tls, server) in [
            ("impala://node1", NoSasl, false, "node1:21050"),
            ("impala://ann@node1:5", Plain, false, "node1:5"),
            ("hive://[::1]", Plain, false, "[::1]:10000"),
            ("hive://node1/?auth=nosasl", NoSasl, false, "node1:10000"),
            ("impala://ann:p@node1?auth=ldap", Plain, true, "node1:21050"),
            ("impala://ann:p@node1/?auth=ldap&tls=false", Plain, false, "node1:21050"),
            ("hive://node1/?ca=/etc/ca.pem", Plain, true, "node1:10000"),
            ("impala://node1/?tls=true", NoSasl, true, "node1:21050"),
            ("impala://node1/?user=ann&password=p%26w", Plain, false, "node1:21050"),
        ] {
            let url = HiveUrl::parse(text).unwrap();
            assert_eq!((url.auth(), url.tls(), url.server().as_str()), (auth, tls, server), "{text}");
        }
        assert_eq!(HiveUrl::parse_host("node1").unwrap(), HiveUrl::parse("impala://node1").unwrap());
        assert_eq!(HiveUrl::parse_host("hive://node1:5").unwrap().variant(), HiveVariant::Hive);
    }

    #[test]
    fn a_login_is_decoded_and_its_password_masked() {
        let url = HiveUrl::parse("hive://a%40b:s3cr%C3%A9t@node1").unwrap();
        assert_eq!((url.user().as_str(), url.password()), ("a@b", "s3crét"));
        assert_eq!(url.shown(), "hive://a%40b:***@node1");
        let url = HiveUrl::parse("hive://node1/?user=ann&password=s3cret&tls=true").unwrap();
        assert_eq!(format!("{url:?}"), "HiveUrl(\"hive://node1/?user=ann&password=***&tls=true\")");
        assert!(url.has_password());
        assert_eq!(HiveUrl::parse("hive://node1").unwrap().password(), NO_PASSWORD);
    }

    #[test]
    fn what_cannot_work_is_refused_without_repeating_it() {
        for text in [
            "node1",
            "beeline://s3cret@node1",
            "hive://",
            "hive://node1/s3cret",
            "hive://node1/?auth=s3cret",
            "hive://node1/?tls=s3cret",
            "hive://node1/?ssl=s3cret",
            "hive://node1/#s3cret",
            "hive://ann:s3cret@node1/?auth=nosasl",
            "hive://node1/?tls=false&ca=s3cret",
            "hive://node1:s3cret",
        ] {
            let error = HiveUrl::parse(text).unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::Usage, "{text}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
