//! Looks for rows whose dates cannot be trusted, because the platform writes local time, because they come from another host,
//! or because a clock was wrong for a while.

use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::Result;
use crate::model::profile::{Profile, TableProfile};
use crate::model::schema::Table;
use crate::run::report::grid::grouped;
use crate::sync::dated::{self, Dated};
use crate::sync::moment::{self, SECOND};
use crate::sync::report::Watermark;

/// Tables per statement.
const TABLES: usize = 24;

/// A date is in the future if it is this far ahead of the database's clock.
const AHEAD: i64 = 60 * SECOND;

/// If new rows lag behind by less than this, the window begins at the oldest of them, because other rows may lag as well.
const LAG: i64 = 48 * 3600 * SECOND;

/// The result of the search.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Watermarks by table.
    pub(super) watermarks: BTreeMap<String, Watermark>,
    /// The resulting start of the window.
    pub(super) start: Option<i64>,
    /// Warnings for the user.
    pub(super) warnings: Vec<String>,
}

/// Rows of a table with implausible dates.
#[derive(Debug, Default)]
struct Odd {
    /// Rows that are new by their id but dated before the window: the number, and the oldest date within `LAG`.
    new: u64,
    oldest_new: Option<i64>,
    /// Rows dated after the newest date that the last export saw, but before the window: the number, and the oldest date.
    late: u64,
    oldest_late: Option<i64>,
    /// Rows dated in the future.
    ahead: u64,
}

/// Examines the tables of a snapshot. `start` is where the window would begin, and `before` is what the export that it
/// continues saw.
///
/// # Errors
/// `Database`.
pub(super) async fn take(
    session: &mut Session,
    (profile, catalogue): (&Profile, &[Table]),
    before: &BTreeMap<String, Watermark>,
    (start, now): (Option<i64>, i64),
) -> Result<Seen> {
    let mut seen = Seen { start, ..Seen::default() };
    let mut odd = BTreeMap::new();
    let dialect = session.dialect();
    let found = |name: &str| catalogue.iter().find(|table| table.name == name);
    let tables = profile.tables.iter().filter_map(|table| Some((table, found(&table.name)?)));
    let numbered =
        |(profile, table): &(&TableProfile, &Table)| profile.id.is_number() && table.column(&profile.id).is_some();
    let tables: Vec<_> = tables.filter(numbered).collect();
    for some in tables.chunks(TABLES) {
        let question = |(profile, table): &(&TableProfile, &Table)| {
            question(dialect, profile, table, before.get(&profile.name), (start, now))
        };
        let questions: Vec<String> = some.iter().map(question).collect();
        for row in session.query(&questions.join(" UNION ALL ")).await? {
            let mut cells = row.into_iter();
            let mut cell = || cells.next().flatten();
            let Some(name) = cell() else { continue };
            let kind = profile.table(&name).map(|table| table.date.kind).unwrap_or_default();
            let read = |date: String| dated::read(kind, &date);
            let id = cell().and_then(|id| id.parse().ok());
            let watermark = Watermark { id, date: cell().and_then(read).map(moment::shown), settled: None };
            seen.watermarks.insert(name.clone(), watermark);
            let count = |text: Option<String>| -> u64 { text.and_then(|text| text.parse().ok()).unwrap_or(0) };
            let new = count(cell());
            let oldest_new = cell().and_then(read);
            let late = count(cell());
            let oldest_late = cell().and_then(read);
            odd.insert(name, Odd { new, oldest_new, late, oldest_late, ahead: count(cell()) });
        }
    }
    seen.judge(&odd);
    Ok(seen)
}

impl Seen {
    /// Moves the start of the window back if dates lag behind, and adds warnings.
    fn judge(&mut self, odd: &BTreeMap<String, Odd>) {
        let counted = |count: fn(&Odd) -> u64| {
            let named: Vec<String> = odd
                .iter()
                .filter(|(_, odd)| count(odd) > 0)
                .map(|(table, odd)| format!("{table}: {}", grouped(count(odd))))
                .collect();
            named.join(", ")
        };
        let (new, late, ahead) = (counted(|odd| odd.new), counted(|odd| odd.late), counted(|odd| odd.ahead));
        if !new.is_empty() {
            self.warnings.push(format!(
                "rows added since the last export have dates before it ({new}); they travel, but check the clock and \
                 the time zone of the program that writes them"
            ));
        }
        if !late.is_empty() {
            self.warnings.push(format!(
                "rows changed since the last export have dates before it ({late}); they travel, but check the clock \
                 and the time zone of the program that writes them"
            ));
        }
        if !ahead.is_empty() {
            self.warnings.push(format!(
                "rows have dates in the future of the database's clock ({ahead}); they travel again until it has passed them"
            ));
        }
        if let Some(start) = self.start {
            let lagging = odd.values().flat_map(|odd| [odd.oldest_new, odd.oldest_late]).flatten();
            self.start = Some(lagging.fold(start, i64::min));
        }
    }
}

/// Returns a statement with one row: name, highest id, newest date that is not in the future, then the fields of [`Odd`].
fn question(
    dialect: Dialect,
    profile: &TableProfile,
    table: &Table,
    before: Option<&Watermark>,
    (start, now): (Option<i64>, i64),
) -> String {
    let name = dialect.ident(&profile.name);
    let id = dialect.ident(&profile.id);
    let kind = profile.date.kind;
    let date = table.column(&profile.date).filter(|_| kind.is_moment()).map(|date| dialect.ident(&date.name));
    let ahead = moment::shown(now.saturating_add(AHEAD));
    let highest = dialect.cast_text(&format!("(SELECT max({id}) FROM {name})"));
    let text = |expression: String| dialect.cast_text(&expression);
    let none = || text("NULL".to_owned());
    let zero = || text("0".to_owned());
    let mut cells = vec![dialect.literal(&profile.name), highest];
    let Some(date) = date else {
        cells.extend([none(), zero(), none(), zero(), none(), zero()]);
        return format!("SELECT {}", cells.join(", "));
    };
    let dated = Dated { dialect, column: &date, kind };
    let (oldest, future) = (dated.oldest(), dated.after(&ahead));
    cells.push(text(format!("(SELECT max({date}) FROM {name} WHERE {})", dated.until(&ahead))));
    let before_start = start.map(|start| (dated.before(&moment::shown(start)), start));
    match (&before_start, before.and_then(|before| before.id)) {
        (Some((earlier, start)), Some(known)) => {
            let new = format!("FROM {name} WHERE {id} > {known} AND {earlier}");
            let recent = dated.not_before(&moment::shown(start - LAG));
            cells.push(text(format!("(SELECT count(*) {new})")));
            cells.push(text(format!("(SELECT {oldest} {new} AND {recent})")));
        }
        _ => cells.extend([zero(), none()]),
    }
    match (&before_start, before.and_then(|before| before.date.as_ref())) {
        (Some((earlier, _)), Some(newest)) => {
            let late = format!("FROM {name} WHERE {} AND {earlier}", dated.after(newest));
            cells.push(text(format!("(SELECT count(*) {late})")));
            cells.push(text(format!("(SELECT {oldest} {late})")));
        }
        _ => cells.extend([zero(), none()]),
    }
    cells.push(text(format!("(SELECT count(*) FROM {name} WHERE {future})")));
    format!("SELECT {}", cells.join(", "))
}
