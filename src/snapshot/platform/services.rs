//! Reads the services of a platform file: units of systemd, containers, or commands of their own.

use toml::Spanned;

use super::file::FileService;
use super::texts::Texts;
use super::{RawFreeze, RawService, Text};
use crate::error::Result;

/// What a container engine says of a container that runs.
const RUNS: &str = "^true\\s*$";

/// How a service is stopped and started, and what says whether it runs.
struct Commands {
    stop: Vec<Text>,
    start: Vec<Text>,
    running: Vec<Text>,
}

/// Returns the command of words around a name of the file.
fn words(before: &[&str], name: &Text) -> Vec<Text> {
    let word = |text: &&str| Text { text: (*text).to_owned(), line: name.line };
    before.iter().map(word).chain([name.clone()]).collect()
}

/// Reads a service, but for its address and its regular expressions.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn service(texts: &Texts<'_>, file: &FileService) -> Result<RawService> {
    let command = |words: &Option<Spanned<Vec<Spanned<String>>>>| {
        words.as_ref().map_or(Ok(Vec::new()), |words| texts.command(words))
    };
    let own = Commands { stop: command(&file.stop)?, start: command(&file.start)?, running: command(&file.running)? };
    let named = file.unit.as_ref().or(file.container.as_ref());
    if let Some(name) = named.filter(|_| !own.stop.is_empty() || !own.start.is_empty() || !own.running.is_empty()) {
        let field = if file.unit.is_some() { "unit" } else { "container" };
        return Err(texts.mistake(name, &format!("`{field}` takes the place of `stop`, `start` and `running`")));
    }
    if let (Some(prints), true) = (&file.running_prints, own.running.is_empty()) {
        return Err(texts.mistake(prints, "`running_prints` needs `running`"));
    }
    let commands = match (&file.unit, &file.container) {
        (Some(unit), Some(_)) => return Err(texts.mistake(unit, "a service has either `unit` or `container`")),
        (Some(unit), None) => {
            let unit = texts.template(unit)?;
            Commands {
                stop: words(&["systemctl", "stop", "--"], &unit),
                start: words(&["systemctl", "start", "--"], &unit),
                running: words(&["systemctl", "is-active", "--quiet", "--"], &unit),
            }
        }
        (None, Some(container)) => {
            let (engine, container) = (engine(texts, file)?, texts.template(container)?);
            Commands {
                stop: words(&[engine, "stop", "--"], &container),
                start: words(&[engine, "start", "--"], &container),
                running: words(&[engine, "container", "inspect", "--format", "{{.State.Running}}", "--"], &container),
            }
        }
        (None, None) => own,
    };
    if let (Some(engine), None) = (&file.engine, &file.container) {
        return Err(texts.mistake(engine, "`engine` belongs to `container`"));
    }
    let Commands { stop, start, running } = commands;
    if stop.is_empty() || start.is_empty() {
        return Err(texts.mistake(&file.name, "a service needs `unit`, or `stop` and `start`"));
    }
    Ok(RawService {
        name: file.name.get_ref().clone(),
        unit: file.unit.as_ref().map(|unit| texts.template(unit)).transpose()?,
        stop,
        start,
        running,
        running_prints: None,
        leftovers: Vec::new(),
        pid_files: file.pid_files.iter().map(|path| texts.template(path)).collect::<Result<_>>()?,
        ready: command(&file.ready)?,
        ready_http: None,
        freeze: freeze(texts, file)?,
        timeout: texts.timeout(file.timeout.as_ref())?,
    })
}

/// Returns what says that a container runs, if the service is one.
pub(super) fn prints(file: &FileService) -> Option<String> {
    file.container.as_ref().map(|_| RUNS.to_owned())
}

fn engine(texts: &Texts<'_>, file: &FileService) -> Result<&'static str> {
    match file.engine.as_ref().map(|engine| (engine, engine.get_ref().as_str())) {
        None | Some((_, "docker")) => Ok("docker"),
        Some((_, "podman")) => Ok("podman"),
        Some((engine, _)) => Err(texts.mistake(engine, "`engine` is \"docker\" or \"podman\"")),
    }
}

/// Reads how a service is frozen.
fn freeze(texts: &Texts<'_>, file: &FileService) -> Result<RawFreeze> {
    let commands = match (&file.pause, &file.unpause, &file.pids) {
        (None, None, None) => None,
        (Some(pause), Some(unpause), None) => {
            Some(RawFreeze::Commands { freeze: texts.command(pause)?, thaw: texts.command(unpause)? })
        }
        (None, None, Some(pids)) => Some(RawFreeze::Signals { pids: texts.command(pids)? }),
        _ => {
            let reason = "a service is frozen by `pause` and `unpause`, or by signals to `pids`";
            return Err(texts.mistake(&file.name, reason));
        }
    };
    match (&file.freeze, commands) {
        (Some(flag), Some(_)) if !flag.get_ref() => {
            Err(texts.mistake(flag, "`freeze = false`, but there is a command that freezes"))
        }
        (_, Some(commands)) => Ok(commands),
        (Some(flag), None) if *flag.get_ref() => {
            if let Some(container) = &file.container {
                let (engine, container) = (engine(texts, file)?, texts.template(container)?);
                return Ok(RawFreeze::Commands {
                    freeze: words(&[engine, "pause", "--"], &container),
                    thaw: words(&[engine, "unpause", "--"], &container),
                });
            }
            let Some(unit) = &file.unit else {
                return Err(texts.mistake(flag, "without `unit`, `freeze` needs `pids`, or `pause` and `unpause`"));
            };
            let unit = texts.template(unit)?;
            Ok(RawFreeze::Commands {
                freeze: words(&["systemctl", "freeze", "--"], &unit),
                thaw: words(&["systemctl", "thaw", "--"], &unit),
            })
        }
        _ => Ok(RawFreeze::Never),
    }
}
