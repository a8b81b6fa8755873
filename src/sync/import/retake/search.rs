//! Finds rows of the target through hashes that were made from theirs: tries every hash of a table in the gaps that the file's
//! rows leave for it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::sync::Arc;

use futures_util::future::join_all;
use md5::{Digest, Md5};
use tokio::sync::mpsc;

use crate::db::rows::{ReadBatch, ReadSelect};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::Column;
use crate::rows::rejects::{RejectReader, RejectRow, RowPlace};
use crate::stream::cpu;

use super::super::refers::{references, referred, text};
use super::Retake;
use super::key::{Gap, Known, gaps};

/// The most hashes computed for one table: a few minutes on two cores.
const MOST: u64 = 1 << 30;

/// Bytes of hashes read at a time, and the number of such batches processed in parallel.
const BATCH_BYTES: usize = 1 << 20;
const SIDE_BY_SIDE: usize = 8;

/// A row to be found.
struct Wanted {
    id: i64,
    gaps: Vec<Gap>,
    /// The hash that has to result.
    goal: [u8; 16],
}

/// Searches for all rows about which nothing else is known. Returns warnings.
///
/// # Errors
/// `Database`, `File`, `Interrupted`; `Damaged` if the file was changed in the meantime.
pub(super) async fn search(retake: &mut Retake<'_>, session: &mut Session) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    for (name, ids) in std::mem::take(&mut retake.survey.open) {
        let Some(profile) = retake.context.profile.table(&name).filter(|table| table.matched_by == Match::Hash) else {
            continue;
        };
        let Some(column) = retake.base(&name).and_then(|base| base.column(&profile.hash)) else { continue };
        let mut wanted = Vec::new();
        for (id, children) in ids {
            for place in children {
                let child = read_again(retake, place)?;
                if let Some(found) = want(retake, (&name, id), &child) {
                    wanted.push(found);
                    break;
                }
            }
        }
        if wanted.is_empty() {
            continue;
        }
        let quoted = session.dialect().ident(&name);
        let candidates = session.count(&format!("SELECT count(*) FROM {quoted}")).await?.unsigned_abs();
        let tries = wanted.iter().map(|wanted| wanted.gaps.len() as u64).sum::<u64>().saturating_mul(candidates);
        if tries > MOST {
            warnings.push(format!(
                "rows of `{name}` that the file refers to without a hash, and that were not searched for: {}; comparing each \
                 one with {candidates} rows would take too long; import a bundle that holds them, or retry fewer rows at \
                 once",
                wanted.len()
            ));
            continue;
        }
        retake.context.run.progress.phase("search", Some(candidates), None);
        retake.context.run.progress.table(&name);
        let found = among_all(retake, session, (profile, column), wanted).await;
        for (id, hash) in found.map_err(|error| error.at_table(&name))? {
            retake.survey.hashes.insert(&name, id, &hash);
        }
    }
    Ok(warnings)
}

fn read_again(retake: &Retake<'_>, place: RowPlace) -> Result<RejectRow> {
    let opened = File::open(&retake.path).and_then(|mut file| {
        file.seek(SeekFrom::Start(place.offset))?;
        Ok(BufReader::new(file))
    });
    let file = opened.map_err(|error| Error::file(&retake.path, "the rejects file cannot be read", error))?;
    let row = RejectReader::at(file, place, retake.max_row_bytes).next_row()?;
    let changed = || Error::damaged("the rejects file was changed while it was read").at_line(place.line);
    row.map(|(_, row)| row).ok_or_else(changed)
}

/// Returns what the hash of `child` reveals about a row that it refers to.
fn want(retake: &Retake<'_>, (parent, id): (&str, i64), child: &RejectRow) -> Option<Wanted> {
    let profile = &retake.profile;
    let (table, base) = (profile.table(&child.table)?, retake.base(&child.table)?);
    let hash = text(&child.fields, &table.hash).filter(|hash| hash.len() == 32)?;
    let goal = u128::from_str_radix(hash, 16).ok()?.to_be_bytes();
    let refers = referred(&references(profile, table, base), &child.fields);
    let known = |column: &str| {
        let Some(to) = refers.iter().find(|to| to.column == column) else { return Known::Unknown };
        if to.table == parent && to.id == id {
            return Known::Wanted;
        }
        retake.survey.hashes.get(&to.table, to.id).map_or(Known::Unknown, Known::Hash)
    };
    let types = |column: &str| base.column(column).map_or(NeutralType::Text, |column| column.neutral);
    let gaps = gaps(profile, table, &types, &child.fields, &known);
    (!gaps.is_empty()).then_some(Wanted { id, gaps, goal })
}

/// Tries every hash of a table. Returns the ids and hashes that were found.
async fn among_all(
    retake: &Retake<'_>,
    session: &mut Session,
    (table, column): (&TableProfile, &Column),
    wanted: Vec<Wanted>,
) -> Result<HashMap<i64, String>> {
    let hash = session.dialect().ident(&table.hash);
    let select = ReadSelect {
        table: table.name.clone(),
        columns: vec![column.clone()],
        expressions: vec![hash.clone()],
        from_where: format!("FROM {} WHERE {hash} IS NOT NULL", session.dialect().ident(&table.name)),
    };
    let wanted = Arc::new(wanted);
    let (sender, mut batches) = mpsc::channel::<Result<ReadBatch>>(SIDE_BY_SIDE);
    let tried = async {
        let mut found = HashMap::new();
        let mut waiting = Vec::new();
        loop {
            let batch = batches.recv().await.transpose()?;
            let last = batch.is_none();
            waiting.extend(batch.map(|batch| batch.rows));
            if waiting.len() == SIDE_BY_SIDE || last {
                retake.context.run.cancel.check()?;
                retake.context.run.progress.add_rows(waiting.iter().map(|rows| rows.rows() as u64).sum());
                let start = |rows: RowBatch| {
                    let wanted = Arc::clone(&wanted);
                    cpu::run(move || matches(&wanted, &rows))
                };
                found.extend(join_all(waiting.drain(..).map(start)).await.into_iter().flatten());
            }
            if last {
                return Ok::<_, Error>(found);
            }
        }
    };
    let (read, found) = tokio::join!(session.read(&select, BATCH_BYTES, sender), tried);
    let found = found?;
    read.map(|_| found)
}

/// Returns the wanted rows whose hash is among `hashes`.
fn matches(wanted: &[Wanted], hashes: &RowBatch) -> Vec<(i64, String)> {
    let mut found = Vec::new();
    for wanted in wanted {
        for gap in &wanted.gaps {
            let before = Md5::new_with_prefix(&gap.before);
            let fits = |hash: &&[u8]| {
                let digest = before.clone().chain_update(hash).chain_update(&gap.after).finalize();
                digest[..] == wanted.goal
            };
            let hit = (0..hashes.rows()).filter_map(|row| hashes.cell(row, 0)).find(fits);
            found.extend(hit.map(|hash| (wanted.id, String::from_utf8_lossy(hash).into_owned())));
        }
    }
    found
}
