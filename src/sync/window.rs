//! Chooses where a window begins, from what earlier exports and imports recorded in `synchronizations`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::manifest::{Chain, Earlier, Stream, Window};
use crate::model::schema::Table;
use crate::sync::report::Watermark;

use super::moment;

/// The beginning of time in a report of an older version, whose import wrote rows without a date.
pub(super) const EVER: &str = "0001-01-01 00:00:00";

/// Exports read from the ledger at a time.
const PAGE: usize = 20;

/// The most earlier bundles that a header lists.
const EARLIER: usize = 30;

/// A recorded export that moved the window of its stream.
#[derive(Clone, Debug)]
pub(super) struct LastExport {
    pub(super) run_id: i64,
    /// When it began, according to the header of its bundle.
    created_at: String,
    chain: Chain,
    sha256: String,
    window: Window,
    /// Where the next window begins.
    next: i64,
    watermarks: BTreeMap<String, Watermark>,
}

/// The part of a stored report that this module needs.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    options: Options,
    bundle: Mark,
    chain: Chain,
    window: Window,
    started_at: String,
    next_window: Option<String>,
    moves_window: Option<bool>,
    watermarks: BTreeMap<String, Watermark>,
    oldest_written: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    start_date: Option<String>,
    end_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Mark {
    sha256: String,
}

/// The rows requested from an export.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Rows that are new since the last export.
    Next,
    /// Rows from the window of the bundle with this sequence number on.
    Since(u64),
    /// All rows.
    Full,
}

/// Where an export begins.
#[derive(Clone, Debug, Default)]
pub(super) struct WindowBegin {
    /// The position of the next bundle.
    pub(super) chain: Chain,
    /// The start of the window; `None` is the beginning of time.
    pub(super) start: Option<i64>,
    /// What the export that this window continues saw; empty if there is none.
    pub(super) watermarks: BTreeMap<String, Watermark>,
    /// The run of the preceding bundle.
    pub(super) parent_run: Option<i64>,
    /// Warnings for the user.
    pub(super) warnings: Vec<String>,
}

/// Reads the exports of a stream in pages, the newest first.
struct Exports<'a> {
    session: &'a mut Session,
    hash: &'a str,
    overlap: i64,
    before: Option<i64>,
    page: std::vec::IntoIter<LastExport>,
    ended: bool,
}

impl<'a> Exports<'a> {
    fn new(session: &'a mut Session, hash: &'a str, overlap: i64) -> Self {
        Self { session, hash, overlap, before: None, page: Vec::new().into_iter(), ended: false }
    }

    async fn next(&mut self) -> Result<Option<LastExport>> {
        loop {
            if let Some(export) = self.page.next() {
                return Ok(Some(export));
            }
            if self.ended {
                return Ok(None);
            }
            self.read_page().await?;
        }
    }

    async fn read_page(&mut self) -> Result<()> {
        let before = self.before.map(|id| format!("AND id < {id} ")).unwrap_or_default();
        let statement = format!(
            "SELECT id, started_at, report_json FROM synchronizations WHERE type = 'export' AND hash = {} \
             AND finished_at IS NOT NULL {before}ORDER BY id DESC LIMIT {PAGE}",
            self.session.dialect().literal(self.hash)
        );
        let rows = self.session.query(&statement).await?;
        self.ended = rows.len() < PAGE;
        let mut exports = Vec::new();
        for row in rows {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            let mut cell = || cells.next().unwrap_or_default();
            let (id, started_at, report) = (cell(), cell(), cell());
            let Ok(run_id) = id.parse() else { continue };
            self.before = Some(run_id);
            exports.extend(read(run_id, &started_at, &report, self.overlap));
        }
        self.page = exports.into_iter();
        Ok(())
    }
}

/// Reads the record of an export. Returns `None` if it did not move the window.
fn read(run_id: i64, started_at: &str, report: &str, overlap: i64) -> Option<LastExport> {
    let stored: Stored = serde_json::from_str(report).ok()?;
    let dated = stored.options.start_date.is_some() || stored.options.end_date.is_some();
    if !stored.moves_window.unwrap_or(!dated) || stored.chain.sequence.is_none() {
        return None;
    }
    let created_at = if stored.started_at.is_empty() { started_at.to_owned() } else { stored.started_at };
    let next = match &stored.next_window {
        Some(next) => moment::read(next)?,
        // An older version did not look for open transactions.
        None => moment::read(started_at)? - overlap,
    };
    Some(LastExport {
        run_id,
        created_at,
        chain: stored.chain,
        sha256: stored.bundle.sha256,
        window: stored.window,
        next,
        watermarks: stored.watermarks,
    })
}

