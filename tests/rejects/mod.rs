//! Rejected rows: how many are too many, what the file says of them, and how they come back in.

mod limit;
mod listed;
mod named;
mod retry;

use std::path::{Path, PathBuf};

use gapsync::stream::codec::Codec;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::conformance::command::Site;
use crate::hostile::build::{Parts, compressed, part};

/// When the rows of bundles were made and changed.
const WHEN: &str = "2026-01-01 00:00:00";

/// The rows of one table of a bundle that is written by hand.
struct Rows {
    table: &'static str,
    columns: &'static [&'static str],
    lines: Vec<String>,
}

/// A row by the hash that its natural key gives: what its children are hashed from.
#[derive(Clone)]
struct Parent {
    id: i64,
    hash: String,
}

impl Parent {
    fn new(id: i64, fields: &[&str]) -> Self {
        Self { id, hash: hash(fields) }
    }
}

/// MD5 of key fields that are not NULL.
fn hash(fields: &[&str]) -> String {
    let input: String = fields.iter().map(|field| format!("{}:{field}", field.len())).collect();
    Md5::digest(input).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn kinds(kinds: &[(i64, &str)]) -> Rows {
    let line = |(id, name): &(i64, &str)| format!("{id},{name},{WHEN},{WHEN},{}", hash(&[name]));
    Rows {
        table: "kinds",
        columns: &["id:integer", "name:text", "created_at:timestamp", "updated_at:timestamp", "sync_hash:text"],
        lines: kinds.iter().map(line).collect(),
    }
}

fn kind(id: i64, name: &str) -> Parent {
    Parent::new(id, &[name])
}

/// A thing's line: `n` and `serial` as they stand in a dump file.
fn thing(id: i64, kind: &Parent, value: &str, n: &str, serial: &str) -> String {
    format!("{id},{},{value},{n},{serial},{WHEN},{WHEN},{}", kind.id, hash(&[&kind.hash, value]))
}

fn things(lines: Vec<String>) -> Rows {
    Rows {
        table: "things",
        columns: &[
            "id:integer",
            "kind_id:integer",
            "value:text",
            "n:integer",
            "serial:text",
            "created_at:timestamp",
            "updated_at:timestamp",
            "sync_hash:text",
        ],
        lines,
    }
}

/// A note's line; its thing is known by hash.
fn note(id: i64, thing: &Parent, level: &str) -> String {
    let hash = hash(&[&thing.hash, &format!("{WHEN}.000000"), level]);
    format!("{id},{},{WHEN},{level},text,{WHEN},{WHEN},{hash}", thing.id)
}

fn notes(lines: Vec<String>) -> Rows {
    Rows {
        table: "thing_notes",
        columns: &[
            "id:integer",
            "thing_id:integer",
            "moment:timestamp",
            "level:integer",
            "value:text",
            "created_at:timestamp",
            "updated_at:timestamp",
            "sync_hash:text",
        ],
        lines,
    }
}

/// Links between things, in the direction that is given.
fn links(pairs: &[(i64, &Parent, &Parent)]) -> Rows {
    let line = |(id, src, dest): &(i64, &Parent, &Parent)| {
        let (first, second) = if src.hash <= dest.hash { (src, dest) } else { (dest, src) };
        let hash = hash(&["thing", &first.hash, "thing", &second.hash]);
        format!("{id},{},thing,{},thing,{WHEN},{WHEN},{hash}", src.id, dest.id)
    };
    Rows {
        table: "links",
        columns: &[
            "id:integer",
            "src_object_id:integer",
            "src_type:text",
            "dest_object_id:integer",
            "dest_type:text",
            "created_at:timestamp",
            "updated_at:timestamp",
            "sync_hash:text",
        ],
        lines: pairs.iter().map(line).collect(),
    }
}

/// The label `label` and the things that it is put on.
fn labelled(things: &[(i64, &Parent)]) -> [Rows; 2] {
    let label = Parent::new(1, &["label"]);
    let line = |(id, thing): &(i64, &Parent)| {
        let hash = hash(&[&label.hash, "thing", &thing.hash]);
        format!("{id},1,{},thing,{WHEN},{WHEN},{hash}", thing.id)
    };
    let labels = Rows {
        table: "labels",
        columns: &["id:integer", "name:text", "created_at:timestamp", "updated_at:timestamp", "sync_hash:text"],
        lines: vec![format!("1,label,{WHEN},{WHEN},{}", label.hash)],
    };
    let labelled = Rows {
        table: "labelled",
        columns: &[
            "id:integer",
            "label_id:integer",
            "object_id:integer",
            "object_type:text",
            "created_at:timestamp",
            "updated_at:timestamp",
            "sync_hash:text",
        ],
        lines: things.iter().map(line).collect(),
    };
    [labels, labelled]
}

/// A bundle of the mini profile with these rows, in a folder.
fn bundle(folder: &Path, name: &str, tables: &[Rows]) -> PathBuf {
    let profile = gapsync::model::profile::Profile::parse(include_str!("../../sql/profiles/mini.toml")).unwrap();
    let table = |rows: &Rows| {
        let column = |column: &&str| {
            let (name, neutral) = column.split_once(':').unwrap();
            json!({"name": name, "type": neutral})
        };
        let columns: Value = rows.columns.iter().map(column).collect();
        json!({"name": rows.table, "max_rows": rows.lines.len(), "columns": columns})
    };
    let header = json!({
        "format": "gapsync-bundle", "version": 1, "tool": "by hand",
        "profile": {"name": "mini", "digest": profile.digest()},
        "source": {"installation": "5d1f62a5-5f0c-4a53-8d5e-0d5e3a1c7e11", "engine": "sqlite"},
        "chain": {"sequence": 1, "parent": null},
        "window": {"start": null, "end": null},
        "options": {},
        "tables": tables.iter().map(table).collect::<Value>(),
        "files": false,
        "dialect": {"delimiter": ",", "quote": "\"", "null": "\\N", "line_end": "\n", "encoding": "UTF-8", "header": true},
        "created_at": "2026-01-02 03:04:05",
    });
    let member = |rows: &Rows| {
        let names: Vec<&str> = rows.columns.iter().map(|column| column.split_once(':').unwrap().0).collect();
        let text = format!("{}\n{}\n", names.join(","), rows.lines.join("\n"));
        part(&format!("data/{}/00001.csv", rows.table), Some(rows.lines.len() as u64), text)
    };
    let parts = Parts { header, members: tables.iter().map(member).collect() };
    let path = folder.join(name);
    std::fs::write(&path, compressed(Codec::Gzip, &parts.tar().ended())).unwrap();
    path
}

/// The text of the rejects file of a bundle or rejects file.
fn rejects_of(site: &Site, name: &str) -> String {
    let stem = name.trim_end_matches(".tar.gz");
    std::fs::read_to_string(site.folder.path().join(format!("{stem}-rejects.csv"))).unwrap()
}
