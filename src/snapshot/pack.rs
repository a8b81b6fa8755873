//! Writes the bundle of a snapshot: the content of files in parts, and the catalogue at the end.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::ahead::{Ahead, Digest};
use super::base::Base;
use super::catalogue::check::Sums;
use super::catalogue::entries::Entries;
use super::catalogue::write::{self, DoneStep, Kept};
use super::catalogue::{Entry, FILES, Kind, PARTS, Part, part_member, shown, tables, whole_member};
use super::holding::Holding;
use super::point::Point;
use super::request::CreateRequest;
use super::store::contract::{Body, Source};
use super::store::files::read::{self, Content, Piece};
use crate::bundle::header;
use crate::bundle::writer::{BundleWriter, Compression};
use crate::error::{Error, Result};
use crate::model::manifest::{self, BundleMark, Header, ProfileMark, SNAPSHOT};
use crate::run::Context;
use crate::stream::codec::Effort;
use crate::stream::fail;
use crate::stream::wait::block_on;

/// A fact of the catalogue: store, object, measure, value.
pub(in crate::snapshot) type FactRow = (String, String, String, u64);

/// Returns the header of a bundle with a recovery point.
///
/// # Errors
/// `Internal`, which cannot happen with plain data.
pub(in crate::snapshot) fn header(request: &CreateRequest, started_at: &str, point: &Point) -> Result<Header> {
    let mut options = request.options();
    options["snapshot"] = serde_json::to_value(point)
        .map_err(|error| Error::internal("the recovery point cannot be written as JSON").because(error))?;
    let platform = &request.selection.platform;
    Ok(Header {
        tool: concat!("gapsync ", env!("CARGO_PKG_VERSION")).to_owned(),
        kind: Some(SNAPSHOT.to_owned()),
        profile: ProfileMark { name: platform.name.clone(), digest: platform.digest.clone(), ..ProfileMark::default() },
        source: manifest::Source {
            installation: gethostname::gethostname().to_string_lossy().into_owned(),
            engine: "platform".to_owned(),
        },
        options,
        files: true,
        created_at: started_at.to_owned(),
        ..header::made_up(tables(point.base.is_some()))
    })
}

/// The bundle of a snapshot on its way. Dropping it removes what is incomplete.
pub(in crate::snapshot) struct Pack {
    writer: BundleWriter,
    header: Header,
    part_bytes: usize,
    /// The rows of the catalogue, which comes at the end.
    files: Kept,
    parts: Kept,
    plain_bytes: u64,
    next_id: u64,
    base: Option<Base>,
    /// For what is held back.
    folder: PathBuf,
}

/// What was written of a store.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Packed {
    pub(in crate::snapshot) sums: Sums,
    /// Bytes of content that travel, before compression.
    pub(in crate::snapshot) bytes: u64,
    /// Paths of files that are no longer there.
    pub(in crate::snapshot) vanished: Vec<String>,
    /// Paths of files that are not as they were listed.
    pub(in crate::snapshot) changed: Vec<String>,
}

