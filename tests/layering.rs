//! Holds the rooms of `src/` to the order in which they may import one another, and files to their size.

use std::path::{Path, PathBuf};

/// Each room and those it may import.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "cli",
        &["sync", "migrate", "snapshot", "run", "bundle", "rows", "db", "store", "stream", "model", "error", "event"],
    ),
    ("sync", &["run", "bundle", "rows", "db", "stream", "model", "error", "event"]),
    ("migrate", &["run", "bundle", "rows", "db", "store", "stream", "model", "error", "event"]),
    ("snapshot", &["run", "bundle", "rows", "db", "store", "stream", "model", "error", "event"]),
    ("run", &["rows", "db", "stream", "model", "error", "event"]),
    ("bundle", &["rows", "stream", "model", "error", "event"]),
    ("rows", &["stream", "model", "error", "event"]),
    ("db", &["stream", "model", "error", "event"]),
    ("store", &["stream", "model", "error", "event"]),
    ("stream", &["model", "error", "event"]),
    ("model", &["error", "event"]),
    ("error", &[]),
    ("event", &[]),
];

const MAX_LINES: usize = 500;

/// Files that may be longer, each with its reason.
const LONGER: &[(&str, &str)] = &[];

pub(crate) fn source_files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    files.sort();
    files
}

/// Modules between the crate's root and the file's own code: 1 for `db/mod.rs`, 2 for `db/url.rs`.
fn depth(file: &Path) -> usize {
    let above = if file.ends_with("mod.rs") { 0 } else { 1 };
    file.components().count() - 1 + above
}

/// First names after the crate's root in every path of the code: of `crate::db::url` and `super::super::{db, error}` the `db`
/// and `error`. Comments do not count.
fn imported(text: &str, depth: usize) -> Vec<String> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let root = "super::".repeat(depth);
    let mut names = Vec::new();
    for start in ["crate::", root.as_str()] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            names.extend(first_names(&code[at + start.len()..]));
        }
    }
    names
}

/// The first name of a path, or those of each branch of `{a::b, c}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut names = Vec::new();
    let mut open = 1;
    let mut branch = String::new();
    for c in group.chars() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 || (c == ',' && open == 1) {
            names.push(name(branch.trim()));
            branch.clear();
        } else {
            branch.push(c);
        }
        if open == 0 {
            break;
        }
    }
    names
}

#[test]
fn rooms_import_downwards_only() {
    let mut wrong = Vec::new();
    for (file, text) in source_files() {
        let first = file.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs");
        if room == "main" || room == "lib" {
            continue;
        }
        let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: `{room}` is no room", file.display()));
            continue;
        };
        for name in imported(&text, depth(&file)) {
            let is_room = ROOMS.iter().any(|(known, _)| *known == name);
            if is_room && name != room && !may.contains(&name.as_str()) {
                wrong.push(format!("{}: `{room}` may not import `{name}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words of the stages, in any form that begins so. The engines know tables, rows and statements, and nothing of what they are
/// for.
const OF_STAGES: &[&str] = &[
    "sync_hash",
    "gs_",
    "pivot",
    "existing_id",
    "merge",
    "stage",
    "staging",
    "bundle",
    "import",
    "export",
    "dump file",
    "reject",
    "lane",
    "migrate",
    "restore",
];

#[test]
fn the_engines_know_no_word_of_a_stage() {
    let mut wrong = Vec::new();
    for (file, text) in source_files().into_iter().filter(|(file, _)| file.starts_with("db")) {
        for (number, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            for word in OF_STAGES {
                let begins = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if line.match_indices(word).any(|(at, _)| begins(at)) {
                    wrong.push(format!("{}:{}: `{word}`", file.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_enough() {
    let mut wrong = Vec::new();
    for (file, text) in source_files() {
        let lines = text.lines().count();
        let excepted = LONGER.iter().any(|(path, _)| file == Path::new(path));
        if lines > MAX_LINES && !excepted {
            wrong.push(format!("{}: {lines} lines", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stands_in_one_place() {
    let unsafe_files: Vec<PathBuf> =
        source_files().into_iter().filter(|(_, text)| text.contains("unsafe_code")).map(|(file, _)| file).collect();
    assert_eq!(unsafe_files, [Path::new("cli/heap.rs")]);
}

#[test]
fn every_spelling_of_an_import_is_seen() {
    let text = "use crate::db::url;\nuse crate::{model::{run, batch}, error};\n// use crate::cli;\nfn f(x: crate::sync::X) {}\n\
                use super::super::bundle;\nmod tests { use super::*; }";
    assert_eq!(imported(text, 2), ["db", "model", "error", "sync", "bundle"]);
}
