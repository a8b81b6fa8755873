//! The CPU's share of a run, part by part, on the fixture's data: `cargo bench`, or `cargo bench -- decode` for one part.
//! Throughputs are bytes of the plain tar or dump files, or values where a part works on values.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use gapsync::bundle::reader::{BundleSource, DumpFormat, Item, ReadLimits, ReadOptions, read};
use gapsync::event::Progress;
use gapsync::model::batch::RowBatch;
use gapsync::model::manifest::Header;
use gapsync::model::neutral::NeutralType;
use gapsync::model::schema;
use gapsync::model::value;
use gapsync::rows::dump::DumpEncoder;
use gapsync::stream::budget::Budget;
use gapsync::stream::cancel::Cancel;
use gapsync::stream::codec::{Codec, Encoder, decoder};
use gapsync::stream::digest::{self, Md5Tap};
use gapsync::stream::wait::block_on;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/threatq-sample.tar.gz");
/// Rows in a dump file, as an export writes them.
const DUMP_ROWS: u64 = 50_000;
/// Bytes of a natural key with the hash of its parent in it.
const KEY_BYTES: usize = 100;

/// The fixture, taken apart once.
struct Data {
    tar: Vec<u8>,
    /// The plain tar as a file, removed at the end.
    path: PathBuf,
    header: Header,
    /// Rows with the index of their table.
    batches: Vec<(usize, RowBatch)>,
}

static DATA: LazyLock<Data> = LazyLock::new(data);

fn data() -> Data {
    let compressed = std::fs::read(FIXTURE).expect("the fixture is in the repository");
    let tar = decompressed(&compressed);
    let path = std::env::temp_dir().join(format!("gapsync-micro-{}.tar", std::process::id()));
    std::fs::write(&path, &tar).expect("the folder for temporary files takes the fixture");
    let (mut header, mut batches) = (None, Vec::new());
    each_item(&path, |item| match item {
        Item::Header(found) => header = Some(*found),
        Item::Rows { table, batch, .. } => batches.push((table, batch)),
        _ => {}
    });
    Data { tar, path, header: header.expect("a bundle begins with its header"), batches }
}

fn decompressed(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    decoder(bytes).and_then(|(_, mut decoder)| decoder.read_to_end(&mut plain)).expect("it was compressed before");
    plain
}

fn each_item(path: &Path, mut each: impl FnMut(Item)) {
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: ReadLimits::default(),
        budget: Budget::new(1 << 30),
        outfile_columns: Default::default(),
    };
    let mut items = read(BundleSource::Path(path.to_owned()), options, Progress::silent(), Cancel::default());
    while let Some(item) = block_on(items.next()).expect("the fixture is sound") {
        each(item);
    }
}

fn main() {
    divan::main();
    // Left behind in the folder for temporary files it would harm nobody.
    let _ = LazyLock::get(&DATA).map(|data| std::fs::remove_file(&data.path));
}

/// Untar, digest and dump files to rows.
#[divan::bench(sample_count = 20)]
fn decode(bencher: Bencher<'_, '_>) {
    let data = &*DATA;
    let bencher = bencher.counter(BytesCount::of_slice(&data.tar));
    bencher.bench_local(|| each_item(&data.path, |item| drop(black_box(item))));
}

/// Rows to dump files.
#[divan::bench(sample_count = 20)]
fn encode(bencher: Bencher<'_, '_>) {
    let encode = || {
        let mut bytes = 0;
        for (table, batch) in &DATA.batches {
            let mut encoder = DumpEncoder::new(&DATA.header.tables[*table].columns, DUMP_ROWS);
            let complete = (0..batch.rows()).filter_map(|row| encoder.push(batch, row)).collect::<Vec<_>>();
            let files = complete.into_iter().chain(encoder.finish());
            bytes += files.map(|file| black_box(file).content.len()).sum::<usize>();
        }
        bytes
    };
    bencher.counter(BytesCount::new(encode())).bench_local(encode);
}

fn compressed(codec: Codec, threads: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(codec, threads, Vec::new()).expect("a codec that is written");
    encoder.write_all(&DATA.tar).and_then(|()| encoder.finish()).expect("memory takes it")
}

#[divan::bench(args = [1, 2], sample_count = 10)]
fn gzip_compress(bencher: Bencher<'_, '_>, threads: usize) {
    bencher.counter(BytesCount::of_slice(&DATA.tar)).bench_local(|| compressed(Codec::Gzip, threads));
}

#[divan::bench(args = [1, 2], sample_count = 10)]
fn zstd_compress(bencher: Bencher<'_, '_>, threads: usize) {
    bencher.counter(BytesCount::of_slice(&DATA.tar)).bench_local(|| compressed(Codec::Zstd, threads));
}

#[divan::bench(sample_count = 10)]
fn gzip_decompress(bencher: Bencher<'_, '_>) {
    let bytes = compressed(Codec::Gzip, 1);
    bencher.counter(BytesCount::of_slice(&DATA.tar)).bench_local(|| decompressed(&bytes));
}

#[divan::bench(sample_count = 10)]
fn zstd_decompress(bencher: Bencher<'_, '_>) {
    let bytes = compressed(Codec::Zstd, 1);
    bencher.counter(BytesCount::of_slice(&DATA.tar)).bench_local(|| decompressed(&bytes));
}

/// SHA-256 and count, as every member has them taken.
#[divan::bench(sample_count = 20)]
fn digest(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_slice(&DATA.tar)).bench_local(|| digest::of(black_box(&DATA.tar)));
}

/// MD5 of natural keys, in hex.
#[divan::bench(sample_count = 20)]
fn md5(bencher: Bencher<'_, '_>) {
    let keys: Vec<&[u8]> = DATA.tar.chunks_exact(KEY_BYTES).take(100_000).collect();
    bencher.counter(ItemsCount::of_iter(&keys)).bench_local(|| {
        for key in &keys {
            let mut tap = Md5Tap::default();
            tap.update(key);
            black_box(tap.finish_hex());
        }
    });
}

/// A column of a base table that takes every value of a type.
fn column(name: &str, neutral: NeutralType) -> schema::Column {
    schema::Column {
        name: name.to_owned(),
        neutral,
        native: String::new(),
        nullable: true,
        has_default: false,
        generated: false,
        limits: schema::Limits::default(),
    }
}

/// Values into their columns.
#[divan::bench(sample_count = 20)]
fn fit(bencher: Bencher<'_, '_>) {
    let tables = DATA.header.tables.iter();
    let columns: Vec<Vec<schema::Column>> =
        tables.map(|table| table.columns.iter().map(|found| column(&found.name, found.neutral)).collect()).collect();
    let mut out = Vec::new();
    let mut all = || {
        let mut values = 0_u64;
        for (table, batch) in &DATA.batches {
            for row in 0..batch.rows() {
                for (column, cell) in columns[*table].iter().zip(batch.row(row)) {
                    let Some(cell) = cell else { continue };
                    out.clear();
                    value::fit(column, column.neutral, cell, &mut out).expect("the fixture's values fit");
                    values += 1;
                }
            }
        }
        values
    };
    let values = all();
    bencher.counter(ItemsCount::new(values)).bench_local(all);
}