/// Finds the newest export of a stream that moved the window.
///
/// # Errors
/// `Database`.
pub(super) async fn last_export(session: &mut Session, hash: &str) -> Result<Option<i64>> {
    Ok(Exports::new(session, hash, 0).next().await?.map(|export| export.run_id))
}

/// Locks the stream until the end of the transaction, so that two exports end one after the other.
///
/// # Errors
/// `Database`.
pub(super) async fn lock(session: &mut Session, hash: &str) -> Result<()> {
    let hash = session.dialect().literal(hash);
    // Every run has already written its row, so both find the same oldest one.
    let oldest = format!("SELECT min(id) FROM synchronizations WHERE type = 'export' AND hash = {hash}");
    if let Some(id) = session.number(&oldest).await? {
        session.execute(&format!("UPDATE synchronizations SET updated_at = updated_at WHERE id = {id}")).await?;
    }
    Ok(())
}

/// Finds where an export of a stream begins.
///
/// # Errors
/// `Usage` if the stream has no bundle with the requested number; `Database`.
pub(super) async fn begin(
    session: &mut Session,
    catalogue: &[Table],
    stream: Stream,
    wanted: &Wanted,
    (now, overlap): (i64, i64),
) -> Result<WindowBegin> {
    let hash = stream.id.clone();
    let mut exports = Exports::new(session, &hash, overlap);
    let mut seen = Vec::new();
    let mut base = None;
    while let Some(export) = exports.next().await? {
        if export.next <= now {
            base = Some(export);
            break;
        }
        seen.push(export);
    }
    let last = seen.first().or(base.as_ref()).cloned();
    let mut begin = WindowBegin {
        chain: chain(stream, last.as_ref()),
        start: base.as_ref().map(|base| base.next),
        watermarks: base.as_ref().map(|base| base.watermarks.clone()).unwrap_or_default(),
        parent_run: last.as_ref().map(|last| last.run_id),
        warnings: Vec::new(),
    };
    begin.chain.covers = Some(base.as_ref().map_or(1, |base| base.sequence() + 1));
    if !seen.is_empty() {
        begin.warnings.push(clock_went_back(seen.len(), base.as_ref()));
    }
    seen.extend(base.clone());
    match wanted {
        Wanted::Next => {}
        Wanted::Full => base = None,
        Wanted::Since(sequence) => {
            let (asked, before) = find(*sequence, seen, &mut exports).await?;
            begin.go_back(&asked, before.as_ref());
            base = before;
        }
    }
    match &base {
        None => begin = WindowBegin { start: None, watermarks: BTreeMap::new(), ..begin },
        Some(base) => begin.pass_on(session, catalogue, base).await?,
    }
    if begin.start.is_none() {
        begin.chain.covers = Some(1);
    }
    Ok(begin)
}

/// Finds the export with a sequence number and the one before it.
async fn find(
    sequence: u64,
    seen: Vec<LastExport>,
    exports: &mut Exports<'_>,
) -> Result<(LastExport, Option<LastExport>)> {
    let mut seen = seen.into_iter();
    let mut asked = None;
    loop {
        let export = match seen.next() {
            Some(export) => Some(export),
            None => exports.next().await?,
        };
        match (export, asked.take()) {
            (None, None) => {
                return Err(Error::usage(format!("this stream has no bundle with the sequence number {sequence}"))
                    .hint("`gapsync history` lists the exports; --for and the scope options choose the stream."));
            }
            (before, Some(asked)) => return Ok((asked, before)),
            (Some(export), None) if export.sequence() == sequence => asked = Some(export),
            (Some(_), None) => {}
        }
    }
}

impl LastExport {
    fn sequence(&self) -> u64 {
        self.chain.sequence.unwrap_or_default()
    }
}

impl WindowBegin {
    /// Removes the bundle from the chain.
    pub(super) fn leave_chain(&mut self) {
        self.chain.leave();
        self.watermarks.clear();
        self.warnings.clear();
    }

