//! Options of the commands. The structs have plain comments, because clap would use doc comments on them as help.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{
    Moment, duration, jobs, moment, only, receiver, reject_limit, rows, run_id, sequence, setting, size, yes_no,
};
use crate::run::rejects::RejectLimit;
use crate::sync::export::OnlyOption;

// Options of `export`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExportArgs {
    /// Folder for the bundle; a relative path is resolved from the current folder, then from the configuration's transfer
    /// folder [default: the current folder]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) target: Option<PathBuf>,
    /// First moment of the window, UTC: YYYY-MM-DD[ HH:MM:SS[.ffffff]]
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub(in crate::cli) start_date: Option<Moment>,
    /// Last moment of the window, UTC; a date without a time means the end of that day. It limits objects, not their
    /// context or links
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub(in crate::cli) end_date: Option<Moment>,
    /// Whether to include soft-deleted rows and the rows that depend on them
    #[arg(long, value_name = "Y|N", default_value = "N", default_missing_value = "Y", num_args = 0..=1, value_parser = yes_no)]
    pub(in crate::cli) include_deleted: bool,
    /// Whether to include investigations and tasks
    #[arg(long, value_name = "Y|N", default_value = "N", default_missing_value = "Y", num_args = 0..=1, value_parser = yes_no)]
    pub(in crate::cli) include_investigations: bool,
    /// Whether to include only metadata tables
    #[arg(long, value_name = "Y|N", default_value = "N", default_missing_value = "Y", num_args = 0..=1, value_parser = yes_no)]
    pub(in crate::cli) meta_only: bool,
    /// Attachment types whose physical files are left out, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(in crate::cli) ignore_file_types: Vec<String>,
    /// Maximum number of rows in a dump file
    #[arg(long, value_name = "ROWS", default_value = "50000", value_parser = rows)]
    pub(in crate::cli) object_limit: u64,
    #[command(flatten)]
    pub(in crate::cli) resources: ResourceArgs,
    /// Compression of the bundle
    #[arg(long, value_name = "HOW", default_value = "gzip")]
    pub(in crate::cli) compression: CompressionName,
    /// Folder that contains the physical files; without it none are included [env: GAPSYNC_FILES_ROOT]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) files_root: Option<PathBuf>,
    /// Continue even if free disk space looks insufficient
    #[arg(long, value_name = "Y|N", default_value = "N", default_missing_value = "Y", num_args = 0..=1, value_parser = yes_no)]
    pub(in crate::cli) ignore_free_space: bool,
    /// Do not write to the source database: no row in `synchronizations`, so the next window does not move
    #[arg(long)]
    pub(in crate::cli) no_record: bool,
    /// Name of the receiver. Each receiver has its own stream, with its own window and sequence numbers
    #[arg(long = "for", value_name = "NAME", value_parser = receiver)]
    pub(in crate::cli) receiver: Option<String>,
    /// Begin the window where that of bundle SEQ of this stream began, to close a gap at the receiver
    #[arg(long, value_name = "SEQ", value_parser = sequence, conflicts_with_all = ["start_date", "end_date", "full"])]
    pub(in crate::cli) since: Option<u64>,
    /// Begin the window at the beginning, like the first export of a stream
    #[arg(long, conflicts_with_all = ["start_date", "end_date"])]
    pub(in crate::cli) full: bool,
    /// How much earlier the next window begins if the user's rights do not show which transactions are open: 90s, 10m, 1h,
    /// 2d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub(in crate::cli) overlap: std::time::Duration,
    /// Export only rows with one of these values in a column, in addition to what the profile says; what depends on
    /// the other rows stays behind as well. May be repeated
    #[arg(long, value_name = "TABLE.COLUMN=A,B", value_parser = only)]
    pub(in crate::cli) only: Vec<OnlyOption>,
    /// Write no bundle if there is nothing new
    #[arg(long)]
    pub(in crate::cli) skip_empty: bool,
    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,
}

