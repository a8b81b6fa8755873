//! Sessions of HiveServer2 against Spark's real server: every type, many pages, errors, a stop, and every way to log in.

mod login;
mod sql;

use gapsync::db::hive::{HiveSession, HiveUrl};

use crate::support::service;

/// The address of a listener of Spark's server: the one that takes any login, or one with another rule.
fn address(rule: &str) -> Option<HiveUrl> {
    let address = service("spark", &format!("GAPSYNC_TEST_SPARK{rule}"))?;
    Some(HiveUrl::parse(&address).expect("the address can be read"))
}

/// Runs a test with a session.
fn with_session(test: impl AsyncFnOnce(HiveSession)) {
    let Some(url) = address("") else { return };
    on_runtime(async {
        let session = HiveSession::connect(&url).await.expect("the server takes the login");
        test(session).await;
    });
}

fn on_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(test);
}

/// The whole chain of causes, as a user sees it.
fn chain(error: &gapsync::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text + &error.advice().map(|hint| format!(" [{hint}]")).unwrap_or_default()
}
