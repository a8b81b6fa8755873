//! The chain: which bundles of a stream were applied here, and which are missing.

use serde::{Deserialize, Serialize};

use super::report::{AppliedBefore, BundlePlace, Missing};
use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::hex::is_hex;
use crate::model::manifest::{Header, Stream, Window};
use crate::run::ledger::clock;
use crate::run::shell::shell_word;

use super::moment;

mod streams;

pub use streams::StreamState;
pub(super) use streams::streams;

/// A bundle that was applied here.
#[derive(Clone, Debug)]
struct Applied {
    sha256: String,
    sequence: Option<u64>,
    covers: Option<u64>,
    created_at: String,
    run: i64,
    at: String,
}

/// Bundles of a stream that are missing here, according to the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct Gap {
    #[serde(skip)]
    id: i64,
    /// What is missing, and the command that repairs it.
    #[serde(flatten)]
    pub missing: Missing,
    /// When the gap was found, UTC.
    pub opened_at: String,
    /// The run that found it.
    pub run: i64,
    /// Seconds since then.
    pub age_seconds: i64,
    #[serde(skip)]
    stream: String,
    /// Digest and date of the last missing bundle only.
    #[serde(skip)]
    last: (Option<String>, Option<String>),
    #[serde(skip)]
    scope: Scope,
}

/// The scope of an export. One scope may include another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Scope {
    #[serde(skip)]
    source: String,
    #[serde(skip)]
    profile: String,
    include_deleted: bool,
    include_investigations: bool,
    meta_only: bool,
    ignore_file_types: Vec<String>,
    files: bool,
}

impl Scope {
    fn of(header: &Header) -> Self {
        let scope = serde_json::from_value::<Self>(header.options.clone()).unwrap_or_default();
        let (source, profile) = (header.source.installation.clone(), header.profile.name.clone());
        Self { source, profile, files: header.files, ..scope }
    }

    /// Returns whether this scope includes everything in the other one.
    fn includes(&self, other: &Self) -> bool {
        self.source == other.source
            && self.profile == other.profile
            && self.include_deleted >= other.include_deleted
            && self.include_investigations >= other.include_investigations
            && self.meta_only <= other.meta_only
            && self.files >= other.files
            && self.ignore_file_types.iter().all(|kind| other.ignore_file_types.contains(kind))
    }
}

/// Finds the position of a bundle: what is missing before it, and whether it was applied before. `sha256` is empty until the
/// bundle has been read to its end.
///
/// # Errors
/// `Database`.
pub(super) async fn place(session: &mut Session, header: &Header, sha256: &str) -> Result<BundlePlace> {
    let mut place = BundlePlace {
        chain: header.chain.clone(),
        source: Some(header.source.clone()).filter(|source| !source.installation.is_empty()),
        created_at: Some(header.created_at.clone()).filter(|created_at| !created_at.is_empty()),
        ..BundlePlace::default()
    };
    if let Some(stream) = &header.chain.stream {
        let applied = applied(session, &stream.id).await?;
        let same = |other: &&Applied| {
            other.sha256 == sha256
                || (other.sequence.is_some() && is_known(other, header.chain.sequence, Some(&header.created_at)))
        };
        place.applied_before =
            applied.iter().find(same).map(|other| AppliedBefore { run: other.run, at: other.at.clone() });
        place.missing = missing(session, header, stream, &applied).await?;
    }
    if place.applied_before.is_none() {
        place.applied_before = imported_before(session, sha256).await?;
    }
    Ok(place)
}

/// Returns whether a bundle is older than one of its stream that was already applied.
///
/// # Errors
/// `Database`.
pub(super) async fn is_late(session: &mut Session, header: &Header) -> Result<bool> {
    let Some(stream) = &header.chain.stream else { return Ok(false) };
    let applied = applied(session, &stream.id).await?;
    let earlier = |other: &Applied| moment::read(&header.created_at) < moment::read(&other.created_at);
    Ok(applied.iter().any(|other| match (header.chain.sequence, other.sequence) {
        // A source that was restored from a backup uses a number again, but with a later date.
        (Some(own), Some(number)) => own < number && earlier(other),
        _ => earlier(other),
    }))
}

