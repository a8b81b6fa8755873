//! What becomes of each row of a bundle: the rules of an import, row by row.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Missing, Reference, Table, To, Word, World, id};
use crate::model::{Installation, Row, cell};

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Inserted,
    Updated,
    /// Not newer, but it has a description that the target lacks.
    Filled,
    Unchanged,
    Kept,
    /// The row at this place stands for it.
    Duplicate(usize),
    Ignored,
    Orphan,
    Clash,
    Guarded,
}

/// Where a reference leads on the target.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    None,
    Row(String),
    /// To a row that the target neither has nor gets.
    Lost,
}

/// A row of the bundle.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    pub(super) row: Row,
    pub(super) fate: Fate,
    /// The place of its row among those that the target had.
    pub(super) base: Option<usize>,
    /// The id on the target to which references to it lead.
    pub(super) id: Option<String>,
    /// Whether its `nick` gets the suffix.
    pub(super) suffixed: bool,
    /// The oldest time of creation of all rows with its key.
    pub(super) created: Option<String>,
}

pub(super) struct Import<'a> {
    pub(super) world: &'a World,
    /// The target as it was.
    pub(super) before: &'a Installation,
    /// What the target does not want.
    pub(super) blocked: &'a [String],
    /// Rows of the bundle by table.
    pub(super) staged: Vec<Vec<Staged>>,
}

impl<'a> Import<'a> {
    /// Decides the fate of every row.
    pub(super) fn decided(
        world: &'a World,
        before: &'a Installation,
        bundle: &Installation,
        blocked: &'a [String],
    ) -> Self {
        let staged = |row: &Row| Staged {
            row: row.clone(),
            fate: Fate::Kept,
            base: None,
            id: None,
            suffixed: false,
            created: cell(row, "created_at").map(str::to_owned),
        };
        let staged = world.tables.iter().map(|table| bundle.rows(table.name).iter().map(staged).collect());
        let mut import = Self { world, before, blocked, staged: staged.collect() };
        for place in 0..world.tables.len() {
            import.sort_out(place);
            import.fold(place);
            import.compare(place);
            import.clash(place);
            import.number(place);
        }
        for place in 0..world.tables.len() {
            import.compare_late(place);
        }
        import
    }

