//! Puts a bundle of the model into a real tarball.

use std::path::{Path, PathBuf};

use gapsync::bundle::writer::BundleWriter;
use gapsync::model::batch::RowBatch;
use gapsync::model::manifest::{
    Chain, ColumnHeader, DumpDialect, FORMAT_VERSION, Header, ProfileMark, Source, TableHeader, Window,
};
use gapsync::model::profile::Profile;
use gapsync::rows::dump::DumpEncoder;
use gapsync::stream::codec::Codec;

use crate::model::bundle::{Bundle, BundleTable};
use crate::model::cell;

/// Writes the bundle into a folder. Unless its hashes are to be trusted, it comes from another profile.
pub(crate) async fn write(folder: &Path, name: &str, bundle: &Bundle, profile: &Profile, trusted: bool) -> PathBuf {
    let digest = if trusted { profile.digest() } else { "0".repeat(64) };
    let header = Header {
        format: "gapsync-bundle".into(),
        version: FORMAT_VERSION,
        tool: "by hand".into(),
        kind: None,
        profile: ProfileMark { name: profile.name.clone(), digest, ..ProfileMark::default() },
        source: Source { installation: "5d1f62a5-5f0c-4a53-8d5e-0d5e3a1c7e11".into(), engine: "sqlite".into() },
        chain: Chain { sequence: Some(1), ..Chain::default() },
        window: Window::default(),
        options: serde_json::json!({}),
        tables: bundle.tables.iter().map(table_header).collect(),
        files: false,
        dialect: DumpDialect::default(),
        created_at: "2021-12-31 00:00:00".into(),
    };
    let mut writer = BundleWriter::create(folder, name, Codec::None, 1, &header).await.unwrap();
    for (index, table) in bundle.tables.iter().enumerate() {
        let columns = &header.tables[index].columns;
        for file in &table.files {
            let mut batch = RowBatch::new(columns.len());
            let mut encoder = DumpEncoder::new(columns, u64::MAX);
            for (line, row) in file.iter().enumerate() {
                columns.iter().for_each(|column| batch.push(cell(row, &column.name).map(str::as_bytes)));
                batch.end_row(0);
                assert!(encoder.push(&batch, line).is_none());
            }
            if let Some(file) = encoder.finish() {
                writer.dump_file(index, file).await.unwrap();
            }
        }
    }
    writer.finish().await.unwrap();
    folder.join(name)
}

fn table_header(table: &BundleTable) -> TableHeader {
    let column = |(name, neutral): &(String, _)| ColumnHeader { name: name.clone(), neutral: *neutral };
    let max_rows = table.rows().count() as u64;
    TableHeader { name: table.name.clone(), columns: table.columns.iter().map(column).collect(), max_rows, sets: None }
}