/// `--compression`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CompressionName {
    Gzip,
    Zstd,
    None,
}

// Options of `import`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ImportArgs {
    /// The bundle, or - for standard input; a relative path is resolved from the current folder, then from the
    /// configuration's transfer folder
    #[arg(long, value_name = "PATH", required_unless_present_any = ["retry_rejects", "bundle"])]
    pub(in crate::cli) file: Option<PathBuf>,
    /// Same as --file
    #[arg(value_name = "BUNDLE", conflicts_with_all = ["file", "retry_rejects"])]
    pub(in crate::cli) bundle: Option<PathBuf>,
    /// A rejects file to import instead of a bundle, after the target or the values in the file have been corrected, or the
    /// rows that its rows refer to have arrived. Rows that are rejected again go to `<FILE without .csv>-rejects.csv`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "dialect", "files_root", "resume"])]
    pub(in crate::cli) retry_rejects: Option<PathBuf>,
    /// Whether to keep the older created_at of both sides; N: existing rows keep theirs, new rows get the time of the
    /// import
    #[arg(long, value_name = "Y|N", default_value = "Y", default_missing_value = "Y", num_args = 0..=1, value_parser = yes_no)]
    pub(in crate::cli) keep_created_at: bool,
    /// Maximum number of rows that one statement inserts or updates
    #[arg(long, value_name = "ROWS", default_value = "1000", value_parser = rows)]
    pub(in crate::cli) object_limit: u64,
    #[command(flatten)]
    pub(in crate::cli) resources: ResourceArgs,
    /// Whether a newer description replaces the existing one; a NULL description is filled either way
    #[arg(long, value_name = "Y|N", default_value = "Y", default_missing_value = "Y", num_args = 0..=1, value_parser = yes_no)]
    pub(in crate::cli) override_description: bool,
    /// Do everything except write to the tables, and report what an import would do
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Fill missing sync_hash values first, instead of failing
    #[arg(long)]
    pub(in crate::cli) fill_sync_hash: bool,
    /// Folder in which physical files are placed; without it they are skipped and counted [env: GAPSYNC_FILES_ROOT]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) files_root: Option<PathBuf>,
    /// Continue even if free disk space looks insufficient
    #[arg(long, value_name = "Y|N", default_value = "N", default_missing_value = "Y", num_args = 0..=1, value_parser = yes_no)]
    pub(in crate::cli) ignore_free_space: bool,
    /// Leave the sync tables in the database for inspection; `cleanup` drops them
    #[arg(long)]
    pub(in crate::cli) keep_sync_tables: bool,
    /// List the rows that are newer in the database, in <bundle>-kept.csv beside the report
    #[arg(long)]
    pub(in crate::cli) list_kept: bool,
    /// Write the names of the rows that the profile's steps after an import are about into a new file, one a line: those that
    /// were written, and those to which a written row refers
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) after_list: Option<PathBuf>,
    /// Stop if more rows than this are rejected, or a larger share of the staged rows: 0, 500, 0.5%. Rejects found while
    /// reading and planning count before any table is changed; after that, the run stops at the end of a chunk. The exit
    /// status is 3 either way; a stopped run has the status `failed` in its report [default: no limit]
    #[arg(long, value_name = "N|N%", value_parser = reject_limit)]
    pub(in crate::cli) max_rejects: Option<RejectLimit>,
    /// Continue where the last run of this bundle stopped, with the same options; it is an error if there is no such run
    #[arg(long)]
    pub(in crate::cli) resume: bool,
    /// Refuse a bundle if an earlier one of its stream is missing, instead of importing it with exit status 11
    #[arg(long, conflicts_with = "retry_rejects")]
    pub(in crate::cli) strict_chain: bool,
    /// Format of the dump files: outfile is a tarball of CSV files written by SELECT … INTO OUTFILE
    #[arg(long, value_name = "NAME", default_value = "bundle")]
    pub(in crate::cli) dialect: DialectName,
    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

