//! Checks the clock and the chain, and estimates the time for an import.

use crate::error::{ExitStatus, Result};
use crate::model::manifest::Header;
use crate::run::ledger;
use crate::run::report::grid::{duration, grouped};
use crate::sync::dated::Dated;
use crate::sync::history::{last_imports, streams_of};
use crate::sync::moment::{self, SECOND};
use crate::sync::rights::Command;

use super::schema::shortened;
use super::{Checker, Line, State};

/// Clocks that differ by less count as equal, and dates ahead by less count as present.
const AHEAD: i64 = 60 * SECOND;

/// Tables per statement.
const TABLES: usize = 24;

/// Imports on which an estimate is based.
const IMPORTS: usize = 5;

/// Imports with fewer rows are useless for an estimate.
const FEW: u64 = 1000;

impl Checker<'_> {
    /// Compares the clock of the database with this machine's, and looks for rows dated in the future.
    pub(super) async fn clock(&mut self) -> Result<Vec<Line>> {
        let now = ledger::now(self.session).await?;
        let own = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let own = i64::try_from(own.as_micros()).unwrap_or_default();
        let database = moment::read(&now).unwrap_or(own);
        let apart = database - own;
        let mut lines = Vec::new();
        if apart.abs() > AHEAD {
            let way = if apart > 0 { "ahead of" } else { "behind" };
            let found = format!("the database is {} {way} this machine", duration((apart.abs() / SECOND) as f64));
            let line = Line::new("clock", State::Warning, found);
            lines.push(line.advice("correct the clocks: windows follow the clock of the database"));
        }
        let future = self.future(database).await?;
        if !future.is_empty() {
            let found = format!("rows are dated in the future: {}", shortened(&future));
            let line = Line::new("clock", State::Warning, found);
            lines.push(
                line.advice(
                    "they travel with each export until that date has passed; check the program that writes them",
                ),
            );
        }
        if lines.is_empty() {
            lines.push(Line::new("clock", State::Ok, format!("{} UTC; no row is dated in the future", cut(&now))));
        }
        Ok(lines)
    }

    /// Counts the rows of each table that are dated after `now`.
    async fn future(&mut self, now: i64) -> Result<Vec<String>> {
        let dialect = self.session.dialect();
        let ahead = moment::shown(now + AHEAD);
        let dated = self.context.profile.tables.iter().filter(|table| {
            let base = self.catalogue.iter().find(|base| base.name == table.name);
            let date = base.and_then(|base| base.column(&table.date));
            table.date.kind.is_moment() && date.is_some_and(|date| table.date.kind.fits(date, dialect.keeps_types()))
        });
        let questions: Vec<String> = dated
            .map(|table| {
                let (name, date) = (dialect.ident(&table.name), dialect.ident(&table.date));
                let future = Dated { dialect, column: &date, kind: table.date.kind }.after(&ahead);
                let count = dialect.cast_text(&format!("(SELECT count(*) FROM {name} WHERE {future})"));
                format!("SELECT {}, {count}", dialect.literal(&table.name))
            })
            .collect();
        let mut found = Vec::new();
        for some in questions.chunks(TABLES) {
            for row in self.session.query(&some.join(" UNION ALL ")).await? {
                let mut cells = row.into_iter().flatten();
                let (name, count) =
                    (cells.next().unwrap_or_default(), cells.next().and_then(|count| count.parse().ok()));
                found.extend(count.filter(|count| *count > 0).map(|count| format!("{name}: {}", grouped(count))));
            }
        }
        Ok(found)
    }

    /// Looks for bundles that never arrived.
    pub(super) async fn chain(&mut self) -> Result<Vec<Line>> {
        let states = streams_of(self.session, self.catalogue).await?;
        if states.is_empty() {
            return Ok(vec![Line::new("chain", State::Ok, "no bundle of a stream was imported here yet")]);
        }
        let imports = self.request.has(Command::Import);
        let mut lines = Vec::new();
        for state in &states {
            let receiver = state.stream.receiver.as_deref().unwrap_or("-");
            let stream = format!("receiver {receiver}, stream {}", state.stream.short());
            for gap in &state.gaps {
                let found = format!("{stream}: {} missing since run {}", gap.missing.named(), gap.run);
                let line = Line::new("chain", if imports { State::Failed } else { State::Warning }, found);
                let line = line.advice(format!("import it, or run `{}` at the source", gap.missing.command));
                lines.push(if imports { line.status(ExitStatus::Gap) } else { line });
            }
            if state.gaps.is_empty() {
                let last = state.last_sequence.map(|last| format!("bundle {last}, ")).unwrap_or_default();
                let found = format!("{stream}: {last}applied {} UTC; none is missing", cut(&state.last_applied_at));
                lines.push(Line::new("chain", State::Ok, found));
            }
        }
        Ok(lines)
    }

    /// Estimates the time for the import of the bundle, at the pace of the slowest recent import.
    pub(super) async fn time(&mut self, header: &Header, seconds: &mut Option<f64>) -> Result<Vec<Line>> {
        let Some(rows) = header.max_rows() else {
            return Ok(vec![Line::new("time", State::Unknown, "the bundle does not say how many rows it has")]);
        };
        let imports = last_imports(self.session, self.catalogue, IMPORTS).await?;
        let paces = imports.iter().filter(|past| past.rows >= FEW && past.seconds > 0.0);
        let slowest = paces
            .map(|past| (past.rows as f64 / past.seconds, past.run))
            .min_by(|one, other| one.0.total_cmp(&other.0));
        let Some((pace, run)) = slowest else {
            let found = format!("no basis: no import of at least {} rows was finished here", grouped(FEW));
            return Ok(vec![Line::new("time", State::Unknown, found)]);
        };
        let estimate = rows as f64 / pace;
        *seconds = Some(estimate);
        Ok(vec![Line::new(
            "time",
            State::Ok,
            format!(
                "about {} for at most {} rows, at {} rows/s, the pace of run {run}, the slowest of the last {}",
                duration(estimate),
                grouped(rows),
                grouped(pace as u64),
                imports.len()
            ),
        )])
    }
}

/// Returns a time without its fraction.
fn cut(time: &str) -> &str {
    time.split('.').next().unwrap_or_default()
}
