//! `gapsync profile check`: says what would go wrong with a profile on a database, before a row moves. Nothing is changed.

use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::db::rights::lacking;
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{ExitStatus, Result};
use crate::model::completed::Completed;
use crate::model::likeness::referred;
use crate::model::neutral::NeutralType;
use crate::model::order::order;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::{Column, Table};
use crate::run::report::grid::counted;
use crate::sync::Context;
use crate::sync::check::schema::shortened;
use crate::sync::check::{CheckReport, Line, State, connection, note_rights};
use crate::sync::import::stamps::foreign_triggers;
use crate::sync::kinds::faults;
use crate::sync::ready::require_tables;
use crate::sync::rights::{self, Command};

use super::draft::look::Look;
use super::estimate::{self, Sized};

/// Checks the profile of a context against its database. All findings are in the report.
///
/// # Errors
/// `Database` if there is no connection; `Interrupted`.
pub async fn check(context: &Context) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let mut session = Session::open(&context.database, OpenMode::ReadOnly).await?;
    let connected = connection(&mut session, context).await;
    report.take("connection", connected.map(|line| vec![line]));
    let commands = [Command::Export, Command::Import];
    let rules = rights::rules(session.dialect(), &commands);
    match lacking(&mut session, &context.database, &context.profile, &rules).await {
        Ok(missing) => note_rights(&mut report, &missing, &commands, session.dialect()),
        Err(error) => report.add(Line::of_error("rights", &error)),
    }
    let catalogue = session.catalogue().await?;
    if let Err(error) = require_tables(&mut session, &catalogue, &context.profile).await {
        report.add(Line::of_error("schema", &error));
        return Ok(report);
    }
    let profile = Completed::join(&context.profile, &catalogue);
    let nullable = |table: &str, column: &str| {
        let found = catalogue.iter().find(|base| base.name == table).and_then(|base| base.column(column));
        found.is_none_or(|column| column.nullable)
    };
    let exists = |name: &str| catalogue.iter().any(|base| base.name == name);
    if let Err(error) = order(&profile, &nullable, &exists) {
        report.add(Line::of_error("order", &error));
    }
    let triggers = match foreign_triggers(&mut session).await {
        Ok(triggers) => triggers,
        Err(error) => {
            report.take("triggers", Err(error));
            BTreeMap::new()
        }
    };
    session.begin_snapshot().await?;
    let indexed = session.indexed_columns().await?;
    let mut look = Look::new(&mut session).await?;
    let dialect = look.session.dialect();
    let (mut rows, mut dateless, mut slow) = (0, Vec::new(), Vec::new());
    for table in &profile.tables {
        context.run.cancel.check()?;
        let Some(base) = catalogue.iter().find(|base| base.name == table.name) else {
            report.add(of(table, State::Warning, "the database has no such table: its rows are skipped"));
            continue;
        };
        let mut checked =
            Checked { profile: &profile, table, base, catalogue: &catalogue, lines: Vec::new(), dateless: false };
        checked.types(dialect);
        if let Some(triggers) = triggers.get(&table.name) {
            checked.triggers(triggers);
        }
        let found = checked.data(&mut look).await;
        if checked.dateless {
            dateless.push(table.name.clone());
        }
        match look.rows(&table.name).await {
            Ok(found) => {
                let found = found.unsigned_abs();
                rows += found;
                slow.extend(estimate::slow(&profile, &indexed, &Sized { table, base, rows: found }));
            }
            Err(error) => report.take("rows", Err(error)),
        }
        if checked.lines.is_empty() && found.is_ok() {
            checked.lines.push(Line::new("table", State::Ok, format!("`{}`", table.name)));
        }
        report.take("table", Ok(checked.lines));
        report.take("table", found.map(|()| Vec::new()));
    }
    let bytes = look.sizes.bytes(profile.tables.iter().map(|table| table.name.as_str()));
    session.rollback().await?;
    if !dateless.is_empty() {
        let found = format!(
            "{} without the column with the time of the last change, so that every export carries all their rows and an import \
             compares them: {}",
            counted(dateless.len() as u64, "table"),
            shortened(&dateless)
        );
        report.add(Line::new("dates", State::Warning, found).advice("if there is such a column, name it with `date`"));
    }
    report.add(Line::new("rows", State::Ok, format!("{} in the tables of the profile", counted(rows, "row"))));
    report.add(estimate::whole(rows, bytes));
    report.take("speed", Ok(slow));
    Ok(report)
}

fn of(table: &TableProfile, state: State, found: &str) -> Line {
    Line::new("table", state, format!("`{}`: {found}", table.name))
}

