use super::*;
use crate::model::schema::{Characters, FloatLimits, JsonRule, TextLimits};

fn column(neutral: NeutralType, limits: Limits) -> Column {
    Column {
        name: "c".to_owned(),
        neutral,
        native: String::new(),
        nullable: true,
        has_default: false,
        generated: false,
        limits,
    }
}

fn fitted(limits: Limits, target: NeutralType, source: NeutralType, cell: &str) -> Option<String> {
    let mut out = Vec::new();
    fit(&column(target, limits), source, cell.as_bytes(), &mut out).ok()?;
    Some(String::from_utf8(out).unwrap())
}

/// Checks each spelling against its neutral form; `None` means that there is no such value.
fn spelt(neutral: NeutralType, cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        let mut out = Vec::new();
        let read = canonical(neutral, text.as_bytes(), &mut out).ok().map(|()| String::from_utf8(out).unwrap());
        assert_eq!(read.as_deref(), *expected, "{neutral:?} {text:?}");
    }
}

#[test]
fn integers() {
    spelt(
        NeutralType::Integer,
        &[
            ("0", Some("0")),
            ("-0", Some("0")),
            ("+007", Some("7")),
            ("-9223372036854775808", Some("-9223372036854775808")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("18446744073709551616", None),
            ("-9223372036854775809", None),
            ("1.0", Some("1")),
            ("1.5", None),
            ("", None),
            ("-", None),
            ("1e3", None),
            (" 1", None),
        ],
    );
    let small = Limits { integer: Some((-128, 127)), ..Limits::default() };
    assert_eq!(fitted(small.clone(), NeutralType::Integer, NeutralType::Integer, "127").as_deref(), Some("127"));
    assert_eq!(fitted(small, NeutralType::Integer, NeutralType::Integer, "128"), None);
}

#[test]
fn decimals() {
    spelt(
        NeutralType::Decimal,
        &[
            ("1.50", Some("1.5")),
            ("0010", Some("10")),
            (".5", Some("0.5")),
            ("-0.000", Some("0")),
            ("5.", Some("5")),
            ("1.5e3", Some("1500")),
            ("-12.345e-2", Some("-0.12345")),
            ("1E+2", Some("100")),
            ("NaN", None),
            ("Infinity", None),
            (".", None),
            ("1e999999999", None),
        ],
    );
    let money = Limits { decimal: Some((5, 2)), ..Limits::default() };
    let fit = |text| fitted(money.clone(), NeutralType::Decimal, NeutralType::Decimal, text);
    assert_eq!(fit("999.99").as_deref(), Some("999.99"));
    assert_eq!(fit("999.990").as_deref(), Some("999.99"));
    assert_eq!((fit("1000"), fit("0.001")), (None, None));
    let float = Limits { decimal_as_float: true, ..Limits::default() };
    let fit = |text| fitted(float.clone(), NeutralType::Decimal, NeutralType::Decimal, text);
    assert_eq!(fit("0.000123456789012345").as_deref(), Some("0.000123456789012345"));
    assert_eq!(fit("1234567890.123456"), None);
    assert_eq!(fit("9223372036854775807").as_deref(), Some("9223372036854775807"));
}

#[test]
fn floats() {
    spelt(
        NeutralType::Float,
        &[
            ("1", Some("1")),
            ("0.1", Some("0.1")),
            ("-0", Some("0")),
            ("1e300", Some("1e300")),
            ("5e-324", Some("5e-324")),
            ("1e16", Some("1e16")),
            ("123456789012345.6", Some("123456789012345.6")),
            ("1e999", None),
            ("inf", Some("Infinity")),
            ("-Infinity", Some("-Infinity")),
            ("nan", Some("NaN")),
            ("x", None),
        ],
    );
    let mariadb = Limits { float: FloatLimits { no_nan: true, no_infinity: true, single: false }, ..Limits::default() };
    assert_eq!(fitted(mariadb.clone(), NeutralType::Float, NeutralType::Float, "NaN"), None);
    assert_eq!(fitted(mariadb, NeutralType::Float, NeutralType::Float, "-Infinity"), None);
    let single = Limits { float: FloatLimits { single: true, ..FloatLimits::default() }, ..Limits::default() };
    assert_eq!(fitted(single.clone(), NeutralType::Float, NeutralType::Float, "0.5").as_deref(), Some("0.5"));
    assert_eq!(fitted(single, NeutralType::Float, NeutralType::Float, "0.1"), None);
}

#[test]
fn texts() {
    let fit = |limits: Limits, text| fitted(limits, NeutralType::Text, NeutralType::Text, text).is_some();
    let chars = Limits { max_chars: Some(3), ..Limits::default() };
    assert!(fit(chars.clone(), "äöü") && fit(chars.clone(), "\u{1f600}\u{1f600}") && !fit(chars, "äöüx"));
    let bytes = Limits { max_bytes: Some(3), ..Limits::default() };
    assert!(fit(bytes.clone(), "abc") && !fit(bytes, "äö"));
    let rules = |text| Limits { text, ..Limits::default() };
    let postgres = rules(TextLimits { no_nul: true, ..TextLimits::default() });
    assert!(fit(postgres.clone(), "\u{1}") && !fit(postgres, "a\0b"));
    let padded = rules(TextLimits { trims_blanks: true, ..TextLimits::default() });
    assert!(fit(padded.clone(), " a\t") && !fit(padded, "a "));
    let numeric = rules(TextLimits { no_numbers: true, ..TextLimits::default() });
    assert!(fit(numeric.clone(), "12 apples") && !fit(numeric, " 12.0 "));
    let bmp = rules(TextLimits { characters: Characters::Basic, ..TextLimits::default() });
    assert!(fit(bmp.clone(), "€") && !fit(bmp, "\u{1f600}"));
    let values = Limits { values: Some(vec!["a".to_owned(), "b".to_owned()]), ..Limits::default() };
    assert!(fit(values.clone(), "b") && !fit(values, "B"));
    assert!(canonical(NeutralType::Text, b"\xff", &mut Vec::new()).is_err());
}

#[test]
fn bytes_and_uuids_and_truth() {
    spelt(NeutralType::Bytes, &[("\\xAB01", Some("\\xab01")), ("\\x", Some("\\x")), ("\\xa", None), ("ab", None)]);
    spelt(
        NeutralType::Uuid,
        &[
            ("0123ABCD-4567-89ab-cdef-0123456789AB", Some("0123abcd-4567-89ab-cdef-0123456789ab")),
            ("0123abcd456789abcdef0123456789ab", Some("0123abcd-4567-89ab-cdef-0123456789ab")),
            ("0123abcd-4567-89ab-cdef-0123456789a", None),
            ("0123abcd-4567-89ab-cdef-0123456789ag", None),
        ],
    );
    spelt(NeutralType::Bool, &[("t", Some("t")), ("0", Some("f")), ("true", Some("t")), ("2", None), ("", None)]);
    let mariadb = Limits { reordered_uuid: true, ..Limits::default() };
    let fit = |text| fitted(mariadb.clone(), NeutralType::Uuid, NeutralType::Uuid, text).is_some();
    assert!(fit("8da9686a-ffcb-7eb4-2c0f-6ef7ab4d3bba") && !fit("8da9686a-ffcb-8eb4-2c0f-6ef7ab4d3bba"));
    assert!(fit("8da9686a-ffcb-8eb4-000f-6ef7ab4d3bba") && fit("ffffffff-ffff-ffff-ffff-ffffffffffff"));
    let binary = Limits { exact_bytes: Some(2), max_bytes: Some(2), ..Limits::default() };
    let fit = |text| fitted(binary.clone(), NeutralType::Bytes, NeutralType::Bytes, text).is_some();
    assert!(fit("\\x0102") && !fit("\\x01") && !fit("\\x010203"));
}

#[test]
fn times() {
    spelt(
        NeutralType::Timestamp,
        &[
            ("2026-01-02 03:04:05", Some("2026-01-02 03:04:05")),
            ("2026-01-02T03:04:05.5Z", Some("2026-01-02 03:04:05.500000")),
            ("2026-01-02 03:04:05.000000", Some("2026-01-02 03:04:05")),
            ("2026-01-02 03:04:05.1234560", Some("2026-01-02 03:04:05.123456")),
            ("2026-01-02 03:04:05.1234567", None),
            ("2026-01-01 00:30:00+01:00", Some("2025-12-31 23:30:00")),
            ("2024-02-28 23:30:00-0100", Some("2024-02-29 00:30:00")),
            ("2026-01-02", Some("2026-01-02 00:00:00")),
            ("2026-01-02 03:04", Some("2026-01-02 03:04:00")),
            ("0001-01-01 00:00:00", Some("0001-01-01 00:00:00")),
            ("0001-01-01 00:00:00+01", None),
            ("9999-12-31 23:59:59.999999", Some("9999-12-31 23:59:59.999999")),
            ("0000-00-00 00:00:00", None),
            ("infinity", None),
            ("10000-01-01 00:00:00", None),
            ("0044-03-15 00:00:00 BC", None),
            ("2026-02-29 00:00:00", None),
            ("2026-01-02 24:00:00", None),
            ("2026-01-02 03:04:60", None),
        ],
    );
    spelt(
        NeutralType::Date,
        &[("2024-02-29", Some("2024-02-29")), ("2023-02-29", None), ("1900-02-29", None), ("0000-01-01", None)],
    );
    spelt(
        NeutralType::Time,
        &[
            ("23:59:59.999999", Some("23:59:59.999999")),
            ("07:08", Some("07:08:00")),
            ("24:00:00", None),
            ("-01:00:00", None),
            ("838:59:59", None),
        ],
    );
    let seconds = Limits { fraction_digits: Some(3), ..Limits::default() };
    let fit = |text| fitted(seconds.clone(), NeutralType::Timestamp, NeutralType::Timestamp, text).is_some();
    assert!(fit("2026-01-02 03:04:05.125") && !fit("2026-01-02 03:04:05.125001"));
    let unix = Limits {
        range: Some(("1970-01-01 00:00:01".to_owned(), "2038-01-19 03:14:07".to_owned())),
        ..Limits::default()
    };
    let fit = |text| fitted(unix.clone(), NeutralType::Timestamp, NeutralType::Timestamp, text).is_some();
    assert!(fit("2038-01-19 03:14:07") && !fit("2038-01-19 03:14:08") && !fit("1970-01-01 00:00:00"));
}

#[test]
fn json_is_checked_where_the_engine_checks() {
    let fit =
        |json, text| fitted(Limits { json, ..Limits::default() }, NeutralType::Json, NeutralType::Json, text).is_some();
    assert!(fit(JsonRule::Free, "{") && !fit(JsonRule::Valid, "{") && fit(JsonRule::Valid, "{\"a\": [1, 1e999]}"));
    assert!(
        fit(JsonRule::Valid, "\"\\u0000\"") && !fit(JsonRule::Parsed, "\"\\u0000\"") && fit(JsonRule::Parsed, "{}")
    );
    assert!(!fit(JsonRule::Parsed, "\"\\ud800\""));
}

#[test]
fn conversions_keep_the_value() {
    use NeutralType::{Bool, Date, Decimal, Float, Integer, Json, Text, Timestamp, Uuid};
    for (source, text, target, expected) in [
        (Integer, "1", Bool, Some("t")),
        (Integer, "2", Bool, None),
        (Bool, "t", Integer, Some("1")),
        (Bool, "f", Text, Some("f")),
        (Integer, "7", Decimal, Some("7")),
        (Integer, "9007199254740993", Float, None),
        (Integer, "9007199254740992", Float, Some("9007199254740992")),
        (Decimal, "0.1", Float, Some("0.1")),
        (Decimal, "0.12345678901234567890", Float, None),
        (Decimal, "3", Integer, Some("3")),
        (Decimal, "3.5", Integer, None),
        (Float, "1e3", Integer, Some("1000")),
        (Float, "NaN", Integer, None),
        (Float, "1.5e-7", Decimal, Some("0.00000015")),
        (Date, "2026-01-02", Timestamp, Some("2026-01-02 00:00:00")),
        (Timestamp, "2026-01-02 00:00:00", Date, Some("2026-01-02")),
        (Timestamp, "2026-01-02 00:00:01", Date, None),
        (Text, "12", Integer, Some("12")),
        (Text, "x", Integer, None),
        (Json, "{}", Text, Some("{}")),
        (Text, "0123ABCD-4567-89ab-cdef-0123456789AB", Uuid, Some("0123abcd-4567-89ab-cdef-0123456789ab")),
        (Integer, "1", Timestamp, None),
        (Uuid, "0123abcd-4567-89ab-cdef-0123456789ab", Integer, None),
    ] {
        assert_eq!(
            fitted(Limits::default(), target, source, text).as_deref(),
            expected,
            "{source:?} {text} → {target:?}"
        );
    }
}

#[test]
fn six_digits() {
    for (text, expected) in [
        ("2026-01-02 03:04:05", "2026-01-02 03:04:05.000000"),
        ("2026-01-02T03:04:05.25Z", "2026-01-02 03:04:05.250000"),
        ("03:04", "03:04:00.000000"),
        ("soon", "soon"),
    ] {
        let mut out = Vec::new();
        with_six_digits(text.as_bytes(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    const TYPES: [NeutralType; 11] = [
        NeutralType::Integer,
        NeutralType::Decimal,
        NeutralType::Float,
        NeutralType::Bool,
        NeutralType::Text,
        NeutralType::Bytes,
        NeutralType::Date,
        NeutralType::Time,
        NeutralType::Timestamp,
        NeutralType::Json,
        NeutralType::Uuid,
    ];

    fn limits() -> impl Strategy<Value = Limits> {
        (any::<bool>(), 0..12_u64, 0..8_u32, any::<[bool; 6]>()).prop_map(|(some, length, digits, flags)| {
            let option = |flag: usize| flags[flag].then_some(length);
            if !some {
                return Limits::default();
            }
            Limits {
                max_chars: option(0),
                max_bytes: option(1),
                integer: Some((-1000, 1000)),
                decimal: Some((digits + 4, digits)),
                fraction_digits: Some(digits.min(6)),
                decimal_as_float: flags[2],
                text: TextLimits {
                    no_nul: flags[3],
                    trims_blanks: flags[4],
                    no_numbers: flags[5],
                    characters: Characters::All,
                },
                float: FloatLimits { single: flags[0], no_nan: flags[1], no_infinity: flags[2] },
                json: if flags[3] { JsonRule::Valid } else { JsonRule::Parsed },
                ..Limits::default()
            }
        })
    }

    /// Texts that look like something, and bytes that look like nothing.
    fn cells() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[-+]?[0-9]{0,22}(\\.[0-9]{0,22})?([eE][-+]?[0-9]{1,4})?".prop_map(String::into_bytes),
            "[0-9]{4}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\\.[0-9]{0,8})?)?(Z|[-+][0-9]{2})?)?"
                .prop_map(String::into_bytes),
            "[0-2][0-9]:[0-6][0-9](:[0-6][0-9](\\.[0-9]{0,8})?)?".prop_map(String::into_bytes),
            "\\\\x[0-9a-fA-F]{0,8}".prop_map(String::into_bytes),
            "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".prop_map(String::into_bytes),
            "(t|f|true|0|1|NaN|Infinity|-inf|infinity)".prop_map(String::into_bytes),
            "\\PC{0,12}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..20),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_fits_fits_again_unchanged(
            cell in cells(), source in 0..TYPES.len(), target in 0..TYPES.len(), limits in limits()
        ) {
            let column = column(TYPES[target], limits);
            let mut once = Vec::new();
            if fit(&column, TYPES[source], &cell, &mut once).is_ok() {
                let mut twice = Vec::new();
                prop_assert_eq!(fit(&column, TYPES[target], &once, &mut twice), Ok(()));
                prop_assert_eq!(once, twice);
            }
        }

        #[test]
        fn the_neutral_form_is_one(cell in cells(), kind in 0..TYPES.len()) {
            let mut once = Vec::new();
            if canonical(TYPES[kind], &cell, &mut once).is_ok() {
                let mut twice = Vec::new();
                prop_assert_eq!(canonical(TYPES[kind], &once, &mut twice), Ok(()));
                prop_assert_eq!(once, twice);
            }
        }

        #[test]
        fn every_float_reads_back_equal(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            let mut text = Vec::new();
            write_float(value, &mut text);
            let back: f64 = std::str::from_utf8(&text).unwrap().parse().unwrap();
            prop_assert!(back == value || (back.is_nan() && value.is_nan()));
        }
    }
}
