//! The names of sync tables.

use sha2::{Digest, Sha256};

use crate::db::dialect::Dialect;

/// The suffix of a raw sync table's name.
const RAW_SUFFIX: &str = "_raw";

/// Returns the names of a table's raw and resolved sync tables.
pub(super) fn sync_table_names(dialect: Dialect, table: &str, pid: u32) -> (String, String) {
    let sync = sync_table_name(dialect, table, pid);
    (format!("{sync}{RAW_SUFFIX}"), sync)
}

/// Returns the process id in the name of a sync table, or `None` for other names.
pub(in crate::sync) fn sync_table_pid(name: &str) -> Option<u32> {
    let name = name.strip_suffix(RAW_SUFFIX).unwrap_or(name);
    let (table, pid) = name.strip_prefix("sync_import_")?.rsplit_once('_')?;
    if table.is_empty() || !pid.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    pid.parse().ok()
}

/// Returns the name of a table's sync table, shortened to what the engine allows. A digest keeps shortened names unique.
pub(super) fn sync_table_name(dialect: Dialect, table: &str, pid: u32) -> String {
    let name = format!("sync_import_{table}_{pid}");
    // Leaves room for the suffixes of the raw table and of indexes.
    let longest = dialect.max_ident_len() - RAW_SUFFIX.len();
    if name.len() <= longest {
        return name;
    }
    let digest = crate::model::hex::hex(&Sha256::digest(table.as_bytes()));
    let tail = format!("_{}_{pid}", &digest[..8]);
    let mut cut = longest - "sync_import_".len() - tail.len();
    while !table.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("sync_import_{}{tail}", &table[..cut])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_tables_are_known_by_their_name() {
        assert_eq!(sync_table_pid("sync_import_object_links_4711"), Some(4711));
        assert_eq!(sync_table_pid("sync_import_object_links_4711_raw"), Some(4711));
        for other in ["sync_import_4711", "sync_import_x_", "sync_import_x_12a", "indicators", "my_sync_import_x_1"] {
            assert_eq!(sync_table_pid(other), None, "{other}");
        }
    }
}