    pub(super) fn table(&self, place: usize) -> &'a Table {
        &self.world.tables[place]
    }

    fn base_rows(&self, place: usize) -> &'a [Row] {
        self.before.rows(self.table(place).name)
    }

    /// The row of the target that a row is the same as.
    pub(super) fn base(&self, place: usize, staged: &Staged) -> Option<&'a Row> {
        staged.base.map(|base| &self.base_rows(place)[base])
    }

    /// The row of the bundle with an id.
    fn in_bundle(&self, place: usize, wanted: &str) -> Option<&Staged> {
        self.staged[place].iter().find(|staged| cell(&staged.row, self.table(place).id) == Some(wanted))
    }

    /// Where a reference leads: by the bundle's own row, else by the key beside the id.
    pub(super) fn meaning(&self, staged: &Staged, reference: &Reference) -> Meaning {
        let led = World::leads(reference, &staged.row);
        let by = reference.by.as_ref().and_then(|by| cell(&staged.row, by));
        let row = led.and_then(|(place, id)| self.in_bundle(place?, id)).and_then(|row| row.id.clone());
        let named = || {
            let place = match &reference.to {
                To::Table(place) => *place,
                To::Code(..) => led?.0?,
            };
            let table = self.table(place);
            let wanted = Row::from([(table.key[0].clone(), Some(by?.to_owned()))]);
            let mut rows = self.base_rows(place).iter();
            let same = |row: &&Row| own_key(table, row) == own_key(table, &wanted);
            rows.by_ref().filter(same).map(|row| id(table, row)).min_by_key(|id| id.parse::<i64>().unwrap())
        };
        match row.or_else(named) {
            Some(id) => Meaning::Row(id),
            None if led.is_none() && by.is_none() => Meaning::None,
            None => Meaning::Lost,
        }
    }

    /// Leaves out what the target does not want, what is its own, and what needs a row that it does not have.
    fn sort_out(&mut self, place: usize) {
        let table = self.table(place);
        for at in 0..self.staged[place].len() {
            let staged = &self.staged[place][at];
            let lost_key = table
                .references
                .iter()
                .any(|reference| table.in_key(&reference.column) && self.meaning(staged, reference) == Meaning::Lost);
            let key = self.key(table, staged);
            let mut rows = self.base_rows(place).iter().enumerate().filter(|(_, row)| own_key(table, row) == key);
            let lowest = rows.by_ref().min_by_key(|(_, row)| id(table, row).parse::<i64>().unwrap());
            let base = lowest.map(|(at, _)| at).filter(|_| !lost_key);
            let staged = Staged { base, ..staged.clone() };
            let mut fate = if base.is_some() { Fate::Unchanged } else { Fate::Inserted };
            for reference in table.references.iter().filter(|reference| table.needs(reference)) {
                let parent = World::leads(reference, &staged.row).and_then(|(to, id)| self.in_bundle(to?, id));
                let parent = parent.filter(|_| matches!(reference.to, To::Table(_)));
                let lost = self.meaning(&staged, reference) == Meaning::Lost;
                let skips = reference.missing == Some(Missing::Skip) && lost && parent.is_none();
                if skips || parent.is_some_and(|parent| parent.fate == Fate::Ignored) {
                    fate = Fate::Ignored;
                } else if lost && fate != Fate::Ignored {
                    fate = Fate::Orphan;
                }
            }
            if table.words.iter().any(|word| self.is_blocked(word, &staged.row)) {
                fate = Fate::Ignored;
            }
            if self.is_guarded(place, &staged) {
                fate = Fate::Guarded;
            }
            self.staged[place][at] = Staged { fate, ..staged };
        }
    }

    fn is_blocked(&self, word: &Word, row: &Row) -> bool {
        let Word::SkipIf(key) = word else { return false };
        cell(row, key).is_some_and(|value| self.blocked.iter().any(|blocked| blocked == value))
    }

    /// The key of a row of the bundle, with references as they are on the target.
    fn key(&self, table: &Table, staged: &Staged) -> Vec<Option<String>> {
        let mut mapped = staged.row.clone();
        for reference in &table.references {
            let value = match self.meaning(staged, reference) {
                Meaning::Row(id) => Some(id),
                Meaning::None | Meaning::Lost => None,
            };
            mapped.insert(reference.column.clone(), value);
        }
        own_key(table, &mapped)
    }

    /// Whether a row of the target is its own, or belongs to one that is.
    fn is_own(&self, place: usize, row: &Row) -> bool {
        let table = self.table(place);
        let marked = table.says(&Word::Guard) && cell(row, "locked") == Some("0");
        marked || table.follows().is_some_and(|reference| self.belongs_to_own(reference, cell(row, &reference.column)))
    }

    /// Whether the row of the target with an id, to which a reference leads, is its own.
    fn belongs_to_own(&self, reference: &Reference, wanted: Option<&str>) -> bool {
        let To::Table(place) = reference.to else { return false };
        let found = self.base_rows(place).iter().find(|row| Some(id(self.table(place), row).as_str()) == wanted);
        found.is_some_and(|row| self.is_own(place, row))
    }

    fn is_guarded(&self, place: usize, staged: &Staged) -> bool {
        let table = self.table(place);
        let base = self.base(place, staged);
        if table.says(&Word::Guard) && base.is_some_and(|row| cell(row, "locked") == Some("0")) {
            return true;
        }
        let Some(reference) = table.follows() else { return false };
        let new = match self.meaning(staged, reference) {
            Meaning::Row(id) => Some(id),
            Meaning::None | Meaning::Lost => None,
        };
        let parent = World::leads(reference, &staged.row).and_then(|(to, id)| self.in_bundle(to?, id));
        let stays_out = match parent {
            Some(parent) => parent.fate == Fate::Guarded,
            None => self.belongs_to_own(reference, new.as_deref()),
        };
        let old = base.and_then(|row| cell(row, &reference.column));
        stays_out || old != new.as_deref() && self.belongs_to_own(reference, old)
    }

    /// Of several rows with one key, the newest counts, on a tie the first.
    fn fold(&mut self, place: usize) {
        let table = self.table(place);
        let mut groups: BTreeMap<Vec<Option<String>>, Vec<usize>> = BTreeMap::new();
        for (at, staged) in self.staged[place].iter().enumerate() {
            if !matches!(staged.fate, Fate::Ignored | Fate::Orphan) {
                groups.entry(self.key(table, staged)).or_default().push(at);
            }
        }
        for group in groups.values() {
            let rows = &mut self.staged[place];
            let mut best = group[0];
            for &at in group {
                if date(table, &rows[at].row) > date(table, &rows[best].row) {
                    best = at;
                }
            }
            rows[best].created = group.iter().filter_map(|&at| rows[at].created.clone()).min();
            for &at in group.iter().filter(|&&at| at != best) {
                if rows[at].fate != Fate::Guarded {
                    rows[at].fate = Fate::Duplicate(best);
                }
            }
        }
    }

    /// Compares rows with those of the target.
    fn compare(&mut self, place: usize) {
        let table = self.table(place);
        for at in 0..self.staged[place].len() {
            let staged = &self.staged[place][at];
            let Some(base) = self.base(place, staged).filter(|_| staged.fate == Fate::Unchanged) else { continue };
            let (theirs, own) = (date(table, &staged.row), date(table, base));
            let differs = self.differs(place, staged, base);
            let fills = self.filled(table, staged, base).next().is_some();
            let fate = match theirs.cmp(&own) {
                _ if table.says(&Word::KeepRows) && (theirs != own || differs) => Fate::Kept,
                _ if table.says(&Word::KeepRows) => Fate::Unchanged,
                std::cmp::Ordering::Greater => Fate::Updated,
                std::cmp::Ordering::Equal if differs => Fate::Updated,
                _ if fills => Fate::Filled,
                std::cmp::Ordering::Equal => Fate::Unchanged,
                std::cmp::Ordering::Less => Fate::Kept,
            };
            self.staged[place][at].fate = fate;
        }
    }

    /// Descriptions that the target lacks.
    pub(super) fn filled<'t>(
        &self,
        table: &'t Table,
        staged: &'t Staged,
        base: &'t Row,
    ) -> impl Iterator<Item = &'static str> + 't {
        table.words.iter().filter_map(move |word| match word {
            Word::Description(column) if cell(base, column).is_none() && cell(&staged.row, column).is_some() => {
                Some(*column)
            }
            _ => None,
        })
    }

    /// The columns that an update writes.
    pub(super) fn written<'s>(
        &self,
        place: usize,
        staged: &'s Staged,
    ) -> impl Iterator<Item = &'s String> + use<'s, 'a> {
        let table = self.table(place);
        staged.row.keys().filter(move |column| {
            let fixed = column.as_str() == table.id || table.in_key(column) || *column == "created_at";
            !fixed && !table.words.iter().any(|word| matches!(word, Word::Keep(kept) if kept == column))
        })
    }

    /// Whether a row says something else than the target's, in a column that an update writes. References that wait are not
    /// looked at.
    fn differs(&self, place: usize, staged: &Staged, base: &Row) -> bool {
        let table = self.table(place);
        self.written(place, staged).any(|column| {
            let (theirs, own) = (cell(&staged.row, column), cell(base, column));
            if table.date() == Some(column.as_str()) || is_code(table, column).is_some() {
                return false;
            }
            if let Some(reference) = table.reference(column) {
                return !waits(place, reference) && self.leads_elsewhere(staged, reference, base);
            }
            if table.says(&Word::UniqueSuffix) && column == "nick" {
                return theirs != own && theirs.map(|name| suffixed(table, &staged.row, name)).as_deref() != own;
            }
            let is_silent = theirs.is_none()
                && table.words.iter().any(|word| matches!(word, Word::Description(name) if name == column));
            !is_silent && theirs != own
        })
    }

    /// Whether a reference of a row leads elsewhere than the target's.
    fn leads_elsewhere(&self, staged: &Staged, reference: &Reference, base: &Row) -> bool {
        let own = cell(base, &reference.column).filter(|id| !(reference.zero && *id == "0"));
        let other_code = match &reference.to {
            To::Code(code, _) => cell(&staged.row, code) != cell(base, code),
            To::Table(_) => false,
        };
        match self.meaning(staged, reference) {
            Meaning::Lost => false,
            Meaning::None => own.is_some() || other_code,
            Meaning::Row(id) => own != Some(id.as_str()) || other_code,
        }
    }

    /// Finds the rows that differ only in references that had to wait.
    fn compare_late(&mut self, place: usize) {
        let table = self.table(place);
        for at in 0..self.staged[place].len() {
            let staged = &self.staged[place][at];
            let Some(base) = self.base(place, staged) else { continue };
            let is_same = matches!(staged.fate, Fate::Filled | Fate::Unchanged) && !table.says(&Word::KeepRows);
            let mut late = table.references.iter().filter(|reference| waits(place, reference));
            if is_same
                && date(table, &staged.row) == date(table, base)
                && late.any(|reference| self.leads_elsewhere(staged, reference, base))
            {
                self.staged[place][at].fate = Fate::Updated;
            }
        }
    }

    /// Of one `nick` there can be one row: those of the target come first, with what they have before the import.
    fn clash(&mut self, place: usize) {
        let table = self.table(place);
        if !table.has("nick") {
            return;
        }
        for gives_way in [true, false] {
            if gives_way && !table.says(&Word::UniqueSuffix) {
                continue;
            }
            for by_target in [true, false] {
                let mut taken = BTreeSet::new();
                for at in 0..self.staged[place].len() {
                    let staged = &self.staged[place][at];
                    let is_written = matches!(staged.fate, Fate::Inserted | Fate::Updated);
                    let Some(nick) = nick(table, staged).filter(|_| is_written) else { continue };
                    let mut others = self.base_rows(place).iter().enumerate();
                    let is_taken = if by_target {
                        others.any(|(at, row)| Some(at) != staged.base && cell(row, "nick") == Some(nick.as_str()))
                    } else {
                        !taken.insert(nick)
                    };
                    let staged = &mut self.staged[place][at];
                    match (is_taken, gives_way) {
                        (true, true) => staged.suffixed = true,
                        (true, false) => staged.fate = Fate::Clash,
                        (false, _) => {}
                    }
                }
            }
        }
    }

    /// Says to which row of the target references to each row lead; new rows get new ids.
    fn number(&mut self, place: usize) {
        let table = self.table(place);
        let ids = self.base_rows(place).iter().map(|row| id(table, row));
        let mut next = ids.clone().map(|id| id.parse::<i64>().unwrap()).max().unwrap_or(0).max(0);
        let ids: Vec<String> = ids.collect();
        for staged in &mut self.staged[place] {
            staged.id = match staged.fate {
                Fate::Inserted => {
                    next += 1;
                    Some(next.to_string())
                }
                Fate::Ignored | Fate::Orphan => None,
                _ => staged.base.map(|base| ids[base].clone()),
            };
        }
        for at in 0..self.staged[place].len() {
            if let Fate::Duplicate(best) = self.staged[place][at].fate {
                self.staged[place][at].id = self.staged[place][best].id.clone();
            }
        }
    }
}