    /// Moves the start of the window back to that of an earlier bundle, unless it is already earlier.
    fn go_back(&mut self, asked: &LastExport, before: Option<&LastExport>) {
        let began = asked.window.start.as_deref().and_then(moment::read);
        self.start = self.start.zip(began).map(|(own, began)| own.min(began));
        self.watermarks = before.map(|before| before.watermarks.clone()).unwrap_or_default();
        let covers = asked.chain.covers.unwrap_or(asked.sequence());
        self.chain.covers = self.chain.covers.map(|own| own.min(covers));
    }

    /// Moves the start of the window back to the oldest date that an import has written since an export, so that this
    /// installation passes on what it received.
    async fn pass_on(&mut self, session: &mut Session, catalogue: &[Table], since: &LastExport) -> Result<()> {
        let dialect = session.dialect();
        let started = dialect.literal(&since.created_at);
        let written = if catalogue.iter().any(|table| table.name == "gapsync_checkpoint") {
            format!("SELECT 1 FROM gapsync_checkpoint AS c WHERE c.run_id = s.id AND c.updated_at >= {started}")
        } else {
            "SELECT 1 WHERE 1 = 0".to_owned()
        };
        // An import that began later counts, whatever the clock says. One that died long ago cannot have written since.
        let statement = format!(
            "SELECT s.report_json FROM synchronizations AS s WHERE s.type = 'import' AND (s.id > {} \
             OR s.finished_at >= {started} \
             OR (s.finished_at IS NULL AND (s.updated_at >= {started} OR EXISTS ({written}))))",
            since.run_id
        );
        for report in session.cells(&statement).await? {
            let stored = serde_json::from_str::<Stored>(&report).unwrap_or_default();
            match stored.oldest_written.as_deref() {
                None => {}
                // A report of an older version does not show the oldest date.
                Some(EVER) => self.start = None,
                Some(oldest) => {
                    self.start = self.start.map(|start| moment::read(oldest).map_or(start, |oldest| start.min(oldest)));
                }
            }
        }
        Ok(())
    }
}

/// Returns the position of the bundle that follows another.
fn chain(stream: Stream, last: Option<&LastExport>) -> Chain {
    let Some(last) = last else {
        return Chain { stream: Some(stream), sequence: Some(1), ..Chain::default() };
    };
    let mut earlier = last.chain.earlier.clone();
    earlier.push(Earlier {
        sequence: last.sequence(),
        created_at: last.created_at.clone(),
        window_start: last.window.start.clone(),
    });
    earlier.drain(..earlier.len().saturating_sub(EARLIER));
    Chain {
        stream: Some(stream),
        sequence: Some(last.sequence() + 1),
        parent: Some(last.sha256.clone()),
        parent_created_at: Some(last.created_at.clone()),
        covers: None,
        earlier,
    }
}

fn clock_went_back(ahead: usize, base: Option<&LastExport>) -> String {
    let place = match base {
        Some(base) => format!("where bundle {} left off", base.sequence()),
        None => "at the beginning".to_owned(),
    };
    format!(
        "the clock of the database went back: the window of {ahead} later exports would end in the future, so this one \
         begins {place}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_an_older_version_is_understood() {
        let old = |options: &str| {
            let report = format!(
                r#"{{"options":{options},"bundle":{{"sha256":"ab"}},"started_at":"2026-01-01 12:00:00",
                "chain":{{"sequence":4,"parent":null}},"window":{{"start":null,"end":null}}}}"#
            );
            read(7, "2026-01-01 12:00:00", &report, 3600 * moment::SECOND)
        };
        let export = old("{}").unwrap();
        assert_eq!((moment::shown(export.next), export.sequence()), ("2026-01-01 11:00:00".to_owned(), 4));
        assert!(old(r#"{"start_date":"2020-01-01 00:00:00"}"#).is_none());
    }

    #[test]
    fn a_bundle_names_those_before_it() {
        let mut chain = chain(Stream::default(), None);
        assert_eq!((chain.sequence, &chain.parent), (Some(1), &None));
        for number in 2..40 {
            let last = LastExport {
                run_id: 1,
                created_at: format!("2026-01-{number:02} 00:00:00"),
                chain,
                sha256: number.to_string(),
                window: Window::default(),
                next: 0,
                watermarks: BTreeMap::new(),
            };
            chain = super::chain(Stream::default(), Some(&last));
            assert_eq!((chain.sequence, &chain.parent), (Some(number), &Some(number.to_string())));
        }
        let numbers: Vec<u64> = chain.earlier.iter().map(|earlier| earlier.sequence).collect();
        assert_eq!(numbers, (9..39).collect::<Vec<_>>());
    }
}
