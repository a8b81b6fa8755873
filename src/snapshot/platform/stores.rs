//! Reads the stores of a platform file.

use regex::bytes::Regex;
use toml::Spanned;

use super::file::FileStore;
use super::texts::{Texts, line_of};
use super::{KINDS, RawEngine, RawStore, Text};
use crate::error::Result;

/// Reads a store.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn store(texts: &Texts<'_>, file: &FileStore) -> Result<RawStore> {
    let kind = file.kind.get_ref().as_str();
    if !KINDS.contains(&kind) {
        return Err(texts.mistake(&file.kind, &format!("there is no kind `{kind}`; there are {}", KINDS.join(", "))));
    }
    check_fields(texts, file, kind)?;
    let aside = match file.restore.as_ref().map(|restore| restore.get_ref().as_str()) {
        None => file.paths.is_some(),
        Some("aside") => true,
        Some("in-place") => false,
        Some(_) => {
            let place = file.restore.as_ref().unwrap_or(&file.name);
            return Err(texts.mistake(place, "`restore` is \"in-place\" or \"aside\""));
        }
    };
    if let (false, Some(paths)) = (aside, &file.paths) {
        return Err(texts.mistake(paths, "a store of `paths` can only be restored aside"));
    }
    let template = |text: &Option<Spanned<String>>| text.as_ref().map(|text| texts.template(text)).transpose();
    Ok(RawStore {
        name: file.name.get_ref().clone(),
        line: line_of(texts.text, file.name.span().start),
        kind: kind.to_owned(),
        folder: template(&file.folder)?,
        url: template(&file.url)?,
        paths: all(texts, file.paths.as_ref())?,
        exclude: file.exclude.iter().map(|text| texts.template(text)).collect::<Result<_>>()?,
        follow: file.follow.iter().map(|text| follow(texts, text)).collect::<Result<_>>()?,
        secret: file.secret,
        aside,
        requires: file.requires.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        append_only: file.append_only.as_ref().is_some_and(|flag| *flag.get_ref()),
        engine: match kind {
            "cassandra" => Some(cassandra(texts, file)?),
            "postgresql" => Some(postgresql(texts, file)?),
            "mariadb" => Some(mariadb(texts, file)?),
            "neo4j" => Some(neo4j(texts, file)?),
            "elasticsearch" | "opensearch" if file.rebuild.is_some() => Some(rebuild(texts, file)?),
            "elasticsearch" | "opensearch" => Some(RawEngine::Search {
                url: template(&file.url)?,
                indices: all(texts, file.indices.as_ref())?,
                repository: template(&file.repository)?,
                timeout: texts.timeout(file.timeout.as_ref())?,
            }),
            _ => None,
        },
    })
}

/// Reads what names further files.
fn follow(texts: &Texts<'_>, text: &Spanned<String>) -> Result<Regex> {
    let pattern = Regex::new(text.get_ref()).ok().filter(|pattern| pattern.captures_len() == 2);
    pattern
        .ok_or_else(|| texts.mistake(text, "`follow` has regular expressions with one group each, which is the path"))
}

fn all(texts: &Texts<'_>, list: Option<&Spanned<Vec<Spanned<String>>>>) -> Result<Vec<Text>> {
    list.map_or(Ok(Vec::new()), |list| list.get_ref().iter().map(|text| texts.template(text)).collect())
}

