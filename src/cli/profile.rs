//! Runs `profile` and its commands.

use serde_json::json;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::event::Progress;
use crate::run;
use crate::stream::cancel::Cancel;
use crate::sync::Context;
use crate::sync::profile::{check, draft, show};

use super::args::{ProfileArgs, ProfileCommand};
use super::outcome::Outcome;
use super::render::{self, with_version};
use super::settings::Settings;

/// Runs a command.
///
/// # Errors
/// Any error that ends it before it has a result to show.
pub(super) async fn run(
    args: &ProfileArgs,
    settings: &mut Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    match &args.command {
        ProfileCommand::Draft(args) => {
            let database = settings.database()?;
            let schema = args.schema.as_ref();
            if schema.is_some() && database.dialect() != Dialect::Postgres {
                return Err(Error::usage("only PostgreSQL has schemas within a database")
                    .hint("Name the database in the URL, without --schema."));
            }
            let database = Settings::in_schema(settings.traced(database)?, schema)?;
            let run = context(settings, progress, cancel);
            let made = draft::draft((&args.name, schema), &database, &run).await?;
            let left_out: Vec<_> =
                made.left_out.iter().map(|(table, reason)| json!({"table": table, "reason": reason})).collect();
            let result = json!({
                "status": "finished", "profile": made.text, "tables": made.tables, "left_out": left_out,
                "questions": made.questions,
            });
            Ok(Outcome::done(with_version(result), made.text))
        }
        ProfileCommand::Check(options) => {
            settings.choose(options)?;
            let database = settings.database()?;
            let profile = settings.profile()?.profile;
            let database = Settings::in_schema(settings.traced(database)?, profile.schema.as_ref())?;
            let run = context(settings, progress, cancel);
            let report = check::check(&Context { database, profile, run }).await?;
            let status = report.exit_status();
            Ok(Outcome { status, ..Outcome::done(render::check::json(&report)?, render::check::text(&report)) })
        }
        ProfileCommand::Show(options) => {
            settings.choose(options)?;
            let profile = settings.profile()?.profile;
            let text = show::show(&profile);
            Ok(Outcome::done(with_version(json!({"status": "finished", "profile": profile})), text))
        }
    }
}

fn context(settings: &mut Settings, progress: Progress, cancel: Cancel) -> run::Context {
    for warning in settings.take_warnings() {
        progress.warning(warning);
    }
    run::Context { progress, cancel, report_dir: ".".into(), again: settings.again() }
}
