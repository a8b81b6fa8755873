//! Reads the rows of a catalogue, which come from outside.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::entries::Entries;
use super::records::Parts;
use super::tree::Tree;
use super::{Entry, FACTS, FILES, Kind, PARTS, Part, fault_of_path, lies, shown, tables};
use crate::bundle::layout;
use crate::error::{Error, Result};
use crate::model::batch::{Position, RowBatch};
use crate::model::hex::hex;
use crate::model::manifest::Header;

/// What the catalogue of a bundle says.
#[derive(Debug)]
pub(in crate::snapshot) struct Catalogue {
    pub(in crate::snapshot) entries: Entries,
    pub(in crate::snapshot) parts: Parts,
    /// What is still to be checked of the entries.
    tree: Option<Tree>,
    /// Store, object, measure and value.
    pub(in crate::snapshot) facts: Vec<(String, String, String, u64)>,
    /// The names of users and groups, each of which is kept once.
    names: HashSet<Arc<str>>,
    /// The id of the snapshot that this one is on the base of.
    base: Option<String>,
}

/// Checks that a header announces the tables of a catalogue.
///
/// # Errors
/// `Damaged`.
pub(in crate::snapshot) fn check_tables(header: &Header, based: bool) -> Result<()> {
    let known = tables(based);
    let same = header.tables.len() == known.len()
        && header.tables.iter().zip(&known).all(|(own, known)| own.name == known.name && own.columns == known.columns);
    if same { Ok(()) } else { Err(Error::damaged("bundle.json does not announce the catalogue of a snapshot")) }
}

impl Catalogue {
    /// Returns the catalogue of a snapshot, which may be on the base of another one. It goes to files in a folder when it
    /// becomes large.
    pub(in crate::snapshot) fn on(base: Option<String>, folder: &Path) -> Self {
        Self {
            entries: Entries::new(folder),
            parts: Parts::new(folder),
            tree: Some(Tree::new(folder)),
            facts: Vec::new(),
            names: HashSet::new(),
            base,
        }
    }

    /// Checks that the entries are a tree.
    ///
    /// # Errors
    /// `Damaged`; `File`.
    pub(in crate::snapshot) fn check_tree(&mut self) -> Result<()> {
        self.tree.take().map_or(Ok(()), |tree| tree.check(&self.entries))
    }

    /// Adds rows of the table at an index of the header.
    ///
    /// # Errors
    /// `Damaged` with member and line.
    pub(in crate::snapshot) fn add(&mut self, table: usize, batch: &RowBatch, stores: &[String]) -> Result<()> {
        for row in 0..batch.rows() {
            let cells = RowCells { batch, row };
            let added = match table {
                FILES => self.entry(&cells, stores),
                PARTS => self.part(&cells),
                FACTS => fact(&cells).map(|fact| self.facts.push(fact)),
                _ => Ok(()),
            };
            added.map_err(|error| {
                let position = Position::from_number(batch.position(row));
                let table = tables(false).swap_remove(table).name;
                error.at_member(layout::dump_name(&table, position.dump_file)).at_line(position.line)
            })?;
        }
        Ok(())
    }
}

/// The cells of a row.
struct RowCells<'a> {
    batch: &'a RowBatch,
    row: usize,
}

fn fault(column: &'static str) -> Error {
    Error::damaged("the catalogue holds an impossible value").at_column(column)
}

impl RowCells<'_> {
    fn text(&self, index: usize, column: &'static str) -> Result<Option<&str>> {
        let cell = self.batch.cell(self.row, index);
        cell.map(|cell| std::str::from_utf8(cell).map_err(|_| fault(column))).transpose()
    }

    fn required(&self, index: usize, column: &'static str) -> Result<&str> {
        self.text(index, column)?.ok_or_else(|| fault(column))
    }

    fn number<T: std::str::FromStr + ToString>(&self, index: usize, column: &'static str) -> Result<T> {
        let text = self.required(index, column)?;
        let number: T = text.parse().map_err(|_| fault(column))?;
        if number.to_string() == text { Ok(number) } else { Err(fault(column)) }
    }

    fn bytes(&self, index: usize, column: &'static str) -> Result<Option<Vec<u8>>> {
        let Some(text) = self.text(index, column)? else { return Ok(None) };
        text.strip_prefix("\\x").and_then(unhex).map(Some).ok_or_else(|| fault(column))
    }

    fn digest(&self, index: usize, column: &'static str) -> Result<Option<[u8; 32]>> {
        match self.text(index, column)? {
            None => Ok(None),
            Some(text) => {
                // Only one spelling is ever written.
                let bytes: Option<[u8; 32]> = unhex(text).and_then(|bytes| bytes.try_into().ok());
                bytes.filter(|bytes| hex(bytes) == text).map(Some).ok_or_else(|| fault(column))
            }
        }
    }
}