fn cassandra(texts: &Texts<'_>, file: &FileStore) -> Result<RawEngine> {
    let choice = |field: &Option<Spanned<String>>, name: &str, usual: &str, other: &str| match field {
        None => Ok(false),
        Some(text) if text.get_ref() == usual => Ok(false),
        Some(text) if text.get_ref() == other => Ok(true),
        Some(text) => Err(texts.mistake(text, &format!("`{name}` is \"{usual}\" or \"{other}\""))),
    };
    let exec = all(texts, file.exec.as_ref())?;
    let tool = |words: &Option<Spanned<Vec<Spanned<String>>>>, usual: &str| -> Result<Vec<Text>> {
        let own = match words {
            Some(words) => texts.command(words)?,
            None => vec![Text { text: usual.to_owned(), line: line_of(texts.text, file.name.span().start) }],
        };
        Ok(exec.iter().cloned().chain(own).collect())
    };
    let keyspace = file.keyspace.as_ref().ok_or_else(|| texts.mistake(&file.name, "cassandra needs a `keyspace`"))?;
    Ok(RawEngine::Cassandra {
        keyspace: texts.template(keyspace)?,
        hosts: file.hosts.as_ref().map(|hosts| texts.template(hosts)).transpose()?,
        rows: choice(&file.mode, "mode", "sstables", "rows")?,
        nodetool: tool(&file.nodetool, "nodetool")?,
        loader: tool(&file.loader, "sstableloader")?,
        data: all(texts, file.data.as_ref())?,
        by_loader: choice(&file.restore_with, "restore_with", "import", "sstableloader")?,
        replication: file.replication.as_ref().map(|text| texts.template(text)).transpose()?,
    })
}

fn postgresql(texts: &Texts<'_>, file: &FileStore) -> Result<RawEngine> {
    const MODES: [&str; 3] = ["logical", "files", "archive"];
    let mode = file.mode.as_ref().map_or("logical", |mode| mode.get_ref());
    if let Some(mode) = file.mode.as_ref().filter(|mode| !MODES.contains(&mode.get_ref().as_str())) {
        return Err(texts.mistake(mode, "`mode` is \"logical\", \"files\" or \"archive\""));
    }
    let (logical, copies, servers): (&[&str], &[&str], &[&str]) =
        (&["logical"], &["files", "archive"], &["logical", "archive"]);
    let fields = [
        ("folder", at(file.folder.as_ref()), copies),
        ("archive", at(file.archive.as_ref()), &["archive"]),
        ("url", at(file.url.as_ref()), servers),
        ("bin", at(file.bin.as_ref()), servers),
        ("plain", at(file.plain.as_ref()), logical),
        ("databases", at(file.databases.as_ref()), logical),
        ("globals", at(file.globals.as_ref()), logical),
        ("exec", at(file.exec.as_ref()), logical),
        ("connections", at(file.connections.as_ref()), logical),
    ];
    for (name, field, modes) in fields {
        if let Some(field) = field.filter(|_| !modes.contains(&mode)) {
            return Err(
                texts.mistake_at(field, &format!("`{name}` belongs to `mode = \"{}\"`", modes.join("\"` or `\"")))
            );
        }
    }
    if file.folder.is_none() && copies.contains(&mode) {
        return Err(texts.mistake(&file.name, &format!("`mode = \"{mode}\"` needs `folder`, the data folder")));
    }
    if file.archive.is_none() && mode == "archive" {
        return Err(
            texts.mistake(&file.name, "`mode = \"archive\"` needs `archive`, the folder that `archive-wal` fills")
        );
    }
    let plain = file.plain.as_ref().is_some_and(|plain| *plain.get_ref());
    let chosen = at(file.databases.as_ref()).or(at(file.globals.as_ref()));
    if let Some(field) = chosen.filter(|_| plain) {
        return Err(texts.mistake_at(field, "`plain = true` saves all databases and roles"));
    }
    let template = |text: &Option<Spanned<String>>| text.as_ref().map(|text| texts.template(text)).transpose();
    Ok(RawEngine::Postgresql {
        url: template(&file.url)?,
        databases: all(texts, file.databases.as_ref())?,
        globals: file.globals.as_ref().is_none_or(|globals| *globals.get_ref()),
        plain,
        folder: template(&file.folder)?,
        archive: template(&file.archive)?,
        bin: template(&file.bin)?,
        exec: all(texts, file.exec.as_ref())?,
        connections: connections(texts, file)?,
    })
}

