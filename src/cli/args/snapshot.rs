//! Options of `snapshot` and its commands. The structs have plain comments, because clap would use a doc comment as help.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::values::{Moment, duration, moment};
use super::{CompressionName, LimitArgs, ResourceArgs, help};

// Options of `snapshot`.
#[derive(Args, Debug)]
#[command(subcommand_required = true, disable_help_subcommand = true)]
pub(in crate::cli) struct SnapshotArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: SnapshotCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SnapshotCommand {
    /// Save the stores of a platform in a bundle
    #[command(
        help_template = help::PAGE, before_help = help::SNAPSHOT_CREATE, after_help = help::snapshot_create()
    )]
    Create(Box<SnapshotCreateArgs>),
    /// Restore the stores of a snapshot
    #[command(
        help_template = help::PAGE, before_help = help::SNAPSHOT_RESTORE, after_help = help::snapshot_restore()
    )]
    Restore(Box<SnapshotRestoreArgs>),
    /// Check a snapshot from its first byte to its last
    #[command(
        help_template = help::PAGE, before_help = help::SNAPSHOT_VERIFY, after_help = help::snapshot_verify()
    )]
    Verify(SnapshotReadArgs),
    /// Restore a snapshot on trial, and certify that it can be restored
    #[command(help_template = help::PAGE, before_help = help::SNAPSHOT_DRILL, after_help = help::snapshot_drill())]
    Drill(SnapshotDrillArgs),
    /// List the snapshots in a folder, with their age
    #[command(help_template = help::PAGE, before_help = help::SNAPSHOT_LIST, after_help = help::snapshot_list())]
    List(SnapshotListArgs),
    /// Make the checks that come before a snapshot
    #[command(help_template = help::PAGE, before_help = help::SNAPSHOT_CHECK, after_help = help::snapshot_check())]
    Check(SnapshotCheckArgs),
    /// Put back what a killed snapshot or restore has left
    #[command(
        help_template = help::PAGE, before_help = help::SNAPSHOT_RECOVER, after_help = help::snapshot_recover()
    )]
    Recover(SnapshotRecoverArgs),
    /// Keep a segment of PostgreSQL's log of changes, as its archive_command
    #[command(
        name = "archive-wal", help_template = help::PAGE, before_help = help::SNAPSHOT_ARCHIVE_WAL,
        after_help = help::snapshot_archive_wal()
    )]
    ArchiveWal(SnapshotArchiveWalArgs),
    /// Freeze and thaw services; started by create
    #[command(hide = true)]
    Guard,
    /// Print a shipped platform file
    #[command(
        help_template = help::PAGE, before_help = help::SNAPSHOT_PLATFORM, after_help = help::snapshot_platform()
    )]
    Platform(SnapshotPlatformArgs),
}

impl SnapshotCommand {
    /// Returns how many cores the command may keep busy, or `None` if it has no such option.
    pub(in crate::cli) fn jobs(&self) -> Option<usize> {
        match self {
            Self::Create(args) => args.resources.jobs,
            _ => None,
        }
    }
}

// The platform, and which of its stores are meant.
#[derive(Args, Debug)]
pub(in crate::cli) struct SelectionArgs {
    /// What the platform consists of: the name of a shipped platform file, or the path of one
    #[arg(long, value_name = "NAME|FILE")]
    pub(in crate::cli) platform: String,
    /// A value of the platform file, in place of what the platform's configuration says; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(in crate::cli) values: Vec<(String, String)>,
    /// Only these stores, separated by commas
    #[arg(long, value_name = "STORE,…", value_delimiter = ',')]
    pub(in crate::cli) only: Vec<String>,
    /// All stores but these
    #[arg(long, value_name = "STORE,…", value_delimiter = ',')]
    pub(in crate::cli) without: Vec<String>,
    /// Users and passwords of the engines, in a file of mode 0600: TOML, a table for each store with user and password
    /// [default: gapsync-snapshot in $CREDENTIALS_DIRECTORY]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) credentials: Option<PathBuf>,
}

// Options of `snapshot create`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotCreateArgs {
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
    /// Folder for the bundle, or - for standard output; a relative path is resolved from the current folder, then from the
    /// configuration's transfer folder [default: the current folder]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) target: Option<PathBuf>,
    /// How the stores agree: stopped stops the services meanwhile, frozen freezes them for seconds while every store takes its
    /// instant, ordered takes one store after the other while they run
    /// [default: stopped, or ordered for a platform without services]
    #[arg(long, value_name = "HOW")]
    pub(in crate::cli) mode: Option<SnapshotModeName>,
    /// Thaw frozen services after this time, whatever happens, and give up
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(in crate::cli) max_pause: Duration,
    /// Kill processes of services that are left once these are stopped; without it, they are a reason to give up
    #[arg(long)]
    pub(in crate::cli) kill_leftovers: bool,
    /// Delete the tasks that are left in queues once the bundle is complete, which keeps them; they are not restored
    #[arg(long)]
    pub(in crate::cli) drop_queues: bool,
    /// A snapshot that this one is on the base of: what has the same content there is only named, and a restore needs both
    #[arg(long, value_name = "BUNDLE")]
    pub(in crate::cli) base: Option<PathBuf>,
    /// Go on with the snapshot of this id, which was killed or has failed: nothing is stopped twice, and what engines keep is packed again
    #[arg(long, value_name = "ID", conflicts_with = "dry_run")]
    pub(in crate::cli) resume: Option<String>,
    /// Compression of the bundle
    #[arg(long, value_name = "CODEC", default_value = "zstd")]
    pub(in crate::cli) compression: CompressionName,
    /// Show the steps, and change nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[command(flatten)]
    pub(in crate::cli) resources: ResourceArgs,
}