/// Returns the bytes that hexadecimal digits stand for.
pub(in crate::snapshot) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

impl Catalogue {
    fn name(&mut self, name: Option<&str>) -> Option<Arc<str>> {
        let name = name?;
        let known = self.names.get(name).cloned();
        known.or_else(|| {
            let name: Arc<str> = name.into();
            self.names.insert(Arc::clone(&name));
            Some(name)
        })
    }

    /// Adds a part. Whether its member has the name that its entry gives it is checked later.
    fn part(&mut self, cells: &RowCells<'_>) -> Result<()> {
        let (part, named) = (part(cells)?, cells.required(5, "member")?);
        if part.file == 0 || part.file > self.entries.len() {
            return Err(lies("names a part of no file").at_path(shown(named.as_bytes())));
        }
        self.parts.push(&part, named)
    }

    /// Adds an entry.
    fn entry(&mut self, cells: &RowCells<'_>, stores: &[String]) -> Result<()> {
        let owner = self.name(cells.text(9, "owner")?);
        let group = self.name(cells.text(10, "group")?);
        let mut entry = Entry { owner, group, ..entry(cells, stores)? };
        if let Some(base) = &self.base {
            entry.based = match cells.text(15, "base")? {
                None => false,
                Some(id) if id == base && entry.kind == Kind::File => true,
                Some(_) => return Err(fault("base")),
            };
        }
        let linked = matches!(entry.kind, Kind::Link | Kind::Name);
        // The base may have the file elsewhere.
        if linked != entry.link.is_some() && !entry.based {
            return Err(fault("link"));
        }
        if entry.id != self.entries.len() + 1 {
            return Err(lies("does not number its files in order").at_path(shown(&entry.path)));
        }
        if let Some(tree) = &mut self.tree {
            tree.add(&entry, &stores[entry.store])?;
        }
        self.entries.push(&entry)
    }
}

/// Returns an entry without the names of its user and group.
fn entry(cells: &RowCells<'_>, stores: &[String]) -> Result<Entry> {
    let store = cells.required(1, "store")?;
    let store = stores.iter().position(|known| known == store).ok_or_else(|| fault("store"))?;
    let path = cells.bytes(2, "path")?.ok_or_else(|| fault("path"))?;
    if let Some(reason) = fault_of_path(&path) {
        return Err(Error::damaged(reason).at_column("path"));
    }
    let kind = match cells.required(3, "kind")? {
        "f" => Kind::File,
        "d" => Kind::Folder,
        "l" => Kind::Link,
        "h" => Kind::Name,
        _ => return Err(fault("kind")),
    };
    let holes = match cells.text(5, "holes")? {
        None => Vec::new(),
        Some(text) => serde_json::from_str::<Vec<(u64, u64)>>(text).map_err(|_| fault("holes"))?,
    };
    let link = cells.bytes(12, "link")?;
    if link.as_ref().is_some_and(|link| link.is_empty() || link.contains(&0)) {
        return Err(fault("link"));
    }
    let entry = Entry {
        id: cells.number(0, "id")?,
        store,
        path,
        kind,
        bytes: cells.number(4, "bytes")?,
        holes,
        mode: cells.number(6, "mode")?,
        uid: cells.number(7, "uid")?,
        gid: cells.number(8, "gid")?,
        owner: None,
        group: None,
        mtime: cells.number(11, "mtime")?,
        link,
        xattrs: xattrs(cells.text(13, "xattrs")?)?,
        sha256: cells.digest(14, "sha256")?,
        based: false,
    };
    if entry.mode > 0o7777 {
        return Err(fault("mode"));
    }
    let file = entry.kind == Kind::File;
    // Only a file has content.
    if file != entry.sha256.is_some() || (!file && (entry.bytes > 0 || !entry.holes.is_empty())) {
        return Err(fault("bytes"));
    }
    Ok(entry)
}