/// Reads how many connections work side by side.
fn connections(texts: &Texts<'_>, file: &FileStore) -> Result<Option<usize>> {
    match &file.connections {
        Some(number) if !(1..=64).contains(number.get_ref()) => {
            Err(texts.mistake(number, "`connections` is a number from 1 to 64"))
        }
        number => Ok(number.as_ref().map(|number| usize::from(*number.get_ref()))),
    }
}

fn mariadb(texts: &Texts<'_>, file: &FileStore) -> Result<RawEngine> {
    match &file.mode {
        Some(mode) if mode.get_ref() != "logical" => Err(texts.mistake(mode, "`mode` of mariadb is \"logical\"")),
        _ => Ok(RawEngine::Mariadb {
            url: file.url.as_ref().map(|url| texts.template(url)).transpose()?,
            databases: all(texts, file.databases.as_ref())?,
            connections: connections(texts, file)?,
        }),
    }
}

fn neo4j(texts: &Texts<'_>, file: &FileStore) -> Result<RawEngine> {
    let dump = match file.mode.as_ref().map(|mode| (mode, mode.get_ref().as_str())) {
        None | Some((_, "files")) => false,
        Some((_, "dump")) => true,
        Some((mode, _)) => return Err(texts.mistake(mode, "`mode` is \"files\" or \"dump\"")),
    };
    let template = |text: &Option<Spanned<String>>| text.as_ref().map(|text| texts.template(text)).transpose();
    Ok(RawEngine::Neo4j {
        conf: template(&file.conf)?,
        home: template(&file.home)?,
        admin: match &file.admin {
            Some(words) => texts.command(words)?,
            None => vec![Text { text: "neo4j-admin".to_owned(), line: line_of(texts.text, file.name.span().start) }],
        },
        dump,
    })
}

/// Reads how a store is rebuilt.
fn rebuild(texts: &Texts<'_>, file: &FileStore) -> Result<RawEngine> {
    let Some(rebuild) = &file.rebuild else { return Err(texts.mistake(&file.name, "`rebuild` is missing")) };
    let (set, until) = (&rebuild.get_ref().set, &rebuild.get_ref().until);
    if set.syntax.get_ref() != "hocon" {
        return Err(texts.mistake(&set.syntax, "`syntax` of a flag is \"hocon\""));
    }
    let key = set.key.get_ref();
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if !key.split('.').all(part) {
        return Err(texts.mistake(&set.key, "`key` must consist of names with dots between them"));
    }
    let value = match set.value.get_ref() {
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::String(text) if !text.contains(['"', '\\', '\n', '\r']) => format!("\"{text}\""),
        _ => return Err(texts.mistake(&set.value, "`value` is true, false, a whole number or a plain text")),
    };
    let of = file.derived_from.as_ref().ok_or_else(|| {
        texts.mistake(rebuild, "a store that is rebuilt needs `derived_from`, the store that it is rebuilt from")
    })?;
    Ok(RawEngine::Rebuild {
        file: texts.template(&set.file)?,
        key: key.clone(),
        value,
        until: until.get_ref().clone(),
        of: of.get_ref().clone(),
    })
}

/// Checks that a store of indices says what it consists of: their names, or how they are rebuilt.
fn check_search(texts: &Texts<'_>, file: &FileStore) -> Result<()> {
    let is_rebuilt = match file.mode.as_ref().map(|mode| (mode, mode.get_ref().as_str())) {
        None | Some((_, "snapshot")) => false,
        Some((_, "rebuild")) => true,
        Some((mode, _)) => return Err(texts.mistake(mode, "`mode` is \"snapshot\" or \"rebuild\"")),
    };
    match (&file.rebuild, is_rebuilt) {
        (None, true) => Err(texts.mistake(&file.name, "`mode = \"rebuild\"` needs `rebuild`")),
        (Some(rebuild), false) => Err(texts.mistake(rebuild, "`rebuild` belongs to `mode = \"rebuild\"`")),
        (None, false) if file.indices.as_ref().is_none_or(|indices| indices.get_ref().is_empty()) => {
            Err(texts.mistake(&file.name, "`indices` is missing or empty"))
        }
        _ => Ok(()),
    }
}

