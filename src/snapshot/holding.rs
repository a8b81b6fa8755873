//! Content whose digest is only known at its end, and which the base of a snapshot may have: it is held back until then.

use std::io::{Read, Write};
use std::path::Path;

use super::store::files::read::Piece;
use crate::error::{Error, ErrorKind, Result};
use crate::stream::spill::Spill;

/// Bytes that are held in memory. The others go to a temporary file without a name.
const HELD_BYTES: usize = 4 << 20;

/// Pieces that do not travel yet.
pub(in crate::snapshot) struct Holding {
    /// `None` once the content cannot be that of the base.
    content: Option<Spill>,
    /// Offset, bytes and digest of each piece, and whether it is all of the content.
    pieces: Vec<(u64, usize, [u8; 32], bool)>,
    /// Size of the file of the base.
    bytes: u64,
}

impl Holding {
    /// Returns a place for content that may be that of a file of this size. What does not fit into memory goes to the folder.
    pub(in crate::snapshot) fn new(bytes: u64, folder: &Path) -> Self {
        Self { content: Some(Spill::new(folder, HELD_BYTES)), pieces: Vec::new(), bytes }
    }

    /// Takes a piece. It is handed out at once if the content is another one, and also if there is no room to hold it.
    ///
    /// # Errors
    /// `File`; those of `emit`.
    pub(in crate::snapshot) fn take(&mut self, piece: Piece, emit: &mut Emit<'_>) -> Result<()> {
        let fits = piece.offset + piece.content.len() as u64 <= self.bytes;
        if let Some(content) = self.content.as_mut().filter(|_| fits)
            && content.write_all(&piece.content).is_ok()
        {
            self.pieces.push((piece.offset, piece.content.len(), piece.sha256, piece.whole));
            return Ok(());
        }
        self.release(emit)?;
        emit(piece)
    }

    /// Returns whether all of the content is held.
    pub(in crate::snapshot) fn is_whole(&self) -> bool {
        self.content.is_some()
    }

    /// Hands out what is held.
    ///
    /// # Errors
    /// `File`; those of `emit`.
    pub(in crate::snapshot) fn release(&mut self, emit: &mut Emit<'_>) -> Result<()> {
        let Some(held) = self.content.take() else { return Ok(()) };
        let fault = |error| {
            Error::new(ErrorKind::File, "what may be in the base cannot be kept in a temporary file").because(error)
        };
        let mut from = held.read();
        for (offset, bytes, sha256, whole) in self.pieces.drain(..) {
            let mut content = vec![0; bytes];
            from.read_exact(&mut content).map_err(fault)?;
            emit(Piece { offset, content, sha256, whole })?;
        }
        Ok(())
    }
}

/// Takes a piece that travels.
pub(in crate::snapshot) type Emit<'a> = dyn FnMut(Piece) -> Result<()> + 'a;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_piece_is_held_or_handed_out_once_and_in_order(
            sizes in prop::collection::vec(1_usize..300, 1..12), bytes in 0_u64..2000, room: bool,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let absent = folder.path().join("absent");
            let mut held = Holding::new(bytes, if room { folder.path() } else { &absent });
            // Small enough that the file is needed, which cannot be made without a folder.
            held.content = Some(Spill::new(if room { folder.path() } else { &absent }, 100));
            let (mut given, mut out, mut offset) = (Vec::new(), Vec::new(), 0);
            for (number, size) in sizes.into_iter().enumerate() {
                let content = vec![u8::try_from(number).unwrap(); size];
                let piece = || Piece { offset, content: content.clone(), sha256: [0; 32], whole: false };
                given.push(piece());
                held.take(piece(), &mut |piece| { out.push(piece); Ok(()) }).unwrap();
                offset += size as u64;
            }
            if room {
                prop_assert_eq!(held.is_whole(), offset <= bytes);
            }
            prop_assert!(!held.is_whole() || out.is_empty());
            held.release(&mut |piece| { out.push(piece); Ok(()) }).unwrap();
            prop_assert_eq!(out, given);
        }
    }
}