fn xattrs(text: Option<&str>) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let read: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).map_err(|_| fault("xattrs"))?;
    let pair = |(name, value): (&String, &serde_json::Value)| {
        let name = unhex(name).filter(|name| !name.is_empty() && !name.contains(&0))?;
        Some((name, unhex(value.as_str()?)?))
    };
    read.iter().map(|found| pair(found).ok_or_else(|| fault("xattrs"))).collect()
}

fn part(cells: &RowCells<'_>) -> Result<Part> {
    Ok(Part {
        file: cells.number(0, "file")?,
        part: cells.number(1, "part")?,
        offset: cells.number(2, "offset")?,
        bytes: cells.number(3, "bytes")?,
        sha256: cells.digest(4, "sha256")?.ok_or_else(|| fault("sha256"))?,
    })
}

fn fact(cells: &RowCells<'_>) -> Result<(String, String, String, u64)> {
    let text = |index, column| cells.required(index, column).map(str::to_owned);
    Ok((text(0, "store")?, text(1, "object")?, text(2, "measure")?, cells.number(3, "value")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::catalogue::tables;

    fn batch(cells: &[Option<&str>]) -> RowBatch {
        let mut batch = RowBatch::new(cells.len());
        cells.iter().for_each(|cell| batch.push(cell.map(str::as_bytes)));
        batch.end_row(Position { dump_file: 1, line: 2 }.to_number());
        batch
    }

    const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn row() -> Vec<Option<&'static str>> {
        let cells = ["1", "files", "\\x6162", "f", "3", "[]", "420", "0", "0", "root", "root", "-5"];
        cells.into_iter().map(Some).chain([None, Some(r#"{"75":"00ff"}"#), Some(DIGEST)]).collect()
    }

    #[test]
    fn a_row_that_cannot_be_is_refused_by_its_column() {
        let stores = ["files".to_owned()];
        let mut catalogue = Catalogue::on(None, &std::env::temp_dir());
        catalogue.add(FILES, &batch(&row()), &stores).expect("sound");
        let first = catalogue.entries.iter().next().unwrap().unwrap();
        assert_eq!((first.path.as_slice(), first.mtime), (&b"ab"[..], -5));
        for (index, value, column) in [
            (0, Some("01"), "id"),
            (0, None, "id"),
            (1, Some("other"), "store"),
            (2, Some("\\x2e2e2f61"), "path"),
            (2, Some("6162"), "path"),
            (3, Some("c"), "kind"),
            (4, Some("-1"), "bytes"),
            (5, Some("[[1]]"), "holes"),
            (6, Some("65536"), "mode"),
            (12, Some("\\x61"), "link"),
            (13, Some("{\"7\":\"\"}"), "xattrs"),
            (14, None, "bytes"),
        ] {
            let mut cells = row();
            cells[index] = value;
            let error = catalogue.add(FILES, &batch(&cells), &stores).expect_err(column);
            assert_eq!(error.place().column.as_deref(), Some(column), "{value:?}");
            assert_eq!(error.place().line, Some(2));
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_of_anything_are_read_or_refused(
            table in 0_usize..4,
            cells in proptest::collection::vec(proptest::option::of("\\PC{0,8}|\\\\x[0-9a-f]{0,6}|-?[0-9]{1,20}"), 15),
        ) {
            let columns = tables(false)[table].columns.len();
            let cells: Vec<Option<&str>> = cells.iter().take(columns).map(|cell| cell.as_deref()).collect();
            let _ = Catalogue::on(None, &std::env::temp_dir()).add(table, &batch(&cells), &["files".to_owned()]);
        }
    }
}
