//! The end of a history: it is healed, and the targets are held against the source.

use std::collections::BTreeSet;
use std::io::BufReader;

use gapsync::model::profile::TableProfile;
use gapsync::rows::rejects::RejectReader;

use super::edit::{Place, identity};
use super::history::{Fault, History, own_content};
use super::world::content;
use crate::model::export::stays_behind;
use crate::model::schema::Schema;
use crate::model::{Installation, Row, cell};
use crate::property::tables;

/// Differences that a failure shows.
const SHOWN: usize = 6;

impl History<'_> {
    /// The last export and import of each receiver, and what the target is then.
    pub(super) fn heal(&mut self) -> Result<(), Fault> {
        self.commit_late();
        if self.upgraded == Some(false) {
            self.end();
        }
        if self.rng.chance(50) {
            self.gone.clear();
            self.flush();
        }
        for stream in 0..self.streams.len() {
            self.world.now += 86_400 * 30;
            let target = self.streams[stream].target;
            self.last_bundle(stream, None)?;
            let missing = self.missing(stream);
            self.hold_gaps(stream)?;
            let since = missing.first().map(|number| format!("--since={number}"));
            let everything = self.upgraded.is_some() && target == 0 || since.is_some() && self.rng.chance(40);
            if let Some(way) = if everything { Some("--full".to_owned()) } else { since } {
                self.last_bundle(stream, Some(&way))?;
                self.hold_gaps(stream)?;
            }
            self.judge(target)?;
        }
        Ok(())
    }

    /// Exports once more for a receiver, and imports the bundle. Where files are missing for good no bundle can be whole, so
    /// they come back first.
    fn last_bundle(&mut self, stream: usize, way: Option<&str>) -> Result<(), Fault> {
        let more: Vec<&str> = way.into_iter().collect();
        let mut parcel = self.export(stream, &more, false)?;
        if parcel.is_none() {
            self.gone.clear();
            self.flush();
            parcel = self.export(stream, &more, false)?;
        }
        let parcel = parcel.ok_or("the last export left no bundle")?;
        self.import(&parcel, &[], None).map(drop)
    }

    /// `history --gaps` says what is missing. What a bundle of explicit dates brought it may count as missing or not.
    fn hold_gaps(&mut self, stream: usize) -> Result<(), Fault> {
        let target = self.streams[stream].target;
        let (missing, lost) = (self.missing(stream), self.still_missing(stream));
        let run = self.on_target(target, &["history".to_owned(), "--gaps".to_owned()], None);
        if run.status == 0 && lost.is_empty() || run.status == 11 && !missing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "history --gaps of target {target} ends with {}, though {missing:?} are missing: {}{}",
            run.status, run.report, run.stderr
        ))
    }

    fn judge(&self, target: usize) -> Result<(), Fault> {
        let schema = self.world.schema.clone();
        let site = &self.world.targets[target];
        let found = tables::read(&site.database, &schema);
        let rejected = self.rejected();
        let mut faults = Vec::new();
        for table in schema.tables() {
            for row in self.source.rows(&table.name) {
                if stays_behind(&schema, &self.source, self.deleted_travel, table, row) {
                    continue;
                }
                let place = (table.name.clone(), cell(row, "id").unwrap().to_owned());
                if !rejected.contains(&place)
                    && let Some(fault) = self.compare(&schema, &found, table, row, target)
                {
                    faults.push(format!("{} {} of the source: {fault}", place.0, place.1));
                }
            }
        }
        for (place, row) in &self.seen[target].own {
            if let Some(fault) = self.lost(&schema, &found, place, row, target) {
                faults.push(format!("{} {} of the target's own: {fault}", place.0, place.1));
            }
        }
        let rest = faults.len().saturating_sub(SHOWN);
        faults.truncate(SHOWN);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(format!("target {target}:\n  {}\n  and {rest} more", faults.join("\n  ")))
        }
    }

    /// Rows of the source that a rejects file names.
    fn rejected(&self) -> BTreeSet<Place> {
        let mut places = BTreeSet::new();
        for entry in std::fs::read_dir(self.world.folder.path().join("reports")).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_string_lossy().contains("rejects") {
                continue;
            }
            let mut reader = RejectReader::new(BufReader::new(std::fs::File::open(&path).unwrap()), 1 << 20).unwrap();
            while let Some((_, row)) = reader.next_row().unwrap() {
                let id = row.fields.iter().find(|(name, _)| name == "id").and_then(|(_, value)| value.clone());
                places.extend(id.map(|id| (row.table.clone(), id)));
            }
        }
        places
    }

    /// What is wrong with the target's row of a row of the source.
    fn compare(
        &self,
        schema: &Schema,
        found: &Installation,
        table: &TableProfile,
        row: &Row,
        target: usize,
    ) -> Option<String> {
        let known = identity(schema, &self.source, table, row);
        let twin = |other: &&Row| identity(schema, found, table, other) == known;
        let Some(other) = found.rows(&table.name).iter().find(twin) else { return Some("it is not there".into()) };
        let dates = (cell(row, &table.date), cell(other, &table.date));
        if dates.1 > dates.0 {
            return None;
        }
        if dates.1 < dates.0 {
            return Some(format!("it is older there: {dates:?}"));
        }
        for column in schema.columns(&table.name) {
            let name = column.name.as_str();
            let kept = name == *table.id || name == table.hash || name == table.created || table.in_key(name);
            let excluded = schema.stays(table, name) || name == "path";
            let unsent = !self.deleted_travel && table.deleted.as_ref().is_some_and(|deleted| deleted.column == name);
            if kept || excluded || unsent {
                continue;
            }
            let (theirs, own) = (cell(row, name), cell(other, name));
            let same = if schema.references(table).any(|column| column == name) {
                self.means_the_same(schema, found, table, (row, other), name)
            } else if table.descriptions.iter().any(|column| column == name) {
                theirs.is_none() || own.is_some() && (!self.override_description || theirs == own)
            } else {
                theirs == own
            };
            if !same {
                return Some(format!("{name} is {own:?} there, not {theirs:?}"));
            }
        }
        self.wrong_file(table, row, other, target)
    }

    /// Whether two rows refer to the same row; whatever the target has is right when the source's did not travel.
    fn means_the_same(
        &self,
        schema: &Schema,
        found: &Installation,
        table: &TableProfile,
        (row, other): (&Row, &Row),
        column: &str,
    ) -> bool {
        let Some((Some(parent), id)) = schema.target(table, row, column) else { return cell(other, column).is_none() };
        let parent = schema.profile.table(parent).unwrap();
        let referred = self.source.find(&parent.name, id).unwrap();
        let known = identity(schema, &self.source, parent, referred);
        let twin = found.rows(&parent.name).iter().find(|row| identity(schema, found, parent, row) == known);
        let stays = stays_behind(schema, &self.source, self.deleted_travel, parent, referred);
        match twin {
            Some(twin) if !stays => cell(twin, "id") == cell(other, column),
            _ => true,
        }
    }

    /// A file that the source has is at the target, too.
    fn wrong_file(&self, table: &TableProfile, row: &Row, other: &Row, target: usize) -> Option<String> {
        if table.files.is_none() || self.gone.contains(cell(row, "id").unwrap()) {
            return None;
        }
        let path = cell(other, "path").unwrap_or_default();
        let there = content(&self.world.targets[target].files, path);
        (there.as_ref() != Some(&own_content(row))).then(|| format!("its file {path} holds {there:?}"))
    }

    /// What was lost of a row that the target's own users wrote.
    fn lost(&self, schema: &Schema, found: &Installation, place: &Place, row: &Row, target: usize) -> Option<String> {
        let (name, id) = place;
        let table = schema.profile.table(name).unwrap();
        let Some(now) = found.find(name, id) else { return Some("it is gone".into()) };
        let known = identity(schema, found, table, now)?;
        let latest = self.ever.get(&(name.clone(), known));
        let newer = latest.is_some_and(|latest| cell(row, &table.date) <= latest.as_deref());
        if newer {
            return None;
        }
        let strange = latest.is_none();
        for (column, value) in row {
            let filled = value.is_none() && table.descriptions.contains(column);
            if !(now.get(column) == Some(value) || !strange && (filled || *column == table.created)) {
                return Some(format!("{column} was {value:?} and is {:?}", now.get(column)));
            }
        }
        let path = cell(row, "path").filter(|_| table.files.is_some() && strange)?;
        let there = content(&self.world.targets[target].files, path);
        (there.as_ref() != Some(&own_content(row))).then(|| format!("its file {path} holds {there:?}"))
    }
}
