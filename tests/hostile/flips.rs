//! One flipped bit in a bundle of about a megabyte: every bit where damage would be the most dangerous, thousands elsewhere.
//!
//! A flip is judged twice. First by the decompressor alone: from the gzip member on in which the bit stands, for the members
//! before it are decoded without a look at it. Where that refuses, the reader does; where it gives the same bytes, the reader
//! gives the same content; where it gives other bytes, the reader itself is asked. Then by the reader as a whole, for fewer
//! bits, which also shows that the first judgement foretells the second.
//!
//! | bits | decompressor, and reader where that lets other bytes pass | reader as a whole |
//! | --- | --- | --- |
//! | of each compressed header and checksum | every | every |
//! | of the first and last 64 KiB | of gzip every one with `GAPSYNC_TEST_LONG`, else one of 181 | of the very first and last bytes every one, one of 1,021 of the others |
//! | between | 2,000 | 300 |

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use gapsync::error::{ErrorKind, Result};
use gapsync::stream::codec::{Codec, decoder};
use tokio::runtime::{Builder, Runtime};

use super::build::{OnDisk, compressed, on_disk, part, sound, sync_hash};
use super::{items, verified};
use crate::property::rng::Rng;

/// The first and last bytes whose bits are flipped one and all.
const ENDS: usize = 64 << 10;
/// Those of them that the whole reader sees. What another codec does is for its library to test, so gzip has the larger part.
const READ_ENDS: [(Codec, usize); 2] = [(Codec::Gzip, 256), (Codec::Zstd, 32)];
/// Distance of the bits that stand for the rest; no multiples of eight.
const STRIDE: usize = 181;
const READ_STRIDE: usize = 1021;
/// Places between.
const BETWEEN: usize = 2000;
const READ_BETWEEN: usize = 300;
/// Plain bytes of a gzip member: smaller than those of an export, so that there are more headers.
const MEMBER_BYTES: usize = 128 << 10;

/// A compressed bundle of about a megabyte.
pub(crate) struct Whole {
    codec: Codec,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// What they decompress to.
    plain: Vec<u8>,
    /// Where headers and checksums of the compression stand.
    headers: Vec<Range<usize>>,
    /// Where the decompressor begins anew: in the file, and in what it gives.
    starts: Vec<(usize, usize)>,
}

impl Whole {
    /// In gzip members of 128 KiB.
    pub(crate) fn gzip() -> Self {
        let plain = plain();
        let (mut bytes, mut headers, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        for (number, piece) in plain.chunks(MEMBER_BYTES).enumerate() {
            let start = bytes.len();
            bytes.extend(compressed(Codec::Gzip, piece));
            starts.push((start, number * MEMBER_BYTES));
            // The header without a name, and with it the first block's; checksum and size.
            headers.extend([start..start + 11, bytes.len() - 8..bytes.len()]);
        }
        Self { codec: Codec::Gzip, bytes, plain, headers, starts }
    }

    /// As one Zstandard frame.
    pub(crate) fn zstd() -> Self {
        let plain = plain();
        let bytes = compressed(Codec::Zstd, &plain);
        // Magic, descriptor and window, for its size is not known when a frame begins.
        let mut headers: Vec<_> = std::iter::once(0..6).collect();
        let mut at = 6;
        loop {
            let block = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]);
            headers.push(at..at + 3);
            // A block of one repeated byte holds that byte alone.
            at += 3 + if block >> 1 & 3 == 1 { 1 } else { (block >> 3) as usize };
            if block & 1 == 1 {
                break;
            }
        }
        headers.push(at..at + 4);
        assert_eq!(at + 4, bytes.len(), "one frame with a checksum");
        Self { codec: Codec::Zstd, bytes, plain, headers, starts: vec![(0, 0)] }
    }

    /// The bits to flip, counted from the first of the first byte, and whether the whole reader judges them.
    fn bits(&self, long: bool, rng: &mut Rng) -> BTreeMap<usize, bool> {
        let length = self.bytes.len();
        let ends = |bytes: usize| (0..bytes).chain(length - bytes..length).flat_map(bits_of);
        let between: Vec<usize> = (0..BETWEEN).map(|_| 8 * ENDS + rng.below(8 * (length - 2 * ENDS))).collect();
        let stride = if long && self.codec == Codec::Gzip { 1 } else { STRIDE };
        let mut bits: BTreeMap<usize, bool> =
            ends(ENDS).step_by(stride).chain(between.clone()).map(|b| (b, false)).collect();
        let every = READ_ENDS.iter().find(|(codec, _)| *codec == self.codec).expect("each codec has its share").1;
        let headers = self.headers.iter().cloned().flatten().flat_map(bits_of);
        bits.extend(headers.chain(ends(every)).chain(ends(ENDS).step_by(READ_STRIDE)).map(|bit| (bit, true)));
        bits.extend(between.into_iter().take(READ_BETWEEN).map(|bit| (bit, true)));
        bits
    }

    /// So many of the bits that the whole reader judges, from all kinds of places.
    pub(crate) fn sample(&self, count: usize) -> Vec<usize> {
        let bits: Vec<usize> =
            self.bits(false, &mut Rng::new(1)).into_iter().filter(|(_, read)| *read).map(|(b, _)| b).collect();
        bits.iter().copied().step_by((bits.len() / count).max(1)).collect()
    }

    /// Where the decompressor can start to see a flip: a byte of the file and one of what it gives. A member whose header is
    /// flipped is seen from the one before it.
    fn start(&self, byte: usize) -> (usize, usize) {
        const LONGEST_HEADER: usize = 16;
        self.starts.iter().copied().rfind(|(at, _)| at + LONGEST_HEADER <= byte).unwrap_or((0, 0))
    }

    /// What a place belongs to.
    fn place(&self, byte: usize) -> &'static str {
        if self.headers.iter().any(|header| header.contains(&byte)) { "a header" } else { "the data" }
    }
}

