//! Runs `neo4j-admin`, whose words differ from version to version: [`Form`] knows them.

use std::fs::File;
use std::io::{ErrorKind as Io, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::super::program::{Output, Running, said};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::snapshot::platform::Neo4j;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// Bytes of a piece of a dump.
const PIECE: usize = 256 << 10;

/// A version: its first two numbers, and all of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) number: (u32, u32),
    pub(super) text: String,
}

impl Version {
    /// Reads the first version of a text.
    pub(super) fn of(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let mut parts = word.split(['.', '-']).map(|part| part.parse::<u32>().ok());
            let number = (parts.next()??, parts.next()??);
            Some(Self { number, text: word.to_owned() })
        })
    }

    /// Returns the words of its tool, if they are known here.
    pub(super) fn form(&self) -> Option<Form> {
        match self.number {
            (5.., _) => Some(Form::Five),
            (4, 4..) => Some(Form::Four),
            _ => None,
        }
    }
}

/// The words of `neo4j-admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// From 5.0 on.
    Five,
    /// Those of 4.4.
    Four,
}

impl Form {
    /// Returns the arguments that ask for the state of all databases.
    fn info(self, databases: &Path) -> Vec<String> {
        let path = databases.display();
        match self {
            Self::Five => words(&["database", "info", "--format=json", &format!("--from-path={path}"), "*"]),
            Self::Four => words(&["store-info", "--structured", "--all", &path.to_string()]),
        }
    }

    /// Returns the arguments that dump a database to standard output.
    fn dump(self, database: &str) -> Vec<String> {
        match self {
            Self::Five => words(&["database", "dump", "--to-stdout", database]),
            Self::Four => words(&["dump", &format!("--database={database}"), "--to=-"]),
        }
    }

    /// Returns the arguments that load a database from standard input.
    fn load(self, database: &str) -> Vec<String> {
        match self {
            Self::Five => words(&["database", "load", "--from-stdin", "--overwrite-destination=true", database]),
            Self::Four => words(&["load", "--from=-", &format!("--database={database}"), "--force"]),
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The state of a database, as the tool tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    #[serde(rename = "databaseName")]
    pub(super) database: String,
    in_use: String,
    last_committed_transaction: String,
    recovery_required: String,
}

impl State {
    pub(super) fn is_used(&self) -> bool {
        self.in_use != "false"
    }

    pub(super) fn was_shut_down(&self) -> bool {
        self.recovery_required == "false"
    }

    /// Returns the number of the last transaction.
    ///
    /// # Errors
    /// `Database` if it is none.
    pub(super) fn last_transaction(&self) -> Result<u64> {
        self.last_committed_transaction.parse().map_err(|_| unread())
    }
}

fn unread() -> Error {
    Error::database("what `neo4j-admin` says about a database cannot be read")
}

/// Reads what the tool says about databases: a list, or one alone.
fn states(text: &str) -> Result<Vec<State>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Answer {
        All(Vec<State>),
        One(State),
    }
    // A warning of Java may stand before it.
    let begin = text.find(['[', '{']).ok_or_else(unread)?;
    match serde_json::from_str(&text[begin..]) {
        Ok(Answer::All(states)) => Ok(states),
        Ok(Answer::One(state)) => Ok(vec![state]),
        Err(error) => Err(unread().because(error)),
    }
}

/// Returns whom the tool runs as: what it makes must belong to the user of the server, whom only root may become.
fn user(owner: (u32, u32)) -> Option<(u32, u32)> {
    (rustix::process::geteuid().is_root() && owner.0 != 0).then_some(owner)
}

/// The tool, as it is run for one server.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    admin: Vec<String>,
    home: Option<PathBuf>,
    /// The folder of its configuration.
    conf: PathBuf,
    /// The user and the group that it runs as, if not ours.
    user: Option<(u32, u32)>,
}

impl Tool {
    /// Returns the tool of a server whose files belong to a user and a group.
    pub(super) fn new(config: &Neo4j, owner: (u32, u32)) -> Self {
        let conf = config.conf.parent().unwrap_or(Path::new("/")).to_owned();
        let home = config.named_home.then(|| config.home.clone());
        Self { admin: config.admin.clone(), home, conf, user: user(owner) }
    }

    /// Returns the tool with another folder of its configuration, for files of another owner.
    pub(super) fn with(&self, conf: &Path, owner: (u32, u32)) -> Self {
        Self { conf: conf.to_owned(), user: user(owner), ..self.clone() }
    }

    fn start(&self, arguments: &[String], input: Stdio) -> Result<Running> {
        let (program, own) = self.admin.split_first().ok_or_else(|| Error::internal("a command without a program"))?;
        let mut command = Command::new(program);
        command.args(own).args(arguments).env("LC_ALL", "C").env("NEO4J_CONF", &self.conf).current_dir("/");
        command.envs(self.home.as_ref().map(|home| ("NEO4J_HOME", home)));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.stdin(input).stdout(Stdio::piped());
        let name = arguments.iter().take_while(|word| !word.starts_with('-')).take(2).cloned().collect::<Vec<_>>();
        let name = format!("neo4j-admin {}", if name.is_empty() { arguments.join(" ") } else { name.join(" ") });
        Running::start(command, &name, |error| {
            let missing = error.kind() == Io::NotFound;
            let what = if missing { "`neo4j-admin` is missing" } else { "`neo4j-admin` cannot be started" };
            Error::new(ErrorKind::File, what)
                .at_path(program.clone())
                .hint("Name it in the platform file: `admin = [\"/opt/neo4j/bin/neo4j-admin\"]`.")
                .because(error)
        })
    }

