//! The settings of a PostgreSQL session. Whatever the server, the database or the role has set, a session of ours has these.
//!
//! They travel with the request to connect, so that nothing is set on the connection afterwards. A pooler such as pgbouncer
//! refuses or drops them there, because the next transaction may run on another connection to the server, and a `SET` would
//! stay on this one for other programs. That is how a pooler is recognised: the settings then hold for single transactions.

use super::super::catalogue::text;
use super::PostgresSession;
use crate::error::{Error, Result};

/// A setting, the value that it gets, and what another value would do.
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// The value as the server shows it.
    pub(super) value: &'static str,
    #[expect(dead_code, reason = "the reason is for the reader of the table")]
    why: &'static str,
}

const fn setting(name: &'static str, value: &'static str, why: &'static str) -> Setting {
    Setting { name, value, why }
}

/// Every setting of a server, a database or a role that would change what a session of ours reads, writes or survives.
/// `search_path` and `synchronous_commit` are missing on purpose: they belong to the user.
pub(super) const SETTINGS: [Setting; 24] = [
    setting("client_encoding", "UTF8", "texts would arrive in other bytes"),
    setting("TimeZone", "UTC", "moments would be shown and read in local time"),
    // The driver asks for this order, which means nothing to dates that begin with a year.
    setting("DateStyle", "ISO, MDY", "dates would be shown and read in another order"),
    setting("IntervalStyle", "iso_8601", "intervals would travel in a form that depends on the server"),
    setting("bytea_output", "hex", "bytes would be shown with escapes"),
    setting("extra_float_digits", "1", "floats would lose digits"),
    setting("standard_conforming_strings", "on", "a backslash in a text would begin an escape"),
    setting("transform_null_equals", "off", "a comparison with NULL would be true"),
    setting("array_nulls", "on", "NULL in an array would be read as a text"),
    setting("xmlbinary", "base64", "bytes inside XML would be shown in another form"),
    setting("xmloption", "content", "XML without a root element would be refused"),
    setting("lc_monetary", "C", "money would be shown with a currency"),
    setting("quote_all_identifiers", "off", "names of types and sequences would be shown with quotes"),
    setting("gin_fuzzy_search_limit", "0", "a search by a GIN index would leave rows out"),
    setting("row_security", "off", "rows that a policy hides would be missing without an error"),
    setting("default_transaction_isolation", "read committed", "a transaction would not see what others commit"),
    setting("default_transaction_deferrable", "off", "a snapshot would wait for other transactions"),
    setting("exit_on_error", "off", "one refused row would end the session"),
    setting("session_replication_role", "origin", "triggers and foreign keys would not hold"),
    setting("statement_timeout", "0", "a long statement would be ended"),
    setting("lock_timeout", "1min", "a statement would wait for a lock for ever"),
    setting("idle_in_transaction_session_timeout", "0", "a snapshot would be ended while its rows are written"),
    // Hashing 25,000 links at a time was three times slower with the compiler of expressions.
    setting("jit", "off", "hashing would take three times as long"),
    setting("default_transaction_read_only", "", "writing would be refused, or reading would not be protected"),
];

/// Newer servers end sessions for further reasons. An older one does not know the names.
const OPTIONAL: &str = "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings \
    WHERE name IN ('idle_session_timeout', 'transaction_timeout')";

/// Memory for a statement's sorts and joins unless `--memory-limit` says else: half of that option's default. The server's
/// own setting stays where it is greater.
const MEMORY: &str = "SELECT pg_catalog.set_config(name, '256MB', false) FROM (VALUES ('work_mem'), \
    ('maintenance_work_mem')) AS settings (name) \
    WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting(name)) < 268435456";

/// Only a superuser may set it, even to the value that it has. It is asked for and never sent.
const NEVER_SENT: &str = "session_replication_role";

/// The settings with their values, for a session that reads only or one that writes.
pub(super) fn values(read_only: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    SETTINGS.iter().map(move |setting| match setting.value {
        "" if read_only => (setting.name, "on"),
        "" => (setting.name, "off"),
        value => (setting.name, value),
    })
}

/// The settings that are sent with the request to connect.
pub(super) fn at_start(read_only: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    values(read_only).filter(|(name, _)| was_sent(name))
}

/// Whether a setting is sent with the request to connect.
pub(super) fn was_sent(name: &str) -> bool {
    name != NEVER_SENT
}

/// Whether a setting means nothing within a transaction that has begun.
pub(super) fn is_of_the_session(name: &str) -> bool {
    name.starts_with("default_transaction_")
}

/// Statements that make the settings hold until the end of the transaction, and no longer.
pub(super) fn in_transaction(read_only: bool) -> String {
    let statement = |(name, value): (&str, &str)| match name {
        // It would hold from the next transaction on.
        "default_transaction_read_only" => format!("SET LOCAL transaction_read_only = {value}; "),
        name if is_of_the_session(name) => String::new(),
        _ => format!("SET LOCAL {name} = '{value}'; "),
    };
    at_start(read_only).map(statement).collect()
}

/// Names of the settings whose value is another one.
///
/// # Errors
/// `Database`.
pub(super) async fn differing(session: &mut PostgresSession, read_only: bool) -> Result<Vec<(&'static str, String)>> {
    let shown: Vec<String> = values(read_only).map(|(name, _)| format!("current_setting('{name}')")).collect();
    let rows = session.query(&format!("SELECT {}", shown.join(", "))).await?;
    let row = rows.into_iter().next().unwrap_or_default();
    let found = values(read_only).enumerate().map(|(index, wanted)| (wanted, text(&row, index).to_owned()));
    Ok(found.filter(|((_, value), found)| found != value).map(|((name, _), found)| (name, found)).collect())
}

/// Sets what is not sent with the request to connect.
///
/// # Errors
/// `Database`.
pub(super) async fn complete(session: &mut PostgresSession) -> Result<()> {
    session.query(OPTIONAL).await?;
    session.query(MEMORY).await.map(|_| ())
}

/// The error for a setting that the server did not take.
pub(super) fn not_taken(name: &str, found: &str) -> Error {
    let error = Error::database(format!("the server did not take the setting `{name}`: it is still `{found}`"));
    if name == NEVER_SENT {
        error.hint(
            "Triggers and foreign keys do not hold in such a session. Take the setting back from the role, the database or \
             the server (ALTER ROLE … RESET session_replication_role), then run the command again.",
        )
    } else {
        error.hint("Take the setting back from the role, the database or the server, then run the command again.")
    }
}
