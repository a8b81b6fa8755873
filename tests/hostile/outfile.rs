//! Tarballs of plain CSV files, without header and manifest.

use std::collections::BTreeMap;
use std::path::Path;

use gapsync::bundle::reader::{self, BundleEnd, BundleSource, DumpFormat, Item, ReadLimits, ReadOptions};
use gapsync::error::{Error, ErrorKind, Result};
use gapsync::event::Progress;
use gapsync::model::manifest::ColumnHeader;
use gapsync::model::neutral::NeutralType;
use gapsync::stream::budget::Budget;
use gapsync::stream::cancel::Cancel;
use gapsync::stream::codec::Codec;
use tokio_tar::EntryType;

use super::build::{self, Tar, compressed, on_disk};

fn options() -> ReadOptions {
    let column = |name: &str, neutral| ColumnHeader { name: name.into(), neutral };
    let columns = || vec![column("id", NeutralType::Integer), column("name", NeutralType::Text)];
    ReadOptions {
        dialect: DumpFormat::Outfile,
        limits: ReadLimits::default(),
        budget: Budget::new(1 << 20),
        outfile_columns: BTreeMap::from([("kinds".to_owned(), columns()), ("things".to_owned(), columns())]),
    }
}

/// Table, position and cells of every row, and the end.
async fn read(path: &Path) -> Result<(Vec<String>, BundleEnd)> {
    let mut items = reader::read(BundleSource::Path(path.to_owned()), options(), Progress::silent(), Cancel::default());
    let (mut rows, mut tables) = (Vec::new(), Vec::new());
    while let Some(item) = items.next().await? {
        match item {
            Item::Header(header) => tables = header.tables,
            Item::Rows { table, batch, .. } => rows.extend((0..batch.rows()).map(|row| {
                let text =
                    |cell: Option<&[u8]>| cell.map_or("NULL".into(), |cell| String::from_utf8_lossy(cell).into_owned());
                let cells: Vec<_> = batch.row(row).map(text).collect();
                let position = gapsync::model::batch::Position::from_number(batch.position(row));
                format!("{} {}:{} {}", tables[table].name, position.dump_file, position.line, cells.join("|"))
            })),
            Item::End(end) => return Ok((rows, *end)),
            other => panic!("{other:?}"),
        }
    }
    Err(Error::internal("no end"))
}

async fn refusal(tar: &Tar) -> (String, Option<String>) {
    let error = read(&on_disk(&tar.ended()).path).await.expect_err("not sound");
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    (error.what().to_owned(), error.place().member.clone())
}

#[tokio::test]
async fn files_find_their_tables_and_the_rest_is_named() {
    let mut tar = Tar::default();
    tar.entry(build::header(EntryType::Directory, "./", 0), "");
    tar.entry(build::header(EntryType::Directory, "./export/", 0), "");
    tar.file("./export/things_1.csv", "1\ta\\\nb\n2\t\\N\n");
    tar.file("./export/things_2.csv", "3,\"c\"\r\n");
    tar.file("./export/kinds.csv", "");
    tar.file("./export/readme.txt", "hello");
    tar.file("./export/people_1.csv", "1,2,3\n");
    for codec in [Codec::Gzip, Codec::None] {
        let (rows, end) = read(&on_disk(&compressed(codec, &tar.ended())).path).await.expect("sound");
        assert_eq!(rows, ["things 1:1 1|a\nb", "things 1:3 2|NULL", "things 2:1 3|c"]);
        assert_eq!(end.unknown_members, ["export/readme.txt", "export/people_1.csv"]);
        let counted: Vec<_> = end.tables.iter().map(|table| (table.rows, table.dump_files)).collect();
        assert_eq!(counted, [(0, 1), (3, 2)]);
        assert_eq!(end.totals.rows, 3);
    }
}

#[tokio::test]
async fn what_is_refused_in_a_bundle_is_refused_here() {
    let twice = ("member appears twice in the bundle".to_owned(), Some("things.csv".to_owned()));
    assert_eq!(refusal(Tar::default().file("./things.csv", "").file("things.csv", "")).await, twice);
    assert_eq!(refusal(Tar::default().file("../things.csv", "")).await.0, "path with `..`");
    assert_eq!(refusal(Tar::default().file("/things.csv", "")).await.0, "absolute path");
    let mut tar = Tar::default();
    assert_eq!(refusal(tar.entry(build::header(EntryType::Symlink, "things.csv", 0), "")).await.0, "member is a link");
    let fields = ("row has too many fields".to_owned(), Some("things_1.csv".to_owned()));
    assert_eq!(refusal(Tar::default().file("things_1.csv", "1\ta\n2\tb\tc\n")).await, fields);
}