    fn ask(&self, arguments: &[String], cancel: &Cancel) -> Result<String> {
        let mut running = self.start(arguments, Stdio::null())?;
        let output = said(running.output()?);
        running.end(cancel)?;
        Ok(output)
    }

    /// Asks for its version.
    ///
    /// # Errors
    /// `File` if it cannot be started; `Database` if it does not say.
    pub(super) fn version(&self) -> Result<Version> {
        let text = self.ask(&words(&["--version"]), &Cancel::default())?;
        Version::of(&text).ok_or_else(|| Error::database("`neo4j-admin --version` does not say a version"))
    }

    /// Asks for the state of all databases of a folder, in order of their names.
    ///
    /// # Errors
    /// `Database` if it fails, as it does while they are used; `Interrupted`.
    pub(super) fn info(&self, form: Form, databases: &Path, cancel: &Cancel) -> Result<Vec<State>> {
        let mut states = states(&self.ask(&form.info(databases), cancel)?)?;
        states.sort_by(|a, b| a.database.cmp(&b.database));
        Ok(states)
    }

    /// Begins to dump a database.
    ///
    /// # Errors
    /// `File` if it cannot be started.
    pub(super) fn dump(&self, form: Form, database: &str, cancel: &Cancel) -> Result<Output> {
        Output::of(self.start(&form.dump(database), Stdio::null())?, cancel)
    }

    /// Loads a database from a dump.
    ///
    /// # Errors
    /// `Database` if it fails, as it does for a dump that is damaged; `File`; `Interrupted`.
    pub(super) fn load(&self, form: Form, database: &str, dump: &Path, cancel: &Cancel) -> Result<()> {
        let fault = |error| Error::file(dump, "a dump cannot be read", error);
        let mut file = File::open(dump).map_err(fault)?;
        // Through a pipe, so that it ends if this process does.
        let mut running = self.start(&form.load(database), Stdio::piped())?;
        let (mut input, output) = (running.input()?, running.output()?);
        let output = std::thread::spawn(move || said(output));
        let mut piece = vec![0; PIECE];
        loop {
            cancel.check()?;
            let count = file.read(&mut piece).map_err(fault)?;
            // One that takes no more says why at its end.
            if count == 0 || input.write_all(&piece[..count]).is_err() {
                break;
            }
            fail::point("neo4j.fed");
        }
        drop(input);
        running.end(cancel)?;
        drop(output);
        Ok(())
    }
}

/// Returns the name of a database for people.
pub(super) fn shown(name: &str) -> String {
    escape::line(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_version() {
        let version = |text: &str| Version::of(text).unwrap();
        for (text, number, form) in [
            ("5.26.0\n", (5, 26), Some(Form::Five)),
            ("2025.01.0", (2025, 1), Some(Form::Five)),
            ("4.4.40", (4, 4), Some(Form::Four)),
            ("4.3.9", (4, 3), None),
            ("neo4j-admin 3.5.35", (3, 5), None),
        ] {
            assert_eq!((version(text).number, version(text).form()), (number, form), "{text}");
        }
        assert_eq!(Version::of("neo4j-admin"), None);
        let joined = |words: Vec<String>| words.join(" ");
        assert_eq!(joined(Form::Five.dump("neo4j")), "database dump --to-stdout neo4j");
        assert_eq!(joined(Form::Four.dump("neo4j")), "dump --database=neo4j --to=-");
        assert_eq!(joined(Form::Five.load("a")), "database load --from-stdin --overwrite-destination=true a");
        assert_eq!(joined(Form::Four.load("a")), "load --from=- --database=a --force");
        assert_eq!(joined(Form::Five.info(Path::new("/d"))), "database info --format=json --from-path=/d *");
        assert_eq!(joined(Form::Four.info(Path::new("/d"))), "store-info --structured --all /d");
    }

    #[test]
    fn a_state_is_read_alone_and_in_a_list() {
        let one = r#"{"databaseName":"neo4j","inUse":"false","storeFormat":"x","lastCommittedTransaction":"12","recoveryRequired":"true"}"#;
        for text in [one.to_owned(), format!("[{one}]"), format!("WARNING: old\n[{one}]\n")] {
            let found = states(&text).unwrap();
            assert!(found.len() == 1 && !found[0].was_shut_down() && !found[0].is_used(), "{found:?}");
            assert_eq!(found[0].last_transaction().unwrap(), 12);
        }
        states("nothing").unwrap_err();
        states(r#"{"databaseName":"neo4j"}"#).unwrap_err();
    }
}