/// `--dialect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DialectName {
    Bundle,
    Outfile,
}

// Options of the profile.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct OptionArgs {
    /// Value of an option of the profile; `profile show` lists its options. May be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(in crate::cli) set: Vec<(String, String)>,
}

// What a run may use of the machine.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ResourceArgs {
    /// Maximum memory, half of it for rows in flight, half for sorts and caches of the database session; K, M, G and T are
    /// understood [default: 2G for rows, and the database's own settings]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(in crate::cli) memory_limit: Option<u64>,
    /// Cores to keep busy [default: all cores]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub(in crate::cli) jobs: Option<usize>,
}

// What is accepted of a bundle.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits on the bundle")]
pub(in crate::cli) struct LimitArgs {
    /// Maximum number of bytes after decompression
    #[arg(long, value_name = "SIZE", default_value = "4T", value_parser = size)]
    pub(in crate::cli) max_bytes: u64,
    /// Maximum number of decompressed bytes for each compressed byte, after the first 64 MiB
    #[arg(long, value_name = "N", default_value = "250", value_parser = rows)]
    pub(in crate::cli) max_ratio: u64,
    /// Maximum number of bytes in a row
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    pub(in crate::cli) max_row_bytes: u64,
}

// Options of `inspect` and `verify`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ReadArgs {
    /// The bundle, or - for standard input; a relative path is resolved from the current folder, then from the
    /// configuration's transfer folder
    #[arg(value_name = "BUNDLE")]
    pub(in crate::cli) bundle: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

// Options of `fill-sync-hash`.
#[derive(Args, Debug)]
pub(in crate::cli) struct HashArgs {
    /// Recompute every row, not only those without a hash
    #[arg(long, conflicts_with = "check")]
    pub(in crate::cli) all: bool,
    /// Write nothing; report rows whose stored hash is missing or wrong
    #[arg(long)]
    pub(in crate::cli) check: bool,
    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,
}

// Options of `schema`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SchemaArgs {
    /// The engine to write for
    #[arg(long, value_name = "NAME", required_unless_present = "existing", conflicts_with = "existing")]
    pub(in crate::cli) engine: Option<EngineName>,
    /// The description of the tables' columns [default: <name>.columns.txt beside the file of the profile]
    #[arg(long, value_name = "FILE", conflicts_with = "existing")]
    pub(in crate::cli) columns: Option<PathBuf>,
    /// Print what the tables in the database of --database lack, instead of whole tables
    #[arg(long)]
    pub(in crate::cli) existing: bool,
}

/// `schema --engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum EngineName {
    Sqlite,
    #[value(alias = "postgresql")]
    Postgres,
    #[value(alias = "mysql")]
    Mariadb,
}

// Options of `check`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CheckArgs {
    /// The command to check for
    #[arg(long = "for", value_name = "COMMAND", default_value = "all")]
    pub(in crate::cli) command: CheckName,
    /// A bundle to be imported; a relative path is resolved from the current folder, then from the configuration's transfer
    /// folder. Only its header is read
    #[arg(long, value_name = "BUNDLE")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// Folder that contains the physical files [env: GAPSYNC_FILES_ROOT]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) files_root: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

/// `check --for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CheckName {
    Import,
    Export,
    FillSyncHash,
    All,
}

// Options of `history`.
#[derive(Args, Debug)]
pub(in crate::cli) struct HistoryArgs {
    /// Show a single run completely, with its report
    #[arg(long, value_name = "ID", value_parser = run_id)]
    pub(in crate::cli) run: Option<i64>,
    /// Show the streams that were imported here: the last bundle of each, its age, and missing bundles. The exit status is
    /// 11 while a bundle is missing
    #[arg(long, conflicts_with = "run")]
    pub(in crate::cli) gaps: bool,
}

// Options of `cleanup`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CleanupArgs {
    /// Also drop the tables of runs that could continue with --resume
    #[arg(long)]
    pub(in crate::cli) force: bool,
}
