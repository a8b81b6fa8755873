//! Values for the columns that are in no key: few of each type, so that ties and clashes are common, and awkward ones among them.

use gapsync::model::neutral::NeutralType;

use super::rng::Rng;
use crate::model::schema::{Column, Limit};
use crate::support::Engine;

/// When rows were made; before any of [`UPDATED`].
pub(super) const CREATED: [&str; 4] =
    ["2010-01-01 00:00:00", "2010-01-01 00:00:00.000001", "2012-07-31 23:59:59.999999", "2015-03-01 08:00:00"];

/// When rows changed last.
pub(super) const UPDATED: [&str; 6] = [
    "2016-01-01 00:00:00",
    "2016-01-01 00:00:00.500000",
    "2018-02-28 12:00:00",
    "2018-02-28 12:00:00.000001",
    "2020-02-29 00:00:00",
    "2021-12-31 23:59:59.999999",
];

const TEXTS: [&str; 15] = [
    "",
    "plain",
    "Plain",
    "trailing",
    "uöß €",
    "it's \"quoted\", twice",
    "line\nbreak\r\nand\ttab",
    "back\\slash",
    "\\N",
    "\\",
    "trailing ",
    " leading",
    "four bytes: \u{1F480}",
    "NULL",
    "üöß €",
];
const SHORTS: [&str; 5] = ["", "short", "tenletters", "\u{1F480}\u{1F480}", "a,b"];
pub(crate) const SERIALS: [&str; 6] = ["S-1", "S-2", "S-3", "S-4", "S-5", "s-5"];
const INTEGERS: [&str; 6] = ["0", "1", "-1", "42", "9223372036854775807", "-9223372036854775808"];
const SMALL: [&str; 4] = ["0", "7", "2147483647", "-2147483648"];
const DECIMALS: [&str; 6] =
    ["0", "1.5", "-0.0000000001", "12345678901234567890.0123456789", "100", "-99999999999999999999"];
const FLOATS: [&str; 5] = ["0", "0.1", "-2.25", "1.5", "0.30000000000000004"];
const BYTES: [&str; 4] = ["\\x", "\\x00", "\\x00ff5c27", "\\x6162"];
const DAYS: [&str; 3] = ["2000-02-29", "1970-01-01", "2037-12-31"];
const CLOCKS: [&str; 4] = ["00:00:00", "23:59:59", "12:34:56.789000", "00:00:00.000001"];
const DOCS: [&str; 5] = ["{\"a\": [1, 2.50], \"a\": null}", "[]", "\"text\"", "null", "{ }"];
const UUIDS: [&str; 2] = ["00000000-0000-0000-0000-000000000000", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"];

/// A value for a column that is neither a key nor a reference; NULL now and then where it is allowed.
pub(crate) fn value(rng: &mut Rng, column: &Column) -> Option<String> {
    if column.nullable && rng.chance(30) {
        return None;
    }
    let pool: &[&str] = match (column.neutral, column.limit) {
        (NeutralType::Integer, Limit::Int32) => &SMALL,
        (NeutralType::Integer, _) => &INTEGERS,
        (NeutralType::Text, Limit::Chars(10)) => &SHORTS,
        (NeutralType::Text, _) => &TEXTS,
        (NeutralType::Decimal, _) => &DECIMALS,
        (NeutralType::Float, _) => &FLOATS,
        (NeutralType::Bool, _) => &["t", "f"],
        (NeutralType::Bytes, _) => &BYTES,
        (NeutralType::Date, _) => &DAYS,
        (NeutralType::Time, _) => &CLOCKS,
        (NeutralType::Timestamp, _) => &UPDATED,
        (NeutralType::Json, _) => &DOCS,
        (NeutralType::Uuid, _) => &UUIDS,
    };
    Some((*rng.pick(pool)).to_owned())
}

/// A value that the engine's column cannot hold, or that is none of its type; NULL where that is not allowed.
pub(super) fn unfit(rng: &mut Rng, engine: Engine, column: &Column) -> Option<Option<String>> {
    if !column.nullable && rng.chance(30) {
        return Some(None);
    }
    let pool: &[&str] = match (column.neutral, column.limit) {
        (NeutralType::Integer, Limit::Int32) => &["2147483648", "-2147483649", "9223372036854775807", "1.5"],
        (NeutralType::Integer, _) => &["9223372036854775808", "-9223372036854775809", "abc", ""],
        (NeutralType::Text, Limit::Chars(10)) => &["elevenchars", "\u{1F480}1234567890"],
        (NeutralType::Text, Limit::None) if engine == Engine::Postgres => &["with\0nul"],
        (NeutralType::Decimal, _) => &["0.00000000001", "123456789012345678901", "many"],
        (NeutralType::Float, _) => &["many"],
        (NeutralType::Bool, _) => &["maybe"],
        (NeutralType::Bytes, _) => &["\\x0", "\\xzz"],
        (NeutralType::Date, _) => &["2021-02-29", "0000-00-00", "today"],
        (NeutralType::Time, _) => &["25:00:00", "noon"],
        (NeutralType::Timestamp, _) => &["2021-04-31 00:00:00", "now"],
        (NeutralType::Uuid, _) => &["f81d4fae-7dec-11d0-a765"],
        _ => return None,
    };
    Some(Some((*rng.pick(pool)).to_owned()))
}
