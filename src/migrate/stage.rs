//! Stages the files of a pipeline: reads them, makes the rows of its tables, and loads these into the staging tables.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::account::{Done, Fate, recount};
use super::dates::Date;
use super::mapping::{Family, Mapping};
use super::plan::Planned;
use super::reader::{Item, Reading, Work, start};
use super::request::MigrateRequest;
use super::rows::{Mapped, Plan};
use super::sql::Loaded;
use super::table::TargetTable;
use super::target::Staging;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::run::Context;
use crate::run::rejects::Rejects;
use crate::stream::budget::{Budget, Permit};
use crate::stream::{cpu, fail};

/// Size at which the rows of a table are handed to a loader.
const LOAD_BYTES: usize = 256 << 10;

/// How many batches are mapped or wait for that at once.
const AHEAD: usize = 3;

/// The most memory that rows in flight may take, whatever the machine has: more would not be faster.
const IN_FLIGHT: u64 = 24 << 20;

/// The days of the staged rows, by table.
pub(super) type Days = BTreeMap<String, BTreeSet<Date>>;

/// Files of a pipeline that are to be staged.
pub(super) struct Stage<'a> {
    pub(super) request: &'a MigrateRequest,
    pub(super) context: &'a Context,
    pub(super) mapping: &'a Arc<Mapping>,
    /// The tables of the pipeline.
    pub(super) tables: &'a [TargetTable],
    /// The files.
    pub(super) work: &'a [&'a Planned],
    /// How many files the run has staged before.
    pub(super) first_file: usize,
}

/// What was staged.
pub(super) struct Staged {
    /// The files, in order.
    pub(super) files: Vec<Done>,
    /// The days of their rows.
    pub(super) days: Days,
    /// Records with a code that a lookup lacks, by lookup.
    pub(super) unknown: BTreeMap<String, u64>,
    /// The open transaction, if the rows are in the target tables already.
    pub(super) loaded: Option<Loaded>,
}

impl Stage<'_> {
    /// Reads the files into the staging tables, which are empty, or straight into the target tables.
    ///
    /// # Errors
    /// `File`, `Damaged`, `Database`, `Rejects`, `Interrupted`.
    pub(super) async fn run(&self, staging: Staging, rejects: &mut Rejects) -> Result<Staged> {
        let plans = self.plans()?;
        let reading = Reading {
            root: self.request.old_path.clone(),
            mapping: Arc::clone(self.mapping),
            budget: Budget::new(self.request.resources.row_bytes().min(IN_FLIGHT)),
            progress: self.context.progress.clone(),
            cancel: self.context.cancel.clone(),
            max_row_bytes: self.request.max_row_bytes,
        };
        let items = self.work.iter().enumerate().map(|(index, file)| Work {
            file: index,
            number: self.first_file + index + 1,
            source: file.source.clone(),
            plan: Arc::clone(&plans[file.source.family]),
            only: file.only.clone(),
        });
        let mut items = start(reading, items.collect());
        let mut way = Way {
            staging,
            mapping: self.mapping,
            index: self.tables.iter().enumerate().map(|(index, table)| (table.name.as_str(), index)).collect(),
            pending: self.tables.iter().map(|table| RowBatch::new(table.columns.len())).collect(),
            files: self.work.iter().enumerate().map(|(index, file)| self.done(index, file)).collect(),
            days: Days::new(),
            unknown: BTreeMap::new(),
        };
        // Some batches are mapped while others are read and loaded. A batch may hold all of the budget, so that the reader waits
        // for it: what comes first is taken.
        let (mut ahead, mut read) = (VecDeque::new(), false);
        while !read || !ahead.is_empty() {
            self.context.cancel.check()?;
            tokio::select! {
                item = items.next(), if !read && ahead.len() < AHEAD => match item? {
                    Some(item) => ahead.push_back(self.begin(item, &plans)),
                    None => read = true,
                },
                mapped = first(&mut ahead), if !ahead.is_empty() => {
                    way.item(mapped?, rejects, self.context).await?;
                }
            }
        }
        let staged = way.finish(rejects).await?;
        rejects.all_seen()?;
        Ok(staged)
    }

    /// Begins to make the rows of a batch.
    fn begin(&self, item: Item, plans: &[Arc<Plan>]) -> Begun {
        match item {
            Item::Rows { file, facts, batch, permit } => {
                fail::point("migrate.rows");
                let family = self.work[file].source.family;
                let plan = Arc::clone(&plans[family]);
                let mapped = tokio::spawn(cpu::run(move || plan.map(&facts, &batch)));
                Begun::Rows { file, family, mapped, permit }
            }
            Item::End { file, sha256, bytes } => Begun::End { file, sha256, bytes },
        }
    }

    /// Joins each family with its tables.
    fn plans(&self) -> Result<Vec<Arc<Plan>>> {
        let columns = |name: &str| {
            let table = self.tables.iter().find(|table| table.name == name);
            table.map(|table| table.columns.clone()).ok_or_else(|| Error::internal("a table of the mapping is missing"))
        };
        let plan = |family: &Family| {
            let targets = family.outputs.iter().map(|output| columns(&output.table)).collect::<Result<_>>()?;
            Ok(Arc::new(Plan::new(family.clone(), targets)))
        };
        self.mapping.families.iter().map(plan).collect()
    }

    fn done(&self, index: usize, file: &Planned) -> Done {
        let outputs = &self.mapping.families[file.source.family].outputs;
        Done {
            number: u32::try_from(self.first_file + index + 1).unwrap_or(u32::MAX),
            path: file.source.path.clone(),
            sha256: String::new(),
            bytes: 0,
            records: 0,
            days: file.kept.clone(),
            fates: outputs.iter().map(|output| (output.table.clone(), Fate::default())).collect(),
        }
    }
}

