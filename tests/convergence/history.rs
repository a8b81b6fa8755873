//! A history: what happens at a source and its targets, chosen at random as it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::edit::{self, Place, identity};
use super::late::Late;
use super::world::{Run, World};
use crate::model::schema::Schema;
use crate::model::{Installation, Row, cell};
use crate::property::generate;
use crate::property::rng::Rng;
use crate::property::tables;
use crate::support::Engine;

/// What is wrong with a history.
pub(super) type Fault = String;

/// Column that a target may lack at first.
pub(super) const LATER: (&str, &str) = ("things", "short");

/// The source's clock, and how rows get their dates from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clock {
    /// To the microsecond.
    Exact,
    /// To the second, and rows change in the very second of an export.
    Whole,
    /// The platform writes dates of another time zone, hours behind.
    Behind(i64),
    /// It is set forward and back.
    Jumps,
    /// Transactions stay open across exports.
    Late,
}

/// A bundle on its way.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) file: PathBuf,
    pub(super) stream: usize,
    pub(super) sequence: Option<u64>,
    pub(super) covers: u64,
    /// The number of the last bundle before it or itself.
    pub(super) through: u64,
    pub(super) digest: String,
    pub(super) parent: Option<String>,
}

/// A receiver, and the target that its bundles go to.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) receiver: Option<String>,
    pub(super) target: usize,
    /// The number of its last bundle.
    pub(super) last: u64,
    /// Whether the source changed since the last export.
    pub(super) dirty: bool,
}

/// What a target has seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) applied: Vec<Parcel>,
    /// Rows as the target's own users left them.
    pub(super) own: BTreeMap<Place, Row>,
}

pub(super) struct History<'a> {
    pub(super) world: &'a mut World,
    pub(super) rng: Rng,
    /// What happened, a line each.
    pub(super) log: Vec<String>,
    pub(super) clock: Clock,
    /// Seconds by which the source's clock is wrong.
    offset: i64,
    /// The latest present of an export.
    high: i64,
    pub(super) deleted_travel: bool,
    pub(super) override_description: bool,
    pub(super) source: Installation,
    /// Papers whose file is gone from the source for now.
    pub(super) gone: BTreeSet<String>,
    /// The latest date that the source had for each row it ever had.
    pub(super) ever: BTreeMap<(String, String), Option<String>>,
    pub(super) streams: Vec<Stream>,
    pub(super) seen: Vec<Seen>,
    /// The target's tables lack a column, or did.
    pub(super) upgraded: Option<bool>,
    pub(super) bag: Vec<Parcel>,
    /// A backup of the first target, and what it had seen.
    pub(super) saved: Option<(PathBuf, Seen)>,
    pub(super) late: Option<Late>,
    exports: usize,
}

impl<'a> History<'a> {
    /// The history that a seed stands for, before anything has happened.
    pub(super) fn new(world: &'a mut World, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let clocks = [Clock::Exact, Clock::Exact, Clock::Whole, Clock::Behind(3600 * 2), Clock::Jumps, Clock::Late];
        let mut clock = *rng.pick(&clocks);
        if clock == Clock::Late && world.engine == Engine::Sqlite {
            // A writer of SQLite keeps all others out.
            clock = Clock::Exact;
        }
        let receivers: &[Option<&str>] = if rng.chance(25) {
            &[Some("north"), Some("south ü")]
        } else if rng.chance(50) {
            &[None]
        } else {
            &[Some("north")]
        };
        let streams = receivers.iter().enumerate().map(|(target, receiver)| Stream {
            receiver: receiver.map(str::to_owned),
            target,
            last: 0,
            dirty: true,
        });
        let streams: Vec<Stream> = streams.collect();
        let deleted_travel = rng.chance(40);
        let override_description = rng.chance(75);
        let upgraded = rng.chance(10).then_some(false);
        let seen = vec![Seen::default(); streams.len()];
        Self {
            world,
            rng,
            log: Vec::new(),
            clock,
            offset: 0,
            high: 0,
            deleted_travel,
            override_description,
            source: Installation::default(),
            gone: BTreeSet::new(),
            ever: BTreeMap::new(),
            streams,
            seen,
            upgraded,
            bag: Vec::new(),
            saved: None,
            late: None,
            exports: 0,
        }
    }

