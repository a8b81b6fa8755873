//! Two installations, the same on every run: A and B have half of their rows in common, under other ids.
//!
//! Row k of a table has a natural key that follows from k alone. A holds 0 to 7, B holds 4 to 11. A reference in a key stays
//! among rows that are on the same installations as the row itself. Of the common rows 4 is newer on A, 5 newer on B, 6 has
//! the same date on both and 7 has no date on A, on B or on both.

use std::collections::BTreeMap;

use super::describe::{Column, Kind, Polymorphic, Profile, Table};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    A,
    B,
}

impl Side {
    /// The rows of the installation.
    pub(crate) fn rows(self) -> std::ops::Range<usize> {
        match self {
            Self::A => 0..8,
            Self::B => 4..12,
        }
    }

    /// The id of row k: the same numbers on both sides, but for other rows.
    pub(crate) fn id(self, k: usize) -> usize {
        match self {
            Self::A => 10 + k,
            Self::B => 21 - k,
        }
    }

    fn number(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Text(String),
    /// Dates, times, UUIDs, decimals, JSON: texts without anything to quote but `'`.
    Plain(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    /// Row k of the table that the column refers to.
    Row(usize),
}

/// Texts that codecs and shells stumble over; as keys all are different on every engine.
const TEXTS: [&str; 12] = [
    "\\N",
    "",
    "O'Brien, \"the one\"",
    "plain",
    "Case",
    "case",
    "case ",
    "\u{1F600} emoji \u{1D11E}\\",
    "line\nbreak\r\nand another\r",
    "\ttab\t",
    "\\\\N \\n \\",
    "semi; -- $$ %s {} `tick`",
];

/// Spreads the parts over the numbers.
fn mix(parts: &[usize]) -> usize {
    let step = |sum: u64, part: &usize| (sum ^ *part as u64).wrapping_mul(0x0100_0000_01b3);
    let sum = parts.iter().fold(0xcbf2_9ce4_8422_2325_u64, step);
    usize::try_from((sum >> 20) % 1_000_003).unwrap()
}

fn pick<T: Clone>(from: &[T], seed: usize) -> T {
    from[seed % from.len()].clone()
}

/// One installation's rows of one table: k and a value for each column but `sync_hash`, `id` included.
pub(crate) type Rows = Vec<(usize, BTreeMap<String, Value>)>;

/// The rows of a table on a side.
pub(crate) fn rows(profile: &Profile, table: &Table, side: Side) -> Rows {
    let number = profile.tables.iter().position(|other| other.name() == table.name()).unwrap();
    let place = Place { profile, table, number, side };
    side.rows().map(|k| (k, place.row(k))).collect()
}

struct Place<'a> {
    profile: &'a Profile,
    table: &'a Table,
    /// The table's number, so that tables differ.
    number: usize,
    side: Side,
}

impl Place<'_> {
    fn row(&self, k: usize) -> BTreeMap<String, Value> {
        let mut row = BTreeMap::new();
        row.insert("id".to_owned(), Value::Integer(i64::try_from(self.side.id(k)).unwrap()));
        for (at, column) in self.table.columns.iter().enumerate() {
            let value = if self.table.in_key(&column.name) { self.key(column, k) } else { self.plain(column, at, k) };
            row.insert(column.name.clone(), value);
        }
        self.polymorphic(&mut row, k);
        row.insert("created_at".to_owned(), Value::Plain(self.created(k)));
        row.insert("updated_at".to_owned(), self.updated(k).map_or(Value::Null, Value::Plain));
        if let Some(deleted) = &self.table.entry.deleted {
            row.insert(deleted.clone(), self.deleted(k).map_or(Value::Null, Value::Plain));
        }
        if self.table.entry.unordered && self.side == Side::B && k % 2 == 1 {
            self.mirror(&mut row);
        }
        self.roles(&mut row, k);
        row
    }

