//! Small bundles that want to be large, and the options that let them.

use gapsync::bundle::reader::ReadLimits;
use gapsync::error::Error;
use gapsync::event::Progress;
use gapsync::stream::cancel::Cancel;
use gapsync::stream::codec::Codec;
use gapsync::sync::inspect::verify;

use super::build::{compressed, on_disk, part, sound, tight_gzip};

async fn refused(bytes: &[u8], limits: &ReadLimits) -> Error {
    let bundle = on_disk(bytes);
    verify(Some(&bundle.path), limits, &Progress::silent(), &Cancel::default()).await.expect_err("too large")
}

fn advice(error: &Error) -> &str {
    error.advice().expect("advice")
}

#[tokio::test]
async fn a_compression_bomb_is_stopped() {
    let mut parts = sound();
    parts.members = vec![part("files/zeros", None, vec![0; 100 << 20])];
    let tar = parts.tar().ended();
    for bomb in [tight_gzip(&tar), compressed(Codec::Gzip, &tar), compressed(Codec::Zstd, &tar)] {
        let error = refused(&bomb, &ReadLimits::default()).await;
        assert_eq!(error.what(), "bundle grows to more than 250 times its size");
        assert_eq!(advice(&error), "If the bundle is trusted, raise the limit with --max-ratio.");
        let bundle = on_disk(&bomb);
        let limits = ReadLimits { max_ratio: u64::MAX, ..ReadLimits::default() };
        verify(Some(&bundle.path), &limits, &Progress::silent(), &Cancel::default()).await.expect("trusted");
    }
}

#[tokio::test]
async fn totals_and_rows_are_bounded() {
    let tar = sound().tar().ended();
    let error = refused(&tar, &ReadLimits { max_bytes: 2048, ..ReadLimits::default() }).await;
    assert_eq!(error.what(), "bundle holds more than 2048 bytes");
    assert_eq!(advice(&error), "If the bundle is trusted, raise the limit with --max-bytes.");
    let error = refused(&tar, &ReadLimits { max_row_bytes: 60, ..ReadLimits::default() }).await;
    assert_eq!(error.what(), "row is longer than 60 bytes");
    assert_eq!(advice(&error), "If the bundle is trusted, raise the limit with --max-row-bytes.");
    assert_eq!(error.place().member.as_deref(), Some("data/kinds/00001.csv"));
}

#[tokio::test]
async fn header_and_manifest_are_bounded() {
    let mut parts = sound();
    parts.header["tool"] = "x".repeat(17 << 20).into();
    let error = refused(&parts.tar().ended(), &ReadLimits::default()).await;
    assert_eq!(error.what(), "member is larger than 16777216 bytes");

    let parts = sound();
    let mut tar = super::build::Tar::default();
    tar.file("bundle.json", parts.header_part().content);
    tar.parts(&parts.members);
    let manifest = parts.manifest().to_string();
    tar.file("manifest.json", format!("{manifest}{}", " ".repeat(1 << 20)));
    let error = refused(&tar.ended(), &ReadLimits::default()).await;
    assert!(error.what().starts_with("member is larger than"), "{error}");
}

/// A header that claims more than follows must not make us reserve it.
#[tokio::test]
async fn claimed_sizes_cost_nothing() {
    let mut tar = super::build::Tar::default();
    tar.file("bundle.json", sound().header_part().content);
    let mut header = super::build::header(tokio_tar::EntryType::Regular, "files/huge", 0);
    header.set_size(1 << 60);
    tar.entry(header, "");
    let error = refused(&tar.ended(), &ReadLimits::default()).await;
    assert_eq!(error.what(), "archive ends too early");
    assert_eq!(error.place().member.as_deref(), Some("files/huge"));
}
