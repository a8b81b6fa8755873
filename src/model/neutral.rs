//! The neutral types: the type of a value, whatever engine stores it, and its only text form.

use serde::{Deserialize, Serialize};

/// The type of a column in a bundle.
///
/// | type | text form |
/// | --- | --- |
/// | integer | `-?[0-9]+`, 64 bits signed or unsigned |
/// | decimal | `-?[0-9]+(\.[0-9]*[1-9])?`: no exponent, no zeros at the end of the fraction |
/// | float | shortest text that reads back equal; `NaN`, `Infinity`, `-Infinity` |
/// | bool | `t` or `f` |
/// | text | the text, UTF-8 |
/// | bytes | `\x` and lower-case hex |
/// | date | `YYYY-MM-DD`, years 0001 to 9999 |
/// | time | `HH:MM:SS`, then `.ffffff` unless zero |
/// | timestamp | `YYYY-MM-DD HH:MM:SS`, then `.ffffff` unless zero; UTC |
/// | json | the JSON text as stored |
/// | uuid | lower-case, with hyphens |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NeutralType {
    /// Whole number.
    Integer,
    /// Exact decimal number.
    Decimal,
    /// IEEE 754 double.
    Float,
    /// Truth value.
    Bool,
    /// Unicode text.
    Text,
    /// Octets.
    Bytes,
    /// Calendar date.
    Date,
    /// Time of day.
    Time,
    /// Moment in UTC with microseconds.
    Timestamp,
    /// JSON text.
    Json,
    /// UUID.
    Uuid,
}
