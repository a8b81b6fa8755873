//! Counts the rows of COPY's forms, and cuts its binary form, so that several answers become one.

use crate::error::{Error, Result};

/// How the binary form begins: the signature, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// How the binary form ends.
pub(super) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// What is expected next of an answer in the binary form.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// So many bytes of the header.
    Header(usize),
    /// The number of fields of a row, or the trailer.
    Row,
    /// The length of a field; so many fields are still to come.
    Length(u16),
    /// So many bytes of a field, and the fields after it.
    Field(usize, u16),
    End,
}

/// An answer of COPY on its way, in pieces that may begin and end anywhere.
#[derive(Debug)]
pub(super) struct Answer {
    binary: bool,
    next: Next,
    /// The begin of a number of which the rest is in the next piece.
    begun: Vec<u8>,
    pub(super) rows: u64,
}

impl Answer {
    pub(super) fn new(binary: bool) -> Self {
        Self { binary, next: Next::Header(0), begun: Vec::new(), rows: 0 }
    }

    /// Takes a piece: counts its rows, and appends it to others without header and trailer.
    ///
    /// # Errors
    /// `Database` if it is not of the form.
    pub(super) fn take(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if !self.binary {
            self.rows += memchr::memchr_iter(b'\n', piece).count() as u64;
            out.extend_from_slice(piece);
            return Ok(());
        }
        // Where the rows of this piece begin and end; a number that was cut is kept until it is whole.
        let mut at = 0;
        while at < piece.len() {
            match self.next {
                Next::Header(seen) => {
                    let take = (HEADER.len() - seen).min(piece.len() - at);
                    if piece[at..at + take] != HEADER[seen..seen + take] {
                        return Err(malformed());
                    }
                    at += take;
                    self.next = if seen + take == HEADER.len() { Next::Row } else { Next::Header(seen + take) };
                }
                Next::Row => {
                    let Some(number) = self.number::<2>(piece, &mut at) else { break };
                    match i16::from_be_bytes(number) {
                        -1 => self.next = Next::End,
                        fields => {
                            self.rows += 1;
                            out.extend_from_slice(&number);
                            self.next = after(u16::try_from(fields).map_err(|_| malformed())?);
                        }
                    }
                }
                Next::Length(left) => {
                    let Some(number) = self.number::<4>(piece, &mut at) else { break };
                    out.extend_from_slice(&number);
                    self.next = match i32::from_be_bytes(number) {
                        -1 | 0 => after(left - 1),
                        length => Next::Field(usize::try_from(length).map_err(|_| malformed())?, left - 1),
                    };
                }
                Next::Field(length, left) => {
                    let take = length.min(piece.len() - at);
                    out.extend_from_slice(&piece[at..at + take]);
                    at += take;
                    self.next = if take == length { after(left) } else { Next::Field(length - take, left) };
                }
                Next::End => return Err(malformed()),
            }
        }
        Ok(())
    }

    /// Checks that the answer is whole.
    ///
    /// # Errors
    /// `Database` if it is not.
    pub(super) fn end(&self) -> Result<()> {
        if self.binary && !matches!(self.next, Next::End) { Err(malformed()) } else { Ok(()) }
    }

    /// Returns a number of the piece, or keeps what there is of it.
    fn number<const N: usize>(&mut self, piece: &[u8], at: &mut usize) -> Option<[u8; N]> {
        let take = (N - self.begun.len()).min(piece.len() - *at);
        self.begun.extend_from_slice(&piece[*at..*at + take]);
        *at += take;
        let number = <[u8; N]>::try_from(self.begun.as_slice()).ok()?;
        self.begun.clear();
        Some(number)
    }
}

fn after(fields: u16) -> Next {
    if fields == 0 { Next::Row } else { Next::Length(fields) }
}

fn malformed() -> Error {
    Error::database("the rows that PostgreSQL sends are not of COPY's binary form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_and_cut_wherever_a_piece_ends() {
        let mut rows = Vec::new();
        for fields in [&[Some(&b"abc"[..]), None, Some(b"")][..], &[Some(b"\xff\xff"), Some(&[7; 300]), None], &[]] {
            rows.extend_from_slice(&i16::try_from(fields.len()).unwrap().to_be_bytes());
            for field in fields {
                let length = field.map_or(-1, |field| i32::try_from(field.len()).unwrap());
                rows.extend_from_slice(&length.to_be_bytes());
                rows.extend_from_slice(field.unwrap_or_default());
            }
        }
        let whole = [HEADER, &rows, &TRAILER].concat();
        for size in [1, 2, 3, 7, 19, 64, whole.len()] {
            let (mut answer, mut out) = (Answer::new(true), Vec::new());
            for piece in whole.chunks(size) {
                assert!(answer.end().is_err());
                answer.take(piece, &mut out).unwrap();
            }
            answer.end().unwrap();
            assert_eq!((answer.rows, &out), (3, &rows), "pieces of {size}");
            answer.take(b"x", &mut out).unwrap_err();
        }
        let mut wrong = Answer::new(true);
        wrong.take(b"PGCOPX", &mut Vec::new()).unwrap_err();
        let mut text = Answer::new(false);
        text.take(b"a\tb\\n\nc\t\\N\n", &mut Vec::new()).unwrap();
        assert_eq!(text.rows, 2);
    }
}
