//! Staging: reads the bundle once, from beginning to end, into raw sync tables. No base table is touched, and nothing counts
//! until the reader has checked the last digest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;

use crate::bundle::reader::{BundleEnd, Item, ItemStream};
use crate::db::rows::{LoadBatch, LoadColumn, LoadTable};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;
use crate::model::value::fit;
use crate::stream::{cpu, fail};
use crate::sync::merge::Merge;
use crate::sync::report::ImportCounts;

use super::files::Spool;
use super::tables::make_table;
use super::target::{Target, TargetTable};
use crate::run::rejects::{Reject, Rejects};

/// The most batches that wait for one loader.
const WAITING_BATCHES: usize = 2;

/// The result of staging.
pub(super) struct Staged {
    /// What the reader knows at the end of the bundle: manifest and digest.
    pub(super) end: BundleEnd,
    /// Rows staged and rejected, by table. Rows of unknown tables count as ignored.
    pub(super) counts: BTreeMap<String, ImportCounts>,
    /// Indexes of the tables that have rows.
    pub(super) present: BTreeSet<usize>,
    /// Seconds spent waiting for the reader.
    pub(super) read_seconds: f64,
}

/// Where staging writes to.
pub(super) struct Staging<'a> {
    pub(super) target: &'a Target,
    pub(super) tables: &'a [crate::model::manifest::TableHeader],
    pub(super) rejects: &'a mut Rejects,
    pub(super) spool: &'a mut Spool,
    pub(super) merge: &'a Merge,
    pub(super) progress: &'a crate::event::Progress,
    pub(super) cancel: &'a crate::stream::cancel::Cancel,
}

impl Staging<'_> {
    /// Reads `stream` to its end through `loaders`, and returns the sessions.
    ///
    /// # Errors
    /// Those of the reader and the loaders; `File` if rejects or files cannot be written.
    pub(super) async fn run(
        &mut self,
        stream: &mut ItemStream,
        loaders: Vec<Session>,
    ) -> (Result<Staged>, Vec<Session>) {
        let mut pool = Pool { idle: loaders, busy: Vec::new() };
        let read = self.read(stream, &mut pool).await;
        let (loaders, loaded) = pool.join().await;
        // If the bundle is damaged, that is also the cause of a loader's error.
        (read.and_then(|staged| loaded.map(|()| staged)), loaders)
    }

    async fn read(&mut self, stream: &mut ItemStream, pool: &mut Pool) -> Result<Staged> {
        let mut counts: BTreeMap<String, ImportCounts> = BTreeMap::new();
        let mut feed: Option<Feed> = None;
        let mut read_seconds = 0.0;
        let mut present = BTreeSet::new();
        loop {
            self.cancel.check()?;
            let waited = Instant::now();
            let item = stream.next().await?;
            read_seconds += waited.elapsed().as_secs_f64();
            match item {
                None => return Err(Error::internal("the bundle's reader ended without a result")),
                Some(Item::End(end)) => return Ok(Staged { end: *end, counts, present, read_seconds }),
                Some(Item::Header(_)) => return Err(Error::internal("the bundle's header came twice")),
                Some(Item::FileStart { path, .. }) => self.spool.start(&path)?,
                Some(Item::FileData(data)) => self.spool.write(&data)?,
                Some(Item::FileEnd { md5, .. }) => self.spool.end(&md5)?,
                Some(Item::Rows { table, batch, permit }) => {
                    let rows = batch.rows() as u64;
                    self.progress.add_rows(rows);
                    let name = self.tables[table].name.clone();
                    let count = counts.entry(name.clone()).or_default();
                    count.staged += rows;
                    self.rejects.see(rows);
                    let Some(found) = self.target.tables.iter().find(|candidate| candidate.header == table) else {
                        count.ignored += rows;
                        continue;
                    };
                    if feed.as_ref().is_none_or(|feed| feed.table.header != table) {
                        // The rows of a table are contiguous: when another table's rows begin, its loader can finish.
                        drop(feed.take());
                        self.progress.table(&name);
                        let made = present.insert(table).then(|| found.create_raw(self.merge));
                        fail::point("import.between");
                        let sender = pool.start(found, made).await?;
                        feed = Some(Feed { table: Arc::new(found.clone()), senders: vec![sender], sent: 0 });
                    }
                    fail::point("import.member");
                    let Some(feed) = &mut feed else { continue };
                    let fitter = Arc::clone(&feed.table);
                    let (fitted, refused) = cpu::run(move || fit_rows(&fitter, &batch)).await;
                    count.rejected += refused.len() as u64;
                    self.rejects.write(&name, &refused)?;
                    self.rejects.check()?;
                    let load = LoadBatch { rows: fitted.into(), hold: Box::new(permit) };
                    feed.send(load, pool).await?;
                }
            }
        }
    }
}

/// The table whose rows are being read, and its loaders.
struct Feed {
    table: Arc<TargetTable>,
    senders: Vec<mpsc::Sender<LoadBatch>>,
    sent: usize,
}

impl Feed {
    /// Hands a batch to a loader with room for it. If all are full, an idle session may join.
    async fn send(&mut self, mut batch: LoadBatch, pool: &mut Pool) -> Result<()> {
        self.sent += 1;
        for sender in &self.senders {
            match sender.try_send(batch) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(back)) => batch = back,
                Err(TrySendError::Closed(_)) => return Err(pool.failure().await),
            }
        }
        // By the time the first loader takes its first batch, it has created the table.
        if self.sent > WAITING_BATCHES + 1 {
            self.senders.extend(pool.join_in(&self.table).await?);
        }
        let next = self.sent % self.senders.len();
        match self.senders[next].send(batch).await {
            Ok(()) => Ok(()),
            Err(_) => Err(pool.failure().await),
        }
    }
}

