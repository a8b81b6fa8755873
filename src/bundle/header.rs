//! Parses and checks `bundle.json`, which describes a bundle and is not trusted.

use std::collections::HashSet;

use serde::Deserialize;

use super::layout;
use crate::error::{Error, Result};
use crate::model::hex::is_hex;
use crate::model::manifest::{
    Chain, DumpDialect, Earlier, FORMAT_VERSION, Header, ProfileMark, Source, TableHeader, Window, is_receiver,
};
use crate::model::options::is_value;
use crate::model::value::civil::read_timestamp;

/// Value of the header's `format`.
pub const FORMAT: &str = "gapsync-bundle";

/// Size limit of a header, enough for thousands of tables with hundreds of columns.
pub(super) const MAX_BYTES: u64 = 16 << 20;

/// How many earlier bundles a header may name.
const MAX_EARLIER: usize = 1000;

/// The part that every version has in common.
#[derive(Deserialize)]
struct Version {
    format: String,
    version: u32,
}

/// Returns the header of an archive that has none of its own: tables only, with empty profile and source.
#[must_use]
pub fn made_up(tables: Vec<TableHeader>) -> Header {
    Header {
        format: FORMAT.into(),
        version: FORMAT_VERSION,
        tool: String::new(),
        kind: None,
        profile: ProfileMark::default(),
        source: Source { installation: String::new(), engine: String::new() },
        chain: Chain::default(),
        window: Window::default(),
        options: serde_json::Value::Null,
        tables,
        files: false,
        dialect: DumpDialect::default(),
        created_at: String::new(),
    }
}

/// Reads and checks a header.
///
/// # Errors
/// `Damaged` if it is malformed, of a newer version, or describes something impossible.
pub(super) fn parse(json: &[u8]) -> Result<Header> {
    let malformed = |error: serde_json::Error| {
        let line = error.line() as u64;
        Error::damaged("bundle.json is malformed").at_line(line).because(error)
    };
    let version: Version = serde_json::from_slice(json).map_err(malformed)?;
    if version.format != FORMAT {
        return Err(Error::damaged("not a gapsync bundle"));
    }
    if version.version > FORMAT_VERSION {
        let what = format!("bundle of format version {}, made by a newer version of gapsync", version.version);
        return Err(Error::damaged(what).hint("Import it with the version of gapsync that made it, or a newer one."));
    }
    if version.version == 0 {
        return Err(Error::damaged("bundle of format version 0"));
    }
    let header: Header = serde_json::from_slice(json).map_err(malformed)?;
    check(&header)?;
    check_chain(&header)?;
    Ok(header)
}

/// Checks what a header announces.
///
/// # Errors
/// `Damaged`, as for [`parse`].
pub(super) fn check(header: &Header) -> Result<()> {
    if header.dialect != DumpDialect::default() {
        return Err(Error::damaged("bundle.json announces a dump-file dialect that version 1 does not have"));
    }
    let mut tables = HashSet::new();
    for table in &header.tables {
        let fault = |what: &'static str| Err(Error::damaged(what).at_table(layout::printable(&table.name)));
        layout::check_table_name(&table.name).map_err(|error| error.at_table(layout::printable(&table.name)))?;
        if !tables.insert(&table.name) {
            return fault("bundle.json announces the table twice");
        }
        if table.columns.is_empty() {
            return fault("bundle.json announces a table without columns");
        }
        let mut columns = HashSet::new();
        if table.columns.iter().any(|column| column.name.is_empty() || !columns.insert(&column.name)) {
            return fault("bundle.json announces a column twice or without a name");
        }
    }
    Ok(())
}

