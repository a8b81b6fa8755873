//! Compresses the whole tarball with the chosen codec, and recognises the codec when reading.
//!
//! Everything here is synchronous: a codec has a single state and gains nothing from an async task, and the reader and
//! writer of bundles have threads of their own.

use std::io::{self, BufRead, Cursor, Read, Write};

use async_compression::codecs::zstd::params::{CParameter, DParameter};
use async_compression::core::Level;
use async_compression::tokio::bufread::{BzDecoder, XzDecoder, ZstdDecoder};
use async_compression::tokio::write::ZstdEncoder;
use flate2::bufread::GzDecoder;

use super::gzip::GzipWriter;
use super::parts::{Part, Parts};
use super::ready::{Blocking, Ready};

/// The compression of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// gzip, in members that are compressed in parallel; the default.
    Gzip,
    /// Zstandard.
    Zstd,
    /// bzip2; read only.
    Bzip2,
    /// xz; read only.
    Xz,
    /// A plain tar.
    None,
}

/// How hard a codec tries to find what repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// As hard as rows of text deserve.
    #[default]
    Usual,
    /// Less hard, for content most of which is compressed already. Only Zstandard knows the difference.
    Quick,
}

/// Length of the longest magic number below.
const MAGIC_BYTES: u64 = 6;

/// Limit for Zstandard windows and xz dictionaries: what `zstd` without `--long` and `xz -9` produce.
const WINDOW_LOG_MAX: u32 = 27;
const XZ_MEMORY: u64 = 128 << 20;

/// How hard Zstandard tries by default.
const ZSTD_LEVEL: i32 = 3;
/// How hard it tries where most of the content is compressed already.
const ZSTD_QUICK: i32 = 1;
/// Bytes that a zstd worker takes at a time: a quarter of its own choice, to make its buffers smaller.
const ZSTD_JOB_BYTES: u32 = 2 << 20;

impl Codec {
    /// Recognises the codec by the first bytes of a file. Unknown ones mean a plain tar.
    #[must_use]
    pub fn recognise(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // The file may begin with a skippable frame.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => Self::None,
        }
    }

    /// Returns the name used in options and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::None => "none",
        }
    }

    /// Returns the suffix after `.tar` in the name of a file.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::Bzip2 => ".bz2",
            Self::Xz => ".xz",
            Self::None => "",
        }
    }
}

impl<R: BufRead> Part<R> for GzDecoder<R> {
    fn begin(input: R) -> Self {
        Self::new(input)
    }

    fn end(self) -> R {
        self.into_inner()
    }
}

impl<R: BufRead + Unpin> Part<R> for Blocking<ZstdDecoder<Ready<R>>> {
    fn begin(input: R) -> Self {
        Self(ZstdDecoder::with_params(Ready(input), &[DParameter::window_log_max(WINDOW_LOG_MAX)]))
    }

    fn end(self) -> R {
        self.0.into_inner().0
    }
}

impl<R: BufRead + Unpin> Part<R> for Blocking<BzDecoder<Ready<R>>> {
    fn begin(input: R) -> Self {
        Self(BzDecoder::new(Ready(input)))
    }

    fn end(self) -> R {
        self.0.into_inner().0
    }
}

/// Recognises the codec and decodes to the very end: all gzip members, all frames. Zeros after them, with which some media
/// are filled up, are accepted. Any other bytes after them are an error, as is an end inside one of them.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn decoder<'a, R: BufRead + Unpin + 'a>(mut input: R) -> io::Result<(Codec, Box<dyn Read + 'a>)> {
    let mut start = Vec::new();
    input.by_ref().take(MAGIC_BYTES).read_to_end(&mut start)?;
    let codec = Codec::recognise(&start);
    let input = Cursor::new(start).chain(input);
    let decoder: Box<dyn Read + 'a> = match codec {
        Codec::Gzip => Box::new(Parts::<_, GzDecoder<_>>::new(input)),
        Codec::Zstd => Box::new(Parts::<_, Blocking<ZstdDecoder<_>>>::new(input)),
        Codec::Bzip2 => Box::new(Parts::<_, Blocking<BzDecoder<_>>>::new(input)),
        Codec::Xz => {
            let mut decoder = XzDecoder::with_mem_limit(Ready(input), XZ_MEMORY);
            // This decoder accepts zeros after a stream by itself.
            decoder.multiple_members(true);
            Box::new(Blocking(decoder))
        }
        Codec::None => Box::new(input),
    };
    Ok((codec, decoder))
}

/// Compresses what is written to it. The output depends only on the input, not on the number of threads.
pub struct Encoder<W: Write>(Kind<W>);

enum Kind<W: Write> {
    Gzip(GzipWriter<W>),
    Zstd(Box<Blocking<ZstdEncoder<Ready<W>>>>),
    Plain(W),
}

impl<W: Write + Unpin> Encoder<W> {
    /// Returns an encoder that uses up to `threads` threads, or `None` for a codec that can only be read.
    pub fn new(codec: Codec, threads: usize, output: W) -> Option<Self> {
        Self::with_effort(codec, Effort::Usual, threads, output)
    }

