//! Finds the tables that a node of a Galera cluster does not replicate.

use super::super::catalogue::text;
use super::MariadbSession;
use crate::error::Result;

/// Returns `ON` on a node of a cluster. Servers without Galera do not know the variable.
const ON: &str = include_str!("../../../sql/mariadb/queries/cluster.sql");

/// Tables that are not InnoDB or have no primary key. A row of a MyISAM table stays on the node where it was written,
/// without an error. A write to a table without a key can fail for ever with the code of a deadlock (both seen on 10.11).
const UNFIT: &str = include_str!("../../../sql/mariadb/queries/unreplicated.sql");

/// Returns the names of the tables that the cluster cannot replicate; empty on a server outside a cluster.
pub(super) async fn unreplicated(session: &mut MariadbSession) -> Result<Vec<String>> {
    if !session.query(ON).await?.iter().any(|row| text(row, 1) == "ON") {
        return Ok(Vec::new());
    }
    Ok(session.query(UNFIT).await?.iter().map(|row| text(row, 0).to_owned()).collect())
}