/// Checks the place in a stream that a header claims: the target's ledger will keep it.
///
/// # Errors
/// `Damaged`.
fn check_chain(header: &Header) -> Result<()> {
    let chain = &header.chain;
    let Some(stream) = &chain.stream else { return Ok(()) };
    let plain = |text: &str| text.chars().count() <= 100 && !text.chars().any(char::is_control);
    let moment = |text: &str| read_timestamp(text.as_bytes()).is_some();
    let earlier = |earlier: &Earlier| {
        moment(&earlier.created_at) && earlier.window_start.as_deref().is_none_or(moment) && is_number(earlier.sequence)
    };
    let times = [&chain.parent_created_at, &header.window.start, &header.window.end];
    let sound = is_hex(&stream.id, 32)
        && stream.receiver.as_deref().is_none_or(is_receiver)
        && chain.parent.as_deref().is_none_or(|parent| is_hex(parent, 64))
        && chain.sequence.is_none_or(is_number)
        && chain.covers.is_none_or(|covers| is_number(covers) && chain.sequence.is_some_and(|own| covers <= own))
        && times.into_iter().flatten().all(|time| moment(time))
        && moment(&header.created_at)
        && chain.earlier.len() <= MAX_EARLIER
        && chain.earlier.iter().all(earlier)
        && header.profile.version.as_deref().is_none_or(plain)
        && header.profile.options.iter().all(|(name, value)| plain(name) && is_value(value))
        && [&header.tool, &header.profile.name, &header.source.installation, &header.source.engine]
            .into_iter()
            .all(|text| plain(text));
    if sound { Ok(()) } else { Err(Error::damaged("bundle.json claims an impossible place in a stream")) }
}

fn is_number(sequence: u64) -> bool {
    (1..=u64::from(u32::MAX)).contains(&sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(version: u32, tables: &str) -> String {
        format!(
            r#"{{"format":"gapsync-bundle","version":{version},"tool":"t","profile":{{"name":"mini","digest":"d"}},
            "source":{{"installation":"i","engine":"sqlite"}},"chain":{{"sequence":1,"parent":null}},
            "window":{{"start":null,"end":null}},"options":{{}},"tables":{tables},"files":true,
            "dialect":{{"delimiter":",","quote":"\"","null":"\\N","line_end":"\n","encoding":"UTF-8","header":true}},
            "created_at":"2026-01-01 00:00:00"}}"#
        )
    }

    fn table(name: &str, columns: &str) -> String {
        format!(r#"{{"name":"{name}","columns":{columns},"max_rows":1}}"#)
    }

    #[test]
    fn versions() {
        assert_eq!(parse(json(1, "[]").as_bytes()).expect("sound").version, 1);
        let newer = parse(br#"{"format":"gapsync-bundle","version":2,"anything":[]}"#).expect_err("newer");
        assert_eq!(newer.what(), "bundle of format version 2, made by a newer version of gapsync");
        for other in [&json(0, "[]"), r#"{"format":"zip","version":1}"#, "{}", "[1", ""] {
            assert_eq!(parse(other.as_bytes()).expect_err(other).kind().exit_status() as u8, 5);
        }
    }

    #[test]
    fn what_cannot_be_announced() {
        let id = r#"[{"name":"id","type":"integer"}]"#;
        parse(json(1, &format!("[{}]", table("things", id))).as_bytes()).expect("sound");
        let twice = r#"[{"name":"id","type":"integer"},{"name":"id","type":"text"}]"#;
        let bad = [
            format!("[{0},{0}]", table("things", id)),
            format!("[{}]", table("things", twice)),
            format!("[{}]", table("things", "[]")),
            format!("[{}]", table("..", id)),
            format!("[{}]", table("a/b", id)),
            format!("[{}]", table("", id)),
            format!("[{}]", table("things", r#"[{"name":"id","type":"money"}]"#)),
        ];
        for tables in bad {
            parse(json(1, &tables).as_bytes()).expect_err(&tables);
        }
    }

    proptest::proptest! {
        #[test]
        fn text_near_a_header_is_read_or_refused(at: proptest::sample::Index, text in ".{0,3}", count in 0_usize..4) {
            let mut chars: Vec<char> = json(1, "[]").chars().collect();
            let start = at.index(chars.len());
            let end = (start + count).min(chars.len());
            chars.splice(start..end, text.chars());
            let _ = parse(chars.into_iter().collect::<String>().as_bytes());
        }
    }
}