/// Sessions that load tables in parallel.
struct Pool {
    idle: Vec<Session>,
    busy: Vec<JoinHandle<(Session, Result<u64>)>>,
}

impl Pool {
    /// Starts to load a table, after creating it with `create`.
    async fn start(&mut self, table: &TargetTable, create: Option<String>) -> Result<mpsc::Sender<LoadBatch>> {
        if self.idle.is_empty() {
            self.wait_one().await?;
        }
        let session = self.idle.pop().ok_or_else(|| Error::internal("no session to load with"))?;
        Ok(self.load(session, table, create))
    }

    /// Loads an existing table with one more session, if one is idle and the engine benefits.
    async fn join_in(&mut self, table: &TargetTable) -> Result<Option<mpsc::Sender<LoadBatch>>> {
        // A loader may have finished its table but not been joined yet.
        while let Some(done) = self.busy.iter().position(JoinHandle::is_finished) {
            self.wait_for(done).await?;
        }
        let session = self.idle.pop_if(|session| session.dialect().shares_loading());
        Ok(session.map(|session| self.load(session, table, None)))
    }

    fn load(&mut self, mut session: Session, table: &TargetTable, create: Option<String>) -> mpsc::Sender<LoadBatch> {
        let (sender, mut batches) = mpsc::channel(WAITING_BATCHES);
        let load = LoadTable {
            name: table.merge.raw.clone(),
            position: Some("gs_row".to_owned()),
            columns: table
                .fields
                .iter()
                .map(|field| LoadColumn {
                    name: field.column.name.clone(),
                    native: field.column.native.clone(),
                    neutral: field.column.neutral,
                    limits: field.column.limits.clone(),
                })
                .collect(),
        };
        let name = table.profile.name.clone();
        self.busy.push(tokio::spawn(async move {
            let made = match create {
                Some(create) => make_table(&mut session, &load.name, &create).await,
                None => Ok(()),
            };
            let loaded = match made {
                Ok(()) => session.load(&load, &mut batches).await,
                Err(error) => Err(error),
            };
            (session, loaded.map_err(|error| error.at_table(name)))
        }));
        sender
    }

    async fn wait_one(&mut self) -> Result<()> {
        if self.busy.is_empty() { Ok(()) } else { self.wait_for(0).await }
    }

    async fn wait_for(&mut self, index: usize) -> Result<()> {
        let (session, loaded) =
            self.busy.remove(index).await.map_err(|error| Error::internal("a loader died").because(error))?;
        self.idle.push(session);
        loaded.map(|_| ())
    }

    async fn join(mut self) -> (Vec<Session>, Result<()>) {
        let mut first = Ok(());
        while !self.busy.is_empty() {
            first = first.and(self.wait_one().await);
        }
        (self.idle, first)
    }

    /// Returns why a loader stopped taking batches.
    async fn failure(&mut self) -> Error {
        while !self.busy.is_empty() {
            if let Err(error) = self.wait_one().await {
                return error;
            }
        }
        Error::internal("a loader stopped early")
    }
}

/// Converts the rows of a batch to the target's column types. Rows with a value that does not fit are refused.
fn fit_rows(table: &TargetTable, batch: &RowBatch) -> (RowBatch, Vec<Reject>) {
    let mut fitted = RowBatch::new(table.fields.len());
    let mut refused = Vec::new();
    'rows: for row in 0..batch.rows() {
        let mut length = 0;
        for (index, field) in table.fields.iter().enumerate() {
            let source = batch.cell(row, field.source);
            let reason = match source {
                // A hash that cannot be computed is NULL here. Whether that is an error is decided when the row is resolved.
                None if table.hash == Some(index) => {
                    fitted.push(None);
                    None
                }
                None if index == 0 => Some("is missing"),
                None if !field.column.nullable => Some("is NULL, which the column does not allow"),
                None => {
                    fitted.push(None);
                    None
                }
                Some(value) if field.none.as_deref().is_some_and(|none| none.as_bytes() == value) => {
                    fitted.push(None);
                    None
                }
                Some(value) if table.hash == Some(index) && !is_hash(value) => Some("is not 32 hex digits"),
                Some(value) => {
                    let mut outcome = Ok(0);
                    fitted.push_with(|out| {
                        let start = out.len();
                        outcome = fit(&field.column, field.neutral, value, out).map(|()| out.len() - start);
                    });
                    match outcome {
                        Ok(bytes) => {
                            length += loaded_bytes(&field.column, bytes);
                            (length > table.longest_row)
                                .then_some("makes the row longer than `max_allowed_packet` of the server")
                        }
                        Err(unfit) => Some(unfit.reason),
                    }
                }
            };
            if let Some(reason) = reason {
                fitted.drop_row();
                refused.push(Reject {
                    position: batch.position(row),
                    reason: format!("`{}` {reason}", field.name),
                    fields: table
                        .fields
                        .iter()
                        .map(|field| {
                            let value =
                                batch.cell(row, field.source).map(|value| String::from_utf8_lossy(value).into_owned());
                            (field.name.clone(), value)
                        })
                        .collect(),
                    parents: Vec::new(),
                });
                continue 'rows;
            }
        }
        fitted.end_row(batch.position(row));
    }
    (fitted, refused)
}

/// Returns the size of a fitted value when it is loaded. Binary values travel as hex.
fn loaded_bytes(column: &Column, digits: usize) -> u64 {
    let digits = digits as u64;
    if column.neutral == NeutralType::Bytes { digits / 2 } else { digits }
}

fn is_hash(value: &[u8]) -> bool {
    value.len() == 32 && value.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
}
