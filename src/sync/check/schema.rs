//! Checks whether the tables exist, and whether the bundle fits them.

use std::collections::BTreeMap;

use crate::bundle::reader::{self, BundleSource, DumpFormat, Item, ReadOptions};
use crate::error::{Error, ExitStatus, Result};
use crate::model::completed::Completed;
use crate::model::manifest::Header;
use crate::stream::budget::Budget;
use crate::sync::Context;
use crate::sync::import::fitting::fit_of_header;
use crate::sync::kinds::require_kinds;
use crate::sync::ready::require_tables;
use crate::sync::version::require_same;

use super::{CheckReport, CheckRequest, Checker, Line, State};

/// Memory for rows in flight while the header is read.
const BUDGET_BYTES: u64 = 4 << 20;

/// The most names that a line shows.
const SHOWN: usize = 8;

/// Reads the header of the bundle, if there is one.
///
/// # Errors
/// `Damaged`, `File`.
pub(super) async fn header(request: &CheckRequest, context: &Context) -> Result<Option<Box<Header>>> {
    let Some(file) = &request.file else { return Ok(None) };
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: request.limits.clone(),
        budget: Budget::new(BUDGET_BYTES),
        outfile_columns: BTreeMap::new(),
    };
    let mut items = reader::read(
        BundleSource::Path(file.clone()),
        options,
        context.run.progress.clone(),
        context.run.cancel.clone(),
    );
    match items.next().await? {
        Some(Item::Header(header)) => Ok(Some(header)),
        _ => Err(Error::damaged("the bundle does not begin with its header")),
    }
}

/// Returns the first names of a list, and the number of the others.
pub(in crate::sync) fn shortened(names: &[String]) -> String {
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

impl Checker<'_> {
    /// Adds the lines on the schema. Returns whether any of the profile's tables exist.
    pub(super) async fn schema(&mut self, report: &mut CheckReport) -> bool {
        let profile = &self.context.profile;
        if let Err(error) = self.session.require_unicode().await {
            report.add(Line::of_error("schema", &error));
        }
        if let Err(error) = require_tables(self.session, self.catalogue, profile).await {
            // MariaDB shows no tables to a user without privileges.
            report.add(Line::of_error("schema", &error));
            return false;
        }
        if let Err(error) = require_kinds(self.context.database.dialect(), profile, self.catalogue) {
            report.add(Line::of_error("schema", &error));
        }
        let exists = |name: &str| self.catalogue.iter().any(|table| table.name == name);
        let missing: Vec<String> =
            profile.tables.iter().map(|table| table.name.clone()).filter(|name| !exists(name)).collect();
        let all = profile.tables.len();
        let found = format!("{} of {all} tables of the profile `{}`", all - missing.len(), profile.name);
        report.add(if missing.is_empty() {
            Line::new("schema", State::Ok, found)
        } else {
            let found = format!("{found}; missing: {}", shortened(&missing));
            Line::new("schema", State::Warning, found).advice("their rows are skipped by exports and imports")
        });
        if let Some(header) = self.header {
            report.add(self.bundle(header));
        }
        true
    }

    /// Returns whether the bundle fits the tables.
    fn bundle(&self, header: &Header) -> Line {
        if let Err(error) = self.context.profile.require_agreement(&header.profile.options) {
            return Line::of_error("bundle", &error);
        }
        if let Err(error) = require_same(header.profile.version.as_deref(), self.version.as_deref()) {
            return Line::of_error("bundle", &error);
        }
        let profile = Completed::join(&self.context.profile, self.catalogue);
        let target = match fit_of_header(self.context.database.dialect(), &profile, self.catalogue, header) {
            Ok(target) => target,
            Err(error) => return Line::of_error("bundle", &error),
        };
        if target.tables.is_empty() && header.tables.iter().any(|table| table.max_rows > 0) {
            return Line::of_error("bundle", &crate::sync::ready::wrong_bundle()).status(ExitStatus::Schema);
        }
        let fit = format!("{} of its {} tables", target.tables.len(), header.tables.len());
        let mut left = target.ignored_tables.clone();
        left.extend(target.ignored_columns.iter().cloned());
        if left.is_empty() {
            return Line::new("bundle", State::Ok, format!("{fit}, with every column"));
        }
        Line::new("bundle", State::Warning, format!("{fit}; skipped: {}", shortened(&left)))
            .advice("what the database lacks, or what must not travel, is not imported")
    }
}