/// Returns the error of `--strict-chain`.
pub(super) fn refusal(missing: &Missing) -> Error {
    Error::damaged(format!("an earlier bundle of the stream is missing: {}", missing.named())).hint(format!(
        "Import it first, or run `{}` at the source, with the options of its export; without --strict-chain this bundle \
         is imported all the same.",
        missing.command
    ))
}

fn is_known(applied: &Applied, sequence: Option<u64>, created_at: Option<&str>) -> bool {
    applied.sequence == sequence
        && created_at.is_some_and(|date| moment::read(date) == moment::read(&applied.created_at))
}

/// Returns what is missing before a bundle, or `None`.
async fn missing(
    session: &mut Session,
    header: &Header,
    stream: &Stream,
    applied: &[Applied],
) -> Result<Option<Missing>> {
    let chain = &header.chain;
    let Some(sequence) = chain.sequence else { return Ok(None) };
    let covers = chain.covers.unwrap_or(sequence);
    if covers <= 1 {
        return Ok(None);
    }
    let dated = |number: u64| chain.earlier.iter().find(|earlier| earlier.sequence == number);
    // A number may have been used twice, so the digest or the date identifies the bundle.
    let is_before = |other: &&Applied| {
        let Some(number) = other.sequence.filter(|number| *number < sequence) else { return false };
        let date = dated(number).map(|earlier| earlier.created_at.as_str());
        let date = date.or_else(|| chain.parent_created_at.as_deref().filter(|_| number + 1 == sequence));
        Some(&other.sha256) == chain.parent.as_ref() || date.is_none() || is_known(other, Some(number), date)
    };
    let reached = applied.iter().filter(is_before).filter_map(|other| other.sequence).max().unwrap_or(0);
    let Window { start, .. } = &header.window;
    if reached + 1 >= covers {
        return Ok(between_windows(applied, start.as_ref(), stream));
    }
    if let Some(parent) = &chain.parent
        && covers == sequence
        && imported_before(session, parent).await?.is_some()
    {
        return Ok(None);
    }
    let (from, to) = (reached + 1, covers - 1);
    let covered = |number: u64| {
        applied.iter().any(|other| {
            let wide = other.covers.zip(other.sequence).filter(|(covers, own)| covers < own);
            wide.is_some_and(|(covers, own)| (covers..own).contains(&number))
        })
    };
    let healed = closed(session, &stream.id, from, to).await?;
    if healed || (to - from < 1000 && (from..=to).all(covered)) {
        return Ok(None);
    }
    // Without a date for each of them, the window may begin anywhere.
    let starts: Option<Vec<&String>> =
        (from..=to).take(1000).map(|number| dated(number).and_then(|earlier| earlier.window_start.as_ref())).collect();
    let end = dated(to).map(|earlier| earlier.created_at.clone()).or_else(|| chain.parent_created_at.clone());
    let end = end.or_else(|| start.clone());
    let start = starts.and_then(|starts| starts.into_iter().min().cloned());
    let command = command(stream, from);
    Ok(Some(Missing { from: Some(from), to: Some(to), window: Window { start, end }, command }))
}

/// Returns the time between the last applied bundle and a window that begins after it.
fn between_windows(applied: &[Applied], start: Option<&String>, stream: &Stream) -> Option<Missing> {
    let begins = moment::read(start?)?;
    let last = applied.iter().max_by_key(|other| moment::read(&other.created_at))?;
    let ended = moment::read(&last.created_at)?;
    let window = Window { start: Some(last.created_at.clone()), end: start.cloned() };
    (begins > ended).then(|| Missing { from: None, to: None, window, command: command(stream, 1) })
}

