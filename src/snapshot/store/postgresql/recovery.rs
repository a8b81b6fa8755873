//! Recovers a copy of a server with the log of changes of its snapshot, and gives the folders their places.
//!
//! The recovery is made by PostgreSQL itself, in the tree that was put together: a server of our own that nobody else reaches. The
//! folders get their places once it has reached its target and was shut down.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use super::super::contract::{Fact, Left, Load, Sink};
use super::marks::{ARCHIVE, Archived, BASE, Base, INSTANT, Instant, POSITION};
use super::place::Folders;
use super::private::{Private, Start};
use super::server::Server;
use super::settings::settings;
use super::stopped::{Control, DATA};
use super::tool;
use super::wal::{self, Segment};
use crate::error::{Error, Result, escape};
use crate::snapshot::platform::Postgresql;
use crate::snapshot::point::PointStore;
use crate::snapshot::request::Until;
use crate::stream::{durable, fail};

/// What a recovery leaves in the data folder that no server needs.
const REMAINS: [&str; 5] =
    ["recovery.done", "backup_label.old", "tablespace_map.old", "postmaster.opts", "recovery.signal"];

/// A copy of a server to recover.
pub(super) struct Recovery {
    config: Postgresql,
    folders: Folders,
    until: Until,
    kept: Option<Archived>,
    major: u32,
    running: Option<Private>,
    /// Where in the log it ended.
    reached: Option<u64>,
}

impl Recovery {
    pub(super) fn new(config: Postgresql, folders: Folders) -> Self {
        Self { config, folders, until: Until::Instant, kept: None, major: 0, running: None, reached: None }
    }

    /// Checks that the log goes from the base copy to the instant without a gap, and that the target is in it. Returns the
    /// last timeline.
    fn check(&self, tree: &Path, base: &Base, instant: &Instant) -> Result<u32> {
        let kept = self.kept.as_ref().ok_or_else(|| Error::internal("a recovery that was not probed"))?;
        let bytes = kept.segment_bytes;
        let parsed = |name: &str| {
            Segment::parse(name, bytes).ok_or_else(|| Error::damaged("the snapshot names a segment that cannot be"))
        };
        let (from, to) = (parsed(&base.from)?, parsed(&instant.to)?);
        let archive = tree.join(ARCHIVE);
        let history = if to.timeline > 1 {
            let name = wal::history_name(to.timeline);
            let text = fs::read_to_string(archive.join(&name));
            wal::history(to.timeline, &text.map_err(|error| wal::missing(&name).because(error))?)?
        } else {
            Vec::new()
        };
        for segment in wal::needed(from, to, &history, bytes)? {
            wal::check(&archive.join(segment.name(bytes)), segment, bytes, &kept.system)?;
        }
        match &self.until {
            Until::Time(time) if *time < base.time || *time > instant.time => {
                let what =
                    format!("the snapshot can only be restored to a time from {} to {}", base.time, instant.time);
                Err(Error::usage(what).hint(
                    "Nothing was changed. Times are in UTC. A later time needs a later snapshot, an earlier one an earlier base copy.",
                ))
            }
            _ => Ok(to.timeline),
        }
    }

