//! Values that every engine can hold.

use std::collections::BTreeMap;

use super::{bytes, cells, insert, site, text};
use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::support::{Engine, engines};

/// A case: its name, the column, the SQL literal and the one text form that all dumps show.
struct Case {
    name: String,
    column: &'static str,
    literal: String,
    shown: Option<String>,
}

const TEXTS: [&str; 22] = [
    "",
    " ",
    "trailing blanks  ",
    "\ttabs\t",
    "'single' \"double\" `back`",
    "comma, semicolon; pipe|",
    "\r",
    "\n",
    "\r\n",
    "a\rb\nc\r\nd",
    "\\",
    "\\\\",
    "\\N",
    "\\\\N",
    "\\N\n\\.\n",
    "\\.",
    "NULL",
    "\u{1F600}\u{10FFFF}",
    "e\u{301} \u{e9} \u{df} \u{130}",
    "\u{1}\u{7f}\u{feff}\u{200b}\u{2028}",
    "%s {} $1 ? :name @x",
    "\"",
];

const INTEGERS: [&str; 5] = ["0", "-1", "9223372036854775807", "-9223372036854775808", "9007199254740993"];
const DECIMALS: [(&str, &str); 6] = [
    ("99999999999999999999.9999999999", "99999999999999999999.9999999999"),
    ("-99999999999999999999.9999999999", "-99999999999999999999.9999999999"),
    ("0.0000000001", "0.0000000001"),
    ("100", "100"),
    ("-0.10", "-0.1"),
    ("0", "0"),
];
const DOUBLES: [f64; 8] =
    [0.0, 0.1, 1.0 / 3.0, -1e-7, f64::MAX, f64::MIN_POSITIVE, 9_007_199_254_740_992.0, 123_456_789.123_456_79];
const DATES: [&str; 4] = ["0001-01-01", "9999-12-31", "1970-01-01", "2024-02-29"];
const TIMES: [&str; 4] = ["00:00:00", "23:59:59", "23:59:59.999999", "01:02:03.000100"];
const MOMENTS: [&str; 5] = [
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59.999999",
    "1969-12-31 23:59:59.999999",
    "2024-02-29 12:00:00",
    "2038-01-19 03:14:08.000001",
];
const JSON: [&str; 5] =
    ["{}", "[1, 2.50, \"\\u00e9\", null]", "{\"b\": 1,  \"a\": {\"c\": []}}", "\"\\\\N\"", "18446744073709551615"];

fn cases(engine: Engine) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |column: &'static str, literal: String, shown: Option<String>| {
        cases.push(Case { name: format!("{column} {:03}", cases.len()), column, literal, shown });
    };
    for column in
        ["description", "n", "small", "amount", "ratio", "flag", "raw", "day", "clock", "moment", "doc", "ref"]
    {
        add(column, "NULL".to_owned(), None);
    }
    for value in TEXTS {
        add("description", text(engine, value), Some(value.to_owned()));
    }
    let long = "0123456789\u{e9}\n\\\"'".repeat((1 << 20) / 16);
    add("notes", text(engine, &long), Some(long));
    add("short", text(engine, &"\u{1F600}".repeat(10)), Some("\u{1F600}".repeat(10)));
    for value in INTEGERS {
        let literal = value.replace("-9223372036854775808", "-9223372036854775807 - 1");
        add("n", literal, Some(value.to_owned()));
    }
    for value in ["2147483647", "-2147483648"] {
        add("small", value.to_owned(), Some(value.to_owned()));
    }
    for (value, shown) in DECIMALS {
        add("amount", format!("'{value}'"), Some(shown.to_owned()));
    }
    for value in DOUBLES {
        add("ratio", format!("{value:e}"), Some(format!("{value:?}")));
    }
    for (flag, shown) in [(true, "t"), (false, "f")] {
        let literal = if engine == Engine::Postgres { flag.to_string() } else { u8::from(flag).to_string() };
        add("flag", literal, Some(shown.to_owned()));
    }
    let all: Vec<u8> = (0..=255).collect();
    for value in [&[][..], b"\\N", b"\\x00", &[0], &all, &all.repeat(4096)] {
        let shown = value.iter().map(|byte| format!("{byte:02x}")).collect();
        add("raw", bytes(engine, value), Some(shown));
    }
    for value in DATES {
        add("day", format!("'{value}'"), Some(value.to_owned()));
    }
    let padded = |value: &str| if value.contains('.') { value.to_owned() } else { format!("{value}.000000") };
    for value in TIMES {
        add("clock", format!("'{value}'"), Some(padded(value)));
    }
    for value in MOMENTS {
        add("moment", format!("'{value}'"), Some(padded(value)));
    }
    for value in JSON {
        add("doc", text(engine, value), Some(value.to_owned()));
    }
    for value in ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
        add("ref", format!("'{value}'"), Some(value.to_owned()));
    }
    cases
}

#[test]
fn every_value_arrives_equal_on_every_engine() {
    let profile = Profile::read("mini");
    for from in engines() {
        let cases = cases(from);
        let source = site(from, &profile);
        source
            .database
            .run(&cases.iter().map(|case| insert(&case.name, case.column, &case.literal)).collect::<String>());
        source.fill_hashes();
        let columns: BTreeMap<String, &str> = cases.iter().map(|case| (case.name.clone(), case.column)).collect();
        let expected: BTreeMap<_, _> = cases.iter().map(|case| (case.name.clone(), case.shown.clone())).collect();
        same(&cells(&source, &profile, &columns), &expected, &format!("in the source {from:?}"));
        let bundle = source.export(&[]).bundle;
        for to in engines() {
            let target = Site::empty(to, &profile);
            target.import(&bundle, &[]);
            same(&cells(&target, &profile, &columns), &expected, &format!("from {from:?} in {to:?}"));
            assert_eq!(target.import(&bundle, &[])["status"], "nothing-to-do", "from {from:?} in {to:?}");
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: &BTreeMap<String, T>, expected: &BTreeMap<String, T>, place: &str) {
    for (name, value) in expected {
        assert!(
            found.get(name) == Some(value),
            "{place}, {name}: {:.300}",
            format!("{:?} / {value:?}", found.get(name))
        );
    }
    assert_eq!(found.len(), expected.len(), "{place}");
}
