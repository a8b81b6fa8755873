//! Tables that are drawn: odd types with odd values, keys and none, partitions, generated and invisible columns, references in
//! circles, a character set for each column. They come back as they were, by the text of `mariadb-dump` and the numbers behind
//! words.
//!
//! | variable | |
//! | --- | --- |
//! | `GAPSYNC_TEST_SEED` | where the tables come from; printed by every run |
//! | `GAPSYNC_TEST_LONG` | draws forty databases in place of two |

use std::fmt::Write;
use std::fs;

use super::Site;
use super::mariadb::{client, content, server, sql};
use super::postgresql::same;
use crate::property::rng::Rng;
use crate::support::finish;
use crate::support::server::Server;

/// Texts, of which not every character set has every sign: the server writes `?` then.
const TEXTS: &[&str] = &[
    "''",
    "'a'",
    "'0'",
    "'\\\\N'",
    "'tab\\tline\\nback\\\\slash\\r'",
    "'\\0\\Z\\''",
    "'ends with spaces  '",
    "'ü é ß'",
    "'表示 ソ'",
    "'😀'",
    "'привет'",
    "NULL",
];
const BYTES: &[&str] = &["x''", "x'00'", "x'0a095c'", "x'5c4e'", "x'ff0d00'", "NULL"];

/// Types with values that each can hold; `?` is where a character set goes.
const TYPES: &[(&str, &[&str])] = &[
    ("tinyint", &["-128", "127", "0", "NULL"]),
    ("smallint unsigned zerofill", &["65535", "7"]),
    ("mediumint(3)", &["-8388608", "8388607"]),
    ("bigint unsigned", &["18446744073709551615", "0"]),
    ("decimal(65,30)", &["12345678901234567890123456789012345.123456789012345678901234567891", "-0.1"]),
    ("decimal(5,0) zerofill", &["99999", "0"]),
    ("float", &["0.1", "16777217", "-3.4028235e38", "1.4e-45"]),
    ("float(7,3)", &["1.5", "-999.999"]),
    ("double", &["0.1", "2.2250738585072014e-308", "-1.7976931348623157e308"]),
    ("bit(64)", &["18446744073709551615", "92", "9", "10", "0"]),
    ("bit(1)", &["b'0'", "b'1'", "NULL"]),
    ("year", &["0", "1901", "2155"]),
    ("date", &["'0000-00-00'", "'2020-02-31'", "'9999-12-31'", "'0000-01-01'"]),
    ("time(3)", &["'-838:59:59.999'", "'838:59:59.999'", "'00:00:00.001'"]),
    ("datetime(6)", &["'0000-00-00 00:00:00'", "'2020-02-31 23:59:59.999999'", "'1000-01-01'"]),
    ("timestamp(2) NULL", &["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.99'", "'0000-00-00'", "NULL"]),
    ("char(30)?", TEXTS),
    ("varchar(60)?", TEXTS),
    ("text?", TEXTS),
    ("varchar(60) COMPRESSED?", TEXTS),
    ("binary(3)", BYTES),
    ("varbinary(40)", BYTES),
    ("longblob", BYTES),
    // The number 0 is what the server keeps for a word that is none.
    ("enum('a','ü','9')?", &["'a'", "0", "3", "NULL"]),
    ("enum('','x')?", &["''", "0", "'x'"]),
    ("enum('0','00','000','1')?", &["0", "'0'", "'1'", "'000'", "4"]),
    ("set('a','ß','1','2')?", &["'a,2'", "''", "'ß'", "15", "NULL"]),
    ("json", &["'{\"a\": [1, \"\\\\n\"]}'", "'null'", "NULL"]),
    ("geometry", &["POINT(1.5, -2.25)", "ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')", "NULL"]),
    ("inet6", &["'2001:db8::ff'", "'::'", "NULL"]),
    ("inet4", &["'10.1.2.3'", "'0.0.0.0'"]),
    ("uuid", &["'123e4567-e89b-12d3-a456-426655440000'", "NULL"]),
];

const CHARSETS: &[&str] = &[
    "utf8mb4", "utf8mb3", "latin1", "latin2", "ascii", "ucs2", "utf16", "utf16le", "utf32", "sjis", "cp932", "gbk",
    "big5", "euckr", "gb2312", "ujis", "cp1251", "koi8r", "hebrew", "binary",
];

