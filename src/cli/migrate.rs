//! Runs `migrate`: makes the request from the options or from the six values of the old script.

use std::path::{Path, PathBuf};

use serde_json::json;
use url::Url;

use super::args::MigrateArgs;
use super::outcome::{Outcome, reported, resources};
use super::render::with_version;
use super::resume;
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::event::Progress;
use crate::migrate::mapping::Mapping;
use crate::migrate::request::{Engine, MigrateRequest};
use crate::migrate::{migrate, script};
use crate::run::Context;
use crate::stream::cancel::Cancel;

/// The forms of an engine's URL.
const ENGINES: &str = "Use sqlite:PATH, postgres://…, mariadb://… (mysql://… is the same), hive://HOST:PORT or impala://HOST:PORT; a \
                       host name alone is that of an Impala daemon.";

/// Runs the command.
///
/// # Errors
/// Those that end it before it has a report.
pub(super) async fn run(
    args: &MigrateArgs,
    settings: &mut Settings,
    progress: Progress,
    cancel: Cancel,
) -> Result<Outcome> {
    let request = request(args, settings)?;
    if let Engine::Database(url) = &request.engine
        && url.file().is_some()
        && request.target_db.is_some()
    {
        progress.warning("the name of the target database is not used: a SQLite file is a single database");
    }
    for warning in settings.take_warnings() {
        progress.warning(warning);
    }
    if args.print_sql {
        let printed = script(&request)?;
        let result = json!({"status": "finished", "sql": printed});
        return Ok(Outcome::done(with_version(result), printed));
    }
    let context = Context { progress, cancel, report_dir: settings.report_dir()?, again: settings.again() };
    reported(Box::pin(migrate(&request, &context)).await)
}

fn request(args: &MigrateArgs, settings: &mut Settings) -> Result<MigrateRequest> {
    let value = |index: usize| args.values.get(index).cloned();
    let pipelines: Vec<String> = match value(0) {
        Some(names) => names.split(',').map(str::to_owned).collect(),
        None => args.pipelines.clone(),
    };
    let target_db = value(4).or_else(|| args.target_db.clone());
    let engine = engine(value(5).as_deref(), args, target_db.as_deref(), settings)?;
    let days = args.replace_day.iter().map(|moment| {
        moment.day().ok_or_else(|| Error::usage("--replace-day takes a day without a time").hint("Write YYYY-MM-DD."))
    });
    let old_path = value(1).map(PathBuf::from).or_else(|| args.old_path.clone()).unwrap_or_default();
    Ok(MigrateRequest {
        mappings: mappings(&pipelines, &args.mapping)?,
        old_path,
        staging_db: value(2).or_else(|| args.staging_db.clone()),
        staging_path: staging_path(value(3).or_else(|| args.staging_path.clone()), &engine),
        target_db,
        engine,
        init: args.init,
        dry_run: args.dry_run,
        replace_days: days.collect::<Result<_>>()?,
        keep_source: args.keep_source,
        max_rejects: args.max_rejects,
        max_row_bytes: args.max_row_bytes,
        resources: resources(&args.resources),
        command: resume::again(std::env::args_os().skip(1)),
    })
}

/// Returns the staging path. That of a SQLite file is made absolute, because `cleanup` may be run in another folder.
fn staging_path(typed: Option<String>, engine: &Engine) -> Option<String> {
    let typed = typed?;
    match engine {
        Engine::Database(url) if url.file().is_some() => {
            let whole = std::path::absolute(&typed).ok();
            Some(whole.and_then(|whole| whole.into_os_string().into_string().ok()).unwrap_or(typed))
        }
        Engine::Database(_) | Engine::Hive(_) => Some(typed),
    }
}

