//! Taking a rejects file back in. It is turned into what a bundle's reader gives, so that the rest of an import is the same.
//!
//! The ids in its rows are those of the source. What they refer to is found by hash: of rows in the file itself, of the
//! `parents` that stand beside a row, and, where neither is known but the row's own hash was made from it, of whichever row
//! of the target makes that hash come out. Hashes are computed on arrival, because a key may have been mended.

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

use survey::Survey;

/// A rejects file that was looked through once.
pub(super) struct Retry<'a> {
    path: PathBuf,
    max_row_bytes: u64,
    context: &'a Context,
    catalogue: &'a [Table],
    profile: Completed,
    survey: Survey,
}

impl<'a> Retry<'a> {
    /// Looks through the file at `path`.
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

    /// The file's rows as a bundle's reader gives them.
    pub(super) fn stream(&self, budget: Budget) -> ItemStream {
        let mut tables = Vec::new();
        let mut runs = Vec::new();
        for table in &self.survey.tables {
            let base = self.base(&table.name);
            let column = |name: &String| ColumnHeader {
                name: name.clone(),
                neutral: base.and_then(|base| base.column(name)).map_or(NeutralType::Text, |column| column.neutral),
            };
            let columns = table.columns.iter().map(column).collect();
            tables.push(TableHeader { name: table.name.clone(), columns, max_rows: table.rows });
            runs.push(table.runs.clone());
        }
        // Tables that rows only refer to take part too, without rows of their own.
        for name in self.survey.referred() {
            let (Some(base), Some(profile)) = (self.base(name), self.context.profile.table(name)) else { continue };
            let carried = base.columns.iter().filter(|column| !column.generated && profile.lets_travel(&column.name));
            let column = |column: &crate::model::schema::Column| ColumnHeader {
                name: column.name.clone(),
                neutral: column.neutral,
            };
            tables.push(TableHeader { name: name.clone(), columns: carried.map(column).collect(), max_rows: 0 });
            runs.push(Vec::new());
        }
        let plan = RejectsPlan {
            path: self.path.clone(),
            header: made_up(tables),
            runs,
            mark: self.survey.mark.clone(),
            max_row_bytes: self.max_row_bytes,
        };
        read_rejects(plan, budget, self.context.run.cancel.clone())
    }

    /// Looks for rows that nothing is known of but the hashes made from theirs; then tells `rejects` all hashes that are
    /// known. Gives warnings.
    ///
    /// # Errors
    /// `Database`, `File`, `Interrupted`; `Damaged`, when the file was changed meanwhile.
    pub(super) async fn find(&mut self, session: &mut Session, rejects: &mut Rejects) -> Result<Vec<String>> {
        let mut warnings = search::search(self, session).await?;
        rejects.hashes = std::mem::take(&mut self.survey.hashes);
        let with_files = |table: &&survey::Surveyed| {
            self.context.profile.table(&table.name).is_some_and(|profile| profile.files.is_some())
        };
        let tables: Vec<&str> = self.survey.tables.iter().filter(with_files).map(|table| table.name.as_str()).collect();
        if !tables.is_empty() {
            warnings.push(format!(
                "physical files of {} are in the bundle alone: import it again to place them",
                tables.join(", ")
            ));
        }
        Ok(warnings)
    }

    fn base(&self, name: &str) -> Option<&'a Table> {
        self.catalogue.iter().find(|table| table.name == name)
    }
}
