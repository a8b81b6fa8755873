//! Records the members that were read, and compares them with the manifest.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader, Read, Write};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::distinct::Distinct;
use crate::bundle::layout::{NameKey, name_key, printable};
use crate::error::{Error, ErrorKind, Result};
use crate::model::hex::hex;
use crate::model::manifest::{Member, Totals};
use crate::stream::digest::Seen;
use crate::stream::field;
use crate::stream::spill::Spill;

/// The longest that a member can be in a manifest: one byte of a name takes at most six in JSON.
const MAX_MEMBER_BYTES: u64 = 512 + 6 * crate::bundle::layout::MAX_NAME_BYTES as u64;

/// Bytes of a manifest that are read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Bytes of records, and of names, that are kept in memory.
const RECORDS_BYTES: usize = 2 << 20;
const NAMES_BYTES: usize = 4 << 20;

/// The members read so far.
pub(super) struct Members {
    names: Distinct,
    records: Spill,
    totals: Totals,
}

impl Default for Members {
    fn default() -> Self {
        let folder = std::env::temp_dir();
        Self {
            names: Distinct::new(&folder, NAMES_BYTES),
            records: Spill::new(&folder, RECORDS_BYTES),
            totals: Totals::default(),
        }
    }
}

/// Bytes of a record.
const RECORD: usize = 65;

struct Record {
    name: NameKey,
    sha256: [u8; 32],
    rows: Option<u64>,
    bytes: u64,
}

impl Record {
    fn to_bytes(&self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..16].copy_from_slice(&self.name);
        bytes[16..48].copy_from_slice(&self.sha256);
        bytes[48] = u8::from(self.rows.is_some());
        bytes[49..57].copy_from_slice(&self.rows.unwrap_or(0).to_le_bytes());
        bytes[57..].copy_from_slice(&self.bytes.to_le_bytes());
        bytes
    }

    fn of(bytes: &[u8; RECORD]) -> Self {
        Self {
            name: field(bytes, 0),
            sha256: field(bytes, 16),
            rows: (bytes[48] > 0).then(|| u64::from_le_bytes(field(bytes, 49))),
            bytes: u64::from_le_bytes(field(bytes, 57)),
        }
    }
}

/// Returns the error for a list that cannot be kept.
fn unkept(error: io::Error) -> Error {
    Error::new(ErrorKind::File, "the list of the bundle's members cannot be kept in a temporary file")
        .hint("Make room in the folder for temporary files, or name another one by TMPDIR.")
        .because(error)
}

fn twice() -> Error {
    Error::damaged("member appears twice in the bundle")
}

impl Members {
    /// Records the beginning of a member.
    ///
    /// # Errors
    /// `Damaged` if there was one of the same name before. Of very many members, only [`Self::check`] notices.
    pub(super) fn begin(&mut self, name: &str) -> Result<()> {
        let new = self.names.insert(name_key(name), self.totals.members).map_err(unkept)?;
        if new { Ok(()) } else { Err(twice()) }
    }

    /// Records the content of a member.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn end(&mut self, name: &str, rows: Option<u64>, seen: &Seen) -> Result<()> {
        let record = Record { name: name_key(name), sha256: seen.sha256, rows, bytes: seen.bytes };
        self.records.write_all(&record.to_bytes()).map_err(unkept)?;
        self.totals.members += 1;
        self.totals.rows += rows.unwrap_or(0);
        self.totals.bytes += seen.bytes;
        Ok(())
    }

    /// Returns the sums so far.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// Returns the largest size that the manifest of these members can have.
    pub(super) fn max_manifest_bytes(&self) -> u64 {
        MAX_MEMBER_BYTES * (self.totals.members + 8)
    }

    /// Checks that no name came twice, where there is no manifest to tell it.
    ///
    /// # Errors
    /// `Damaged`; `File`.
    pub(super) fn check_names(&mut self) -> Result<()> {
        let twice_at = self.names.repeated().map_err(unkept)?;
        twice_at.map_or(Ok(()), |_| Err(twice()))
    }

    /// Compares everything with a manifest, which must name every member in order and nothing else. Returns the rows that the source
    /// could not write, by table.
    ///
    /// # Errors
    /// `Damaged`, with the first member that differs; `File`.
    pub(super) fn check(&mut self, manifest: impl Read, tables: &[&str]) -> Result<BTreeMap<String, u64>> {
        let repeated = self.names.repeated().map_err(unkept)?;
        let found = RefCell::new(None);
        let manifest =
            BufReader::with_capacity(BUFFER_BYTES, ShortStrings { input: manifest, length: 0, state: Json::Outside });
        let mut json = serde_json::Deserializer::from_reader(manifest);
        let records = RefCell::new(self.records.read());
        let check = Check { totals: self.totals, tables, repeated, records: &records, found: &found };
        let outcome = check.deserialize(&mut json).and_then(|rejected| json.end().map(|()| rejected));
        match (found.into_inner(), outcome) {
            (Some(error), _) => Err(error),
            (None, Ok(rejected)) => Ok(rejected),
            // The bundle itself could not be read.
            (None, Err(error)) if error.is_io() => {
                let error = std::io::Error::from(error);
                match error.downcast::<Error>() {
                    Ok(error) => Err(error),
                    Err(error) => Err(Error::damaged("manifest is malformed").because(error)),
                }
            }
            (None, Err(error)) => {
                let line = error.line() as u64;
                Err(Error::damaged("manifest is malformed").at_line(line).because(error))
            }
        }
    }
}