    /// Lets it happen, heals it, and judges the end.
    pub(super) fn play(&mut self) -> Result<(), Fault> {
        self.begin();
        for _ in 0..4 + self.rng.below(9) {
            self.step()?;
        }
        self.heal()
    }

    pub(super) fn note(&mut self, what: impl Into<String>) {
        let moment = self.world.moment(0, None);
        self.log.push(format!("{moment} {}", what.into()));
    }

    /// The schema of a target.
    pub(super) fn target_schema(&self, target: usize) -> Schema {
        let schema = self.world.schema.clone();
        if target == 0 && self.upgraded == Some(false) { schema.without_column(LATER.0, LATER.1) } else { schema }
    }

    fn begin(&mut self) {
        self.world.reset();
        let real = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let real = i64::try_from(real.as_secs()).unwrap();
        // A transaction's own beginning is on the server's clock, so those histories begin now.
        self.world.now = if self.clock == Clock::Late { real } else { real - 400 * 86_400 };
        self.note(format!(
            "{:?}, deleted rows travel: {}, descriptions override: {}",
            self.clock, self.deleted_travel, self.override_description
        ));
        let schema = self.world.schema.clone();
        let most = *self.rng.pick(&[2, 3, 5]);
        self.source = generate::installation(&mut self.rng, &schema, most);
        name_files(&mut self.source, "files");
        self.source.fill_hashes(&schema);
        self.flush();
        if self.upgraded.is_some() {
            self.world.targets[0].database.run(&format!("ALTER TABLE {} DROP COLUMN {};", LATER.0, LATER.1));
        }
        for target in 0..self.streams.len() {
            if self.rng.chance(60) {
                let mut rows = generate::installation(&mut self.rng, &schema, most);
                name_files(&mut rows, "files");
                self.settle(target, &rows, true);
            }
        }
    }

    /// Writes the source's rows and files.
    pub(super) fn flush(&mut self) {
        let schema = self.world.schema.clone();
        tables::refill(&self.world.source.database, &schema, &self.source);
        let papers = self.source.rows("papers").iter().filter(|row| !self.gone.contains(cell(row, "id").unwrap()));
        let files: Vec<_> = papers.map(|row| (row["path"].clone().unwrap(), own_content(row))).collect();
        World::place_files(&self.world.source, &files);
        for table in schema.tables() {
            for row in self.source.rows(&table.name) {
                let Some(known) = identity(&schema, &self.source, table, row) else { continue };
                let latest = self.ever.entry((table.name.clone(), known)).or_default();
                *latest = latest.clone().max(row[&table.date.column].clone());
            }
        }
        self.streams.iter_mut().for_each(|stream| stream.dirty = true);
    }

    fn step(&mut self) -> Result<(), Fault> {
        let advance = *self.rng.pick(match self.clock {
            Clock::Late => &[3, 60, 900, 7200][..],
            _ => &[3, 3, 60, 900, 7200, 86_400, 9 * 86_400],
        });
        self.world.now += advance;
        match self.rng.below(100) {
            0..40 => self.change_source(),
            40..68 => {
                let stream = self.rng.below(self.streams.len());
                self.send(stream)
            }
            68..80 if !self.bag.is_empty() => {
                let at = self.rng.below(self.bag.len());
                let parcel = self.bag.remove(at);
                self.deliver(parcel)
            }
            80..90 => {
                self.edit_target();
                Ok(())
            }
            90..97 if self.clock == Clock::Jumps => self.jump(),
            90..97 if self.clock == Clock::Late && self.late.is_none() => {
                self.open_late();
                Ok(())
            }
            97.. if self.upgraded == Some(false) => {
                self.upgrade();
                Ok(())
            }
            97.. => {
                self.save_or_restore();
                Ok(())
            }
            _ => self.change_source(),
        }
    }

