//! The settings of our PostgreSQL sessions, whatever the server, the database or the role has configured.
//!
//! They are part of the request to connect, so that nothing has to be set on the connection afterwards. A pooler such as
//! pgbouncer refuses or drops them, because the next transaction may run on a different server connection, and a `SET`
//! would remain on this one for other programs. That is how a pooler is recognised; the settings are then applied to each
//! transaction.

use super::super::catalogue::text;
use super::PostgresSession;
use crate::error::{Error, Result};

/// A setting with the required value, and what another value would do.
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

/// All settings of a server, a database or a role that would change what our sessions read, write or survive. `search_path`
/// and `synchronous_commit` are excluded on purpose: they are up to the user.
pub(super) const SETTINGS: [Setting; 24] = [
    setting("client_encoding", "UTF8", "texts would arrive in other bytes"),
    setting("TimeZone", "UTC", "moments would be shown and read in local time"),
    // The driver requests this order, which does not matter for dates that begin with a year.
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
    // Hashing 25,000 links at a time was three times slower with the expression compiler.
    setting("jit", "off", "hashing would take three times as long"),
    setting("default_transaction_read_only", "", "writing would be refused, or reading would not be protected"),
];

/// Newer servers end sessions for further reasons. Older ones do not know these names.
const OPTIONAL: &str = include_str!("../../../sql/postgres/queries/optional_settings.sql");

/// Memory for a statement's sorts and joins unless `--memory-limit` is given: half of that option's default. The server's
/// own setting remains if it is higher.
const MEMORY: &str = include_str!("../../../sql/postgres/queries/memory_settings.sql");

/// Only a superuser may set it, even to its current value. Therefore it is checked but never sent.
const NEVER_SENT: &str = "session_replication_role";

/// Returns the settings with their values, for a session that only reads or one that writes.
pub(super) fn values(read_only: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    SETTINGS.iter().map(move |setting| match setting.value {
        "" if read_only => (setting.name, "on"),
        "" => (setting.name, "off"),
        value => (setting.name, value),
    })
}

/// Returns the settings that are sent with the request to connect.
pub(super) fn at_start(read_only: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    values(read_only).filter(|(name, _)| was_sent(name))
}

/// Returns whether a setting is sent with the request to connect.
pub(super) fn was_sent(name: &str) -> bool {
    name != NEVER_SENT
}

/// Returns whether a setting has no effect on a transaction that has begun.
pub(super) fn is_of_the_session(name: &str) -> bool {
    name.starts_with("default_transaction_")
}

/// Returns statements that apply the settings until the end of the transaction.
pub(super) fn in_transaction(read_only: bool) -> String {
    let statement = |(name, value): (&str, &str)| match name {
        // The original setting would apply only from the next transaction on.
        "default_transaction_read_only" => format!("SET LOCAL transaction_read_only = {value}; "),
        name if is_of_the_session(name) => String::new(),
        _ => format!("SET LOCAL {name} = '{value}'; "),
    };
    at_start(read_only).map(statement).collect()
}

/// Returns the names of the settings with a different value, and that value.
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

/// Sets what cannot be sent with the request to connect.
///
/// # Errors
/// `Database`.
pub(super) async fn complete(session: &mut PostgresSession) -> Result<()> {
    session.query(OPTIONAL).await?;
    session.query(MEMORY).await.map(|_| ())
}

/// Returns the error for a setting that the server did not accept.
pub(super) fn not_taken(name: &str, found: &str) -> Error {
    let error = Error::database(format!("the server did not accept the setting `{name}`: it is still `{found}`"));
    if name == NEVER_SENT {
        error.hint(
            "Triggers and foreign keys have no effect in such a session. Reset the setting for the role, the database or \
             the server (ALTER ROLE … RESET session_replication_role), then run the command again.",
        )
    } else {
        error.hint("Reset the setting for the role, the database or the server, then run the command again.")
    }
}