    /// Returns an encoder that tries as hard as it is told, as [`Self::new`].
    pub fn with_effort(codec: Codec, effort: Effort, threads: usize, output: W) -> Option<Self> {
        Some(Self(match codec {
            Codec::Gzip => Kind::Gzip(GzipWriter::new(output, threads)),
            Codec::Zstd => {
                // At least one worker: without any, zstd cuts its blocks differently and the output would change.
                let workers = u32::try_from(threads.max(1)).unwrap_or(u32::MAX);
                let parameters = [
                    CParameter::nb_workers(workers),
                    CParameter::job_size(ZSTD_JOB_BYTES),
                    CParameter::checksum_flag(true),
                ];
                let level = Level::Precise(match effort {
                    Effort::Usual => ZSTD_LEVEL,
                    Effort::Quick => ZSTD_QUICK,
                });
                let encoder = ZstdEncoder::with_quality_and_params(Ready(output), level, &parameters);
                Kind::Zstd(Box::new(Blocking(encoder)))
            }
            Codec::None => Kind::Plain(output),
            Codec::Bzip2 | Codec::Xz => return None,
        }))
    }

    /// Writes what is still buffered and the end of the stream.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Kind::Gzip(writer) => writer.finish(),
            Kind::Zstd(writer) => Ok(writer.finish()?.into_inner().0),
            Kind::Plain(output) => Ok(output),
        }
    }
}

impl<W: Write + Unpin> Write for Encoder<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Gzip(writer) => writer.write(buffer),
            Kind::Zstd(writer) => writer.write(buffer),
            Kind::Plain(output) => output.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Vec<u8> {
        (0..400_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect()
    }

    fn encoded(codec: Codec, threads: usize, content: &[u8]) -> Vec<u8> {
        let mut encoder = Encoder::new(codec, threads, Vec::new()).expect("a codec that is written");
        encoder.write_all(content).expect("memory");
        encoder.finish().expect("memory")
    }

    fn decoded(bytes: &[u8]) -> io::Result<(Codec, Vec<u8>)> {
        let (codec, mut decoder) = decoder(bytes)?;
        let mut content = Vec::new();
        decoder.read_to_end(&mut content)?;
        Ok((codec, content))
    }

    #[test]
    fn what_is_encoded_is_decoded_and_does_not_depend_on_threads() {
        for content in [content(), Vec::new()] {
            for codec in [Codec::Gzip, Codec::Zstd, Codec::None] {
                let bytes = encoded(codec, 1, &content);
                assert_eq!(bytes, encoded(codec, 3, &content), "{codec:?}");
                assert_eq!(decoded(&bytes).expect("intact"), (codec, content.clone()));
            }
        }
    }

    #[test]
    fn two_streams_in_a_row_are_one_and_garbage_after_them_is_noticed() {
        let content = content();
        for codec in [Codec::Gzip, Codec::Zstd] {
            let one = encoded(codec, 1, &content);
            let two = [&one[..], &one[..]].concat();
            assert_eq!(decoded(&two).expect("two streams").1, content.repeat(2), "{codec:?}");
            for garbage in [&b"garbage"[..], b"\0\0x", b"x", &[0x1f, 0x8b]] {
                decoded(&[&one[..], garbage].concat()).expect_err("garbage");
            }
            let between = [&one[..], &[0; 7], &one[..]].concat();
            decoded(&between).expect_err("zeros between two streams");
            for cut in [1, 4, 9, one.len() / 2] {
                decoded(&one[..one.len() - cut]).expect_err("cut");
            }
        }
    }

    #[test]
    fn zeros_of_a_padded_medium_are_no_damage() {
        let content = content();
        let written = [Codec::Gzip, Codec::Zstd].map(|codec| (encoded(codec, 1, &content), content.clone()));
        let read = [hex(BZIP2), hex(XZ)].map(|bytes| (bytes, b"gapsync".to_vec()));
        for (bytes, content) in written.into_iter().chain(read) {
            for zeros in [4, 512, 300_000] {
                let padded = [&bytes[..], &vec![0; zeros]].concat();
                assert_eq!(decoded(&padded).expect("padded").1, content, "{zeros}");
            }
        }
    }

    #[test]
    fn bzip2_and_xz_are_read() {
        // Made with `printf gapsync | bzip2` and `printf gapsync | xz`.
        let bzip2 = hex(BZIP2);
        let xz = hex(XZ);
        for (codec, bytes) in [(Codec::Bzip2, bzip2), (Codec::Xz, xz)] {
            assert_eq!(decoded(&bytes).expect("intact"), (codec, b"gapsync".to_vec()));
            let twice = [&bytes[..], &bytes[..]].concat();
            assert_eq!(decoded(&twice).expect("two streams").1, b"gapsyncgapsync");
            decoded(&[&bytes[..], b"garbage"].concat()).expect_err("garbage");
            decoded(&bytes[..bytes.len() - 1]).expect_err("cut");
        }
    }

    const BZIP2: &str = "425a6839314159265359b30d1d07000001018028814820200022180218029572e177245385090b30d1d070";
    const XZ: &str = "fd377a585a000004e6d6b4460200210116000000742fe5a301000667617073796e630000966b2dc857d750fd00011f07162eb8731fb6f37d010000000004595a";

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
    }
}