/// What comes of an item, in the order of the items.
enum Begun {
    Rows { file: usize, family: usize, mapped: JoinHandle<Mapped>, permit: Permit },
    End { file: usize, sha256: String, bytes: u64 },
}

/// The same, once its rows are made.
enum Ready {
    Rows { file: usize, family: usize, mapped: Mapped, permit: Permit },
    End { file: usize, sha256: String, bytes: u64 },
}

/// Waits for the first of some items. If it is given up meanwhile, nothing is lost.
async fn first(ahead: &mut VecDeque<Begun>) -> Result<Ready> {
    let rows = match ahead.front_mut() {
        Some(Begun::Rows { mapped, .. }) => {
            Some(mapped.await.map_err(|error| Error::internal("rows could not be made").because(error))?)
        }
        _ => None,
    };
    match (ahead.pop_front(), rows) {
        (Some(Begun::Rows { file, family, permit, .. }), Some(mapped)) => {
            Ok(Ready::Rows { file, family, mapped, permit })
        }
        (Some(Begun::End { file, sha256, bytes }), None) => Ok(Ready::End { file, sha256, bytes }),
        _ => Err(Error::internal("an item is missing")),
    }
}

/// Rows on their way from the reader to the staging tables.
struct Way<'a> {
    staging: Staging,
    mapping: &'a Mapping,
    /// Index of each table.
    index: BTreeMap<&'a str, usize>,
    /// Rows that are too few for a loader yet, by table. They are so few that they hold no share of the budget: a table that
    /// takes a row of a thousand records would otherwise hold all of it.
    pending: Vec<RowBatch>,
    files: Vec<Done>,
    days: Days,
    unknown: BTreeMap<String, u64>,
}

impl Way<'_> {
    async fn item(&mut self, item: Ready, rejects: &mut Rejects, context: &Context) -> Result<()> {
        match item {
            Ready::Rows { file, family, mapped, permit } => {
                context.progress.add_rows(mapped.records);
                rejects.see(mapped.records);
                let done = &mut self.files[file];
                done.records += mapped.records;
                done.days.join(mapped.digests);
                for (lookup, records) in mapped.unknown {
                    *self.unknown.entry(lookup).or_default() += records;
                }
                for (output, fate) in self.mapping.families[family].outputs.iter().zip(&mapped.fates) {
                    done.fates.entry(output.table.clone()).or_default().add(*fate);
                }
                for (output, days) in self.mapping.families[family].outputs.iter().zip(mapped.days) {
                    self.days.entry(output.table.clone()).or_default().extend(days);
                }
                for (output, reject) in mapped.rejects {
                    rejects.write(&self.mapping.families[family].outputs[output].table, &[reject])?;
                }
                let mut permit = Some(permit);
                for (output, rows) in self.mapping.families[family].outputs.iter().zip(mapped.rows) {
                    self.rows(self.index[output.table.as_str()], rows, &mut permit).await?;
                }
                self.refused(rejects)?;
                rejects.check()
            }
            Ready::End { file, sha256, bytes } => {
                let done = &mut self.files[file];
                (done.sha256, done.bytes) = (sha256, bytes);
                if let Some((table, _)) = done.fates.iter().find(|(_, fate)| fate.all() != done.records) {
                    return Err(Error::internal("not every record of the file is accounted for").at_table(table));
                }
                Ok(())
            }
        }
    }

    /// Adds rows to those of a table, and hands them over if there are enough.
    async fn rows(&mut self, table: usize, rows: RowBatch, permit: &mut Option<Permit>) -> Result<()> {
        let pending = &mut self.pending[table];
        pending.append(rows);
        if pending.bytes() < LOAD_BYTES { Ok(()) } else { self.flush(table, permit.take()).await }
    }

    async fn flush(&mut self, table: usize, permit: Option<Permit>) -> Result<()> {
        let pending = &mut self.pending[table];
        let empty = RowBatch::new(pending.columns());
        let rows = std::mem::replace(pending, empty);
        if rows.is_empty() { Ok(()) } else { self.staging.send(table, rows, permit).await }
    }

    /// Writes the rows that the database has refused meanwhile into the rejects file.
    fn refused(&mut self, rejects: &mut Rejects) -> Result<()> {
        for refused in self.staging.refused() {
            recount(&mut self.files, &refused);
            rejects.write(&refused.0, &[refused.1])?;
        }
        Ok(())
    }

    async fn finish(mut self, rejects: &mut Rejects) -> Result<Staged> {
        for table in 0..self.pending.len() {
            self.flush(table, None).await?;
        }
        let loaded = self.staging.finish().await?;
        self.refused(rejects)?;
        Ok(Staged { files: self.files, days: self.days, unknown: self.unknown, loaded })
    }
}