/// `snapshot create --mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SnapshotModeName {
    Stopped,
    Frozen,
    Ordered,
}

// Options of `snapshot restore`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotRestoreArgs {
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
    /// The bundle, or - for standard input; a relative path is resolved from the current folder, then from the
    /// configuration's transfer folder
    #[arg(long, value_name = "BUNDLE")]
    pub(in crate::cli) file: PathBuf,
    /// The bundle that the snapshot is on the base of, or its folder [default: beside the bundle]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) base: Option<PathBuf>,
    /// Restore every store into a folder of its name below this one, and leave the platform alone
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) root: Option<PathBuf>,
    /// Restore a store of an engine under another name, beside what is there; may be repeated
    #[arg(long = "rename", value_name = "STORE=NAME", value_parser = assignment)]
    pub(in crate::cli) renames: Vec<(String, String)>,
    /// Restore stores with a log of changes to a time, in UTC: what was committed by then
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "to_name")]
    pub(in crate::cli) to_time: Option<Moment>,
    /// Restore stores with a log of changes to a restore point that was made with pg_create_restore_point
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) to_name: Option<String>,
    /// Rename what is at the place of a store to `<name>.before-<id>`
    #[arg(long)]
    pub(in crate::cli) replace: bool,
    /// Kill processes of services that are left once these are stopped; without it, they are a reason to give up
    #[arg(long)]
    pub(in crate::cli) kill_leftovers: bool,
    /// Leave the services stopped
    #[arg(long)]
    pub(in crate::cli) no_start: bool,
    /// Go on with a restore of the same bundle that stopped: nothing that is staged is written again if it is intact
    #[arg(long, conflicts_with = "dry_run")]
    pub(in crate::cli) resume: bool,
    /// Refuse a bundle without a certificate that all of its stores that are meant were restored in a drill
    #[arg(long)]
    pub(in crate::cli) require_drill: bool,
    /// Check the bundle and the places, show the steps, and change nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

// Options of `snapshot verify`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotReadArgs {
    /// The bundle, or - for standard input; a relative path is resolved from the current folder, then from the
    /// configuration's transfer folder
    #[arg(value_name = "BUNDLE")]
    pub(in crate::cli) bundle: PathBuf,
    /// The bundle that the snapshot is on the base of, or its folder [default: beside the bundle]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) base: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

// Options of `snapshot list`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotListArgs {
    /// The folder [default: the current folder]
    #[arg(value_name = "DIR")]
    pub(in crate::cli) folder: Option<PathBuf>,
    /// End with exit status 4 if the newest snapshot is older than this, or there is none: 90m, 26h, 7d
    #[arg(long, value_name = "AGE", value_parser = duration)]
    pub(in crate::cli) max_age: Option<Duration>,
    /// End with exit status 4 if the last drill of one of the snapshots is longer ago than this, or there was none
    #[arg(long, value_name = "AGE", value_parser = duration)]
    pub(in crate::cli) max_drill_age: Option<Duration>,
}

// Options of `snapshot drill`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotDrillArgs {
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
    /// The folder of snapshots, of which the newest of the platform is taken [default: the current folder]
    #[arg(value_name = "DIR")]
    pub(in crate::cli) folder: Option<PathBuf>,
    /// This bundle; a relative path is resolved from the current folder, then from the configuration's transfer folder
    #[arg(long, value_name = "BUNDLE", conflicts_with = "folder")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// A folder for stores of files, on a disk with room for them [default: that of the bundle]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) scratch: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

// Options of `snapshot check`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotCheckArgs {
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
}

// Options of `snapshot recover`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotRecoverArgs {
    /// Users and passwords of the engines [default: the file that the killed run was given]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) credentials: Option<PathBuf>,
}

// Options of `snapshot archive-wal`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotArchiveWalArgs {
    /// The segment: %p in archive_command
    #[arg(value_name = "PATH")]
    pub(in crate::cli) segment: PathBuf,
    /// The folder of the archive, one for each server
    #[arg(long, value_name = "DIR", env = "GAPSYNC_WAL_ARCHIVE")]
    pub(in crate::cli) to: PathBuf,
}

// Options of `snapshot platform`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SnapshotPlatformArgs {
    /// The name of the platform
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: String,
}

/// Parses `NAME=VALUE`.
fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "write NAME=VALUE".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}
