//! A server that works, by a copy of its folders and the archive of its log of changes, which `archive-wal` fills.
//!
//! The copy is taken while the server writes, between `pg_backup_start` and `pg_backup_stop`: what changes meanwhile is put right
//! by the log. The instant is a restore point in the log, which comes after the copy. On the base of an earlier snapshot, the copy
//! is that of the base, and only the log since is read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::contract::{Body, Fact, Fence, Source, Taken};
use super::super::folders::{Files, made_up};
use super::marks::{ARCHIVE, Archived, BASE, Base, INSTANT, Instant, OBJECT, POSITION};
use super::server::{Link, Server, literal};
use super::spool;
use super::stopped::{Control, DATA, Outside, TABLESPACES, WAL, outside};
use super::wal::{self, Segment};
use crate::error::{Error, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::point::{Class, PointStore};
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// What a copy leaves out: the server makes it anew, or the archive holds it.
const LEFT_OUT: [&str; 18] = [
    "postmaster.pid",
    "postmaster.opts",
    "backup_label",
    "tablespace_map",
    "backup_manifest",
    "recovery.signal",
    "standby.signal",
    "recovery.conf",
    "pg_wal/*",
    "pg_replslot/*",
    "pg_dynshmem/*",
    "pg_notify/*",
    "pg_serial/*",
    "pg_snapshots/*",
    "pg_stat_tmp/*",
    "pg_subtrans/*",
    "**/pgsql_tmp*",
    "**/pg_internal.init*",
];

/// What a file of the tree consists of, if it is not one of the data folder.
#[derive(Clone)]
enum Part {
    Bytes(Vec<u8>),
    Archived(String),
}

/// What an earlier snapshot has.
struct Earlier {
    entries: Vec<Entry>,
    kept: Archived,
    first: Segment,
    last: Segment,
}

/// The data folder and the archive of a server that works.
pub(super) struct Archive {
    folder: PathBuf,
    archive: PathBuf,
    server: Server,
    version: u32,
    system: String,
    segment_bytes: u64,
    id: String,
    /// The session in which the copy is taken.
    link: Option<Link>,
    files: Files,
    parts: HashMap<Vec<u8>, Part>,
    /// The data folder, whose owner gets what is added to the copy.
    owner: Option<Entry>,
    /// The file of the server's state, which is copied last.
    control: Option<Entry>,
    earlier: Option<Earlier>,
    instant: Option<Instant>,
    cancel: Cancel,
}

impl Archive {
    pub(super) fn new(folder: &Path, archive: &Path, server: Server) -> Self {
        Self {
            folder: folder.to_owned(),
            archive: archive.to_owned(),
            server,
            version: 0,
            system: String::new(),
            segment_bytes: 0,
            id: String::new(),
            link: None,
            files: Files::default(),
            parts: HashMap::new(),
            owner: None,
            control: None,
            earlier: None,
            instant: None,
            cancel: Cancel::default(),
        }
    }

    fn link(&mut self) -> Result<&mut Link> {
        self.link.as_mut().ok_or_else(|| Error::internal("the session of a base copy is gone"))
    }

    /// Returns an entry that belongs to the owner of the data folder, as the server must read it.
    fn own(&self, path: &str, kind: Kind, bytes: u64) -> Entry {
        let entry = made_up(path, kind, bytes);
        let Some(owner) = &self.owner else { return entry };
        Entry { uid: owner.uid, gid: owner.gid, owner: owner.owner.clone(), group: owner.group.clone(), ..entry }
    }

    fn bytes(&mut self, path: &str, content: Vec<u8>) -> Entry {
        let entry = self.own(path, Kind::File, content.len() as u64);
        self.parts.insert(path.as_bytes().to_vec(), Part::Bytes(content));
        entry
    }

    /// Begins a base copy, and lists it.
    fn begin(&mut self, class: Class, taken: &mut Taken) -> Result<Outside> {
        if class == Class::Frozen {
            return Err(Error::usage("a base copy takes longer than services can be frozen").hint(
                "Nothing was changed. Make a snapshot with --mode stopped or ordered first, and name it with --base when services are frozen.",
            ));
        }
        let label = literal(&format!("gapsync_{}", self.id));
        let begin = if self.version >= 150_000 {
            format!("SELECT pg_backup_start({label}, true)")
        } else {
            format!("SELECT pg_start_backup({label}, true, false)")
        };
        self.link()?.cell(&begin)?;
        fail::point("postgresql.copying");
        let (outside, others) = outside(&self.folder)?;
        let folder = self.folder.clone();
        self.files.list(DATA, &folder, &LEFT_OUT, taken)?;
        self.owner = taken.entries.iter().find(|entry| entry.path == DATA.as_bytes()).cloned();
        if let Some(wal) = &outside.wal {
            self.files.list(WAL, wal, &["*"], taken)?;
        }
        if !outside.tablespaces.is_empty() {
            taken.entries.push(self.own(TABLESPACES, Kind::Folder, 0));
        }
        for (number, folder) in &outside.tablespaces {
            self.files.list(&format!("{TABLESPACES}/{number}"), folder, &["**/pgsql_tmp*"], taken)?;
        }
        // The server writes it all the time, and whatever else is copied belongs before it.
        let control = taken.entries.iter().position(|entry| entry.path == b"data/global/pg_control");
        self.control = control.map(|index| taken.entries.remove(index));
        // What is gone was removed by the server, as the log says.
        taken.vanished.clear();
        let warning = |path: String| format!("{} is a link, and only the link is saved", escape::line(&path));
        taken.warnings.extend(others.into_iter().map(warning));
        if class == Class::Ordered {
            taken.warnings.push("its state is that of the end of its copy, as the server writes meanwhile".to_owned());
        }
        Ok(outside)
    }

    /// Ends a base copy, and returns what belongs to it: its control file, its label, and what is known about it.
    fn end(&mut self) -> Result<(Segment, Vec<Entry>)> {
        let end = if self.version >= 150_000 { "pg_backup_stop(false)" } else { "pg_stop_backup(false, false)" };
        let text = format!("SELECT labelfile, {} FROM {end}", spool::UTC_NOW);
        let row = self.link()?.rows(&text)?.into_iter().next().unwrap_or_default();
        let mut row = row.into_iter().flatten();
        let (label, time) = (row.next().unwrap_or_default(), row.next().unwrap_or_default());
        fail::point("postgresql.copied");
        let from = label.split("(file ").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or_default().to_owned();
        let first = Segment::parse(&from, self.segment_bytes)
            .ok_or_else(|| Error::internal("PostgreSQL does not say which segment a base copy begins with"))?;
        let base = json(&Base { from, time })?;
        let mut entries: Vec<Entry> = self.control.take().into_iter().collect();
        entries.push(self.bytes(&format!("{DATA}/backup_label"), label.into_bytes()));
        entries.push(self.bytes(BASE, base));
        Ok((first, entries))
    }

    /// Makes the restore point that the snapshot is of.
    fn mark(&mut self) -> Result<()> {
        let (id, segment_bytes) = (self.id.clone(), self.segment_bytes);
        self.instant = Some(spool::mark(self.link()?, &id)?);
        fail::point("postgresql.marked");
        let to = self.instant.as_ref().map(|instant| instant.to.as_str()).unwrap_or_default();
        match Segment::parse(to, segment_bytes) {
            Some(_) => Ok(()),
            None => Err(Error::internal("PostgreSQL names a segment in another way")),
        }
    }

    /// Waits for the log up to the instant, and lists what of it an earlier snapshot does not have.
    fn log(&mut self, from: Segment) -> Result<Vec<Entry>> {
        let bytes = self.segment_bytes;
        let instant = self.instant.take().ok_or_else(|| Error::internal("a snapshot without an instant"))?;
        let to = Segment::parse(&instant.to, bytes).ok_or_else(|| Error::internal("a segment without a name"))?;
        let (archive, cancel) = (self.archive.clone(), self.cancel.clone());
        spool::wait_for(self.link()?, &archive, &instant.to, &cancel)?;
        let begins = (to.timeline > 1).then(|| spool::history(&archive, &self.folder, to.timeline)).transpose()?;
        let history = begins.as_deref().map_or_else(|| Ok(Vec::new()), |text| wal::history(to.timeline, text))?;
        let known = self.earlier.as_ref().map(|earlier| earlier.last);
        let mut entries = Vec::new();
        if self.earlier.is_none() {
            entries.push(self.own(ARCHIVE, Kind::Folder, 0));
        }
        let mut names: Vec<String> = Vec::new();
        for segment in wal::needed(from, to, &history, bytes)? {
            if known.is_none_or(|known| segment > known) {
                wal::check(&archive.join(segment.name(bytes)), segment, bytes, &self.system)?;
                names.push(segment.name(bytes));
            }
        }
        if let Some(text) = begins.filter(|_| known.is_none_or(|known| known.timeline < to.timeline)) {
            let name = wal::history_name(to.timeline);
            if archive.join(&name).is_file() {
                names.push(name);
            } else {
                entries.push(self.bytes(&format!("{ARCHIVE}/{name}"), text.into_bytes()));
            }
        }
        for name in names {
            let path = format!("{ARCHIVE}/{name}");
            let entry = self.own(&path, Kind::File, bytes);
            self.parts.insert(path.into_bytes(), Part::Archived(name));
            entries.push(entry);
        }
        entries.push(self.bytes(INSTANT, json(&instant)?));
        self.instant = Some(instant);
        Ok(entries)
    }

    /// Takes the copy of the base, and marks the instant in the log.
    fn mark_since(&mut self, taken: &mut Taken) -> Result<Outside> {
        let kept = self.earlier.as_ref().map(|earlier| (earlier.entries.clone(), earlier.kept.clone()));
        let (entries, kept) = kept.ok_or_else(|| Error::internal("a snapshot without a base"))?;
        let (known, now) = (kept.outside, outside(&self.folder)?.0);
        if kept.system != self.system || kept.segment_bytes != self.segment_bytes {
            return Err(Error::schema("the base is a copy of another server")
                .hint("Nothing was changed. Make a snapshot without --base."));
        }
        // A server that makes a tablespace once more removes what is in its folder.
        if let Some((_, folder)) = now.tablespaces.iter().find(|tablespace| !known.tablespaces.contains(tablespace)) {
            return Err(Error::schema("the server has a tablespace that it did not have when the base was made")
                .at_path(folder.display().to_string())
                .hint("Nothing was changed. Make a snapshot without --base."));
        }
        self.owner = entries.iter().find(|entry| entry.path == DATA.as_bytes()).cloned();
        taken.entries = entries;
        self.mark()?;
        Ok(known)
    }
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value)
        .map_err(|error| Error::internal("a base copy cannot be described as JSON").because(error))
}

