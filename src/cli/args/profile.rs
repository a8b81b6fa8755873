//! Options of `profile` and its commands. The structs have plain comments, because clap would use a doc comment as help.

use clap::{Args, Subcommand};

use super::help;
use super::sync::OptionArgs;

// Options of `profile`.
#[derive(Args, Debug)]
#[command(subcommand_required = true, disable_help_subcommand = true)]
pub(in crate::cli) struct ProfileArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: ProfileCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ProfileCommand {
    /// Write a profile for a database from its catalogue and its data
    #[command(help_template = help::PAGE, before_help = help::PROFILE_DRAFT, after_help = help::profile_draft())]
    Draft(ProfileDraftArgs),
    /// Say what would go wrong with a profile, before a row moves
    #[command(help_template = help::PAGE, before_help = help::PROFILE_CHECK, after_help = help::profile_check())]
    Check(OptionArgs),
    /// Explain a profile in words
    #[command(help_template = help::PAGE, before_help = help::PROFILE_SHOW, after_help = help::profile_show())]
    Show(OptionArgs),
}

// Options of `profile draft`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ProfileDraftArgs {
    /// Name of the profile; both sides have to use the same
    #[arg(long, value_name = "NAME", default_value = "mine")]
    pub(in crate::cli) name: String,
    /// Schema with the tables, on PostgreSQL [default: the one that the login looks into]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) schema: Option<String>,
}
