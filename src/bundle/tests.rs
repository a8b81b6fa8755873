//! What the writer writes, the reader reads; and so do `tar` and `sha256sum`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::header::FORMAT;
use super::reader::{BundleEnd, BundleSource, DumpFormat, Item, ItemStream, ReadLimits, ReadOptions, read};
use super::writer::{BundleWriter, FileOutcome};
use crate::error::{ErrorKind, Result};
use crate::event::Progress;
use crate::model::batch::RowBatch;
use crate::model::manifest::{Chain, ColumnHeader, DumpDialect, Header, ProfileMark, TableHeader, Window};
use crate::model::neutral::NeutralType;
use crate::rows::dump::{DumpEncoder, DumpFile};
use crate::stream::budget::Budget;
use crate::stream::cancel::Cancel;
use crate::stream::codec::Codec;

fn header(max_rows: u64) -> Header {
    let column = |name: &str, neutral| ColumnHeader { name: name.into(), neutral };
    let columns = vec![column("id", NeutralType::Integer), column("text", NeutralType::Text)];
    Header {
        format: FORMAT.into(),
        version: 1,
        tool: "test".into(),
        kind: None,
        profile: ProfileMark { name: "mini".into(), digest: "0".into(), ..ProfileMark::default() },
        source: crate::model::manifest::Source { installation: "i".into(), engine: "sqlite".into() },
        chain: Chain::default(),
        window: Window::default(),
        options: serde_json::Value::Null,
        tables: vec![TableHeader { name: "things".into(), columns, max_rows, sets: None }],
        files: true,
        dialect: DumpDialect::default(),
        created_at: "2026-01-01 00:00:00".into(),
    }
}

fn dump_files(rows: u64, row_limit: u64) -> Vec<DumpFile> {
    let mut batch = RowBatch::new(2);
    for row in 0..rows {
        batch.push(Some(row.to_string().as_bytes()));
        batch.push((row % 3 > 0).then(|| "a \"text\"\n".repeat(20)).as_deref().map(str::as_bytes));
        batch.end_row(0);
    }
    let mut encoder = DumpEncoder::new(&header(0).tables[0].columns, row_limit);
    let mut files: Vec<_> = (0..batch.rows()).filter_map(|row| encoder.push(&batch, row)).collect();
    files.extend(encoder.finish());
    files
}

fn open(path: &Path, budget: u64) -> ItemStream {
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: ReadLimits::default(),
        budget: Budget::new(budget),
        outfile_columns: BTreeMap::new(),
    };
    read(BundleSource::Path(path.to_owned()), options, Progress::silent(), Cancel::default())
}

/// Rows, files and the end of a bundle.
async fn read_all(path: &Path) -> Result<(u64, BTreeMap<String, Vec<u8>>, BundleEnd)> {
    let mut items = open(path, 1 << 20);
    let (mut rows, mut files, mut name) = (0, BTreeMap::new(), String::new());
    while let Some(item) = items.next().await? {
        match item {
            Item::Header(_) | Item::FileEnd { .. } => {}
            Item::Rows { batch, .. } => rows += batch.rows() as u64,
            Item::FileStart { path, .. } => {
                files.insert(path.clone(), Vec::new());
                name = path;
            }
            Item::FileData(piece) => files.get_mut(&name).expect("a file").extend(piece),
            Item::End(end) => return Ok((rows, files, *end)),
        }
    }
    panic!("no end");
}