/// Returns the command that exports a bundle and all later ones again at the source.
fn command(stream: &Stream, from: u64) -> String {
    let receiver = stream.receiver.as_ref().map(|name| format!(" --for {}", shell_word(name))).unwrap_or_default();
    if from > 1 {
        format!("gapsync export{receiver} --since {from}")
    } else {
        format!("gapsync export{receiver} --full")
    }
}

/// Reads the applied bundles of a stream, the oldest first.
async fn applied(session: &mut Session, stream: &str) -> Result<Vec<Applied>> {
    let statement = format!(
        "SELECT sha256, sequence, covers, created_at, run_id, applied_at FROM gapsync_applied WHERE stream = {} ORDER BY id",
        session.dialect().literal(stream)
    );
    let rows = session.query(&statement).await?;
    Ok(rows.into_iter().filter_map(|row| read_applied(Cells(row.into_iter()))).collect())
}

fn read_applied(mut cells: Cells) -> Option<Applied> {
    Some(Applied {
        sha256: cells.text()?,
        sequence: cells.number(),
        covers: cells.number(),
        created_at: cells.text()?,
        run: cells.number()?,
        at: cells.time()?,
    })
}

/// Finds the finished import of a bundle that an older version may have recorded.
async fn imported_before(session: &mut Session, sha256: &str) -> Result<Option<AppliedBefore>> {
    if !is_hex(sha256, 64) {
        return Ok(None);
    }
    let statement = format!(
        "SELECT id, finished_at FROM synchronizations WHERE type = 'import' AND finished_at IS NOT NULL \
         AND report_json LIKE '%\"sha256\":\"{sha256}\"%' ORDER BY id LIMIT 1"
    );
    let row = session.query(&statement).await?.into_iter().next();
    Ok(row.and_then(|row| {
        let mut cells = Cells(row.into_iter());
        Some(AppliedBefore { run: cells.number()?, at: cells.time()? })
    }))
}

/// Returns whether a gap was closed by a bundle of another stream.
async fn closed(session: &mut Session, stream: &str, from: u64, to: u64) -> Result<bool> {
    let statement = format!(
        "SELECT 1 FROM gapsync_gap WHERE stream = {} AND closed_at IS NOT NULL AND from_sequence <= {from} \
         AND to_sequence >= {to} LIMIT 1",
        session.dialect().literal(stream)
    );
    Ok(!session.query(&statement).await?.is_empty())
}

/// Records that a bundle was applied: closes the gaps that it repairs and opens the one before it. Must be called in the
/// transaction that ends the run.
///
/// # Errors
/// `Database`.
pub(super) async fn record(
    session: &mut Session,
    header: &Header,
    place: &BundlePlace,
    (name, sha256): (&str, &str),
    run: i64,
) -> Result<()> {
    let Some(stream) = &header.chain.stream else { return Ok(()) };
    let dialect = session.dialect();
    let row = Row(dialect);
    let chain = &header.chain;
    let scope = Scope::of(header);
    let shared = [
        row.text(Some(&stream.id)),
        row.text(stream.receiver.as_deref()),
        row.text(Some(&scope.source)),
        row.text(Some(&header.source.engine)),
        row.text(Some(&scope.profile)),
        row.text(serde_json::to_string(&scope).ok().as_deref()),
    ]
    .join(", ");
    let statement = format!(
        "INSERT INTO gapsync_applied (stream, receiver, source, engine, profile, scope, sha256, sequence, covers, parent, \
         window_start, window_end, created_at, bundle, run_id, applied_at) \
         VALUES ({shared}, {}, {}, {}, {}, {}, {}, {}, {}, {run}, {})",
        row.text(Some(sha256)),
        row.number(chain.sequence),
        row.number(chain.covers),
        row.text(chain.parent.as_deref()),
        row.text(header.window.start.as_deref()),
        row.text(header.window.end.as_deref()),
        row.text(Some(&header.created_at)),
        row.text(Some(name)),
        clock(dialect),
    );
    session.execute(&statement).await?;
    let gaps = open_gaps(session).await?;
    for gap in &gaps {
        heal(session, gap, header, sha256, run).await?;
    }
    let Some(missing) = &place.missing else { return Ok(()) };
    let known = |gap: &Gap| gap.stream == stream.id && gap.missing.from == missing.from && gap.missing.to == missing.to;
    // A bundle that arrives again finds the gap that it opened.
    if gaps.iter().any(|gap| known(gap) && (missing.to.is_some() || gap.missing.window == missing.window)) {
        return Ok(());
    }
    let last = missing.to.and_then(|to| chain.earlier.iter().find(|earlier| earlier.sequence == to));
    let last_sha256 = chain.parent.as_deref().filter(|_| missing.to.is_some_and(|to| Some(to + 1) == chain.sequence));
    let statement = format!(
        "INSERT INTO gapsync_gap (stream, receiver, source, engine, profile, scope, from_sequence, to_sequence, \
         last_sha256, last_created_at, window_start, window_end, run_id, opened_at) \
         VALUES ({shared}, {}, {}, {}, {}, {}, {}, {run}, {})",
        row.number(missing.from),
        row.number(missing.to),
        row.text(last_sha256),
        row.text(last.map(|last| last.created_at.as_str())),
        row.text(missing.window.start.as_deref()),
        row.text(Some(missing.window.end.as_deref().unwrap_or(&header.created_at))),
        clock(dialect),
    );
    session.execute(&statement).await.map(|_| ())
}

