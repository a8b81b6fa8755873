//! Plays a case on the real program and on the model.

use std::collections::BTreeSet;

use serde_json::Value;

use super::travel::{Asked, Exported, export};
use super::world::{World, id};
use super::write::{Imported, import};
use super::{circle, database, profile, rows, show};
use crate::keys::Own;
use crate::model::Installation;
use crate::support::{Ended, Engine};

/// Rows that a fault shows.
const SHOWN: usize = 6;

/// The counts of an import that are compared.
const COUNTS: [&str; 11] = [
    "staged",
    "inserted",
    "updated",
    "unchanged",
    "kept",
    "guarded",
    "duplicates",
    "ignored",
    "rejected",
    "created_at_adjusted",
    "orphans_nulled",
];

/// A world with the rows of both sides.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) world: World,
    pub(super) asked: Asked,
    pub(super) source: Installation,
    /// The source after it was changed.
    pub(super) later: Installation,
    pub(super) target: Installation,
    /// What the target does not want.
    pub(super) blocked: Vec<String>,
    /// The value of the option that names the owner of new rows.
    pub(super) host: &'static str,
}

/// What is wrong, and in what.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) what: &'static str,
    pub(super) text: String,
}

fn fault<T>(what: &'static str, text: String) -> Result<T, Fault> {
    Err(Fault { what, text })
}

/// Both sides of an air gap.
struct Play<'a> {
    case: &'a Case,
    source: Own,
    target: Own,
    /// What the target should have.
    expected: Installation,
}

/// Carries rows twice, the second time only what changed, and imports each bundle twice.
///
/// # Errors
/// What the program did otherwise than the model.
pub(super) fn play(engine: Engine, case: &Case) -> Result<(), Fault> {
    let world = &case.world;
    if circle::is_circular(world) {
        return Ok(());
    }
    let text = profile::toml(world);
    let of_target = if world.version == Some(false) { 4 } else { 3 };
    let [source, target] =
        [3, of_target].map(|version| Own::new(engine, &text, &database::schema(engine, world, version)));
    database::fill(&source.database, world, &case.source, &[]);
    database::fill(&target.database, world, &case.target, &case.blocked);
    let mut play = Play { case, source, target, expected: case.target.clone() };
    let exported = export(world, &case.source, &case.asked);
    let report = play.export("the first export", &[])?;
    play.compare_export(&exported, &report)?;
    let bundle = report["bundle"]["name"].as_str().unwrap_or_default().to_owned();
    play.look_for_leaks(&exported, &bundle)?;
    let Some(first) = play.import("the first import", &exported, &bundle, true)? else { return Ok(()) };
    play.again((&exported, &first), &bundle, "the first import again", true)?;
    if case.later == case.source || case.asked.start.is_some() || case.asked.end.is_some() {
        return Ok(());
    }
    database::fill(&play.source.database, world, &case.later, &[]);
    let exported = export(world, &case.later, &case.asked);
    // What an import left out before is looked for again only if everything travels.
    let left_out = |counts: &std::collections::BTreeMap<&str, u64>| {
        ["rejected", "ignored", "guarded"].iter().any(|name| counts.get(name).is_some_and(|rows| *rows > 0))
    };
    let full = first.counts.values().any(left_out);
    let report = play.export("the second export", if full { &["--full"] } else { &[] })?;
    if full {
        play.compare_export(&exported, &report)?;
    }
    let bundle = report["bundle"]["name"].as_str().unwrap_or_default().to_owned();
    match play.import("the second import", &exported, &bundle, full)? {
        Some(second) => play.again((&exported, &second), &bundle, "the second import again", full),
        None => Ok(()),
    }
}

