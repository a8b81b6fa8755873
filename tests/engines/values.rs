//! Values that are loaded and read again are the same, whatever the engine.

use gapsync::model::neutral::NeutralType;
use gapsync::model::schema::Column;
use gapsync::model::value::{fit, write_float, write_hex};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{Cells, all_types, cells, load, of, open, read, staging, table};
use crate::support::{Engine, engines, fresh_database};

/// Neutral texts of each type at the edges of what it can be.
fn edges(neutral: NeutralType) -> Vec<String> {
    let texts: &[&str] = match neutral {
        NeutralType::Integer => &["0", "1", "-1", "9223372036854775807", "-9223372036854775808"],
        NeutralType::Decimal => &[
            "0",
            "0.0000000001",
            "-0.0000000001",
            "99999999999999999999.9999999999",
            "-99999999999999999999.9999999999",
            "10000",
            "1.5",
        ],
        NeutralType::Float => &[
            "0",
            "0.1",
            "-1.5",
            "1e300",
            "5e-324",
            "1.7976931348623157e308",
            "123456789012345.67",
            "2.2250738585072014e-308",
        ],
        NeutralType::Bool => &["t", "f"],
        NeutralType::Text => &[
            "",
            " ",
            "trailing ",
            "it's \"q\"",
            "a\r\nb\n",
            "tab\there",
            "back\\slash",
            "\\N",
            "\\",
            "NULL",
            "%s ? $1 :x",
            "äöü€😀𝄞",
            "\u{1}\u{7f}",
            "\u{feff}bom",
            "a\0b",
            "\0",
        ],
        NeutralType::Bytes => &["\\x", "\\x00", "\\x5c4e", "\\x00ff27220d0a095c", "\\xdeadbeef"],
        NeutralType::Date => &["0001-01-01", "1582-10-10", "1969-12-31", "2000-02-29", "9999-12-31"],
        NeutralType::Time => &["00:00:00", "23:59:59.999999", "12:00:00.000001"],
        NeutralType::Timestamp => &[
            "0001-01-01 00:00:00",
            "1969-12-31 23:59:59.999999",
            "1970-01-01 00:00:00",
            "2026-03-29 02:30:00.500000",
            "9999-12-31 23:59:59.999999",
        ],
        NeutralType::Json => {
            &["{}", "[1, 2.50,\n \"a\\u00e9\\n\"]", "null", "\"x\"", "{\"b\":1,\"a\":{\"a\":1,\"a\":2}}", "1e3"]
        }
        NeutralType::Uuid => &["00000000-0000-0000-0000-000000000000", "0123abcd-4567-89ab-cdef-0123456789ab"],
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Rows in which every column goes through its edges, and one that is all NULL.
fn edge_rows(columns: &[Column]) -> Vec<Cells> {
    let edges: Vec<Vec<String>> = columns
        .iter()
        .map(|column| {
            let mut texts = edges(column.neutral);
            texts.retain(|text| {
                let mut out = Vec::new();
                fit(column, column.neutral, text.as_bytes(), &mut out).is_ok() && out == text.as_bytes()
            });
            assert!(!texts.is_empty(), "{column:?}");
            texts
        })
        .collect();
    let longest = edges.iter().map(Vec::len).max().unwrap();
    let mut rows: Vec<Cells> = (0..longest)
        .map(|row| edges.iter().map(|texts| Some(texts[row % texts.len()].clone().into_bytes())).collect())
        .collect();
    rows.push(vec![None; columns.len()]);
    rows
}

#[tokio::test]
async fn edges_come_back_equal() {
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session.execute(all_types(engine)).await.unwrap();
        let columns = table(&mut session, "t").await.columns[1..].to_vec();
        let rows = edge_rows(&columns);
        staging(&mut session, "s", &columns).await;
        assert_eq!(load(&mut session, "s", &columns, &rows, 3).await, rows.len() as u64);
        let back = read(&mut session, "s", &columns, "a.gs_row", 100).await;
        assert_eq!(cells(&back.rows), rows, "{engine:?}");
        assert!(back.refused.is_empty());

        // And through the engine's own INSERT … SELECT.
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let names = names.join(", ");
        let copied =
            session.execute(&format!("INSERT INTO t (id, {names}) SELECT gs_row, {names} FROM s")).await.unwrap();
        assert_eq!(copied, rows.len() as u64);
        let back = read(&mut session, "t", &columns, "a.id", 1 << 20).await;
        assert_eq!(cells(&back.rows), rows, "{engine:?}");
    }
}

#[tokio::test]
async fn nothing_is_lost_that_only_one_engine_has() {
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session
            .execute(of(
                engine,
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, inf DOUBLE, d DECIMAL, e VARCHAR(2))",
                "CREATE TABLE t (id bigint PRIMARY KEY, a numeric, inf float8, nan float4, b jsonb, c char(5), d timestamptz(3), \
                 e smallint, f \"char\", g inet, h int[], i interval, j name, k oid)",
                "CREATE TABLE t (id bigint PRIMARY KEY, a bigint unsigned, b float, c char(5), d timestamp(3) NULL, e bit(64), \
                 f bit(1), g enum('x','it''s'), h set('a','b'), i binary(2), j year, k mediumint unsigned zerofill, l inet6, \
                 m varchar(5) CHARACTER SET latin1, n datetime(0))",
            ))
            .await
            .unwrap();
        let columns = table(&mut session, "t").await.columns[1..].to_vec();
        let rows: &[&[&str]] = match engine {
            Engine::Sqlite => &[
                &["a\0b", "Infinity", "0.123456789012345", "any length"],
                &["", "-Infinity", "9223372036854775807", ""],
            ],
            Engine::Postgres => &[&[
                "123456789012345678901234567890.123456789012345678901234567891",
                "-Infinity",
                "NaN",
                "{\"a\": 1}",
                "abc",
                "2026-01-02 03:04:05.123000",
                "-32768",
                "x",
                "10.0.0.1",
                "{1,2}",
                "P1DT2H",
                "a name",
                "4294967295",
            ]],
            Engine::Mariadb => &[&[
                "18446744073709551615",
                "0.10000000149011612",
                "abc",
                "2026-01-02 03:04:05.123000",
                "18446744073709551615",
                "t",
                "it's",
                "a,b",
                "\\x0001",
                "2155",
                "7",
                "::1",
                "é",
                "2026-01-02 03:04:05",
            ]],
        };
        let rows: Vec<Cells> =
            rows.iter().map(|row| row.iter().map(|text| Some(text.as_bytes().to_vec())).collect()).collect();
        for (cell, column) in rows.iter().flat_map(|row| row.iter().zip(&columns)) {
            let mut out = Vec::new();
            fit(column, column.neutral, cell.as_ref().unwrap(), &mut out)
                .unwrap_or_else(|unfit| panic!("{column:?} {unfit:?}"));
            assert_eq!(&out, cell.as_ref().unwrap());
        }
        staging(&mut session, "s", &columns).await;
        load(&mut session, "s", &columns, &rows, 10).await;
        let back = read(&mut session, "s", &columns, "a.gs_row", 1 << 20).await;
        assert_eq!(cells(&back.rows), rows, "{engine:?} {:?}", back.refused);
    }
}

