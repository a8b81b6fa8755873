//! Gives stores their places at the end of a restore, and keeps the journal of it.

use std::fs;

use super::journal::Move;
use super::publish::Publish;
use crate::error::{Error, Result};
use crate::stream::{durable, fail};

impl Publish<'_, '_> {
    /// Gives a store its place. What is there gets another name.
    pub(in crate::snapshot) fn place(&mut self, index: usize) -> Result<String> {
        let last = index + 1 == self.restorer.targets.len();
        let said = match &mut self.restorer.targets[index].sink {
            Some(sink) => {
                let said = sink.publish()?;
                let target = &self.restorer.targets[index];
                self.report.body.placed.push(format!("{}: {}", target.name, target.shown()));
                said
            }
            None => self.rename(index)?,
        };
        // A drill is never published.
        if last && self.restorer.request.drill.is_none() {
            self.restorer.journal.published = true;
            // What engines hold is to stay from here on.
            self.restorer.journal.left.clear();
            self.write()?;
            let sinks = self.restorer.targets.iter_mut().filter_map(|target| target.sink.as_mut());
            let failed: Vec<_> = sinks.filter_map(|sink| sink.unmark().err()).collect();
            failed.into_iter().for_each(|error| self.warn(format!("a sign of this restore is left: {error}")));
        }
        Ok(said)
    }

    /// Gives a store of files its place.
    fn rename(&mut self, index: usize) -> Result<String> {
        let target = &self.restorer.targets[index];
        target.check(self.restorer.request.replace)?;
        let staging = target.staging.as_ref().ok_or_else(|| Error::internal("a store was not staged"))?;
        let (tree, place) = (staging.tree(), target.place.clone());
        let before = target.beside("", &format!(".before-{}", &self.restorer.journal.id[..8]));
        let parent = target.parent().to_owned();
        let occupied = fs::read_dir(&place).is_ok_and(|mut entries| entries.next().is_some());
        let mut moves = Vec::new();
        if occupied {
            moves.push(Move { from: place.clone(), to: before.clone() });
        }
        moves.push(Move { from: tree, to: place.clone() });
        self.restorer.journal.moves.extend(moves.clone());
        self.write()?;
        fail::point("restore.before-rename");
        for step in &moves {
            fs::rename(&step.from, &step.to)
                .map_err(|error| Error::file(&step.to, "a folder cannot be renamed to this", error))?;
            fail::point("restore.renamed");
        }
        durable::sync_folder(&parent).map_err(|error| Error::file(&parent, "the folder cannot be synced", error))?;
        let name = &self.restorer.targets[index].name;
        let was = if occupied { format!("; what was there is now {}", before.display()) } else { String::new() };
        self.report.body.placed.push(format!("{name}: {}{was}", place.display()));
        Ok("done".to_owned())
    }

    /// Writes the journal.
    pub(in crate::snapshot) fn write(&self) -> Result<()> {
        self.restorer.state.map_or(Ok(()), |state| state.write(&self.restorer.journal))
    }

    /// Says something at once, and in the report.
    pub(in crate::snapshot) fn warn(&mut self, what: String) {
        self.context.progress.warning(what.clone());
        self.report.warnings.push(what);
    }
}