fn bits_of(byte: usize) -> Range<usize> {
    byte * 8..byte * 8 + 8
}

/// Rows, then files that compress and files that do not, as exports have them.
fn plain() -> Vec<u8> {
    let mut parts = sound();
    let mut rng = Rng::new(7);
    for (number, first) in (2_u32..).zip((3..4003).step_by(1000)) {
        let mut rows = "id,created_at,updated_at,sync_hash,name\n".to_owned();
        for id in first..first + 1000 {
            let name = format!("kind of number {id}");
            let second = id % 60;
            writeln!(rows, "{id},2026-01-01 00:00:{second:02},\\N,{},{name}", sync_hash(&name)).expect("memory");
        }
        parts.members.insert(number as usize - 1, part(&format!("data/kinds/{number:05}.csv"), Some(1000), rows));
    }
    parts.header["tables"][0]["max_rows"] = 4002.into();
    let mut noise = |bytes: usize| (0..bytes / 8).flat_map(|_| rng.next().to_le_bytes()).collect::<Vec<u8>>();
    for file in 0..6 {
        parts.members.push(part(&format!("files/papers/{file}.pdf"), None, noise(140_000)));
        let text: String = noise(6000).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x} "));
        parts.members.push(part(&format!("files/papers/{file}.txt"), None, text));
    }
    parts.tar().ended()
}

/// A bundle on disk whose bits are flipped in place, one at a time.
pub(crate) struct Flipper<'a> {
    whole: &'a [u8],
    disk: OnDisk,
    file: std::fs::File,
    runtime: Runtime,
}

impl<'a> Flipper<'a> {
    /// Puts the bundle on disk.
    pub(crate) fn new(whole: &'a [u8]) -> Self {
        let disk = on_disk(whole);
        let file = std::fs::OpenOptions::new().write(true).open(&disk.path).expect("a file");
        let runtime = Builder::new_current_thread().enable_time().build().expect("a run time");
        Self { whole, disk, file, runtime }
    }

    /// Where the bundle is.
    pub(crate) fn path(&self) -> &Path {
        &self.disk.path
    }

    /// Does something to the bundle while a bit of it is flipped.
    pub(crate) fn with<T>(&self, bit: usize, act: impl FnOnce(&Path) -> T) -> T {
        let (at, byte) = (bit / 8, self.whole[bit / 8]);
        let write = |byte: u8| self.file.write_all_at(&[byte], at as u64).expect("a file");
        write(byte ^ 1 << (bit % 8));
        let done = act(&self.disk.path);
        write(byte);
        done
    }

    /// Why the bundle is refused while a bit is flipped; nothing when it is not.
    pub(crate) fn refusal(&self, bit: usize) -> Option<String> {
        let error = self.with(bit, |path| self.runtime.block_on(verified(path))).err()?;
        assert_eq!(error.kind(), ErrorKind::Damaged, "bit {bit}: {error}");
        Some(error.what().to_owned())
    }

    fn items(&self, bit: usize) -> Result<Vec<String>> {
        self.with(bit, |path| self.runtime.block_on(items(path)))
    }
}

/// What the decompressor alone makes of a flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decoded {
    Refused,
    Same,
    Other,
}