/// A table that is checked.
struct Checked<'a> {
    profile: &'a Completed,
    table: &'a TableProfile,
    base: &'a Table,
    catalogue: &'a [Table],
    lines: Vec<Line>,
    /// Whether the table has no column with the time of the last change.
    dateless: bool,
}

impl Checked<'_> {
    fn failed(&mut self, found: &str, advice: &str) {
        self.lines.push(of(self.table, State::Failed, found).advice(advice).status(ExitStatus::Schema));
    }

    fn warn(&mut self, found: &str, advice: &str) {
        self.lines.push(of(self.table, State::Warning, found).advice(advice));
    }

    /// Checks what the catalogue says of the columns that the profile names.
    fn types(&mut self, dialect: Dialect) {
        let (table, base) = (self.table, self.base);
        self.lines.extend(
            faults(dialect, self.profile, (table, base), self.catalogue)
                .iter()
                .map(|error| Line::of_error("table", error)),
        );
        if !table.id.is_key() && base.column(&table.id).is_none() {
            self.failed(
                &format!("there is no column `{}` for the id", *table.id),
                "name it with `id`, or write `id = { kind = \"key\" }` if the key is the primary key and nothing refers to the rows",
            );
        }
        for column in table.key.iter().filter(|column| base.column(column).is_none()) {
            self.failed(&format!("the key has a column `{column}`, which the table lacks"), "correct `key`");
        }
        // The rows of some tables are new by another one (`window`), unless that one has no window itself.
        let by_window = table.window.is_some()
            && table
                .window_parent()
                .and_then(|parent| self.profile.table(parent))
                .is_none_or(|parent| parent.carry.is_all());
        self.dateless = base.column(&table.date).is_none() && !by_window;
        if let Some(deleted) = table.deleted.as_ref().filter(|deleted| base.column(deleted).is_none()) {
            self.failed(&format!("there is no column `{}`", **deleted), "correct `deleted`");
        }
        for column in &base.columns {
            if self.is_unclear(column) {
                let name = &column.name;
                self.warn(
                    &format!("`{name}` sounds like a reference that the profile does not know: its numbers travel as they are, and mean other rows on the other side"),
                    "say in `references` to what it refers, or leave it at home with `exclude`",
                );
            }
        }
    }

    /// Names triggers of others, which may set the date of a row that an import writes.
    fn triggers(&mut self, names: &[String]) {
        self.warn(
            &format!("triggers that are not gapsync's run when a row is written: {}", shortened(names)),
            "if one of them sets the date of the last change, switch it off while gapsync imports",
        );
    }

    fn is_unclear(&self, column: &Column) -> bool {
        let (table, name) = (self.table, &column.name);
        let known = table.polymorphic.iter().any(|reference| reference.id == *name || reference.type_column == *name);
        column.neutral == NeutralType::Integer
            && *name != *table.id
            && !known
            && table.lets_travel(name)
            && self.profile.reference(table, name).is_none()
            && referred(name).is_some()
    }

    /// Looks at the rows.
    async fn data(&mut self, look: &mut Look<'_>) -> Result<()> {
        let (table, base) = (self.table, self.base);
        if table.matched_by == Match::Key && table.key.iter().all(|column| base.column(column).is_some()) {
            match look.twins(&table.name, &table.key).await? {
                Some(0) => {}
                Some(twins) => self.warn(
                    &format!(
                        "{} the same key as another one",
                        counted(twins.unsigned_abs(), "row") + if twins == 1 { " has" } else { " have" }
                    ),
                    "add to `key` what tells them apart, or remove the doubles",
                ),
                None => {
                    self.warn("it has too many rows to look for equal keys", "look for them with a query of your own")
                }
            }
        }
        for (column, parent) in &table.references {
            let there = base.column(column).is_some_and(|column| column.neutral == NeutralType::Integer);
            let id = self.profile.table(parent).filter(|parent| parent.id.is_number());
            let id = id.map(|parent| parent.id.column.clone());
            // A declared foreign key cannot lead nowhere.
            let declared = base.foreign_keys.iter().any(|key| key.column == *column);
            let (true, false, Some(id)) = (there, declared, id) else { continue };
            let leads = look.leads((&table.name, column), (parent, &id)).await?;
            let lost = leads.values - leads.found;
            if lost > 0 {
                self.warn(
                    &format!("{lost} of {} values of `{column}` lead to no row of `{}`", leads.values, parent.table),
                    "rows that refer to nothing are left behind or lose the reference; correct them, or `references`",
                );
            }
            if leads.zeros > 0 && !leads.has_zero && parent.none != Some(0) {
                self.warn(
                    &format!(
                        "`{column}` is 0 in {} of the values looked at, and `{}` has no such row",
                        leads.zeros, parent.table
                    ),
                    "if 0 means none there, say so: `references` takes `none = 0`",
                );
            }
        }
        Ok(())
    }
}
