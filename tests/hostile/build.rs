//! Builds bundles by hand, sound ones and others, without the code under test but for the shape of the header.

use flate2::write::GzEncoder;
use gapsync::stream::codec::{Codec, Encoder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio_tar::{EntryType, Header};

/// A member of a bundle.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Name in the archive.
    pub(crate) name: String,
    /// Rows, for a dump file.
    pub(crate) rows: Option<u64>,
    /// Content.
    pub(crate) content: Vec<u8>,
}

/// A bundle as header and members; the manifest is computed.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// `bundle.json`.
    pub(crate) header: Value,
    /// The members after it.
    pub(crate) members: Vec<Part>,
}

/// A small sound bundle of the mini profile: two kinds, three settings in two dump files, one file.
pub(crate) fn sound() -> Parts {
    let header = json!({
        "format": "gapsync-bundle", "version": 1, "tool": "by hand",
        "profile": {"name": "mini", "digest": "00"},
        "source": {"installation": "5d1f62a5-5f0c-4a53-8d5e-0d5e3a1c7e11", "engine": "sqlite"},
        "chain": {"sequence": 1, "parent": null},
        "window": {"start": null, "end": null},
        "options": {},
        "tables": [
            {"name": "kinds", "max_rows": 10, "columns": columns(&["id:integer", "created_at:timestamp",
                "updated_at:timestamp", "sync_hash:text", "name:text"])},
            {"name": "settings", "max_rows": 3, "columns": columns(&["id:integer", "created_at:timestamp",
                "updated_at:timestamp", "area:text", "name:text", "value:text"])},
        ],
        "files": true,
        "dialect": {"delimiter": ",", "quote": "\"", "null": "\\N", "line_end": "\n", "encoding": "UTF-8", "header": true},
        "created_at": "2026-01-02 03:04:05",
    });
    let when = "2026-01-01 00:00:00";
    let kinds = format!(
        "id,created_at,updated_at,sync_hash,name\n1,{when},{when},{},Hash\n2,{when},{when},{},\"a, \"\"b\"\"\n\"\n",
        sync_hash("Hash"),
        sync_hash("a, \"b\"\n"),
    );
    let settings = format!("id,created_at,updated_at,area,name,value\n1,{when},\\N,x,y,\\N\n2,{when},\\N,x,z,\\\\N\n");
    let more = format!("id,created_at,updated_at,area,name,value\n3,{when},\\N,x,w,\n");
    Parts {
        header,
        members: vec![
            part("data/kinds/00001.csv", Some(2), kinds),
            part("data/settings/00001.csv", Some(2), settings),
            part("data/settings/00002.csv", Some(1), more),
            part("files/papers/a.txt", None, "content of a file"),
        ],
    }
}

/// Hash of a row whose key is one text.
pub(super) fn sync_hash(key: &str) -> String {
    hex(&md5::Md5::digest(format!("{}:{key}", key.len())))
}

fn columns(columns: &[&str]) -> Value {
    let column = |column: &&str| {
        let (name, neutral) = column.split_once(':').expect("name and type");
        json!({"name": name, "type": neutral})
    };
    columns.iter().map(column).collect()
}

/// A member.
pub(crate) fn part(name: &str, rows: Option<u64>, content: impl Into<Vec<u8>>) -> Part {
    Part { name: name.into(), rows, content: content.into() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Parts {
    /// The header as a member.
    pub(crate) fn header_part(&self) -> Part {
        part("bundle.json", None, self.header.to_string())
    }

    /// The manifest that is true for header and members.
    pub(crate) fn manifest(&self) -> Value {
        let all: Vec<_> = std::iter::once(self.header_part()).chain(self.members.iter().cloned()).collect();
        let member = |part: &Part| {
            let sha256 = hex(&Sha256::digest(&part.content));
            let mut member = json!({"name": part.name, "bytes": part.content.len(), "sha256": sha256});
            if let Some(rows) = part.rows {
                member["rows"] = rows.into();
            }
            member
        };
        let rows: u64 = all.iter().filter_map(|part| part.rows).sum();
        let bytes: usize = all.iter().map(|part| part.content.len()).sum();
        json!({
            "members": all.iter().map(member).collect::<Value>(),
            "totals": {"members": all.len(), "rows": rows, "bytes": bytes},
        })
    }

    /// The tar of header, members and true manifest, without the end.
    pub(crate) fn tar(&self) -> Tar {
        let mut tar = Tar::default();
        tar.file("bundle.json", self.header_part().content);
        tar.parts(&self.members);
        tar.file("manifest.json", self.manifest().to_string());
        tar
    }
}

/// A tar that is built block by block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    /// Adds a regular file, whatever its name.
    pub(crate) fn file(&mut self, name: &str, content: impl AsRef<[u8]>) -> &mut Self {
        self.entry(header(EntryType::Regular, name, content.as_ref().len()), content)
    }

    /// Adds members.
    pub(crate) fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            self.file(&part.name, &part.content);
        }
    }

    /// Adds a header and content.
    pub(crate) fn entry(&mut self, mut header: Header, content: impl AsRef<[u8]>) -> &mut Self {
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content.as_ref());
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// Adds a pax header for the next member.
    pub(crate) fn pax(&mut self, records: &[(&str, &str)]) -> &mut Self {
        let content: String = records.iter().map(|(key, value)| pax_record(key, value)).collect();
        self.entry(header(EntryType::XHeader, "pax", content.len()), content)
    }

    /// The bytes with the two blocks that end a tar.
    pub(crate) fn ended(&self) -> Vec<u8> {
        [&self.0[..], &[0; 1024]].concat()
    }
}

fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

/// A header; the name may be anything that fits.
pub(crate) fn header(kind: EntryType, name: &str, bytes: usize) -> Header {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(bytes as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// Compresses a tar.
pub(crate) fn compressed(codec: Codec, tar: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(codec, 2, Vec::new()).expect("a codec that is written");
    encoder.write_all(tar).expect("memory");
    encoder.finish().expect("memory")
}

/// Compresses as one member, as tight as gzip can.
pub(crate) fn tight_gzip(tar: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(tar).expect("memory");
    encoder.finish().expect("memory")
}

/// A bundle on disk.
pub(crate) struct OnDisk {
    /// Its folder.
    pub(crate) folder: TempDir,
    /// The bundle.
    pub(crate) path: PathBuf,
}

/// Puts a bundle into a folder of its own.
pub(crate) fn on_disk(bytes: &[u8]) -> OnDisk {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("bundle.tar");
    std::fs::write(&path, bytes).expect("a file");
    OnDisk { folder, path }
}
