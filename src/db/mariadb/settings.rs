//! The settings of our MariaDB and MySQL sessions, whatever the server has configured.

use super::super::catalogue::text;
use super::MariadbSession;
use crate::error::{Error, Result};

/// Controls how texts, moments and values are read and written. Set in one statement, because every session needs it:
/// values are refused rather than altered, a backslash is a backslash, an id of zero is an id.
const MODES: &str = "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, time_zone = '+00:00', \
    sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_BACKSLASH_ESCAPES,\
    NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'";

/// A setting with the required value, and what another value would do.
struct Setting {
    name: &'static str,
    value: &'static str,
    #[expect(dead_code, reason = "the reason is for the reader of the table")]
    why: &'static str,
}

const fn setting(name: &'static str, value: &'static str, why: &'static str) -> Setting {
    Setting { name, value, why }
}

/// All other settings of a server that would change what our sessions read, write or survive, with the value as the server
/// shows it. A setting unknown to the server is skipped: MariaDB and MySQL each have some of their own.
const SETTINGS: [Setting; 30] = [
    setting("character_set_client", "utf8mb4", "texts would arrive in other bytes"),
    setting("character_set_connection", "utf8mb4", "literals would lose characters"),
    setting("character_set_results", "utf8mb4", "texts would be read in other bytes"),
    setting("time_zone", "+00:00", "moments would be shown and read in local time"),
    setting("autocommit", "ON", "what is written by itself would be lost at the end of the session"),
    setting("completion_type", "NO_CHAIN", "a commit would begin another transaction, or end the session"),
    setting("foreign_key_checks", "ON", "references to nowhere would be stored"),
    setting("unique_checks", "ON", "two rows with one key would be stored"),
    setting("check_constraint_checks", "ON", "rows that break a CHECK would be stored"),
    setting("sql_select_limit", "18446744073709551615", "a result would end early without an error"),
    setting("sql_safe_updates", "OFF", "updates without a key would be refused"),
    setting("sql_big_selects", "ON", "large joins would be refused"),
    setting("sql_auto_is_null", "OFF", "IS NULL would find the last row that was inserted"),
    setting("sql_buffer_result", "OFF", "results would fill the server's temporary space"),
    setting("group_concat_max_len", "1048576", "lists would be cut"),
    setting("div_precision_increment", "4", "quotients would have other digits"),
    setting("max_sort_length", "1024", "long texts would be sorted by their first bytes alone"),
    setting("max_statement_time", "0.000000", "a long statement would be ended"),
    setting("max_execution_time", "0", "a long query would be ended"),
    setting("idle_transaction_timeout", "0", "a snapshot would be ended while its rows are written"),
    setting("idle_readonly_transaction_timeout", "0", "a snapshot would be ended while its rows are written"),
    setting("idle_write_transaction_timeout", "0", "a transaction would be ended while it waits for rows"),
    setting("wait_timeout", "28800", "a session would be ended while it waits"),
    setting("net_write_timeout", "600", "a slow disk here would end the session"),
    setting("net_read_timeout", "600", "a slow disk here would end the session"),
    setting("lock_wait_timeout", "60", "a statement would wait for a table for a year"),
    setting("innodb_lock_wait_timeout", "50", "a statement would give up at once, or wait for a row for ever"),
    setting("system_versioning_asof", "DEFAULT", "old versions of rows would be read"),
    setting("explicit_defaults_for_timestamp", "ON", "a column of a sync table would set itself to the current time"),
    setting("tx_read_only", "OFF", "writing would be refused"),
];

/// Returns the statements that set the modes. MySQL lacks the collation of the first and uses the second.
pub(super) fn modes() -> [String; 2] {
    [MODES.to_owned(), MODES.replace("utf8mb4_nopad_bin", "utf8mb4_bin")]
}

/// Applies our settings to a session and reads them back.
///
/// # Errors
/// `Database` if the server does not accept one.
pub(super) async fn give(session: &mut MariadbSession) -> Result<()> {
    let [mariadb, mysql] = modes();
    if session.execute(&mariadb).await.is_err() {
        session.execute(&mysql).await?;
    }
    let different = differing(session).await?;
    if different.is_empty() {
        return Ok(());
    }
    for (setting, found) in &different {
        let value = literal(setting.value);
        let set = session.execute(&format!("SET SESSION {} = {value}", setting.name)).await;
        set.map_err(|error| not_taken(setting.name, found).because(error))?;
    }
    match differing(session).await?.first() {
        None => Ok(()),
        Some((setting, found)) => Err(not_taken(setting.name, found)),
    }
}

/// Returns the settings with a different value, and that value.
async fn differing(session: &mut MariadbSession) -> Result<Vec<(&'static Setting, String)>> {
    let names: Vec<String> = SETTINGS.iter().map(|setting| format!("'{}'", setting.name)).collect();
    let shown = session.query(&format!("SHOW SESSION VARIABLES WHERE Variable_name IN ({})", names.join(", "))).await?;
    let found = |row: &Vec<Option<String>>| {
        let setting = SETTINGS.iter().find(|setting| setting.name == text(row, 0))?;
        let differs = setting.value != text(row, 1) && !is_generous(setting, text(row, 1));
        differs.then(|| (setting, text(row, 1).to_owned()))
    };
    Ok(shown.iter().filter_map(found).collect())
}

/// Returns whether a limit is wider than we need.
fn is_generous(setting: &Setting, found: &str) -> bool {
    let wide = ["max_sort_length", "group_concat_max_len", "wait_timeout", "net_write_timeout", "net_read_timeout"];
    let number = |text: &str| text.parse::<u64>().ok();
    wide.contains(&setting.name)
        && number(found).zip(number(setting.value)).is_some_and(|(found, least)| found >= least)
}

/// Writes a value for `SET`: a number or a word unchanged, anything else as a text.
fn literal(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    if value.chars().all(plain) { value.to_owned() } else { format!("'{value}'") }
}

fn not_taken(name: &str, found: &str) -> Error {
    Error::database(format!("the server did not accept the setting `{name}`: it is still `{found}`"))
        .hint("Change the setting on the server, or grant the user the right to set it, then run the command again.")
}
