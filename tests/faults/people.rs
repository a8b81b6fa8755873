//! An import that has much to do: it changes people, a few hundred of them, each in a chunk of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};

use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::look::number;
use crate::support::{Database, Ended, Engine, fresh_database};

pub(super) const PEOPLE: u32 = 600;

/// A site of people, all of them changed last on a day.
pub(super) fn with_people(engine: Engine, name: &str, day: &str) -> Site {
    with_people_within(fresh_database(engine), name, day)
}

/// As [`with_people`], in a database that is there and empty.
pub(super) fn with_people_within(database: Database, name: &str, day: &str) -> Site {
    let site = Site::within(database, &Profile::read("mini"));
    // PostgreSQL would take the two times for texts.
    let time = if site.database.engine == Engine::Postgres { "timestamp " } else { "" };
    site.database.run(&format!(
        "INSERT INTO people (email, name, created_at, updated_at) WITH RECURSIVE numbers (n) AS \
         (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {PEOPLE}) \
         SELECT n, '{name}', {time}'2020-01-01 00:00:00', {time}'{day} 00:00:00' FROM numbers;\n"
    ));
    site.fill_hashes();
    site
}

/// People of a name.
pub(super) fn count(database: &Database, name: &str) -> i64 {
    number(database, &format!("SELECT count(*) FROM people WHERE name = '{name}';"))
}

/// An import in the middle of its merge.
pub(super) struct Merging {
    pub(super) child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
}

impl Merging {
    /// Starts an import, and waits until its merge has begun.
    pub(super) fn start(site: &Site, bundle: &Path, options: &[&str]) -> Self {
        let file = format!("--file={}", bundle.display());
        let mut command =
            site.command(&[&["import", &file, "--object-limit=1", "--json", "--progress=json"], options].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut told = String::new();
        while !told.contains("\"merge\"") {
            assert_ne!(stderr.read_line(&mut told).unwrap(), 0, "there was no merge:\n{told}");
        }
        Self { child, stderr, told }
    }

    /// Waits for its end; all that it told is in `stderr`.
    pub(super) fn end(mut self) -> Ended {
        self.stderr.read_to_string(&mut self.told).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Ended { status: output.status.code().unwrap_or(-1), stdout, stderr: self.told }
    }
}
