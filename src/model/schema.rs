//! The description of tables from a database's catalogue.

use super::neutral::NeutralType;

/// A base table as described by the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Name, without a schema.
    pub name: String,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// Primary key columns in order; empty if there is none.
    pub primary_key: Vec<String>,
    /// Unique keys besides the primary key.
    pub unique_keys: Vec<UniqueKey>,
    /// Foreign keys of one column. Those of several columns are left out, because an id cannot represent them.
    pub foreign_keys: Vec<ForeignKey>,
    /// Name of the sequence of the `id` column, quoted for SQL (PostgreSQL only).
    pub id_sequence: Option<String>,
    /// Columns that an update sets to the current time unless it assigns them (MariaDB's `ON UPDATE CURRENT_TIMESTAMP`).
    pub stamped: Vec<String>,
    /// Limit for the total size of a row's values in a load; `None` if there is none.
    pub longest_row: Option<u64>,
}

impl Table {
    /// Returns the column with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A column of a base table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Neutral type in which its values travel.
    pub neutral: NeutralType,
    /// The engine's own type, complete enough for a column definition in `CREATE TABLE`, including character set and
    /// collation.
    pub native: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Whether an insert may leave it out although it is NOT NULL: default, identity, AUTO_INCREMENT.
    pub has_default: bool,
    /// Whether the database computes it, so that it can be neither exported for import nor written.
    pub generated: bool,
    /// Limits of its values.
    pub limits: Limits,
}

impl Column {
    /// Returns a column that belongs to no table but to a query, without limits.
    #[must_use]
    pub fn of_query(name: &str, neutral: NeutralType) -> Self {
        Self {
            name: name.to_owned(),
            neutral,
            native: String::new(),
            nullable: true,
            has_default: false,
            generated: false,
            limits: Limits::default(),
        }
    }
}

/// Limits of a column's values beyond its neutral type. `None` means that the column itself has no such limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Maximum number of characters in a text.
    pub max_chars: Option<u64>,
    /// Maximum number of bytes in a text or bytes value.
    pub max_bytes: Option<u64>,
    /// Smallest and largest integer.
    pub integer: Option<(i128, i128)>,
    /// Total digits and digits of the fraction of a decimal.
    pub decimal: Option<(u32, u32)>,
    /// Number of digits that are kept of the fraction of a second: 0 to 6.
    pub fraction_digits: Option<u32>,
    /// Whether a decimal column stores its values as doubles (SQLite's NUMERIC affinity), which keep at most 15 digits.
    pub decimal_as_float: bool,
    /// Smallest and largest date, time or timestamp in neutral text.
    pub range: Option<(String, String)>,
    /// Allowed text values, if the type is an enumeration.
    pub values: Option<Vec<String>>,
    /// What a text cannot contain, apart from its length.
    pub text: TextLimits,
    /// Bytes values are padded to this length, so that only values of exactly this length remain the same.
    pub exact_bytes: Option<u64>,
    /// What a float cannot represent.
    pub float: FloatLimits,
    /// Requirements of the engine for JSON text.
    pub json: JsonRule,
    /// Whether the engine stores UUIDs with their bytes in a different order, and refuses those that it could not convert back
    /// (MariaDB).
    pub reordered_uuid: bool,
}

/// What a text column cannot contain, apart from its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextLimits {
    /// NUL is refused (PostgreSQL).
    pub no_nul: bool,
    /// Trailing blanks are lost (`CHAR(n)`).
    pub trims_blanks: bool,
    /// A text that looks like a number becomes one (SQLite's NUMERIC affinity).
    pub no_numbers: bool,
    /// The characters in the column's character set.
    pub characters: Characters,
}

/// The characters of a character set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Characters {
    /// All of Unicode, or those that only the server knows.
    #[default]
    All,
    /// Those with at most three bytes in UTF-8.
    Basic,
    /// Windows-1252, with control characters in its gaps: what MariaDB calls latin1.
    Windows1252,
    /// ASCII.
    Ascii,
}

impl Characters {
    /// Returns whether the set contains a character.
    #[must_use]
    pub fn has(self, character: char) -> bool {
        const WINDOWS: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u{81}\u{8d}\u{8f}\u{90}\u{9d}";
        match self {
            Self::All => true,
            Self::Basic => character <= '\u{ffff}',
            Self::Windows1252 => {
                character.is_ascii() || ('\u{a0}'..='\u{ff}').contains(&character) || WINDOWS.contains(character)
            }
            Self::Ascii => character.is_ascii(),
        }
    }
}

/// What a float column cannot represent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloatLimits {
    /// 32 bits only.
    pub single: bool,
    /// NaN is refused or becomes NULL.
    pub no_nan: bool,
    /// Infinity is refused.
    pub no_infinity: bool,
}

/// Requirements of an engine for the text in a JSON column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonRule {
    /// Any text is allowed.
    #[default]
    Free,
    /// It must be valid JSON and is kept as written.
    Valid,
    /// It is parsed (`jsonb`): numbers must fit, `\u0000` and lone surrogates are refused, the spelling is not kept.
    Parsed,
}

/// A unique key or unique index over whole columns, without a condition.
#[derive(Clone, Debug)]
pub struct UniqueKey {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// Whether two NULLs conflict (PostgreSQL 15 `NULLS NOT DISTINCT`).
    pub nulls_equal: bool,
}

/// A foreign key of one column.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// The referring column.
    pub column: String,
    /// The table that it refers to.
    pub table: String,
}