/// Closes a gap that a bundle repairs, or the part of it that the bundle is.
async fn heal(session: &mut Session, gap: &Gap, header: &Header, sha256: &str, run: i64) -> Result<()> {
    let Some(stream) = &header.chain.stream else { return Ok(()) };
    let now = clock(session.dialect());
    let close = format!("UPDATE gapsync_gap SET closed_at = {now}, closed_by = {run} WHERE id = {}", gap.id);
    if covers_window(gap, header) {
        return session.execute(&close).await.map(|_| ());
    }
    let (Some(from), Some(to), Some(sequence)) = (gap.missing.from, gap.missing.to, header.chain.sequence) else {
        return Ok(());
    };
    let covers = header.chain.covers.unwrap_or(sequence);
    if gap.stream != stream.id || sequence < from || covers > to {
        return Ok(());
    }
    let same = |known: &Option<String>, own: &str| known.as_deref().is_none_or(|known| known == own);
    let (digest, date) = &gap.last;
    let same_date = date.as_ref().is_none_or(|date| moment::read(date) == moment::read(&header.created_at));
    if sequence == to && !(same(digest, sha256) || (date.is_some() && same_date)) {
        // A different bundle with this number.
        return Ok(());
    }
    if covers <= from && sequence >= to {
        return session.execute(&close).await.map(|_| ());
    }
    // What remains before and after the bundle.
    let (front, behind) = ((covers > from).then(|| (from, covers - 1)), (sequence < to).then(|| (sequence + 1, to)));
    let mut left = [front, behind].into_iter().flatten();
    let Some((from, to)) = left.next() else { return session.execute(&close).await.map(|_| ()) };
    let last = if front.is_some() { ", last_sha256 = NULL, last_created_at = NULL" } else { "" };
    if let Some((from, to)) = left.next() {
        let columns = "stream, receiver, source, engine, profile, scope, last_sha256, last_created_at, window_start, \
             window_end, run_id, opened_at";
        let copy = format!(
            "INSERT INTO gapsync_gap (from_sequence, to_sequence, {columns}) SELECT {from}, {to}, {columns} \
             FROM gapsync_gap WHERE id = {}",
            gap.id
        );
        session.execute(&copy).await?;
    }
    let cut = format!("UPDATE gapsync_gap SET from_sequence = {from}, to_sequence = {to}{last} WHERE id = {}", gap.id);
    session.execute(&cut).await.map(|_| ())
}

