//! Bytes on the move. Knows nothing about tables or engines.
//!
//! [`codec`] compresses and decompresses a whole tarball; behind it are `gzip` (compresses members in parallel), `parts`
//! (decodes consecutive members) and `ready` (uses async codecs on blocking threads). [`digest`] computes SHA-256 and MD5
//! in passing. [`budget::Budget`] limits the bytes in flight: a producer acquires a permit and sends it with its data, and
//! dropping the permit frees the share. [`cancel::Cancel`] carries the user's wish to stop. [`cpu`] is the only way to the
//! pool for CPU-intensive work, [`wait`] the only way to block on a future.
//!
//! [`root::Root`] accesses physical files below a folder that others can write to, and [`durable`] writes small files that
//! must survive a crash. [`spill`] keeps what is needed again at the end of a run and may outgrow memory, and [`sorter`] sorts such
//! things. [`fail`] and [`skew`] exist only in debug builds, for tests: to kill the program at a point, and to shift its clock.
//!
//! To add a codec, add a variant to [`codec::Codec`] and its magic number to `recognise`; the compiler asks for name, suffix,
//! decoder and encoder. To offer it for exports, add it to `CompressionName` in `cli::args`. To add a fail point, call
//! [`fail::point`] with a new name and add the name to the kill tests in `tests/faults`.

pub mod budget;
pub mod cancel;
pub mod codec;
pub mod cpu;
pub mod digest;
pub mod durable;
pub mod fail;
mod gzip;
mod parts;
mod ready;
pub mod root;
pub mod skew;
pub mod sorter;
pub mod spill;
pub mod wait;

/// Returns the bytes of a field at an offset of a record, which has them.
pub(crate) fn field<const N: usize>(record: &[u8], offset: usize) -> [u8; N] {
    std::array::from_fn(|index| record[offset + index])
}