impl Source for Archive {
    fn since(&mut self, kept: &PointStore, entries: Vec<Entry>) {
        let Ok(kept) = serde_json::from_str::<Archived>(&kept.position) else { return };
        let segment = |entry: &Entry| {
            let path = entry.path.strip_prefix(ARCHIVE.as_bytes())?.strip_prefix(b"/")?;
            Segment::parse(std::str::from_utf8(path).ok()?, kept.segment_bytes)
        };
        let segments = || entries.iter().filter_map(segment);
        let Some((first, last)) = segments().min().zip(segments().max()) else { return };
        let mut entries: Vec<Entry> =
            entries.iter().filter(|entry| entry.path != INSTANT.as_bytes()).cloned().collect();
        entries.iter_mut().for_each(|entry| entry.based = entry.kind == Kind::File);
        self.earlier = Some(Earlier { entries, kept, first, last });
    }

    fn root(&self) -> String {
        format!("{} of PostgreSQL at {}", self.folder.display(), self.server.shown())
    }

    fn plan(&self) -> String {
        let archive = self.archive.display();
        if self.earlier.is_some() {
            format!("mark the log of changes, whose new segments are read in {archive}")
        } else {
            format!("begin a base copy of {}, and read the log of changes since in {archive}", self.folder.display())
        }
    }

