//! The command line: arguments, settings, progress, rendering, signals. The only room that knows about a terminal.
//!
//! [`run`] parses the arguments with `args`, makes `settings::Settings` from them, the environment and the configuration file
//! (`config`), starts `progress`, and lets `commands` run the command. A command makes a request for a stage of [`crate::sync`]
//! and returns an `Outcome`: the result as JSON and as text from `render`, the exit status, the error. `finish` prints it
//! through `output`, which makes hidden characters visible. `signal` turns Ctrl-C into a stop at the next safe point, `mask`
//! removes passwords, and `resume` makes the command that continues a run.
//!
//! To add an option, add a field to the command's struct in `args/sync.rs` and pass it to the request in `commands`; if it
//! can also come from the environment or the configuration file, resolve it in `settings`. Then update the help snapshots
//! and the README. To add a command, add a variant to `args::Command`, its page to `args/help.rs`, and a function to
//! `commands`. To add a way to show progress, implement `progress::Face` and add it to `args::ProgressName`.

mod args;
mod commands;
mod config;
mod heap;
mod mask;
mod migrate;
mod outcome;
mod output;
mod profile;
mod progress;
mod render;
mod resume;
mod settings;
mod signal;
mod snapshot;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use crate::error::{Error, ExitStatus, Result, escape};
use crate::stream::cancel::Cancel;
use crate::stream::cpu;

use args::Cli;
use outcome::Outcome;
use progress::Reporter;
use render::failure;
use settings::Settings;
use signal::Signals;

/// How long the program waits at its end for abandoned work.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the program with its command-line arguments, and returns its exit code.
#[must_use]
pub fn run() -> ExitCode {
    heap::give_back();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // The panic has already been printed.
    let status = catch_unwind(AssertUnwindSafe(|| start(arguments))).unwrap_or(ExitStatus::Internal);
    ExitCode::from(status as u8)
}

fn start(arguments: Vec<OsString>) -> ExitStatus {
    let json = arguments.iter().any(|argument| argument == "--json");
    match args::parse(arguments) {
        Ok(cli) => execute(cli),
        Err(error) if error.use_stderr() => {
            output::message(mask::secrets(&error.render().to_string()).trim_end());
            if json {
                // The first line names the option; the others are tips for people.
                let rendered = error.render().to_string();
                let first = rendered.lines().next().unwrap_or_default();
                let what = mask::secrets(first.strip_prefix("error: ").unwrap_or(first));
                // If nobody reads it, the exit status says the same.
                let _ = output::result(&failure::json(&failure::described(&Error::usage(what))), true);
            }
            ExitStatus::Usage
        }
        // Help or version. Nothing is lost if nobody reads it.
        Err(page) => {
            let _ = page.print();
            ExitStatus::Done
        }
    }
}

fn execute(cli: Cli) -> ExitStatus {
    let json = cli.common.json;
    let prepared = Settings::new(cli.common, Box::new(|name| std::env::var(name).ok()))
        .and_then(|settings| Ok((Reporter::start(settings.progress()?), settings)));
    let (reporter, settings) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return finish(Err(error), None, json),
    };
    let outcome = on_runtime(cli.command, settings, &reporter);
    finish(outcome, Some(reporter), json)
}

fn on_runtime(command: args::Command, mut settings: Settings, reporter: &Reporter) -> Result<Outcome> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(jobs) = command.jobs() {
        cpu::limit(jobs)?;
        builder.worker_threads(jobs);
    }
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Error::internal("the system provides no threads").because(error))?;
    let (progress, cancel) = (reporter.progress(), Cancel::default());
    let typed = || std::env::args_os().skip(1);
    let resume = if command.can_resume() {
        Some(format!("to continue from here, or start over without --resume: {}", resume::command(typed())))
    } else if command.must_resume() {
        Some(format!("to continue from here: {}", resume::command(typed())))
    } else {
        command.continues_by_itself().then(|| format!("to continue from here: {}", resume::again(typed())))
    };
    let outcome = runtime.block_on(async {
        let _signals = Signals::listen(cancel.clone(), progress.clone(), resume);
        commands::run(command, &mut settings, progress, cancel).await
    });
    runtime.shutdown_timeout(PATIENCE);
    match (outcome, settings.end_trace()) {
        (Ok(outcome), Err(error)) if outcome.error.is_none() => {
            Ok(Outcome { status: error.kind().exit_status(), error: Some(error), ..outcome })
        }
        (outcome, _) => outcome,
    }
}

/// Removes the progress from the terminal, prints the result or the error, and returns the exit status.
fn finish(outcome: Result<Outcome>, reporter: Option<Reporter>, json: bool) -> ExitStatus {
    let (result, status, error, resume) = match outcome {
        Ok(outcome) => {
            let result = if json { Some(render::json_line(&outcome.json)) } else { outcome.text };
            (result, outcome.status, outcome.error, outcome.resume)
        }
        Err(error) => (None, error.kind().exit_status(), Some(error), None),
    };
    let described = error.as_ref().map(failure::described);
    let shown = reporter.is_some_and(|reporter| reporter.finish(described.as_ref()));
    if let Some(described) = described.as_ref().filter(|_| !shown) {
        output::message(&failure::text(described));
        if let Some(command) = resume {
            output::message(&format!("to continue from here: {}", escape::line(&command)));
        }
    }
    let result = match (&described, result) {
        (Some(described), None) if json => Some(failure::json(described)),
        (_, result) => result,
    };
    match output::result(&result.unwrap_or_default(), json) {
        Err(unwritten) if status == ExitStatus::Done => {
            output::message(&failure::text(&failure::described(&unwritten)));
            unwritten.kind().exit_status()
        }
        _ => status,
    }
}