    fn change_source(&mut self) -> Result<(), Fault> {
        self.commit_late();
        for _ in 0..1 + self.rng.below(5) {
            self.change_once();
        }
        self.flush();
        // What is written by a clock that is behind can only be found while it is.
        if self.world.now < self.high {
            self.send_all()?;
        }
        Ok(())
    }

    /// A date by the source's clock.
    pub(super) fn date(&mut self) -> String {
        let fraction = u32::try_from(self.rng.below(1_000_000)).unwrap();
        match self.clock {
            Clock::Whole => self.world.moment(0, None),
            Clock::Behind(seconds) => self.world.moment(seconds, Some(fraction)),
            _ => self.world.moment(0, (fraction % 2 == 0).then_some(fraction)),
        }
    }

    fn change_once(&mut self) {
        let date = self.date();
        let schema = self.world.schema.clone();
        let (rng, rows) = (&mut self.rng, &mut self.source);
        let shown = |what: &str, place: Option<Place>| place.map(|(table, id)| format!("{what} {table} {id}"));
        let now = |_: &Row| date.clone();
        let what = match rng.below(100) {
            0..25 => edit::insert(rng, &schema, rows, &date, "files"),
            25..48 => shown("change", edit::change(rng, &schema, rows, &now)),
            48..72 => shown("delete or revive", edit::delete_or_revive(rng, &schema, rows, &date)),
            72..85 => shown("relink", edit::relink(rng, &schema, rows, &now)),
            85..92 => shown("new key of", edit::change_key(rng, &schema, rows, &date)),
            _ => {
                let papers: Vec<String> = rows.rows("papers").iter().filter_map(|row| row["id"].clone()).collect();
                let paper = if papers.is_empty() { None } else { Some(rng.pick(&papers).clone()) };
                paper.map(|id| {
                    let back = self.gone.remove(&id) || !self.gone.insert(id.clone());
                    format!("file of papers {id} {}", if back { "comes" } else { "goes" })
                })
            }
        };
        if let Some(what) = what {
            self.note(format!("source: {what}, {date}"));
        }
    }

    /// Exports for a receiver, and chooses what becomes of the bundle.
    fn send(&mut self, stream: usize) -> Result<(), Fault> {
        // A bundle of explicit dates is outside the chain.
        let dates: &[&str] = if self.rng.chance(6) { &["--start-date=2020-01-01"] } else { &[] };
        let Some(parcel) = self.export(stream, dates, true)? else { return Ok(()) };
        if self.clock == Clock::Whole && self.rng.chance(50) && self.late.is_none() {
            // The clock of the platform has not ticked since the snapshot.
            self.world.now -= 2;
            self.change_source()?;
            self.world.now += 2;
        }
        match self.rng.below(100) {
            0..13 => self.note(format!("bundle {:?} is lost", parcel.sequence)),
            13..30 => self.bag.push(parcel),
            30..38 => {
                self.bag.push(parcel.clone());
                return self.deliver(parcel);
            }
            _ => return self.deliver(parcel),
        }
        Ok(())
    }

    fn send_all(&mut self) -> Result<(), Fault> {
        for stream in 0..self.streams.len() {
            if self.streams[stream].dirty {
                self.send(stream)?;
            }
        }
        Ok(())
    }