    /// A field of the natural key: the same on both sides.
    fn key(&self, column: &Column, k: usize) -> Value {
        // Rows 2 and 3 have the same text under other parents, where the key has a parent.
        let first_reference = self.table.entry.key.iter().find(|name| self.table.entry.references.contains_key(*name));
        let text = if first_reference.is_some() && k == 3 { 2 } else { k };
        match column.kind {
            // The first parent tells the rows apart; a second one is another row of those that the same sides hold.
            Kind::Id if first_reference == Some(&column.name) => Value::Row(k),
            Kind::Id => Value::Row(k / 4 * 4 + (k + 1) % 4),
            Kind::Varchar(32) => Value::Text(format!("{k:02x}{:030x}", mix(&[self.number, k, 32]))),
            Kind::Varchar(_) | Kind::Text => Value::Text(TEXTS[text].to_owned()),
            Kind::Uuid => Value::Plain(format!("{:08x}-0000-4000-8000-{k:012x}", mix(&[self.number]))),
            Kind::Timestamp => Value::Plain(self.moment(2020, k)),
            Kind::Integer if column.nullable && k % 2 == 1 => Value::Null,
            Kind::Integer => Value::Integer(i64::try_from(k).unwrap()),
            other => panic!("no key is made of {other:?}"),
        }
    }

    /// A column outside the key: other values on the other side.
    fn plain(&self, column: &Column, at: usize, k: usize) -> Value {
        let seed = mix(&[self.side.number(), self.number, at, k]);
        if self.table.entry.descriptions.contains(&column.name) {
            return self.description(k, seed);
        }
        if column.nullable && seed.is_multiple_of(4) {
            return Value::Null;
        }
        let seed = seed / 4;
        match column.kind {
            Kind::Id => Value::Row(self.side.rows().start + seed % 8),
            Kind::Varchar(_) if column.unique => Value::Text(format!("unique {k}")),
            Kind::Varchar(length) => Value::Text(pick(&TEXTS, seed).chars().take(length).collect()),
            Kind::Text => Value::Text(pick(&TEXTS, seed).to_owned()),
            Kind::Integer => Value::Integer(pick(&[0, -1, 42, i64::MAX, i64::MIN, 1_000_000_007], seed)),
            Kind::Int32 => Value::Integer(pick(&[0, 7, i64::from(i32::MAX), i64::from(i32::MIN)], seed)),
            Kind::Double => Value::Float(pick(&[0.0, -1.5, 0.1, 1.0 / 3.0, 1e300, 123_456_789.25], seed)),
            Kind::Decimal => Value::Plain(pick(&DECIMALS, seed).to_owned()),
            Kind::Bool => Value::Bool(seed.is_multiple_of(2)),
            Kind::Bytes => Value::Bytes(pick(&[vec![], vec![0, 255, 10, 92, 78], b"text".to_vec()], seed)),
            Kind::Date => Value::Plain(pick(&["0001-01-01", "9999-12-31", "2024-02-29"], seed).to_owned()),
            Kind::Time => Value::Plain(pick(&["00:00:00", "23:59:59.999999", "12:30:00.000001"], seed).to_owned()),
            Kind::Timestamp => Value::Plain(self.moment(2022, seed)),
            Kind::Json => Value::Plain(pick(&["{\"a\": [1, \"\\u00e9\"], \"b\": null}", "[]", "3"], seed).to_owned()),
            Kind::Uuid => Value::Plain(format!("{seed:08x}-1111-4111-8111-{k:012x}")),
        }
    }

    /// Every meeting of a text, an empty text and NULL over the tables.
    fn description(&self, k: usize, seed: usize) -> Value {
        let text = Value::Text(format!("{:?} {} {}", self.side, pick(&TEXTS, seed), k));
        let kinds = [text, Value::Null, Value::Text(String::new())];
        let at = match self.side {
            Side::A => self.number + k,
            Side::B => (self.number + k) / 3 + k,
        };
        kinds[at % 3].clone()
    }

    /// Type codes and the rows they lead to.
    fn polymorphic(&self, row: &mut BTreeMap<String, Value>, k: usize) {
        for (at, pair) in self.table.entry.polymorphic.iter().enumerate() {
            let key_part = self.table.entry.key.contains(&pair.id);
            let nullable = self.column(&pair.id).nullable;
            if !key_part && nullable && mix(&[self.number, k]).is_multiple_of(4) {
                row.insert(pair.id.clone(), Value::Null);
                if self.column(&pair.type_column).nullable {
                    row.insert(pair.type_column.clone(), Value::Null);
                } else {
                    row.insert(pair.type_column.clone(), Value::Text("internal".to_owned()));
                }
                continue;
            }
            row.insert(pair.type_column.clone(), Value::Text(self.code(pair, at, k)));
            if !key_part {
                let other = self.side.rows().start + mix(&[self.side.number(), self.number, k]) % 8;
                row.insert(pair.id.clone(), Value::Row(other));
            } else if at == 0 || k == 6 {
                row.insert(pair.id.clone(), Value::Row(k));
            }
        }
        // Row 6 of an unordered pair refers to one row twice.
        if self.table.entry.unordered && k == 6 {
            let code = row[&self.table.entry.polymorphic[0].type_column].clone();
            row.insert(self.table.entry.polymorphic[1].type_column.clone(), code);
        }
    }

