//! Options of `migrate`. The struct has a plain comment, because clap would use a doc comment on it as help.

use std::path::PathBuf;

use clap::Args;

use super::ResourceArgs;
use super::values::{Moment, moment, reject_limit, size};
use crate::run::rejects::RejectLimit;

// Options of `migrate`.
#[derive(Args, Debug)]
pub(in crate::cli) struct MigrateArgs {
    /// The six values of the old script in its order: PIPELINES OLD_PATH STAGING_DB STAGING_PATH TARGET_DB ENGINE
    #[arg(value_name = "VALUE", num_args = 6)]
    pub(in crate::cli) values: Vec<String>,
    /// The pipelines, separated by commas: flow, dns, proxy [default: those of --mapping]
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with = "values")]
    pub(in crate::cli) pipelines: Vec<String>,
    /// The old tree: the folder that contains `data`
    #[arg(long, value_name = "DIR", required_unless_present_any = ["values", "print_sql"], conflicts_with = "values")]
    pub(in crate::cli) old_path: Option<PathBuf>,
    /// Name of the database for staging tables, which is created and removed again: a file on SQLite, a schema on
    /// PostgreSQL, where plain tables need none [default: gapsync_staging]
    #[arg(long, value_name = "NAME", conflicts_with = "values")]
    pub(in crate::cli) staging_db: Option<String>,
    /// Folder for staged files; on SQLite for the staging file [default there: the folder of the database]
    #[arg(long, value_name = "PATH", conflicts_with = "values")]
    pub(in crate::cli) staging_path: Option<String>,
    /// Name of the database with the target tables: on PostgreSQL a schema, on SQLite not needed [default: the database
    /// of --engine, or its current schema]
    #[arg(long, value_name = "NAME", conflicts_with = "values")]
    pub(in crate::cli) target_db: Option<String>,
    /// The engine: the URL of a database, as for --database, which it takes the place of
    #[arg(long, value_name = "URL", conflicts_with_all = ["values", "database"])]
    pub(in crate::cli) engine: Option<String>,
    /// A mapping file of your own, which describes one more pipeline, or another form of one of the three; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) mapping: Vec<PathBuf>,
    /// Create the target tables that are missing
    #[arg(long)]
    pub(in crate::cli) init: bool,
    /// Show what would be migrated, file by file, and write nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Print the SQL that a migration sends, and do nothing
    #[arg(long)]
    pub(in crate::cli) print_sql: bool,
    /// Delete the rows of this day from the tables of the pipelines, and migrate its files again; may be repeated
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = moment)]
    pub(in crate::cli) replace_day: Vec<Moment>,
    /// Leave the old files where they are, instead of moving them to the folder `backup` beside them
    #[arg(long)]
    pub(in crate::cli) keep_source: bool,
    /// Stop if more rows than this are rejected, or a larger share of the records: 0, 500, 0.5%. No table is changed then,
    /// unless the database itself refuses rows [default: no limit]
    #[arg(long, value_name = "N|N%", value_parser = reject_limit)]
    pub(in crate::cli) max_rejects: Option<RejectLimit>,
    /// Maximum number of bytes in a record
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    pub(in crate::cli) max_row_bytes: u64,
    #[command(flatten)]
    pub(in crate::cli) resources: ResourceArgs,
}
