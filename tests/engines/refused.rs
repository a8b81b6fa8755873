//! Values that no bundle can hold are set aside on reading, and those that a column cannot hold before loading.

use gapsync::model::neutral::NeutralType;
use gapsync::model::value::fit;

use super::{cells, of, open, read, table};
use crate::support::{engines, fresh_database};

#[tokio::test]
async fn rows_that_no_bundle_can_hold_are_set_aside() {
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session
            .script(of(
                engine,
                "CREATE TABLE t (id INTEGER PRIMARY KEY, moment TIMESTAMP TEXT, value TEXT, n INTEGER);\
                 INSERT INTO t VALUES (1, '2026-01-02T03:04Z', 'x', '12');\
                 INSERT INTO t VALUES (2, 'soon', 'x', 1);\
                 INSERT INTO t VALUES (3, NULL, CAST(x'ff' AS TEXT), 1);\
                 INSERT INTO t VALUES (4, NULL, NULL, 'many');\
                 INSERT INTO t VALUES (5, NULL, x'00', 5);\
                 INSERT INTO t VALUES (6, '2026-01-02 03:04:05.5', NULL, 6.0);",
                "CREATE TABLE t (id bigint PRIMARY KEY, moment timestamp, value text, n numeric);\
                 INSERT INTO t VALUES (1, '2026-01-02 03:04', 'x', 12.0);\
                 INSERT INTO t VALUES (2, 'infinity', 'x', 1);\
                 INSERT INTO t VALUES (3, '0044-03-15 00:00:00 BC', 'x', 1);\
                 INSERT INTO t VALUES (4, NULL, NULL, 'NaN');\
                 INSERT INTO t VALUES (5, '12026-01-01', NULL, 1);\
                 INSERT INTO t VALUES (6, '2026-01-02 03:04:05.5', NULL, 6);",
                "SET sql_mode = '';\
                 CREATE TABLE t (id bigint PRIMARY KEY, moment datetime(6), value time(6), n bigint);\
                 INSERT INTO t VALUES (1, '2026-01-02 03:04', '07:00:00', 12);\
                 INSERT INTO t VALUES (2, '0000-00-00', NULL, 1);\
                 INSERT INTO t VALUES (3, '2026-00-01', NULL, 1);\
                 INSERT INTO t VALUES (4, NULL, '24:00:00', 1);\
                 INSERT INTO t VALUES (5, NULL, '-00:00:01', 1);\
                 INSERT INTO t VALUES (6, '2026-01-02 03:04:05.5', NULL, 6);",
            ))
            .await
            .unwrap();
        let columns = table(&mut session, "t").await.columns;
        let back = read(&mut session, "t", &columns, "a.id", 1 << 20).await;
        let value = of(engine, "x", "x", "07:00:00");
        let expected = [
            [Some("1"), Some("2026-01-02 03:04:00"), Some(value), Some("12")],
            [Some("6"), Some("2026-01-02 03:04:05.500000"), None, Some("6")],
        ];
        let expected: Vec<Vec<_>> = expected
            .iter()
            .map(|row| row.iter().map(|cell| cell.map(|text| text.as_bytes().to_vec())).collect())
            .collect();
        assert_eq!(cells(&back.rows), expected, "{engine:?}");
        // A refused row keeps its place in the count.
        assert_eq!((back.rows.position(0), back.rows.position(1)), (1, 6));
        let refused: Vec<(&str, &[u8])> =
            back.refused.iter().map(|row| (row.column.as_str(), row.cells[0].as_deref().unwrap())).collect();
        let columns = of(engine, "moment value n value", "moment moment n moment", "moment moment value value");
        let expected: Vec<(&str, &[u8])> = columns.split(' ').zip([&b"2"[..], b"3", b"4", b"5"]).collect();
        assert_eq!(refused, expected, "{engine:?}");
    }
}

#[tokio::test]
async fn columns_know_what_they_cannot_hold() {
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session
            .execute(of(
                engine,
                "CREATE TABLE t (a INTEGER, b DECIMAL(30,10), c STRING, d DOUBLE)",
                "CREATE TABLE t (a smallint, b numeric(4,1), c varchar(3), d timestamp(0), e json, f char(3), g real)",
                "CREATE TABLE t (a smallint unsigned, b decimal(4,1), c varchar(3), d datetime, e json, f char(3), g float, \
                 h double, i tinytext, j varchar(3) CHARACTER SET utf8mb3, k timestamp NULL, l binary(2), m double(5,1))",
            ))
            .await
            .unwrap();
        let columns = table(&mut session, "t").await.columns;
        let unfit = |name: &str, neutral, text: &str| {
            let column = columns.iter().find(|column| column.name == name).unwrap();
            assert!(fit(column, neutral, text.as_bytes(), &mut Vec::new()).is_err(), "{engine:?} {column:?} {text}");
        };
        let cases: &[(&str, NeutralType, &str)] = match of(engine, "s", "p", "m") {
            "s" => &[
                ("a", NeutralType::Integer, "9223372036854775808"),
                ("b", NeutralType::Decimal, "1234567890.1234567890"),
                ("c", NeutralType::Text, "007"),
                ("d", NeutralType::Float, "NaN"),
            ],
            "p" => &[
                ("a", NeutralType::Integer, "32768"),
                ("b", NeutralType::Decimal, "1000"),
                ("b", NeutralType::Decimal, "0.01"),
                ("c", NeutralType::Text, "äöüx"),
                ("c", NeutralType::Text, "\0"),
                ("d", NeutralType::Timestamp, "2026-01-02 03:04:05.500000"),
                ("e", NeutralType::Json, "{"),
                ("f", NeutralType::Text, "a "),
                ("g", NeutralType::Float, "0.1"),
            ],
            _ => &[
                ("a", NeutralType::Integer, "-1"),
                ("b", NeutralType::Decimal, "1000"),
                ("c", NeutralType::Text, "äöüx"),
                ("d", NeutralType::Timestamp, "2026-01-02 03:04:05.500000"),
                ("e", NeutralType::Json, "{"),
                ("f", NeutralType::Text, "a "),
                ("g", NeutralType::Float, "0.1"),
                ("h", NeutralType::Float, "Infinity"),
                ("j", NeutralType::Text, "😀"),
                ("k", NeutralType::Timestamp, "2040-01-01 00:00:00"),
                ("l", NeutralType::Bytes, "\\x01"),
                ("m", NeutralType::Float, "1.25"),
            ],
        };
        for (name, neutral, text) in cases {
            unfit(name, *neutral, text);
        }
    }
}