impl Pack {
    /// Creates the bundle of a request. What a base has is left out.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn create(
        request: &CreateRequest,
        name: &str,
        header: &Header,
        base: Option<Base>,
    ) -> Result<Self> {
        let (target, threads) = (request.target.as_deref(), request.resources.jobs);
        // Data files of engines and attachments are mostly compressed already.
        let compression = Compression { codec: request.codec, effort: Effort::Quick, threads };
        let writer = block_on(BundleWriter::private(target, name, compression, header))?;
        let folder = target.map_or_else(std::env::temp_dir, Path::to_owned);
        let (files, parts) = (Kept::new(FILES, base.is_some(), &folder), Kept::new(PARTS, false, &folder));
        let part_bytes = request.part_bytes();
        let header = header.clone();
        Ok(Self { writer, header, part_bytes, files, parts, plain_bytes: 0, next_id: 1, base, folder })
    }

    /// Writes the content of a store, and numbers its entries. Those whose files vanished are left out.
    ///
    /// # Errors
    /// `File`, `Interrupted`; those of the engine.
    pub(in crate::snapshot) fn store(
        &mut self,
        (index, name): (usize, &str),
        entries: &Entries,
        source: &mut dyn Source,
        context: &Context,
    ) -> Result<Packed> {
        let mut packed = Packed::default();
        let rewinds = source.rewinds();
        // By the first name of a file that vanished: the next one, which takes its place.
        let mut successors: HashMap<Vec<u8>, Option<Vec<u8>>> = HashMap::new();
        let mut listed = Ahead::new(entries.iter(), self.part_bytes, &context.cancel);
        let mut late = None;
        loop {
            let base = self.base.as_ref();
            // A time or a number of a file says little about its content, so what a base may have is read.
            let worth = |entry: &&Entry| {
                let known = base.is_some_and(|base| base.has_size(name, entry.bytes));
                known && entry.kind == Kind::File && !entry.based
            };
            let next = match (
                listed.next(|entry| Some(entry).filter(worth).and_then(|entry| source.file(entry))),
                &mut late,
            ) {
                (Some((entry, digest)), _) => Some((entry?, digest)),
                (None, Some(late)) => Iterator::next(late).map(|entry| (entry, None)),
                (None, late @ None) => {
                    late.insert(source.late_entries()?.into_iter()).next().map(|entry| (entry, None))
                }
            };
            let Some((mut entry, digest)) = next else { break };
            (entry.id, entry.store) = (self.next_id, index);
            let of = entry.link.clone().filter(|_| entry.kind == Kind::Name);
            if let Some(successor) = of.as_ref().and_then(|of| successors.get_mut(of)) {
                match successor {
                    Some(first) => entry.link = Some(first.clone()),
                    None => {
                        (entry.kind, entry.link) = (Kind::File, None);
                        *successor = Some(entry.path.clone());
                    }
                }
            }
            let mut parts = Vec::new();
            if let Some(base) = self.base.as_mut().filter(|_| entry.based) {
                base.is_at(name, &entry);
            }
            if entry.kind == Kind::File && !entry.based {
                let body = source.body(&entry)?;
                let Some(content) = self.file(name, &mut entry, (body, digest), &mut parts, context)? else {
                    if !rewinds {
                        packed.vanished.push(shown(&entry.path));
                    }
                    successors.insert(of.unwrap_or_else(|| entry.path.clone()), None);
                    continue;
                };
                // Its instant is that of the listing.
                let moved = |mtime| (mtime, content.bytes) != (entry.mtime, entry.bytes);
                if !rewinds && (content.changed || content.mtime.is_some_and(moved)) {
                    packed.changed.push(shown(&entry.path));
                }
                entry.mtime = content.mtime.unwrap_or(entry.mtime);
                (entry.bytes, entry.holes, entry.sha256) = (content.bytes, content.holes, Some(content.sha256));
                packed.bytes += if entry.based { 0 } else { entry.bytes };
            }
            let base = self.base.as_ref().map(|base| base.mark.id.as_str());
            self.files.push(&write::file(&entry, name, base))?;
            for part in &parts {
                self.parts.push(&write::part(&entry, name, part))?;
            }
            packed.sums.add(entry.kind, entry.bytes);
            self.next_id += 1;
        }
        Ok(packed)
    }

    /// Writes the content of a file. Returns `None` if there is no such file any more.
    ///
    /// # Errors
    /// `File`, `Interrupted`; those of the engine that it comes from.
    fn file(
        &mut self,
        store: &str,
        entry: &mut Entry,
        (body, digest): (Body, Option<Digest>),
        parts: &mut Vec<Part>,
        context: &Context,
    ) -> Result<Option<Content>> {
        let Self { writer, part_bytes, plain_bytes, base, folder, .. } = self;
        if let (Body::File(path), Some(base)) = (&body, base.as_mut().filter(|base| base.has_size(store, entry.bytes)))
        {
            let read = match digest {
                Some(digest) => digest.wait()?,
                None => read::digest(path, *part_bytes, &context.cancel)?,
            };
            if let Some(content) = read.filter(|content| base.take(store, entry, content)) {
                return Ok(Some(content));
            }
        }
        let (id, path) = (entry.id, entry.path.clone());
        let mut number = 0;
        let mut emit = |piece: Piece| {
            number += 1;
            let member =
                if piece.whole { whole_member(store, id, &path) } else { part_member(store, id, piece.offset) };
            let (bytes, sha256) = (piece.content.len() as u64, piece.sha256);
            block_on(writer.part(&member, piece.content, sha256))?;
            context.progress.add_bytes(bytes);
            *plain_bytes += bytes;
            fail::point("snapshot.part");
            parts.push(Part { file: id, part: number, offset: piece.offset, bytes, sha256 });
            Ok(())
        };
        let mut pieces = match body {
            Body::File(path) => return read::read(&path, *part_bytes, &context.cancel, &mut emit),
            Body::Bytes(content) => Box::new(Some(content)),
            Body::Stream(pieces) => pieces,
        };
        // What an engine tells can be read once, and its digest is known at its end.
        let known = base.as_mut().and_then(|base| Some((base.size_at(store, entry)?, base)));
        let Some((bytes, base)) = known else {
            return read::pieces(&mut *pieces, *part_bytes, &context.cancel, &mut emit).map(Some);
        };
        let mut held = Holding::new(bytes, folder);
        let mut take = |piece| held.take(piece, &mut emit);
        let content = read::pieces(&mut *pieces, *part_bytes, &context.cancel, &mut take)?;
        if !(held.is_whole() && base.take(store, entry, &content)) {
            held.release(&mut emit)?;
        }
        Ok(Some(content))
    }

    /// Returns how many bytes were written, before compression.
    pub(in crate::snapshot) fn plain_bytes(&self) -> u64 {
        self.plain_bytes
    }

    /// Writes the catalogue, and gives the bundle its name. Returns its header and its entries as well.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn finish(
        mut self,
        facts: &[FactRow],
        steps: &[DoneStep<'_>],
    ) -> Result<(BundleMark, Header, Kept)> {
        let Self { writer, files, parts, .. } = &mut self;
        let mut emit = |table: usize, file| block_on(writer.dump_file(table, file));
        files.emit(&mut emit)?;
        parts.emit(&mut emit)?;
        write::facts(facts, &mut emit)?;
        write::steps(steps, &mut emit)?;
        fail::point("snapshot.catalogue");
        let mark = block_on(self.writer.finish())?;
        fail::point("snapshot.published");
        Ok((mark, self.header, self.files))
    }
}