fn decoded(whole: &Whole, bit: usize, flipped: &mut [u8], buffer: &mut Vec<u8>) -> Decoded {
    let (start, plain) = whole.start(bit / 8);
    flipped[bit / 8] ^= 1 << (bit % 8);
    buffer.clear();
    let outcome = decoder(&flipped[start..]).and_then(|(_, mut decoder)| decoder.read_to_end(buffer));
    flipped[bit / 8] = whole.bytes[bit / 8];
    match outcome {
        Err(_) => Decoded::Refused,
        Ok(_) if *buffer == whole.plain[plain..] => Decoded::Same,
        Ok(_) => Decoded::Other,
    }
}

/// How a flip ended: refused, or accepted with the content of the sound bundle.
fn judged(flipper: &Flipper<'_>, whole: &Whole, bit: usize, decoded: Decoded, sound: &[String]) -> String {
    match flipper.refusal(bit) {
        Some(why) => {
            assert_ne!(decoded, Decoded::Same, "bit {bit}: {why}");
            format!("refused by the reader: {why}")
        }
        None => {
            assert_ne!(decoded, Decoded::Refused, "bit {bit} is accepted");
            let items = flipper.items(bit).expect("it was accepted");
            assert!(items == sound, "bit {bit} changes what is read");
            format!("accepted by the reader, the same content: in {}", whole.place(bit / 8))
        }
    }
}

/// How flips ended, and how many so.
type Ends = BTreeMap<String, usize>;

/// Flips the bits on all cores. Each flip is refused as damage, or what is read is what the sound bundle holds.
fn flip_all(whole: &Whole, bits: &[(usize, bool)]) -> Ends {
    let flipper = Flipper::new(&whole.bytes);
    let sound = flipper.runtime.block_on(items(&flipper.disk.path)).expect("sound");
    drop(flipper);
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Ends::new()));
    let work = || {
        let flipper = Flipper::new(&whole.bytes);
        let (mut ends, mut flipped, mut buffer) = (Ends::new(), whole.bytes.clone(), Vec::new());
        while let Some((bit, read)) = bits.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
            let end = match decoded(whole, bit, &mut flipped, &mut buffer) {
                Decoded::Refused if !read => "refused by the decompressor".to_owned(),
                Decoded::Same if !read => format!("accepted, the same bytes: in {}", whole.place(bit / 8)),
                decoded => judged(&flipper, whole, bit, decoded, &sound),
            };
            *ends.entry(end).or_default() += 1;
        }
        let mut all = all.lock().expect("no flip failed");
        ends.into_iter().for_each(|(end, count)| *all.entry(end).or_default() += count);
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            thread.join().expect("every flip is refused or changes nothing");
        }
    });
    all.into_inner().expect("no flip failed")
}

/// Flips bits of a bundle, prints what became of them and gives back how many were accepted.
fn flip(whole: &Whole) -> usize {
    let long = std::env::var_os("GAPSYNC_TEST_LONG").is_some();
    let seed = std::env::var("GAPSYNC_TEST_SEED").map_or(1, |text| text.parse().expect("a number"));
    let bits: Vec<_> = whole.bits(long, &mut Rng::new(seed)).into_iter().collect();
    let read = bits.iter().filter(|(_, read)| *read).count();
    let begin = Instant::now();
    let ends = flip_all(whole, &bits);
    let (name, bytes, flips, seconds) = (whole.codec.name(), whole.bytes.len(), bits.len(), begin.elapsed().as_secs());
    println!(
        "{name}, {bytes} bytes, seed {seed}: {flips} flips in {seconds} s, {read} of them through the whole reader"
    );
    for (end, count) in &ends {
        println!("{count:>9} {end}");
    }
    assert_eq!(ends.values().sum::<usize>(), bits.len());
    ends.iter().filter(|(end, _)| end.starts_with("accepted")).map(|(_, count)| count).sum()
}

#[test]
fn every_flipped_bit_of_a_gzip_bundle_is_noticed_or_changes_nothing() {
    let whole = Whole::gzip();
    assert!(whole.headers.len() > 10 && (900_000..1_200_000).contains(&whole.bytes.len()), "{}", whole.bytes.len());
    let accepted = flip(&whole);
    // Seven bytes of each header have no check and no meaning for the content, and so have the bits that fill up the last
    // byte before the checksum.
    assert!(accepted < whole.headers.len() / 2 * 8 * 8, "{accepted} flips were accepted");
}

#[test]
fn every_flipped_bit_of_a_zstd_bundle_is_noticed_or_changes_nothing() {
    let whole = Whole::zstd();
    let accepted = flip(&whole);
    // The window's size may be announced larger.
    assert!(accepted < 50, "{accepted} flips were accepted");
}