#[tokio::test]
async fn every_codec_brings_back_rows_and_files() {
    let folder = TempDir::new().expect("a folder");
    let (small, large) = (folder.path().join("small"), folder.path().join("large"));
    fs::write(&small, "small").expect("a file");
    let content: Vec<u8> = (0..6_000_000_u32).flat_map(u32::to_le_bytes).collect();
    fs::write(&large, &content).expect("a file");
    let long_path = format!("{}/{}", "deep/".repeat(30), "n".repeat(200)).replace("//", "/");
    for (codec, name) in [(Codec::Gzip, "a.tar.gz"), (Codec::Zstd, "a.tar.zst"), (Codec::None, "a.tar")] {
        let mut marks = Vec::new();
        for threads in [1, 2] {
            let path = folder.path().join(name);
            let _ = fs::remove_file(&path);
            let mut writer =
                BundleWriter::create(folder.path(), name, codec, threads, &header(10_000)).await.expect("new");
            for file in dump_files(10_000, 4000) {
                writer.dump_file(0, file).await.expect("room");
            }
            let md5 = "eb5c1399a871211c7e7ed732d15e3a8b".to_owned();
            let written = FileOutcome::Written { bytes: 5, md5 };
            assert_eq!(writer.file(&long_path, &small).await.expect("a file"), written);
            assert_eq!(writer.file("gone", &folder.path().join("gone")).await.expect("no file"), FileOutcome::Absent);
            assert_eq!(writer.file("folder", folder.path()).await.expect("no file"), FileOutcome::Absent);
            let outcome = writer.file("large", &large).await.expect("a file");
            assert!(matches!(outcome, FileOutcome::Written { bytes: 24_000_000, .. }));
            let mark = writer.finish().await.expect("complete");
            let (rows, files, end) = read_all(&path).await.expect("sound");
            assert_eq!((rows, end.tables[0].dump_files, end.files), (10_000, 3, 2));
            assert_eq!((&end.mark, end.codec, end.sidecar), (&mark, codec, true));
            assert_eq!(files.into_values().collect::<Vec<_>>(), [b"small".to_vec(), content.clone()]);
            marks.push(mark.sha256);
        }
        assert_eq!(marks[0], marks[1], "{codec:?} depends on the number of threads");
        run(folder.path(), "sha256sum", &["-c", &format!("{name}.sha256")]);
        if codec != Codec::Zstd {
            let listed = run(folder.path(), "tar", &["-tf", name]);
            let expected = ["bundle.json", "data/things/00001.csv", "data/things/00002.csv", "data/things/00003.csv"];
            assert_eq!(listed.lines().take(4).collect::<Vec<_>>(), expected);
            assert!(listed.contains(&format!("files/{long_path}\n")), "{listed}");
        }
    }
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output().expect(program);
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_bundle_that_is_given_up_leaves_nothing() {
    let folder = TempDir::new().expect("a folder");
    let mut writer = BundleWriter::create(folder.path(), "a.tar", Codec::None, 1, &header(1)).await.expect("new");
    assert_eq!(names(folder.path()), ["a.tar.part"]);
    let second = BundleWriter::create(folder.path(), "a.tar", Codec::None, 1, &header(1)).await;
    assert_eq!(second.expect_err("taken").kind(), ErrorKind::File);
    writer.dump_file(0, dump_files(1, 10).remove(0)).await.expect("room");
    drop(writer);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn what_no_reader_would_accept_is_not_written() {
    let folder = TempDir::new().expect("a folder");
    let mut writer = BundleWriter::create(folder.path(), "a.tar", Codec::None, 1, &header(3)).await.expect("new");
    for path in ["../x", "/x", "a\\b", "", "x/"] {
        writer.file(path, folder.path()).await.expect_err(path);
    }
    writer.dump_file(0, dump_files(3, 10).remove(0)).await.expect("room");
    writer.dump_file(0, dump_files(1, 10).remove(0)).await.expect("not written yet");
    assert_eq!(writer.finish().await.expect_err("too many rows").kind(), ErrorKind::Internal);
    assert_eq!(names(folder.path()), Vec::<String>::new());
    let refused = BundleWriter::create(folder.path(), "a.tar.xz", Codec::Xz, 1, &header(1)).await;
    assert_eq!(refused.expect_err("read only").kind(), ErrorKind::Usage);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn the_budget_bounds_what_is_in_flight_and_dropping_stops() {
    let folder = TempDir::new().expect("a folder");
    let mut writer = BundleWriter::create(folder.path(), "a.tar", Codec::None, 1, &header(50_000)).await.expect("new");
    for file in dump_files(50_000, 50_000) {
        writer.dump_file(0, file).await.expect("room");
    }
    writer.finish().await.expect("complete");
    let mut items = open(&folder.path().join("a.tar"), 600 << 10);
    let mut held = Vec::new();
    let patience = Duration::from_millis(300);
    while let Ok(item) = tokio::time::timeout(patience, items.next()).await {
        held.push(item.expect("sound").expect("more"));
    }
    // The header and two batches of 256 KiB; the third waits.
    assert_eq!(held.len(), 3);
    // The reading thread waits for the budget, which is held here; dropping the stream must end it all the same.
    drop(items);
}

#[tokio::test]
async fn a_stop_is_heard_even_while_a_pipe_is_silent() {
    let folder = TempDir::new().expect("a folder");
    run(folder.path(), "mkfifo", &["pipe"]);
    let path = folder.path().join("pipe");
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: ReadLimits::default(),
        budget: Budget::new(1 << 20),
        outfile_columns: BTreeMap::new(),
    };
    let cancel = Cancel::default();
    let mut items = read(BundleSource::Path(path.clone()), options, Progress::silent(), cancel.clone());
    cancel.request();
    assert_eq!(items.next().await.expect_err("stopped").kind(), ErrorKind::Interrupted);
    drop(items);
    // Lets the thread that waits for a writer go.
    drop(fs::OpenOptions::new().write(true).open(path).expect("a pipe"));
}