/// Draws a table, with its rows.
fn table(dice: &mut Rng, number: usize) -> String {
    let name = format!("`{}{number}`", dice.pick(&["t", "odd ``name ", "ü.", "SELECT ", "a/b\\\\c "]));
    let key = *dice.pick(&["", "PRIMARY KEY", "AUTO_INCREMENT PRIMARY KEY", "AUTO_INCREMENT UNIQUE"]);
    let mut columns = vec![format!("id bigint NOT NULL {key}")];
    let mut values = Vec::new();
    for column in 0..=dice.below(7) {
        let (kind, some) = dice.pick(TYPES);
        let charset = format!(" CHARACTER SET {}", dice.pick(CHARSETS));
        let more = if dice.chance(15) { " INVISIBLE DEFAULT NULL" } else { "" };
        let kind = kind.replace('?', if dice.chance(80) { &charset } else { "" });
        columns.push(format!("`c {column}` {kind}{more}"));
        values.push((format!("`c {column}`"), *some));
    }
    if !key.contains("AUTO") && dice.chance(30) {
        let kept = dice.pick(&["VIRTUAL", "STORED"]);
        columns.push(format!("made bigint AS (id * 2) {kept}"));
    }
    if !key.contains("AUTO") && dice.chance(20) {
        columns.push("CHECK (id < 3)".to_owned());
    }
    if dice.chance(20) {
        columns.push("KEY (id)".to_owned());
    }
    let mut more = match dice.below(8) {
        0 => " PARTITION BY HASH (id) PARTITIONS 3".to_owned(),
        1 => " PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (2), PARTITION b VALUES LESS THAN MAXVALUE)"
            .to_owned(),
        2 => " WITH SYSTEM VERSIONING".to_owned(),
        3 => format!(
            " ROW_FORMAT = {} COMMENT 'it''s; \\\\'",
            dice.pick(&["COMPACT", "DYNAMIC", "COMPRESSED", "REDUNDANT"])
        ),
        4 => " PAGE_COMPRESSED = 1".to_owned(),
        _ => format!(" CHARACTER SET {}", dice.pick(CHARSETS)),
    };
    // A reference to any table, also to one that comes later, and to itself.
    if !more.contains("PARTITION") && !more.contains("VERSIONING") && dice.chance(40) {
        columns.push("up bigint".to_owned());
        columns.push(format!("CONSTRAINT `r {number}` FOREIGN KEY (up) REFERENCES p{} (id)", dice.below(3)));
    }
    if more.contains("PARTITION") {
        columns.retain(|column| !column.starts_with("CHECK"));
    }
    more.insert(0, ')');
    let mut text = format!("CREATE TABLE {name} ({}{more};\n", columns.join(", "));
    for id in 0..dice.below(6) {
        let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
        let row: Vec<&str> = values.iter().map(|(_, some)| *dice.pick(some)).collect();
        let list = |parts: &[&str]| parts.iter().fold(String::new(), |text, part| text + ", " + part);
        writeln!(text, "INSERT IGNORE INTO {name} (id{}) VALUES ({id}{});", list(&names), list(&row)).unwrap();
    }
    text
}

/// Draws a database.
fn database(dice: &mut Rng) -> String {
    let mut text = format!(
        "SET NAMES utf8mb4; SET time_zone = '+00:00'; SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', foreign_key_checks = 0, \
         check_constraint_checks = 0;\nDROP DATABASE IF EXISTS drawn; CREATE DATABASE drawn CHARACTER SET {}; USE drawn;\n",
        dice.pick(CHARSETS)
    );
    // Three tables that refer to one another in a circle.
    for number in 0..3 {
        let next = (number + 1) % 3;
        writeln!(
            text,
            "CREATE TABLE p{number} (id bigint PRIMARY KEY, up bigint, FOREIGN KEY (up) REFERENCES p{next} (id) ON DELETE CASCADE);\n\
             INSERT INTO p{number} VALUES (0, 0), (1, NULL);"
        )
        .unwrap();
    }
    for number in 0..14 {
        text += &table(dice, number);
    }
    for number in 0..3 {
        let by = *dice.pick(&[1_i64, -1, 7]);
        let more = dice.pick(&["", "NOCACHE", "CYCLE CACHE 2"]);
        let ends = if by > 0 { "MINVALUE 1 MAXVALUE 9" } else { "MINVALUE -9 MAXVALUE -1" };
        writeln!(text, "CREATE SEQUENCE s{number} {ends} INCREMENT BY {by} {more};").unwrap();
        for _ in 0..dice.below(3) {
            writeln!(text, "DO NEXTVAL(s{number});").unwrap();
        }
        let definer = dice.pick(&["nobody@nowhere", "root@localhost"]);
        writeln!(
            text,
            "CREATE DEFINER = {definer} SQL SECURITY INVOKER VIEW v{number} AS SELECT id AS `ü` FROM p{number};"
        )
        .unwrap();
    }
    text
}

/// The numbers behind the words of a database's columns.
fn numbers(server: &Server, database: &str) -> String {
    let found = sql(
        server,
        &format!(
            "SELECT CONCAT('SELECT ', QUOTE(CONCAT(TABLE_NAME, '.', COLUMN_NAME)), ', GROUP_CONCAT(`', COLUMN_NAME, '` + 0 ORDER BY 1) FROM `{database}`.`', \
             REPLACE(TABLE_NAME, '`', '``'), '`') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{database}' \
             AND DATA_TYPE IN ('enum', 'set', 'bit') ORDER BY TABLE_NAME, COLUMN_NAME"
        ),
    );
    // The client doubles backslashes of what it prints.
    found.lines().map(|query| sql(server, &query.replace("\\\\", "\\"))).collect()
}

#[test]
fn drawn_tables_come_back_as_they_were() {
    let Some(server) = server() else { return };
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let (seed, cases) = (number("GAPSYNC_TEST_SEED").unwrap_or(1), number("GAPSYNC_TEST_LONG").map_or(2, |_| 40));
    let site = Site::new();
    site.mariadb(&server, &["drawn"], "");
    for case in seed..seed + cases {
        println!("GAPSYNC_TEST_SEED={case}");
        let script = site.at("drawn.sql");
        fs::write(&script, database(&mut Rng::new(case))).unwrap();
        // What the server does not allow, such as a geometry in a partition, is left out.
        let mut run = client(&server, "mariadb");
        finish(run.args(["--force", "--binary-mode"]).stdin(fs::File::open(&script).unwrap()));
        let made = sql(&server, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'drawn'");
        assert!(made.trim().parse::<u32>().unwrap() > 15, "{made}");
        let was = (content(&server, "drawn"), numbers(&server, "drawn"));
        let bundle = site.create(&["--only=data"]);
        site.restore_mariadb(&bundle.display().to_string(), &["--rename=data=copy"], 0, "finished");
        assert_eq!(content(&server, "drawn"), was.0);
        same(&was.0, &content(&server, "copy"));
        same(&was.1, &numbers(&server, "copy"));
        sql(&server, "DROP DATABASE copy");
        fs::remove_file(bundle).unwrap();
    }
}