#[tokio::test]
async fn large_values_come_back_equal() {
    let text = "0123456789abcde\u{20ac}".repeat(64 * 1024);
    let bytes: Vec<u8> = (0..3 << 20).map(|number: u32| number.to_le_bytes()[number as usize % 3]).collect();
    let mut hex = Vec::new();
    write_hex(&bytes, &mut hex);
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session.execute(all_types(engine)).await.unwrap();
        let columns: Vec<Column> = table(&mut session, "t").await.columns;
        let columns: Vec<Column> =
            columns.into_iter().filter(|column| ["value", "raw"].contains(&&*column.name)).collect();
        let rows: Vec<Cells> = (0..12).map(|_| vec![Some(text.clone().into_bytes()), Some(hex.clone())]).collect();
        staging(&mut session, "s", &columns).await;
        load(&mut session, "s", &columns, &rows, 1).await;
        let back = read(&mut session, "s", &columns, "a.gs_row", 256 * 1024).await;
        assert!(cells(&back.rows) == rows, "{engine:?}");
    }
}

/// Any value of a type, in its neutral form.
fn any_value(neutral: NeutralType) -> BoxedStrategy<Vec<u8>> {
    let float = |value: f64| {
        let mut out = Vec::new();
        write_float(value, &mut out);
        out
    };
    match neutral {
        NeutralType::Integer => any::<i64>().prop_map(|number| number.to_string().into_bytes()).boxed(),
        NeutralType::Decimal => "-?(0|[1-9][0-9]{0,19})(\\.[0-9]{0,9}[1-9])?".prop_map(String::into_bytes).boxed(),
        NeutralType::Float => prop_oneof![
            any::<f64>().prop_map(float),
            (any::<i32>(), 0..6_i32).prop_map(move |(number, places)| float(f64::from(number) / 10_f64.powi(places)))
        ]
        .boxed(),
        NeutralType::Bool => any::<bool>().prop_map(|truth| if truth { b"t".to_vec() } else { b"f".to_vec() }).boxed(),
        NeutralType::Text => "[\\PC\t\r\n\\\\'\"\u{1}]{0,10}".prop_map(String::into_bytes).boxed(),
        NeutralType::Bytes => proptest::collection::vec(any::<u8>(), 0..20)
            .prop_map(|bytes| {
                let mut out = Vec::new();
                write_hex(&bytes, &mut out);
                out
            })
            .boxed(),
        NeutralType::Date => date().prop_map(String::into_bytes).boxed(),
        NeutralType::Time => clock().prop_map(String::into_bytes).boxed(),
        NeutralType::Timestamp => {
            (date(), clock()).prop_map(|(date, clock)| format!("{date} {clock}").into_bytes()).boxed()
        }
        NeutralType::Json => "\\{\"[a-z é]{0,5}\": [1-9]{1,5}\\}".prop_map(String::into_bytes).boxed(),
        NeutralType::Uuid => {
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".prop_map(String::into_bytes).boxed()
        }
    }
}

