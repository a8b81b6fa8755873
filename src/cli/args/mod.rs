//! Parses the command line. Each option is checked by itself; `settings` combines them with each other and with settings
//! from elsewhere.

mod help;
mod migrate;
mod profile;
mod snapshot;
mod sync;
pub(super) mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(super) use migrate::MigrateArgs;
pub(super) use profile::{ProfileArgs, ProfileCommand};
pub(super) use snapshot::{
    SelectionArgs, SnapshotArgs, SnapshotCommand, SnapshotCreateArgs, SnapshotDrillArgs, SnapshotListArgs,
    SnapshotModeName, SnapshotReadArgs, SnapshotRecoverArgs, SnapshotRestoreArgs,
};
pub(super) use sync::{
    CheckArgs, CheckName, CleanupArgs, CompressionName, DialectName, EngineName, ExportArgs, HashArgs, HistoryArgs,
    ImportArgs, LimitArgs, OptionArgs, ReadArgs, ResourceArgs, SchemaArgs,
};

/// Carries the data of a threat-intelligence platform across an air gap: `export` writes a bundle on one side, `import` merges
/// it into the database on the other. `migrate` brings the files of an older platform into tables, `snapshot` saves a whole platform.
#[derive(Debug, Parser)]
#[command(
    name = "gapsync",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_required = true,
    after_help = help::PROGRAM
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write what is new into a bundle
    #[command(visible_alias = "sync-export", help_template = help::PAGE, before_help = help::EXPORT, after_help = help::export())]
    Export(ExportArgs),
    /// Merge a bundle into the database
    #[command(visible_alias = "sync-import", help_template = help::PAGE, before_help = help::IMPORT, after_help = help::import())]
    Import(ImportArgs),
    /// Fill the column that identifies rows
    #[command(
        visible_alias = "fill-sync-hash-column",
        help_template = help::PAGE,
        before_help = help::HASH,
        after_help = help::hash()
    )]
    FillSyncHash(HashArgs),
    /// Migrate the old files of Apache Spot into tables
    #[command(help_template = help::PAGE, before_help = help::MIGRATE, after_help = help::migrate())]
    Migrate(MigrateArgs),
    /// Save a platform as one recovery point, and restore it
    #[command(help_template = help::PAGE, before_help = help::SNAPSHOT, after_help = help::snapshot())]
    Snapshot(SnapshotArgs),
    /// Help with a profile for a database of your own: draft, check, show
    #[command(help_template = help::PAGE, before_help = help::PROFILE, after_help = help::profile())]
    Profile(ProfileArgs),
    /// Create the schema in an empty database
    #[command(help_template = help::PAGE, before_help = help::INIT, after_help = help::init())]
    Init,
    /// Print the schema that init creates, or what existing tables lack
    #[command(help_template = help::PAGE, before_help = help::SCHEMA, after_help = help::schema())]
    Schema(SchemaArgs),
    /// Check whether a database is ready, and list everything that is missing
    #[command(help_template = help::PAGE, before_help = help::CHECK, after_help = help::check())]
    Check(CheckArgs),
    /// Show what a bundle holds
    #[command(help_template = help::PAGE, before_help = help::INSPECT, after_help = help::inspect())]
    Inspect(ReadArgs),
    /// Check a bundle from its first byte to its last
    #[command(help_template = help::PAGE, before_help = help::VERIFY, after_help = help::verify())]
    Verify(ReadArgs),
    /// List the runs recorded in the database
    #[command(help_template = help::PAGE, before_help = help::HISTORY, after_help = help::history())]
    History(HistoryArgs),
    /// Drop the tables that runs left which failed or died
    #[command(help_template = help::PAGE, before_help = help::CLEANUP, after_help = help::cleanup())]
    Cleanup(CleanupArgs),
}

impl Command {
    /// Returns whether the command can be repeated with `--resume` after it was stopped.
    pub(super) fn can_resume(&self) -> bool {
        matches!(self, Self::Import(args) if args.retry_rejects.is_none() && !args.dry_run)
    }

    /// Returns whether the command can be repeated with `--resume`, and only so, once it was stopped.
    pub(super) fn must_resume(&self) -> bool {
        matches!(self, Self::Snapshot(args) if matches!(&args.command, SnapshotCommand::Restore(args) if !args.dry_run))
    }

    /// Returns whether the command continues where it was stopped if it is simply repeated.
    pub(super) fn continues_by_itself(&self) -> bool {
        matches!(self, Self::Migrate(args) if !args.dry_run && !args.print_sql)
    }

    /// Returns how many cores the command may keep busy, or `None` if it has no such option.
    pub(super) fn jobs(&self) -> Option<usize> {
        match self {
            Self::Export(args) => args.resources.jobs,
            Self::Import(args) => args.resources.jobs,
            Self::Migrate(args) => args.resources.jobs,
            Self::Snapshot(args) => args.command.jobs(),
            _ => None,
        }
    }
}

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Common options")]
pub(super) struct CommonArgs {
    /// Database: sqlite:PATH, postgres://USER@HOST/NAME, mysql://… or mariadb://…; a password belongs in GAPSYNC_PASSWORD
    /// or the configuration file [env: GAPSYNC_DATABASE] [default: sqlite:gapsync.db]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) database: Option<String>,
    /// Which tables travel, and how rows are identified: the name of a shipped profile or a TOML file [env:
    /// GAPSYNC_PROFILE] [default: threatq]
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub(super) profile: Option<String>,
    /// Configuration file; without it, the first existing one of $XDG_CONFIG_HOME/gapsync/config.toml and /etc/gapsync.toml
    /// [env: GAPSYNC_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// How to show progress on standard error; auto means bar on a terminal and line elsewhere, json prints one event per
    /// line [env: GAPSYNC_PROGRESS] [default: auto]
    #[arg(long, global = true, value_name = "HOW")]
    pub(super) progress: Option<ProgressName>,
    /// Folder for reports and rejected rows [env: GAPSYNC_REPORT_DIR] [default: the current folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) report_dir: Option<PathBuf>,
    /// Write each SQL statement that is sent to the database into a new file, with its rows and seconds; the content of
    /// text literals is left out
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) trace_sql: Option<PathBuf>,
    /// Print the result as one JSON object on standard output
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// `--progress`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressName {
    #[default]
    Auto,
    Bar,
    Line,
    Json,
    Off,
}

/// Parses a command line.
///
/// # Errors
/// Those of clap, also for `--help` and `--version`.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&Cli::command().try_get_matches_from(arguments)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
