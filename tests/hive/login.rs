//! Ways to log in, and what a user is told when one does not work.

use std::time::{Duration, Instant};

use gapsync::db::error::{SqlClass, class_of};
use gapsync::db::hive::{HiveSession, HiveUrl};
use gapsync::error::ErrorKind;

use super::{address, chain, on_runtime};

async fn who(url: &HiveUrl) -> String {
    let mut session = HiveSession::connect(url).await.unwrap_or_else(|error| panic!("{}", chain(&error)));
    let rows = session.query("select current_user()").await.unwrap();
    session.close().await.unwrap();
    rows[0][0].clone().unwrap()
}

/// The same listener with another scheme, login or options.
fn changed(url: &HiveUrl, scheme: &str, login: &str, options: &str) -> HiveUrl {
    HiveUrl::parse(&format!("{scheme}://{login}127.0.0.1:{}/?{options}", url.port())).unwrap()
}

#[test]
fn sasl_plain_logs_in_with_and_without_a_password() {
    let Some(url) = address("") else { return };
    on_runtime(async {
        for (scheme, login, options) in [
            ("hive", "", ""),
            ("hive", "ann:s3cr%C3%A9t@", ""),
            ("impala", "ann@", ""),
            ("impala", "", "auth=plain"),
            ("impala", "ann:p@", "auth=ldap&tls=false"),
        ] {
            assert!(!who(&changed(&url, scheme, login, options)).await.is_empty());
        }
    });
}

#[test]
fn plain_thrift_needs_no_login() {
    let Some(url) = address("_NOSASL") else { return };
    on_runtime(async {
        assert!(!who(&changed(&url, "hive", "", "auth=nosasl")).await.is_empty());
        // The default for Impala; the settings of Hive are not sent then.
        assert!(!who(&changed(&url, "impala", "", "")).await.is_empty());
    });
}

#[test]
fn many_pages_arrive_without_frames_too() {
    let Some(url) = address("_NOSASL") else { return };
    on_runtime(async {
        let mut session = HiveSession::connect(&url).await.unwrap();
        let rows = session.query("select id, repeat('x', 500) from range(12345) order by id").await.unwrap();
        assert_eq!((rows.len(), rows[12_344][0].as_deref()), (12_345, Some("12344")));
        session.close().await.unwrap();
    });
}

#[test]
fn tls_checks_the_certificate() {
    let Some(url) = address("_TLS") else { return };
    on_runtime(async {
        assert!(!who(&url).await.is_empty());
        // No authority of the system has signed it.
        let error = HiveSession::connect(&changed(&url, "hive", "ann:p@", "tls=true")).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Database);
        assert!(
            chain(&error).contains("no encrypted connection") && chain(&error).contains("ca=FILE"),
            "{}",
            chain(&error)
        );
        let error = HiveSession::connect(&changed(&url, "hive", "", "ca=/dev/null")).await.err().unwrap();
        assert_eq!((error.kind(), error.place().path.as_deref()), (ErrorKind::File, Some("/dev/null")));
    });
}

#[test]
fn a_refused_login_names_the_user_and_not_the_password() {
    let Some(url) = address("_LDAP") else { return };
    on_runtime(async {
        let url = changed(&url, "hive", "ann:s3cret@", "auth=ldap&tls=false");
        let error = HiveSession::connect(&url).await.err().unwrap();
        assert_eq!((error.kind(), class_of(&error)), (ErrorKind::Database, Some(SqlClass::Permission)));
        let shown = chain(&error);
        assert!(shown.contains("refuses the login of the user `ann`") && !shown.contains("s3cret"), "{shown}");
    });
}

#[test]
fn the_wrong_kind_of_login_ends_with_advice() {
    let (Some(plain), Some(tls)) = (address(""), address("_TLS")) else { return };
    on_runtime(async {
        for url in [changed(&plain, "hive", "", "auth=nosasl"), changed(&tls, "hive", "", "auth=nosasl")] {
            let began = Instant::now();
            let error = HiveSession::connect(&url).await.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Database);
            assert!(error.advice().is_some(), "{}", chain(&error));
            assert!(began.elapsed() < Duration::from_secs(90), "{:?}", began.elapsed());
        }
        let nobody = HiveUrl::parse("hive://127.0.0.1:1").unwrap();
        let error = HiveSession::connect(&nobody).await.err().unwrap();
        assert_eq!(class_of(&error), Some(SqlClass::Lost));
        assert!(chain(&error).contains("127.0.0.1:1"), "{}", chain(&error));
    });
}