fn date() -> impl Strategy<Value = String> {
    (1..=9999_u32, 1..=12_u32, 1..=28_u32).prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
}

fn clock() -> impl Strategy<Value = String> {
    (0..24_u32, 0..60_u32, 0..60_u32, prop_oneof![Just(0), 0..1_000_000_u32]).prop_map(
        |(hour, minute, second, micros)| {
            let whole = format!("{hour:02}:{minute:02}:{second:02}");
            if micros == 0 { whole } else { format!("{whole}.{micros:06}") }
        },
    )
}

#[tokio::test]
async fn any_value_comes_back_equal() {
    const ROWS: usize = 5000;
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session.execute(all_types(engine)).await.unwrap();
        let columns = table(&mut session, "t").await.columns[1..].to_vec();
        let mut runner = TestRunner::deterministic();
        let strategies: Vec<_> = columns.iter().map(|column| any_value(column.neutral)).collect();
        let mut rows = Vec::with_capacity(ROWS);
        for _ in 0..ROWS {
            let mut row: Cells = Vec::new();
            for (column, strategy) in columns.iter().zip(&strategies) {
                let value = strategy.new_tree(&mut runner).unwrap().current();
                let mut fitted = Vec::new();
                row.push(fit(column, column.neutral, &value, &mut fitted).is_ok().then_some(fitted));
            }
            rows.push(row);
        }
        staging(&mut session, "s", &columns).await;
        load(&mut session, "s", &columns, &rows, 700).await;
        let back = read(&mut session, "s", &columns, "a.gs_row", 64 * 1024).await;
        for (number, (there, back)) in rows.iter().zip(cells(&back.rows)).enumerate() {
            assert_eq!(*there, back, "{engine:?} row {number}");
        }
        assert_eq!(back.rows.rows(), ROWS);
        assert_eq!(back.rows.position(ROWS - 1), ROWS as i64);
    }
}