    /// Lets a server of our own recover the tree.
    fn recover(&mut self, load: &mut Load<'_>, instant: &Instant, timeline: u32) -> Result<()> {
        let data = load.tree.join(DATA);
        let fault = |error| Error::file(&data, "the data folder cannot be recovered", error);
        let owner = data.metadata().map_err(fault)?;
        let is_root = rustix::process::geteuid().is_root();
        if is_root && owner.uid() == 0 {
            return Err(Error::schema("the data folder belongs to root, as whom PostgreSQL does not run")
                .hint("Nothing was changed. Make its user on this machine, under the name that it had."));
        }
        let folder = std::env::temp_dir().join(format!("gapsync-{}", load.id.get(..16).unwrap_or(load.id)));
        (load.leave)(Left::PostgresqlRecovery { data: data.clone(), folder: folder.clone() })?;
        if is_root {
            // Only its user and root enter them.
            for path in [Some(load.tree), load.tree.parent()].into_iter().flatten() {
                chown(path, Some(owner.uid()), Some(owner.gid())).map_err(fault)?;
            }
        }
        let settings = settings(self.major, &self.until, instant, timeline);
        let signal = data.join(settings.file.0);
        durable::write_private(&signal, settings.file.1.as_bytes()).map_err(fault)?;
        if is_root {
            chown(&signal, Some(owner.uid()), Some(owner.gid())).map_err(fault)?;
        }
        let start = Start {
            program: tool::path(&self.config, "postgres"),
            data: &data,
            folder: &folder,
            owner: is_root.then(|| (owner.uid(), owner.gid())),
            options: &settings.options,
        };
        let private = self.running.insert(Private::start(start)?);
        fail::point("postgresql.recovering");
        let url = format!("postgres:///postgres?host={}&port=5432", folder.display());
        let mut url =
            url::Url::parse(&url).map_err(|error| Error::internal("a socket without an address").because(error))?;
        url.query_pairs_mut().append_pair("user", &instant.superuser);
        let server = Server::new(url.as_str(), None)?;
        let mut link = loop {
            load.cancel.check()?;
            if !private.is_running()? {
                return Err(self.until.unreached(&private.fatal()));
            }
            match server.connect(None) {
                Ok(link) => break link,
                Err(_) => std::thread::sleep(Private::TICK),
            }
        };
        if link.cell("SELECT pg_is_in_recovery()")? != "f" || !private.has_said("recovery stopping") {
            return Err(self.until.unreached("the log ends before"));
        }
        self.reached = wal::position(&link.cell("SELECT pg_last_wal_replay_lsn()")?);
        fail::point("postgresql.recovered");
        drop(link);
        private.stop(load.cancel)?;
        if !Control::read(&data)?.was_shut_down {
            return Err(Error::database("the recovered server was not shut down"));
        }
        self.running = None;
        for name in REMAINS {
            let _ = fs::remove_file(data.join(name));
        }
        Ok(())
    }
}

impl Until {
    /// Returns the error of a recovery that did not end where it was to.
    fn unreached(&self, why: &str) -> Error {
        let ended = ["before configured recovery target", "the log ends before"].iter().any(|text| why.contains(text));
        match self {
            Self::Name(name) if ended => {
                Error::usage(format!("the log of changes has no restore point {}", escape::line(name)))
                    .hint("Nothing was changed. It must be made with pg_create_restore_point after the base copy, and before the snapshot.")
            }
            _ if ended => Error::damaged("the log of changes ends before the moment that is to be restored"),
            _ => Error::database(format!("PostgreSQL cannot recover the snapshot: {why}")),
        }
    }

    fn shown(&self, instant: &Instant) -> String {
        match self {
            Self::Instant => format!("the instant of the snapshot, {} UTC", instant.time),
            Self::Time(time) => format!("{time} UTC"),
            Self::Name(name) => format!("the restore point {}", escape::line(name)),
        }
    }
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text =
        fs::read(path).map_err(|error| Error::file(path, "a file of the store is not in the snapshot", error))?;
    serde_json::from_slice(&text)
        .map_err(|error| Error::damaged("the description of a base copy cannot be read").because(error))
}

impl Sink for Recovery {
    fn place(&self) -> String {
        self.folders.place()
    }

    fn may_replace(&mut self, replace: bool) {
        self.folders.may_replace(replace);
    }

    fn until(&mut self, until: &Until) -> bool {
        self.until = until.clone();
        true
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        let archived: Archived = serde_json::from_str(&kept.position).map_err(|error| {
            Error::schema("the store was not saved with its log of changes")
                .because(error)
                .hint("Nothing was changed. Restore it with the `mode` that it was saved with.")
        })?;
        self.major = kept.version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
        tool::is_of(&self.config, "postgres", self.major)?;
        self.kept = Some(archived);
        self.folders.probe(kept)
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        let base: Base = parsed(&load.tree.join(BASE))?;
        let instant: Instant = parsed(&load.tree.join(INSTANT))?;
        let timeline = self.check(load.tree, &base, &instant)?;
        let tree = load.tree;
        self.folders.link(tree, |part| tree.join(&part.below))?;
        self.recover(load, &instant, timeline)?;
        self.folders.load(load)?;
        Ok(format!("recovered to {}", self.until.shown(&instant)))
    }

    fn compare(&mut self, facts: &[Fact]) -> Result<Vec<String>> {
        let reached = self.reached.ok_or_else(|| Error::internal("a recovery that has not ended"))?;
        let wanted = facts.iter().find(|fact| fact.measure == POSITION).map(|fact| fact.value);
        // Another moment is one that the server itself has told.
        if self.until != Until::Instant || wanted == Some(reached) {
            return Ok(Vec::new());
        }
        Ok(vec![format!("the recovery ended at {reached} in the log of changes, which is not the instant")])
    }

    fn publish(&mut self) -> Result<String> {
        self.folders.publish()
    }

    fn discard(&mut self) -> Result<()> {
        self.running = None;
        self.folders.discard()
    }
}
