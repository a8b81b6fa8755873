//! Writes the bundle of a snapshot: the content of files in parts, and the catalogue at the end.

use std::path::Path;

use super::catalogue::check::{Sums, sums};
use super::catalogue::write::{self, DoneStep};
use super::catalogue::{Entry, FACTS, FILES, PARTS, Part, STEPS, part_member, whole_member};
use super::store::contract::Body;
use super::store::files::read::{self, Content, Piece};
use crate::bundle::writer::BundleWriter;
use crate::error::Result;
use crate::model::manifest::{BundleMark, Header};
use crate::run::Context;
use crate::stream::codec::Codec;
use crate::stream::fail;
use crate::stream::wait::block_on;

/// A fact of the catalogue: store, object, measure, value.
pub(in crate::snapshot) type FactRow = (String, String, String, u64);

/// The bundle of a snapshot on its way. Dropping it removes what is incomplete.
pub(in crate::snapshot) struct Pack {
    writer: BundleWriter,
    part_bytes: usize,
    entries: Vec<Entry>,
    parts: Vec<Part>,
}

impl Pack {
    /// Creates a bundle in a folder, or on standard output.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn create(
        target: Option<&Path>,
        name: &str,
        (codec, threads): (Codec, usize),
        part_bytes: usize,
        header: &Header,
    ) -> Result<Self> {
        let writer = block_on(BundleWriter::private(target, name, codec, threads, header))?;
        Ok(Self { writer, part_bytes, entries: Vec::new(), parts: Vec::new() })
    }

    /// Returns the number of the next entry.
    pub(in crate::snapshot) fn next_id(&self) -> u64 {
        self.entries.len() as u64 + 1
    }

    /// Adds an entry to the catalogue.
    pub(in crate::snapshot) fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Writes the content of a file. Returns `None` if there is no such file any more.
    ///
    /// # Errors
    /// `File`, `Interrupted`; those of the engine that it comes from.
    pub(in crate::snapshot) fn file(
        &mut self,
        store: &str,
        entry: &Entry,
        body: Body,
        context: &Context,
    ) -> Result<Option<Content>> {
        let Self { writer, parts, part_bytes, .. } = self;
        let mut number = 0;
        let mut emit = |piece: Piece| {
            number += 1;
            let member = if piece.whole {
                whole_member(store, entry.id, &entry.path)
            } else {
                part_member(store, entry.id, piece.offset)
            };
            let bytes = piece.content.len() as u64;
            block_on(writer.part(&member, piece.content))?;
            context.progress.add_bytes(bytes);
            fail::point("snapshot.part");
            parts.push(Part {
                file: entry.id,
                part: number,
                offset: piece.offset,
                bytes,
                sha256: piece.sha256,
                member,
            });
            Ok(())
        };
        match body {
            Body::File(path) => read::read(&path, *part_bytes, &context.cancel, &mut emit),
            Body::Bytes(content) => read::pieces(&mut Some(content), *part_bytes, &context.cancel, &mut emit).map(Some),
            Body::Stream(mut pieces) => read::pieces(&mut *pieces, *part_bytes, &context.cancel, &mut emit).map(Some),
        }
    }

    /// Returns the sums of each of so many stores.
    pub(in crate::snapshot) fn sums(&self, stores: usize) -> Vec<Sums> {
        sums(&self.entries, stores)
    }

    /// Returns how many bytes were written, before compression.
    pub(in crate::snapshot) fn plain_bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// Writes the catalogue, and gives the bundle its name. The names are those of the stores, by index.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn finish(
        mut self,
        names: &[String],
        facts: &[FactRow],
        steps: &[DoneStep<'_>],
    ) -> Result<BundleMark> {
        let tables = [
            (FILES, write::files(&self.entries, names)),
            (PARTS, write::parts(&self.parts)),
            (FACTS, write::facts(facts)),
            (STEPS, write::steps(steps)),
        ];
        for (table, files) in tables {
            for file in files {
                block_on(self.writer.dump_file(table, file))?;
            }
        }
        fail::point("snapshot.catalogue");
        let mark = block_on(self.writer.finish())?;
        fail::point("snapshot.published");
        Ok(mark)
    }
}