    /// The code of a row; the same on both sides, since it may be a part of the key.
    fn code(&self, pair: &Polymorphic, at: usize, k: usize) -> String {
        let codes: Vec<&String> = self.profile.codes(pair).keys().collect();
        codes[(k + 5 * at + self.number) % codes.len()].clone()
    }

    fn mirror(&self, row: &mut BTreeMap<String, Value>) {
        let [one, other] = &self.table.entry.polymorphic[..] else { panic!("an unordered key is a pair") };
        for (left, right) in [(&one.id, &other.id), (&one.type_column, &other.type_column)] {
            let (left_value, right_value) = (row[left].clone(), row[right].clone());
            row.insert(left.clone(), right_value);
            row.insert(right.clone(), left_value);
        }
    }

    /// Row 8 is the newest administrator of B: 9 is newer but deleted, 10 newer still but no administrator.
    fn roles(&self, row: &mut BTreeMap<String, Value>, k: usize) {
        let Some(owner) = self.profile.tables.iter().find_map(|table| table.entry.owner.as_ref()) else { return };
        if owner.table != self.table.name() {
            return;
        }
        let admin = self.side == Side::A || matches!(k, 5 | 8 | 9);
        let role = if admin { owner.roles[0].as_str() } else { "analyst" };
        row.insert(owner.role.clone(), Value::Text(role.to_owned()));
        if self.side == Side::B && k >= 8 {
            row.insert("created_at".to_owned(), Value::Plain(format!("2024-0{}-01 00:00:00", k - 7)));
            let deleted = self.table.entry.deleted.as_ref().expect("users can be deleted");
            let gone = Value::Plain("2024-09-01 00:00:00".to_owned());
            row.insert(deleted.clone(), if k == 9 { gone } else { Value::Null });
        }
    }

    fn created(&self, k: usize) -> String {
        let older = match (self.number + k) % 3 {
            0 => 0,
            1 => self.side.number(),
            _ => 1 - self.side.number(),
        };
        format!("2023-0{}-{:02} 0{}:15:30{}", 1 + older, 1 + k, k % 10, fraction(self.number + k))
    }

    fn updated(&self, k: usize) -> Option<String> {
        let a = self.side == Side::A;
        let date = match k {
            // Newer by a month, by a microsecond, or by a whole second against a fraction.
            4 | 5 => {
                let newer = a == (k == 4);
                match (self.number % 3, newer) {
                    (0, true) => "2024-06-01 10:00:00",
                    (0, false) => "2024-05-01 10:00:00",
                    (1, true) => "2024-05-01 10:00:00.000002",
                    (1, false) => "2024-05-01 10:00:00.000001",
                    (_, true) => "2024-05-01 10:00:01",
                    (_, false) => "2024-05-01 10:00:00.999999",
                }
                .to_owned()
            }
            6 => format!("2024-05-06 06:06:06{}", fraction(self.number)),
            7 => match self.number % 3 {
                0 if a => return None,
                1 if !a => return None,
                2 => return None,
                _ => self.moment(2024, k),
            },
            _ => self.moment(2024, k),
        };
        Some(date)
    }

    fn deleted(&self, k: usize) -> Option<String> {
        let here = match (k, self.side) {
            (1 | 5, Side::A) | (10, Side::B) => true,
            (4, side) => self.number.is_multiple_of(2) == (side == Side::A),
            (6, Side::B) => self.number.is_multiple_of(2),
            _ => false,
        };
        here.then(|| self.moment(2025, k))
    }

    fn moment(&self, year: usize, seed: usize) -> String {
        let (month, day) = (1 + seed % 12, 1 + seed % 28);
        format!("{year}-{month:02}-{day:02} 23:59:{:02}{}", seed % 60, fraction(seed + self.number))
    }

    fn column(&self, name: &str) -> &Column {
        self.table.columns.iter().find(|column| column.name == name).expect("a column of the table")
    }
}

/// Numbers that a double or too few digits would spoil.
const DECIMALS: [&str; 5] = ["12345678901234567890.0123456789", "-0.5", "0", "100", "-99999999999999999999.9999999999"];

fn fraction(seed: usize) -> &'static str {
    pick(&["", ".000001", ".123456", ".500000", ".999999"], seed)
}