/// Returns the engine: that of an option, else the database of the settings. A bare host is that of an Impala daemon, as the old
/// script took it.
fn engine(old: Option<&str>, args: &MigrateArgs, target: Option<&str>, settings: &mut Settings) -> Result<Engine> {
    let typed = old.or(args.engine.as_deref());
    let text = typed.map(|typed| if typed.contains(':') { typed.to_owned() } else { format!("impala://{typed}") });
    match text {
        Some(text) if text.starts_with("hive://") || text.starts_with("impala://") => {
            Ok(Engine::Hive(settings.hive(&text)?))
        }
        Some(text) if !is_database(&text) => {
            Err(Error::usage("the URL of the engine has no known scheme").hint(ENGINES))
        }
        Some(text) => {
            settings.use_database(with_database(&text, target));
            let database = settings.database()?;
            Ok(Engine::Database(settings.traced(database)?))
        }
        None => {
            let database = settings.database()?;
            Ok(Engine::Database(settings.traced(database)?))
        }
    }
}

fn is_database(engine: &str) -> bool {
    let scheme = engine.split(':').next().unwrap_or_default();
    ["sqlite", "postgres", "postgresql", "mysql", "mariadb"].contains(&scheme)
}

/// Returns the mappings of the pipelines: those of files, and shipped ones for all other names.
fn mappings(pipelines: &[String], files: &[PathBuf]) -> Result<Vec<Mapping>> {
    let own = files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    let names: Vec<&str> = pipelines.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        if own.is_empty() {
            return Err(
                Error::usage("no pipeline is named").hint("Name some of flow, dns and proxy: --pipelines flow,dns.")
            );
        }
        return Ok(own);
    }
    let mut mappings: Vec<Mapping> = Vec::new();
    for name in names {
        if mappings.iter().any(|mapping| mapping.pipeline == name) {
            continue;
        }
        let found = own.iter().find(|mapping| mapping.pipeline == name).cloned();
        mappings.push(found.map_or_else(|| Mapping::shipped(name), Ok)?);
    }
    match own.iter().find(|own| !mappings.iter().any(|mapping| mapping.pipeline == own.pipeline)) {
        Some(unused) => {
            Err(Error::usage(format!("--mapping describes the pipeline {}, which --pipelines lacks", unused.pipeline)))
        }
        None => Ok(mappings),
    }
}

fn read(file: &Path) -> Result<Mapping> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::file(file, "the mapping cannot be read", error))?;
    Mapping::parse(&text).map_err(|error| error.at_path(file.display().to_string()))
}

/// Returns the URL of a MariaDB server with the target database, if it names none.
fn with_database(engine: &str, target: Option<&str>) -> String {
    let scheme = engine.split(':').next().unwrap_or_default();
    let (Some(target), "mysql" | "mariadb", Ok(mut url)) = (target, scheme, Url::parse(engine)) else {
        return engine.to_owned();
    };
    if url.path().trim_start_matches('/').is_empty() && !url.query_pairs().any(|(key, _)| key == "dbname") {
        url.set_path(&format!("/{target}"));
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_database_gets_the_target() {
        assert_eq!(with_database("mysql://u@h", Some("spot")), "mysql://u@h/spot");
        assert_eq!(with_database("mysql://u@h/x?socket=/s", Some("spot")), "mysql://u@h/x?socket=/s");
        assert_eq!(with_database("sqlite:a.db", Some("spot")), "sqlite:a.db");
    }

    #[test]
    fn pipelines_are_shipped_or_of_files() {
        let names = |pipelines: &[&str]| {
            let pipelines: Vec<String> = pipelines.iter().map(|name| (*name).to_owned()).collect();
            mappings(&pipelines, &[]).map(|found| found.into_iter().map(|mapping| mapping.pipeline).collect::<Vec<_>>())
        };
        assert_eq!(names(&["dns", " flow", "dns"]).unwrap(), ["dns", "flow"]);
        assert!(names(&[]).unwrap_err().what().contains("no pipeline"));
        assert!(names(&["flows"]).unwrap_err().what().contains("`flows`"));
    }
}
