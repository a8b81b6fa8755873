//! Checks free space on the disks.

use crate::db::storage::storage;
use crate::error::ExitStatus;
use crate::run::disk::{free, is_short, line};
use crate::run::report::grid::size;
use crate::sync::import::need::{Extent, of_import};
use crate::sync::rights::Command;

use super::{Checker, Line, State};

impl Checker<'_> {
    /// Estimates the space for the bundle, or reports the free space if there is no bundle.
    pub(super) async fn room(&mut self) -> Vec<Line> {
        let Some(header) = self.header else { return self.free().await };
        let extent = Extent {
            file: self.request.file.as_deref(),
            files_root: self.request.files_root.as_deref(),
            writes: self.request.has(Command::Import),
        };
        let need = of_import(extent, self.context, header, self.session).await;
        let lines = need.disks.iter().map(|disk| {
            let found = format!("needs at most {}", line(disk));
            if is_short(disk) {
                Line::new("room", State::Failed, found)
                    .status(ExitStatus::File)
                    .advice("free some space, or continue with --ignore-free-space if the estimate is too high")
            } else if disk.free_bytes.is_none() {
                Line::new("room", State::Unknown, found).advice("check the free space there")
            } else {
                Line::new("room", State::Ok, found)
            }
        });
        lines.collect()
    }

    async fn free(&mut self) -> Vec<Line> {
        let storage = storage(self.session, &self.context.database).await;
        let root = self.request.files_root.clone();
        let places = [storage.data, root].into_iter().flatten();
        let known = places.filter_map(|path| {
            let free = free(&path)?;
            Some(Line::new("room", State::Ok, format!("{} are free on the disk of {}", size(free), path.display())))
        });
        let mut lines: Vec<Line> = known.collect();
        if lines.is_empty() {
            let line = Line::new("room", State::Unknown, "the disks of the server cannot be seen from here");
            lines.push(line.advice("check the free space there"));
        }
        lines
    }
}
