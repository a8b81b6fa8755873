//! Importing a rejects file. It is turned into what a bundle's reader would return, so that the rest of the import is the same.
//!
//! The ids in its rows are the source's. Referenced rows are found by hash. The hash comes from a row in the file itself or
//! from the `parents` beside a row. If neither has it but the row's own hash was made from it, the target is searched for the
//! row that yields that hash. Hashes are computed on arrival, because a key may have been corrected.

pub(super) mod key;
mod search;
mod survey;

use std::path::PathBuf;

use crate::bundle::header::made_up;
use crate::bundle::reader::{ItemStream, RejectsPlan, read_rejects};
use crate::db::session::Session;
use crate::error::Result;
use crate::model::completed::Completed;
use crate::model::manifest::{ColumnHeader, TableHeader};
use crate::model::neutral::NeutralType;
use crate::model::schema::Table;
use crate::run::rejects::Rejects;
use crate::stream::budget::Budget;
use crate::stream::cpu;
use crate::sync::Context;

use survey::Contents;

/// A rejects file after the first pass over it.
pub(super) struct Retake<'a> {
    path: PathBuf,
    max_row_bytes: u64,
    context: &'a Context,
    catalogue: &'a [Table],
    profile: Completed,
    survey: Contents,
}

impl<'a> Retake<'a> {
    /// Reads the file at `path` for the first time.
    ///
    /// # Errors
    /// `File`; `Damaged` with line and column; `Interrupted`.
    pub(super) async fn new(
        path: PathBuf,
        max_row_bytes: u64,
        context: &'a Context,
        catalogue: &'a [Table],
    ) -> Result<Self> {
        let profile = Completed::join(&context.profile, catalogue);
        let (file, rules, tables) = (path.clone(), profile.clone(), catalogue.to_vec());
        let cancel = context.run.cancel.clone();
        let surveyed = cpu::run(move || survey::survey(&file, max_row_bytes, &rules, &tables, &cancel)).await;
        let survey = surveyed.map_err(|error| error.at_path(path.display().to_string()))?;
        Ok(Self { path, max_row_bytes, context, catalogue, profile, survey })
    }

    /// Returns the file's rows the way a bundle's reader would.
    pub(super) fn stream(&self, budget: Budget) -> ItemStream {
        let mut tables = Vec::new();
        let mut stretches = Vec::new();
        for table in &self.survey.tables {
            let base = self.base(&table.name);
            let column = |name: &String| ColumnHeader {
                name: name.clone(),
                neutral: base.and_then(|base| base.column(name)).map_or(NeutralType::Text, |column| column.neutral),
            };
            let columns = table.columns.iter().map(column).collect();
            tables.push(TableHeader { name: table.name.clone(), columns, max_rows: table.rows, sets: None });
            stretches.push(table.stretches.clone());
        }
        // Tables to which rows only refer take part too, without rows of their own.
        for name in self.survey.referred() {
            let (Some(base), Some(profile)) = (self.base(name), self.context.profile.table(name)) else { continue };
            let carried = base.columns.iter().filter(|column| !column.generated && profile.lets_travel(&column.name));
            let column = |column: &crate::model::schema::Column| ColumnHeader {
                name: column.name.clone(),
                neutral: column.neutral,
            };
            tables.push(TableHeader {
                name: name.clone(),
                columns: carried.map(column).collect(),
                max_rows: 0,
                sets: None,
            });
            stretches.push(Vec::new());
        }
        let plan = RejectsPlan {
            path: self.path.clone(),
            header: made_up(tables),
            stretches,
            mark: self.survey.mark.clone(),
            max_row_bytes: self.max_row_bytes,
        };
        read_rejects(plan, budget, self.context.run.cancel.clone())
    }

    /// Searches for rows that are known only by hashes made from theirs, then passes all known hashes to `rejects`. Returns
    /// warnings.
    ///
    /// # Errors
    /// `Database`, `File`, `Interrupted`; `Damaged` if the file was changed in the meantime.
    pub(super) async fn find(&mut self, session: &mut Session, rejects: &mut Rejects) -> Result<Vec<String>> {
        let mut warnings = search::search(self, session).await?;
        rejects.hashes = std::mem::take(&mut self.survey.hashes);
        let with_files = |table: &&survey::Surveyed| {
            self.context.profile.table(&table.name).is_some_and(|profile| profile.files.is_some())
        };
        let tables: Vec<&str> = self.survey.tables.iter().filter(with_files).map(|table| table.name.as_str()).collect();
        if !tables.is_empty() {
            warnings.push(format!(
                "only the bundle has the physical files of {}: import it again to place them",
                tables.join(", ")
            ));
        }
        Ok(warnings)
    }

    fn base(&self, name: &str) -> Option<&'a Table> {
        self.catalogue.iter().find(|table| table.name == name)
    }
}