/// Returns where a field is.
fn at<T>(field: Option<&Spanned<T>>) -> Option<usize> {
    field.map(|field| field.span().start)
}

/// Checks that a store has the fields of its kind.
fn check_fields(texts: &Texts<'_>, file: &FileStore, kind: &str) -> Result<()> {
    let (files, cassandra): (&[&str], &[&str]) = (&["files"], &["cassandra"]);
    let search: &[&str] = &["elasticsearch", "opensearch"];
    let (postgresql, tools): (&[&str], &[&str]) = (&["postgresql"], &["cassandra", "postgresql"]);
    let databases: &[&str] = &["postgresql", "mariadb"];
    let folders: &[&str] = &["files", "postgresql"];
    let neo4j: &[&str] = &["neo4j"];
    let engines = &KINDS[1..];
    let fields = [
        ("folder", at(file.folder.as_ref()), folders),
        ("paths", at(file.paths.as_ref()), files),
        ("exclude", at(file.exclude.first()), files),
        ("follow", at(file.follow.first()), files),
        ("append_only", at(file.append_only.as_ref()), files),
        ("restore", at(file.restore.as_ref()), files),
        ("keyspace", at(file.keyspace.as_ref()), cassandra),
        ("hosts", at(file.hosts.as_ref()), cassandra),
        ("exec", at(file.exec.as_ref()), tools),
        ("databases", at(file.databases.as_ref()), databases),
        ("globals", at(file.globals.as_ref()), postgresql),
        ("plain", at(file.plain.as_ref()), postgresql),
        ("archive", at(file.archive.as_ref()), postgresql),
        ("bin", at(file.bin.as_ref()), postgresql),
        ("connections", at(file.connections.as_ref()), databases),
        ("conf", at(file.conf.as_ref()), neo4j),
        ("home", at(file.home.as_ref()), neo4j),
        ("admin", at(file.admin.as_ref()), neo4j),
        ("nodetool", at(file.nodetool.as_ref()), cassandra),
        ("loader", at(file.loader.as_ref()), cassandra),
        ("data", at(file.data.as_ref()), cassandra),
        ("replication", at(file.replication.as_ref()), cassandra),
        ("restore_with", at(file.restore_with.as_ref()), cassandra),
        ("indices", at(file.indices.as_ref()), search),
        ("repository", at(file.repository.as_ref()), search),
        ("timeout", at(file.timeout.as_ref()), search),
        ("rebuild", at(file.rebuild.as_ref()), search),
        ("url", at(file.url.as_ref()), &KINDS),
        ("mode", at(file.mode.as_ref()), engines),
        ("truth", at(file.truth.as_ref()), engines),
    ];
    for (name, at, kinds) in fields {
        if let Some(at) = at.filter(|_| !kinds.contains(&kind)) {
            return Err(texts.mistake_at(at, &format!("`{name}` belongs to {}", kinds.join(", "))));
        }
    }
    match (kind, file.folder.as_ref().or(file.url.as_ref()), &file.paths) {
        ("files", Some(place), _) if file.folder.is_some() && file.url.is_some() => {
            Err(texts.mistake(place, "a store of files has either `folder` or `url`"))
        }
        ("files", Some(_), None) => match file.follow.first() {
            Some(text) => Err(texts.mistake(text, "`follow` belongs to `paths`")),
            None => Ok(()),
        },
        ("files", None, Some(paths)) if paths.get_ref().is_empty() => Err(texts.mistake(paths, "`paths` is empty")),
        ("files", None, Some(_)) => Ok(()),
        ("files", ..) => Err(texts.mistake(&file.name, "a store of files needs `folder`, `url` or `paths`")),
        ("elasticsearch" | "opensearch", ..) => check_search(texts, file),
        _ => Ok(()),
    }
}