/// What a byte of JSON is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Json {
    Outside,
    String,
    Escape,
}

/// Passes JSON on whose strings are no longer than a member of a manifest can be: a string is in memory as a whole.
struct ShortStrings<R> {
    input: R,
    /// Bytes of the current string.
    length: u64,
    state: Json,
}

impl<R: Read> Read for ShortStrings<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        for byte in &buffer[..count] {
            self.length += 1;
            self.state = match (self.state, byte) {
                (Json::String, b'\\') => Json::Escape,
                (Json::String, b'"') => Json::Outside,
                (Json::Outside, b'"') => {
                    self.length = 0;
                    Json::String
                }
                (Json::Outside, _) => Json::Outside,
                (Json::String | Json::Escape, _) => Json::String,
            };
            if self.state != Json::Outside && self.length > MAX_MEMBER_BYTES {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a string is too long"));
            }
        }
        Ok(count)
    }
}

/// Reads a manifest piece by piece, so that its list is never in memory as a whole. An error of ours is kept here, as serde
/// cannot carry it.
struct Check<'a, R> {
    totals: Totals,
    /// The tables that the header announces.
    tables: &'a [&'a str],
    /// The number of a member whose name came before.
    repeated: Option<u64>,
    records: &'a RefCell<R>,
    found: &'a RefCell<Option<Error>>,
}

impl<R: Read> Check<'_, R> {
    /// Compares the next member with the manifest.
    fn compare(&self, index: u64, member: &Member) -> Result<()> {
        let fault = |what: &'static str| Err(Error::damaged(what).at_member(printable(&member.name)));
        if index >= self.totals.members {
            return fault("manifest names a member that the bundle lacks");
        }
        let mut bytes = [0; RECORD];
        self.records.borrow_mut().read_exact(&mut bytes).map_err(unkept)?;
        let record = Record::of(&bytes);
        if record.name != name_key(&member.name) {
            return fault("manifest names a different member at this place");
        }
        if self.repeated == Some(index) {
            return Err(twice().at_member(printable(&member.name)));
        }
        if record.bytes != member.bytes {
            return fault("size of the member differs from the manifest");
        }
        if record.rows != member.rows {
            return fault("rows of the member differ from the manifest");
        }
        if member.sha256 != hex(&record.sha256) {
            return fault("digest of the member differs from the manifest");
        }
        Ok(())
    }

    fn fail<E: serde::de::Error>(&self, error: Error) -> E {
        self.found.replace(Some(error));
        E::custom("the manifest differs from the bundle")
    }
}

impl<'de, R: Read> DeserializeSeed<'de> for Check<'_, R> {
    type Value = BTreeMap<String, u64>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Read> Visitor<'de> for Check<'_, R> {
    type Value = BTreeMap<String, u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut seen, mut rejected) = ((false, false), None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "members" if !std::mem::replace(&mut seen.0, true) => map.next_value_seed(CheckList(&self))?,
                "totals" if !std::mem::replace(&mut seen.1, true) => {
                    if map.next_value::<Totals>()? != self.totals {
                        return Err(self.fail(Error::damaged("totals differ from the manifest")));
                    }
                }
                "rejected" if rejected.is_none() => rejected = Some(map.next_value_seed(CheckRejected(&self))?),
                "members" | "totals" | "rejected" => {
                    return Err(self.fail(Error::damaged("manifest has a duplicate field")));
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if seen == (true, true) {
            Ok(rejected.unwrap_or_default())
        } else {
            Err(self.fail(Error::damaged("manifest is incomplete")))
        }
    }
}

/// Reads the numbers of rejected rows: at most one for each table that is announced.
struct CheckRejected<'a, 'b, R>(&'a Check<'b, R>);

impl<'de, R: Read> DeserializeSeed<'de> for CheckRejected<'_, '_, R> {
    type Value = BTreeMap<String, u64>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Read> Visitor<'de> for CheckRejected<'_, '_, R> {
    type Value = BTreeMap<String, u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rejected rows by table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut rejected = BTreeMap::new();
        while let Some((table, rows)) = map.next_entry::<String, u64>()? {
            if !self.0.tables.contains(&table.as_str()) || rejected.insert(table, rows).is_some() {
                let what = "manifest has rejected rows of a table that bundle.json does not announce, or twice";
                return Err(self.0.fail(Error::damaged(what)));
            }
        }
        Ok(rejected)
    }
}

struct CheckList<'a, 'b, R>(&'a Check<'b, R>);

