//! What a database's catalogue says of its tables.

use super::neutral::NeutralType;

/// A base table as the catalogue describes it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Name, without a schema.
    pub name: String,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// Primary key columns in order; empty when there is none.
    pub primary_key: Vec<String>,
    /// Unique keys besides the primary key.
    pub unique_keys: Vec<UniqueKey>,
    /// Foreign keys of one column. Those of several columns are left out: no id can stand for them.
    pub foreign_keys: Vec<ForeignKey>,
    /// Name of the sequence behind the `id` column, quoted for SQL (PostgreSQL only).
    pub id_sequence: Option<String>,
    /// Bytes that the values of one row may have together, to be loaded. `None`: no limit.
    pub longest_row: Option<u64>,
}

impl Table {
    /// The column of a name.
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
    /// Neutral type that its values travel as.
    pub neutral: NeutralType,
    /// The engine's own type, complete enough for a column definition in `CREATE TABLE`, character set and collation included.
    pub native: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Whether an insert may leave it out though it is NOT NULL: default, identity, AUTO_INCREMENT.
    pub has_default: bool,
    /// Whether the database computes it, so that it can be neither exported for import nor written.
    pub generated: bool,
    /// What its values may be.
    pub limits: Limits,
}

impl Column {
    /// Returns a column that no table has: one of a query, without limits.
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

/// Limits of a column's values, beyond its neutral type. `None`: no limit of the column's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Characters of a text.
    pub max_chars: Option<u64>,
    /// Bytes of a text or bytes value.
    pub max_bytes: Option<u64>,
    /// Smallest and largest integer.
    pub integer: Option<(i128, i128)>,
    /// Digits in all and digits of the fraction of a decimal.
    pub decimal: Option<(u32, u32)>,
    /// Digits of the fraction of a second that are kept: 0 to 6.
    pub fraction_digits: Option<u32>,
    /// Whether a decimal column keeps its value as a double (SQLite's NUMERIC affinity): 15 digits at most survive.
    pub decimal_as_float: bool,
    /// Smallest and largest date, time or timestamp in neutral text.
    pub range: Option<(String, String)>,
    /// Text values that are allowed, when the type is an enumeration.
    pub values: Option<Vec<String>>,
    /// What a text cannot hold beside its length.
    pub text: TextLimits,
    /// Bytes values are padded to this length, so that only those which have it stay what they are.
    pub exact_bytes: Option<u64>,
    /// What a float cannot hold.
    pub float: FloatLimits,
    /// What the engine says of JSON text.
    pub json: JsonRule,
    /// MariaDB stores UUIDs with their bytes in another order, and refuses those that it could not put back.
    pub reordered_uuid: bool,
}

/// What a text column cannot hold beside its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextLimits {
    /// NUL is refused (PostgreSQL).
    pub no_nul: bool,
    /// Blanks at the end are lost (`CHAR(n)`).
    pub trims_blanks: bool,
    /// What looks like a number becomes one (SQLite's NUMERIC affinity).
    pub no_numbers: bool,
    /// The characters that the column's character set has.
    pub characters: Characters,
}

/// The characters of a character set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Characters {
    /// All of Unicode, or those that the server alone knows.
    #[default]
    All,
    /// Those of at most three bytes in UTF-8.
    Basic,
    /// Windows-1252, with controls where it has no character: what MariaDB calls latin1.
    Windows1252,
    /// ASCII.
    Ascii,
}

impl Characters {
    /// Returns whether the set has a character.
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

/// What a float column cannot hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloatLimits {
    /// 32 bits only.
    pub single: bool,
    /// NaN is refused, or becomes NULL.
    pub no_nan: bool,
    /// Infinity is refused.
    pub no_infinity: bool,
}

/// What an engine says of the text in a JSON column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonRule {
    /// Any text goes.
    #[default]
    Free,
    /// It must be valid JSON and is kept as written.
    Valid,
    /// It is taken apart (`jsonb`): numbers must fit, `\u0000` and lone surrogates are refused, spelling is not kept.
    Parsed,
}

/// A unique key or unique index over whole columns, without a condition.
#[derive(Clone, Debug)]
pub struct UniqueKey {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// Whether two NULLs clash (PostgreSQL 15 `NULLS NOT DISTINCT`).
    pub nulls_equal: bool,
}

/// A foreign key of one column.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// The column that refers.
    pub column: String,
    /// The table it refers to.
    pub table: String,
}