    /// A copy takes long, and its state is that of its end. What of the log comes after a mark is of no account.
    fn survives(&self) -> bool {
        self.earlier.is_some()
    }

    fn rewinds(&self) -> bool {
        true
    }

    fn probe(&mut self) -> Result<String> {
        let mut link = self.server.connect(None)?;
        let (version, text) = link.version()?;
        self.version = version;
        if version >= 140_000 {
            link.execute("SET idle_session_timeout = 0")?;
        }
        spool::check(&mut link, &self.archive)?;
        let fault = |path: &Path, error| Error::file(path, "the data folder cannot be read", error);
        self.folder = self.folder.canonicalize().map_err(|error| fault(&self.folder, error))?;
        let (system, own) = (spool::system(&mut link)?, Control::read(&self.folder)?.system.to_string());
        if system != own {
            return Err(Error::schema("the data folder is of another server than the one that answers")
                .at_path(self.folder.display().to_string())
                .hint("Check `folder` and `url` in the platform file. The folder must be on this machine."));
        }
        self.segment_bytes = spool::segment_bytes(&mut link)?;
        self.system = system;
        self.link = Some(link);
        Ok(text)
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        self.cancel = fence.cancel.clone();
        fence.id.clone_into(&mut self.id);
        let mut taken = Taken::default();
        taken.entries.push(made_up("", Kind::Folder, 0));
        let outside =
            if self.earlier.is_some() { self.mark_since(&mut taken)? } else { self.begin(fence.class, &mut taken)? };
        taken.said = counted(taken.entries.len() as u64, "path");
        let unlogged = taken.entries.iter().filter(|entry| entry.path.ends_with(b"_init")).count() as u64;
        if unlogged > 0 {
            let what = counted(unlogged, "relation");
            taken
                .warnings
                .push(format!("{what} of unlogged tables will be empty, as the log has nothing about their rows"));
        }
        let kept = Archived { outside, system: self.system.clone(), segment_bytes: self.segment_bytes };
        taken.position = String::from_utf8(json(&kept)?).unwrap_or_default();
        Ok(taken)
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        match self.parts.get(&entry.path) {
            Some(Part::Bytes(content)) => Ok(Body::Bytes(content.clone())),
            Some(Part::Archived(name)) => Ok(Body::Stream(Box::new(spool::Checked::open(&self.archive, name)?))),
            None => self.files.body(entry),
        }
    }

    fn late_entries(&mut self) -> Result<Vec<Entry>> {
        let (from, mut entries) = match &self.earlier {
            Some(earlier) => (earlier.first, Vec::new()),
            None => {
                let ended = self.end()?;
                self.mark()?;
                ended
            }
        };
        entries.extend(self.log(from)?);
        Ok(entries)
    }

    fn late_facts(&mut self) -> Vec<Fact> {
        // All is read: the session ends here.
        self.link = None;
        let fact = |instant: &Instant| Fact {
            object: OBJECT.to_owned(),
            measure: POSITION.to_owned(),
            value: instant.position,
        };
        self.instant.iter().map(fact).collect()
    }

    /// Ends the session, and with it a copy that is not complete.
    fn release(&mut self) -> Result<()> {
        self.link = None;
        Ok(())
    }
}