impl Play<'_> {
    fn world(&self) -> &World {
        &self.case.world
    }

    /// What is said to both commands.
    fn options(&self) -> Vec<String> {
        if self.world().conditions { vec!["--set=side=worded".to_owned()] } else { Vec::new() }
    }

    fn run(&self, own: &Own, arguments: &[String]) -> Ended {
        own.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Exports; returns the report.
    fn export(&self, what: &str, more: &[&str]) -> Result<Value, Fault> {
        let mut arguments = ["export", "--json", "--compression=none"].map(str::to_owned).to_vec();
        arguments.extend(self.options());
        arguments.extend(more.iter().map(|&word| word.to_owned()));
        arguments.extend(self.case.asked.options(self.world()));
        let ended = self.run(&self.source, &arguments);
        if ended.status != 0 {
            return fault("export", format!("{what} ended with {}: {}{}", ended.status, ended.stderr, ended.stdout));
        }
        Ok(serde_json::from_str(&ended.stdout).expect("a report is JSON"))
    }

    fn compare_export(&self, exported: &Exported, report: &Value) -> Result<(), Fault> {
        for table in &self.world().tables {
            let found = |name: &str| report["tables"][table.name][name].as_u64().unwrap_or(0);
            let expected = |counts: &std::collections::BTreeMap<String, u64>| counts[table.name];
            let rows = exported.bundle.rows(table.name).len() as u64;
            let expected = [rows, expected(&exported.held_back), expected(&exported.strangers)];
            let found = ["rows", "held_back", "ignored"].map(found);
            if found != expected {
                let text = format!(
                    "export of {}: rows, held back, ignored: expected {expected:?}, found {found:?}",
                    table.name
                );
                return fault("counts of an export", text);
            }
        }
        Ok(())
    }

    /// Looks for the traces of rows that stay at home.
    fn look_for_leaks(&self, exported: &Exported, bundle: &str) -> Result<(), Fault> {
        let bytes = std::fs::read(self.source.folder.path().join(bundle)).expect("the bundle can be read");
        let text = String::from_utf8_lossy(&bytes);
        for table in &self.world().tables {
            for row in self.case.source.rows(table.name) {
                let own = id(table, row);
                let mut carried = exported.bundle.rows(table.name).iter();
                if !carried.any(|other| id(table, other) == own) && text.contains(&rows::trace(table, &own)) {
                    return fault("leak", format!("row {own} of {} is in the bundle", table.name));
                }
            }
        }
        Ok(())
    }

    /// Imports a bundle and compares everything. `counted`: the bundle has all rows that travel, so the counts must be equal too.
    /// Returns what the model did, or `None` if nothing may be imported.
    fn import(
        &mut self,
        what: &str,
        exported: &Exported,
        bundle: &str,
        counted: bool,
    ) -> Result<Option<Imported>, Fault> {
        let mut expected = self.expected.clone();
        let target = (self.case.blocked.as_slice(), self.case.host);
        let imported = import(self.world(), &mut expected, &exported.bundle, target);
        let imported = imported.filter(|_| self.world().version != Some(false));
        let status = match &imported {
            None => 7,
            Some(imported) if imported.rejects.is_empty() => 0,
            Some(_) => 3,
        };
        let mut arguments = vec!["import".to_owned(), "--json".to_owned()];
        arguments.push(format!("--file={}", self.source.folder.path().join(bundle).display()));
        arguments.extend(self.options());
        if profile::has_owner(self.world()) {
            arguments.push(format!("--set=host={}", self.case.host));
        }
        let ended = self.run(&self.target, &arguments);
        if ended.status != status {
            let text =
                format!("{what} ended with {}, expected {status}: {}{}", ended.status, ended.stderr, ended.stdout);
            return fault("end of an import", text);
        }
        if imported.is_some() {
            self.expected = expected;
        }
        self.compare_rows(what)?;
        if let Some(imported) = imported.as_ref().filter(|_| counted) {
            let report: Value = serde_json::from_str(&ended.stdout).expect("a report is JSON");
            self.compare_counts(what, imported, &report)?;
            self.compare_rejects(what, imported, &report)?;
        }
        Ok(imported)
    }

    /// Imports the same bundle again, which writes nothing unless a row was left out before.
    fn again(
        &mut self,
        (exported, first): (&Exported, &Imported),
        bundle: &str,
        what: &str,
        counted: bool,
    ) -> Result<(), Fault> {
        let Some(second) = self.import(what, exported, bundle, counted)? else { return Ok(()) };
        let count =
            |name: &str| second.counts.values().map(|counts| counts.get(name).copied().unwrap_or(0)).sum::<u64>();
        if first.rejects.is_empty() && count("inserted") + count("updated") > 0 {
            return fault("model", format!("{what} would write rows: {:?}", second.counts));
        }
        Ok(())
    }

    fn compare_rows(&self, what: &str) -> Result<(), Fault> {
        let world = self.world();
        let found = database::read(&self.target.database, world);
        let [expected, found] = [&self.expected, &found].map(|rows| show::lines(world, rows, &self.case.target));
        let show = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).take(SHOWN).map(|line| format!("    {line}\n")).collect::<String>()
        };
        let (missing, wrong) = (show(&expected, &found), show(&found, &expected));
        if missing.is_empty() && wrong.is_empty() {
            return Ok(());
        }
        fault("rows", format!("after {what}\n  expected:\n{missing}  found:\n{wrong}"))
    }

    fn compare_counts(&self, what: &str, imported: &Imported, report: &Value) -> Result<(), Fault> {
        for table in &self.world().tables {
            let expected = COUNTS.map(|name| imported.counts[table.name].get(name).copied().unwrap_or(0));
            let found = COUNTS.map(|name| report["tables"][table.name][name].as_u64().unwrap_or(0));
            if expected != found {
                let text =
                    format!("{what}, {}\n  {COUNTS:?}\n  expected {expected:?}\n  found    {found:?}", table.name);
                return fault("counts of an import", text);
            }
        }
        Ok(())
    }

    fn compare_rejects(&self, what: &str, imported: &Imported, report: &Value) -> Result<(), Fault> {
        let mut found = BTreeSet::new();
        if let Some(name) = report["rejects_file"].as_str() {
            let text = std::fs::read_to_string(self.target.folder.path().join(name)).expect("the rejects can be read");
            for record in records(&text).into_iter().skip(1) {
                let table = self.world().tables.iter().find(|table| table.name == record[0]).expect("a table");
                let row: Value = serde_json::from_str(&record[4]).expect("a row is JSON");
                found.insert((record[0].clone(), row[table.id].as_str().unwrap_or_default().to_owned()));
            }
        }
        if found == imported.rejects {
            return Ok(());
        }
        fault("rejects", format!("{what}: expected {:?}, found {found:?}", imported.rejects))
    }
}

/// The records of a CSV file.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            _ => cell.push(letter),
        }
    }
    records
}

/// A row of a table by its id, as a fault shows it.
pub(super) fn shown(world: &World, all: &Installation) -> String {
    let mut text = String::new();
    for table in &world.tables {
        for row in all.rows(table.name) {
            let cells = row.iter().filter(|(column, value)| *column != table.id && value.is_some());
            let cells = cells.map(|(column, value)| format!("{column}={:?}", value.as_deref().unwrap_or_default()));
            text += &format!("  {} #{}: {}\n", table.name, id(table, row), cells.collect::<Vec<_>>().join(" "));
        }
    }
    text
}
