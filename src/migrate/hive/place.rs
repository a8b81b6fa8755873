//! Where rows are staged: tables of the staging database, over files below the staging path. Both have names of our own, but
//! only tables that carry our mark are dropped, and only the folder of this staging database is deleted.

use std::sync::Arc;

use super::staging::HiveStaging;
use super::statements::MARK;
use super::{HiveTarget, Names};
use crate::db::hive::HiveUrl;
use crate::error::{Error, Result};
use crate::migrate::table::TargetTable;

/// A file in the folder of each staging table, with a name that engines leave out. Without it, an engine that finds no folder in
/// a bucket would put a sign for one there, which our own client could not delete.
const SIGN: &str = "_gapsync";

/// Returns the folder below the staging path that belongs to the staging database of an engine.
pub(super) fn folder(url: &HiveUrl, names: &Names) -> String {
    let plain = |next: char| if next.is_ascii_alphanumeric() || matches!(next, '.' | '_') { next } else { '-' };
    let server: String = url.server().chars().map(plain).collect();
    format!("gapsync-{server}-{}", names.staging.to_ascii_lowercase())
}

/// Returns the folder of a staging table.
pub(super) fn folder_of(folder: &str, pipeline: &str, table: &TargetTable) -> String {
    format!("{folder}/{pipeline}/{}", table.name)
}

impl HiveTarget {
    /// Makes empty staging tables and returns the way into them.
    ///
    /// # Errors
    /// `Locked` if another run uses the staging database; `Schema` if a table of somebody else is in the way; `Database`, `File`.
    pub(in crate::migrate) async fn stage(&mut self, pipeline: &str, tables: &[TargetTable]) -> Result<HiveStaging> {
        self.session.execute(&self.names.create_staging_database()).await?;
        let locks = self.locks.as_ref().ok_or_else(|| Error::internal("rows are staged without a lock"))?;
        locks.take(&self.names.staging, (&self.progress, &self.cancel)).await?;
        let known = self.table_names(&self.names.staging_database()).await?;
        let mut ours = Vec::new();
        for table in tables.iter().filter(|table| known.contains(&table.staging_name().to_ascii_lowercase())) {
            let rows = self.session.query(&format!("DESCRIBE {}", self.names.staged(table))).await?;
            let marked =
                |row: &Vec<Option<String>>| matches!(row.get(2), Some(Some(comment)) if comment.trim() == MARK);
            if !rows.iter().any(marked) {
                return Err(Error::schema("the staging database has a table of this name that no migration made")
                    .at_table(table.staging_name())
                    .hint("Choose another database with --staging-db. Nothing was changed."));
            }
            ours.push(table);
        }
        for table in ours {
            self.session.execute(&self.names.drop_staging(table)).await?;
        }
        // Without its files, an INSERT of a run that died cannot go on.
        self.store.delete_all(&self.folder).await?;
        let mut folders = Vec::new();
        for table in tables {
            let folder = folder_of(&self.folder, pipeline, table);
            self.store
                .put(&format!("{folder}/{SIGN}"), &b"Rows that gapsync migrates. The folder goes at the end.\n"[..])
                .await?;
            self.session.execute(&self.names.create_staging(table, &self.store.location(&folder)?)).await?;
            folders.push((table, folder));
        }
        Ok(HiveStaging::start(Arc::clone(&self.store), folders))
    }

    /// Drops the staging tables and their files, and their database if nothing else is in it.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(in crate::migrate) async fn drop_staging(&mut self, tables: &[TargetTable]) -> Result<()> {
        for table in tables {
            self.session.execute(&self.names.drop_staging(table)).await?;
        }
        self.store.delete_all(&self.folder).await?;
        if let Some(locks) = &self.locks {
            locks.release(&self.names.staging).await?;
        }
        let database = self.names.staging_database();
        // No engine drops the database that is there by itself.
        if self.table_names(&database).await?.is_empty() && !self.names.staging.eq_ignore_ascii_case("default") {
            let dropped = self.session.execute(&self.names.drop_staging_database()).await;
            // Another run may have begun to use it.
            if dropped.is_err() && self.table_names(&database).await?.is_empty() {
                return dropped;
            }
        }
        Ok(())
    }

    /// Returns what people call the place of the staging tables.
    pub(in crate::migrate) fn staging_shown(&self) -> String {
        format!("{} and {}/{}", self.names.staging, self.path.trim_end_matches('/'), self.folder)
    }
}