/// Whether a reference is known only once all tables are decided: it leads to the table itself, or to a later one.
pub(super) fn waits(place: usize, reference: &Reference) -> bool {
    World::parents(reference).iter().any(|parent| *parent >= place)
}

/// The reference beside which a column has the code.
pub(super) fn is_code<'t>(table: &'t Table, column: &str) -> Option<&'t Reference> {
    table.references.iter().find(|reference| matches!(&reference.to, To::Code(code, _) if code == column))
}

/// What a row is known by, with folded letters.
pub(super) fn own_key(table: &Table, row: &Row) -> Vec<Option<String>> {
    let mut parts = Vec::new();
    for column in &table.key {
        let reference = table.reference(column);
        if let Some(Reference { to: To::Code(code, _), .. }) = reference {
            parts.push(cell(row, code).map(str::to_owned));
        }
        let value = cell(row, column).filter(|id| !(reference.is_some_and(|found| found.zero) && *id == "0"));
        let folded = table.says(&Word::Fold(column.clone()));
        parts.push(value.map(|value| if folded { value.to_lowercase() } else { value.to_owned() }));
    }
    parts
}

/// The columns of a key, with the codes beside ids.
pub(super) fn key_columns(table: &Table) -> impl Iterator<Item = &str> {
    table.key.iter().flat_map(|column| {
        let code = match table.reference(column) {
            Some(Reference { to: To::Code(code, _), .. }) => Some(code.as_str()),
            _ => None,
        };
        code.into_iter().chain([column.as_str()])
    })
}

/// When a row changed, or its version; `None` for a table without one, and for NULL.
fn date(table: &Table, row: &Row) -> Option<i64> {
    let digits: String = cell(row, table.date()?)?.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A name with a suffix from the key of its row.
pub(super) fn suffixed(table: &Table, row: &Row, name: &str) -> String {
    let part = |part: Option<String>| part.map_or_else(|| "-".to_owned(), |part| format!("{}:{part}", part.len()));
    let input: String = own_key(table, row).into_iter().map(part).collect();
    format!("{name}_{}", &crate::model::hash::md5_hex(&input)[..4])
}

/// The `nick` that a row is written with.
pub(super) fn nick(table: &Table, staged: &Staged) -> Option<String> {
    let name = cell(&staged.row, "nick")?;
    Some(if staged.suffixed { suffixed(table, &staged.row, name) } else { name.to_owned() })
}