/// Returns whether a bundle of the same source, of any stream, has everything in the window of a gap.
fn covers_window(gap: &Gap, header: &Header) -> bool {
    let read = |text: &Option<String>| text.as_deref().and_then(moment::read);
    let (start, end) = (read(&gap.missing.window.start), read(&gap.missing.window.end));
    let begins = match read(&header.window.start) {
        None => header.window.start.is_none(),
        Some(own) => start.is_some_and(|start| own <= start),
    };
    let made = moment::read(&header.created_at);
    Scope::of(header).includes(&gap.scope)
        && header.window.end.is_none()
        && begins
        && made.zip(end).is_some_and(|(made, end)| made > end)
}

/// Returns what has been missing from a bundle's stream since an earlier import and is not in this bundle.
///
/// # Errors
/// `Database`.
pub(super) async fn still_missing(session: &mut Session, header: &Header) -> Result<Vec<Missing>> {
    let (Some(stream), sequence) = (&header.chain.stream, header.chain.sequence) else { return Ok(Vec::new()) };
    let included = |gap: &Gap| {
        let covers = header.chain.covers.or(sequence);
        covers_window(gap, header) || (covers <= gap.missing.from && gap.missing.to <= sequence)
    };
    let gaps = open_gaps(session).await?.into_iter();
    Ok(gaps.filter(|gap| gap.stream == stream.id && !included(gap)).map(|gap| gap.missing).collect())
}

/// Reads the open gaps.
async fn open_gaps(session: &mut Session) -> Result<Vec<Gap>> {
    let age = match session.dialect() {
        Dialect::Sqlite => "CAST((julianday('now') - julianday(opened_at)) * 86400 AS INTEGER)",
        Dialect::Postgres => "CAST(extract(epoch FROM (clock_timestamp() AT TIME ZONE 'UTC') - opened_at) AS bigint)",
        Dialect::Mariadb => "timestampdiff(SECOND, opened_at, utc_timestamp(6))",
    };
    let statement = format!(
        "SELECT id, stream, receiver, source, profile, scope, from_sequence, to_sequence, last_sha256, last_created_at, \
         window_start, window_end, run_id, opened_at, {age} FROM gapsync_gap WHERE closed_at IS NULL ORDER BY id"
    );
    let rows = session.query(&statement).await?;
    Ok(rows.into_iter().filter_map(|row| read_gap(Cells(row.into_iter()))).collect())
}

fn read_gap(mut cells: Cells) -> Option<Gap> {
    let id = cells.number()?;
    let stream = Stream { id: cells.text()?, receiver: cells.text() };
    let (source, profile) = (cells.text()?, cells.text()?);
    let scope = serde_json::from_str::<Scope>(&cells.text()?).unwrap_or_default();
    let (from, to) = (cells.number(), cells.number());
    let last = (cells.text(), cells.text());
    let window = Window { start: cells.text(), end: cells.text() };
    let missing = Missing { from, to, window, command: command(&stream, from.unwrap_or(1)) };
    let (run, opened_at) = (cells.number()?, cells.time()?);
    let age_seconds = cells.number().unwrap_or(0);
    let scope = Scope { source, profile, ..scope };
    Some(Gap { id, missing, opened_at, run, age_seconds, stream: stream.id, last, scope })
}

/// Formats values as SQL.
struct Row(Dialect);

impl Row {
    fn text(&self, text: Option<&str>) -> String {
        text.map_or_else(|| "NULL".to_owned(), |text| self.0.literal(text))
    }

    fn number(&self, number: Option<u64>) -> String {
        number.map_or_else(|| "NULL".to_owned(), |number| number.to_string())
    }
}

/// Reads the cells of a row one by one.
struct Cells(std::vec::IntoIter<Option<String>>);

impl Cells {
    fn text(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.text()?.parse().ok()
    }

    /// Reads a time of the ledger as a neutral timestamp.
    fn time(&mut self) -> Option<String> {
        self.text().map(|time| moment::read(&time).map_or(time, moment::shown))
    }
}