    /// Runs an export. One that ends with anything but 0 leaves no bundle that anybody would carry.
    pub(super) fn export(&mut self, stream: usize, more: &[&str], may_skip: bool) -> Result<Option<Parcel>, Fault> {
        self.high = self.high.max(self.world.now);
        let folder = self.world.bundles().join(self.exports.to_string());
        self.exports += 1;
        std::fs::create_dir(&folder).unwrap();
        let mut arguments =
            vec!["export".to_owned(), format!("--target={}", folder.display()), "--compression=none".into()];
        arguments.push(format!("--files-root={}", self.world.source.files.display()));
        arguments.push(format!("--include-deleted={}", if self.deleted_travel { "Y" } else { "N" }));
        arguments.extend(self.streams[stream].receiver.iter().map(|name| format!("--for={name}")));
        arguments.extend((may_skip && self.rng.chance(30)).then(|| "--skip-empty".to_owned()));
        arguments.extend(more.iter().map(|text| (*text).to_owned()));
        let run = self.world.run(None, &arguments, None);
        self.note(format!(
            "export for {:?} {more:?}: {} {}",
            self.streams[stream].receiver,
            run.status,
            shown(&run.report["chain"])
        ));
        if run.status == 3 {
            return Ok(None);
        }
        if run.status != 0 {
            return Err(format!("export ended with {}: {}", run.status, run.stderr));
        }
        self.streams[stream].dirty &= more.iter().any(|option| option.starts_with("--start-date"));
        let name = run.report["bundle"]["name"].as_str().unwrap_or_default();
        let file = folder.join(name);
        if name.is_empty() || !file.exists() {
            return Ok(None);
        }
        let chain = &run.report["chain"];
        let sequence = chain["sequence"].as_u64();
        self.streams[stream].last = sequence.unwrap_or(self.streams[stream].last);
        Ok(Some(Parcel {
            file,
            stream,
            sequence,
            covers: chain["covers"].as_u64().or(sequence).unwrap_or(1),
            through: self.streams[stream].last,
            digest: run.report["bundle"]["sha256"].as_str().unwrap_or_default().to_owned(),
            parent: chain["parent"].as_str().map(str::to_owned),
        }))
    }

    /// The clock is set forward or back, or put right. First whatever was written by a clock that is behind is sent.
    fn jump(&mut self) -> Result<(), Fault> {
        let offset = if self.offset != 0 { 0 } else { *self.rng.pick(&[-86_400 * 5, -7200, -90, 7200, 86_400 * 12]) };
        if offset > self.offset && self.world.now < self.high {
            self.send_all()?;
        }
        self.world.now += offset - self.offset;
        self.offset = offset;
        self.note("the clock was set");
        Ok(())
    }

    /// Runs a command on a target.
    pub(super) fn on_target(&mut self, target: usize, arguments: &[String], point: Option<&str>) -> Run {
        self.world.run(Some(target), arguments, point)
    }

    /// Writes a row in a transaction that stays open.
    fn open_late(&mut self) {
        let mut after = self.source.clone();
        let schema = self.world.schema.clone();
        let date = self.date();
        if let Some(place) = edit::change(&mut self.rng, &schema, &mut after, &|_| date.clone()) {
            edit::row_mut(&mut after, &place).insert("updated_at".into(), Some(date.clone()));
            self.note(format!("source: a transaction changes {place:?}, {date}, and stays open"));
            self.late = Some(Late::open(&self.world.source.database, &schema, place, after));
        }
    }

    /// Ends the transaction that is open.
    pub(super) fn commit_late(&mut self) {
        if let Some(late) = self.late.take() {
            self.source = late.commit();
            self.note("source: the transaction commits");
            self.flush();
        }
    }
}

/// The place of a bundle, in a few words.
fn shown(chain: &serde_json::Value) -> String {
    format!("bundle {}, covers from {}", chain["sequence"], chain["covers"])
}

fn name_files(rows: &mut Installation, folder: &str) {
    let places = rows.rows("papers").iter().map(|row| ("papers".to_owned(), row["id"].clone().unwrap()));
    for place in places.collect::<Vec<_>>() {
        edit::name_file(rows, &place, folder);
    }
}

/// The content whose MD5 is the paper's digest.
pub(super) fn own_content(paper: &Row) -> String {
    let texts = ["a", "b"];
    let fits = |text: &&&str| Some(crate::model::hash::md5_hex(text).as_str()) == cell(paper, "digest");
    (*texts.iter().find(fits).unwrap()).to_owned()
}