impl<'de, R: Read> DeserializeSeed<'de> for CheckList<'_, '_, R> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: Read> Visitor<'de> for CheckList<'_, '_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of members")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut count = 0;
        while let Some(member) = list.next_element::<Member>()? {
            self.0.compare(count, &member).map_err(|error| self.0.fail(error))?;
            count += 1;
        }
        if count < self.0.totals.members {
            return Err(self.0.fail(Error::damaged("manifest does not name every member of the bundle")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::Manifest;
    use crate::stream::digest;

    fn members() -> (Members, Manifest) {
        let mut members = Members::default();
        let mut manifest = Manifest::default();
        for (name, rows, content) in [("bundle.json", None, &b"{}"[..]), ("data/t/00001.csv", Some(1), b"id\n1\n")] {
            let seen = digest::of(content);
            members.begin(name).expect("new");
            members.end(name, rows, &seen).expect("memory");
            let (bytes, sha256) = (seen.bytes, seen.sha256_hex());
            manifest.members.push(Member { name: name.into(), rows, bytes, sha256 });
        }
        manifest.totals = members.totals();
        (members, manifest)
    }

    #[test]
    fn the_true_manifest_passes_and_others_are_told_apart() {
        let (mut members, manifest) = members();
        let mut check = |change: &dyn Fn(&mut Manifest)| {
            let mut other = manifest.clone();
            change(&mut other);
            members
                .check(&serde_json::to_vec(&other).expect("plain data")[..], &["t"])
                .map_err(|error| error.what().to_owned())
        };
        assert_eq!(check(&|_| {}), Ok(BTreeMap::new()));
        let lacks = |table: &str| BTreeMap::from([(table.to_owned(), 3)]);
        assert_eq!(check(&|m| m.rejected = lacks("t")), Ok(lacks("t")));
        let strange = "manifest has rejected rows of a table that bundle.json does not announce, or twice";
        assert_eq!(check(&|m| m.rejected = lacks("u")), Err(strange.to_owned()));
        let said = |what: &str| Err(what.to_owned());
        assert_eq!(check(&|m| m.members[1].bytes = 6), said("size of the member differs from the manifest"));
        assert_eq!(check(&|m| m.members[1].rows = None), said("rows of the member differ from the manifest"));
        let digest = "digest of the member differs from the manifest";
        assert_eq!(check(&|m| m.members[1].sha256.replace_range(0..1, "x")), said(digest));
        assert_eq!(check(&|m| m.members[1].sha256.clear()), said(digest));
        assert_eq!(check(&|m| m.totals.rows = 2), said("totals differ from the manifest"));
        assert_eq!(check(&|m| m.members.swap(0, 1)), said("manifest names a different member at this place"));
        assert_eq!(check(&|m| drop(m.members.pop())), said("manifest does not name every member of the bundle"));
        assert_eq!(
            check(&|m| m.members.push(m.members[0].clone())),
            said("manifest names a member that the bundle lacks")
        );
    }

    #[test]
    fn malformed_manifests_are_refused() {
        let (mut members, manifest) = members();
        let sound = serde_json::to_string(&manifest).expect("plain data");
        let twice = sound.replacen('{', "{\"totals\":{\"members\":2,\"rows\":1,\"bytes\":7},", 1);
        for text in
            ["", "{}", "[]", "{\"members\":[]}", &sound[1..], &sound[..sound.len() - 1], &twice, &format!("{sound}x")]
        {
            assert_eq!(members.check(text.as_bytes(), &[]).expect_err(text).kind().exit_status() as u8, 5);
        }
    }

    #[test]
    fn a_string_that_memory_would_have_to_hold_is_refused() {
        let (mut members, manifest) = members();
        let sound = serde_json::to_string(&manifest).expect("plain data");
        for (part, count, passes) in
            [("x", 20_000, true), ("x", 40_000, false), ("\\\"", 20_000, false), ("\\\\", 10_000, true)]
        {
            let more = format!("{{\"more\":\"{}\",{}", part.repeat(count), &sound[1..]);
            assert_eq!(members.check(more.as_bytes(), &[]).is_ok(), passes, "{part} {count}");
        }
    }

    #[test]
    fn a_name_twice_is_refused() {
        let (mut members, _) = members();
        members.begin("data/t/00001.csv").expect_err("twice");
    }

    proptest::proptest! {
        #[test]
        fn a_manifest_that_differs_is_refused(at: proptest::sample::Index, text in "[ -~]{0,3}", count in 0_usize..4) {
            let (mut members, manifest) = members();
            let sound = serde_json::to_string(&manifest).expect("plain data");
            let mut other = sound.clone();
            let start = at.index(sound.len());
            other.replace_range(start..(start + count).min(sound.len()), &text);
            if members.check(other.as_bytes(), &[]).is_ok() {
                // Allowed: fields that a later minor version may add, and blanks.
                let read: Manifest = serde_json::from_str(&other).expect("a manifest");
                proptest::prop_assert_eq!(read, manifest);
            }
        }
    }
}
