//! Statements and their results.

use std::time::{Duration, Instant};

use gapsync::db::error::{SqlClass, class_of};
use gapsync::db::hive::HiveSession;
use gapsync::error::ErrorKind;
use gapsync::stream::cancel::Cancel;

use super::{address, chain, on_runtime, with_session};

#[test]
fn every_type_arrives_as_text() {
    with_session(async |mut session| {
        let rows = session
            .query(
                "select cast(1 as tinyint), cast(-2 as smallint), 3, cast(-9223372036854775808 as bigint), true, \
                 cast(1.1 as float), 2.5D, cast(12.30 as decimal(10,2)), 'té 🌍\\t', date '2026-11-28', \
                 timestamp '2026-11-28 01:02:03.5', cast('ab' as binary), array(1, 2), map('k', 'v'), \
                 named_struct('a', 1), cast('NaN' as double), cast('Infinity' as double), null",
            )
            .await
            .unwrap();
        let shown: Vec<&str> = rows[0].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            shown,
            [
                "1",
                "-2",
                "3",
                "-9223372036854775808",
                "true",
                "1.1",
                "2.5",
                "12.30",
                "té 🌍\t",
                "2026-11-28",
                "2026-11-28 01:02:03.5",
                "ab",
                "[1,2]",
                "{\"k\":\"v\"}",
                "{\"a\":1}",
                "NaN",
                "Infinity",
                "NULL",
            ]
        );
        session.close().await.unwrap();
    });
}

#[test]
fn a_null_of_every_type_is_none() {
    with_session(async |mut session| {
        let types =
            ["tinyint", "smallint", "int", "bigint", "boolean", "float", "double", "decimal(5,1)", "string", "date"];
        let columns = types.map(|of| format!("cast(if(id % 3 = 1, null, id) as {of})"));
        let columns = columns
            .join(", ")
            .replace("cast(if(id % 3 = 1, null, id) as date)", "if(id % 3 = 1, null, date '2026-01-01')");
        let rows = session.query(&format!("select {columns} from range(20) order by id")).await.unwrap();
        assert_eq!(rows.len(), 20);
        for (id, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), types.len());
            assert!(row.iter().all(|cell| cell.is_none() == (id % 3 == 1)), "{id}: {row:?}");
        }
    });
}

#[test]
fn all_pages_of_a_result_are_fetched() {
    with_session(async |mut session| {
        // Page sizes are 1,000: none, one row short of a page, a page, one more, and many pages.
        for count in [0, 999, 1000, 1001, 25_000] {
            let rows =
                session.query(&format!("select id, concat('x', id) from range({count}) order by id")).await.unwrap();
            assert_eq!(rows.len(), count);
            for (id, row) in rows.iter().enumerate() {
                assert_eq!(row, &[Some(id.to_string()), Some(format!("x{id}"))]);
            }
        }
    });
}

#[test]
fn a_large_cell_arrives() {
    with_session(async |mut session| {
        let rows = session.query("select repeat('ab', 3000000), length(repeat('ab', 3000000))").await.unwrap();
        assert_eq!(rows[0][0].as_ref().map(String::len), Some(6_000_000));
        assert_eq!(rows[0][1].as_deref(), Some("6000000"));
    });
}

#[test]
fn statements_without_a_result_have_no_rows() {
    with_session(async |mut session| {
        let database = format!("hive_ddl_{}", std::process::id());
        session.execute(&format!("create database {database}")).await.unwrap();
        assert!(
            session.query(&format!("create table {database}.t (a int) stored as parquet")).await.unwrap().is_empty()
        );
        session.execute(&format!("insert into {database}.t values (1), (2)")).await.unwrap();
        assert_eq!(
            session.query(&format!("select count(*) from {database}.t")).await.unwrap()[0][0].as_deref(),
            Some("2")
        );
        session.execute(&format!("drop database {database} cascade")).await.unwrap();
    });
}

#[test]
fn an_insert_finds_its_partitions() {
    with_session(async |mut session| {
        let database = format!("hive_parts_{}", std::process::id());
        for statement in [
            "create database DB",
            "create table DB.t (a int) partitioned by (y smallint, m tinyint, d tinyint) stored as parquet",
            "insert into table DB.t partition (y, m, d) select cast(id as int), cast(2026 as smallint), cast(id % 3 as tinyint), \
             cast(1 as tinyint) from range(10)",
        ] {
            session.execute(&statement.replace("DB", &database)).await.unwrap();
        }
        let rows = session.query(&format!("show partitions {database}.t")).await.unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0][0].as_deref(), Some("y=2026/m=0/d=1"));
        session.execute(&format!("drop database {database} cascade")).await.unwrap();
    });
}

#[test]
fn refusals_have_their_class_and_show_no_value() {
    with_session(async |mut session| {
        session.execute("set spark.sql.ansi.enabled=true").await.unwrap();
        for (sql, class) in [
            ("select * from no_such_table", SqlClass::Missing),
            ("select * from no_such_database.t", SqlClass::Missing),
            ("select no_such_column from range(1)", SqlClass::Missing),
            ("selec 'secret'", SqlClass::Other),
            ("select cast('secret' as int)", SqlClass::Value),
            ("create database default", SqlClass::Exists),
        ] {
            let error = session.query(sql).await.unwrap_err();
            assert_eq!(class_of(&error), Some(class), "{sql}: {}", chain(&error));
            assert_eq!(error.kind(), ErrorKind::Database);
            assert!(!chain(&error).contains("secret") && !chain(&error).contains("\tat "), "{}", chain(&error));
        }
        // The session is as good as before.
        assert_eq!(session.query("select 1").await.unwrap()[0][0].as_deref(), Some("1"));
    });
}

#[test]
fn a_stop_ends_a_statement_and_the_server_cancels_it() {
    with_session(async |mut session| {
        let cancel = Cancel::default();
        session.set_cancel(cancel.clone());
        let began = Instant::now();
        let stop = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancel.request();
        };
        let endless = "select count(*) from range(100000000000) a where id * id % 7 = sqrt(id)";
        let (outcome, ()) = tokio::join!(session.execute(endless), stop);
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Interrupted);
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        // Both of the server's cores are free again, and the session still works.
        session.set_cancel(Cancel::default());
        let began = Instant::now();
        assert_eq!(session.query("select sum(id) from range(1000)").await.unwrap()[0][0].as_deref(), Some("499500"));
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    });
}

#[test]
fn statements_are_traced_without_their_texts() {
    let Some(url) = address("") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.sql");
    let trace = gapsync::db::trace::Trace::create(&path).unwrap();
    let url = url.with_trace(trace.clone());
    on_runtime(async {
        let mut session = HiveSession::connect(&url).await.unwrap();
        session.query("select 'secret' from range(2)").await.unwrap();
        session.query("select * from no_such_table").await.unwrap_err();
        session.close().await.unwrap();
    });
    trace.end().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("2 rows in") && text.contains("select '…' from range(2);"), "{text}");
    assert!(
        text.contains("failed, Missing") && text.contains("set hive.exec.dynamic.partition.mode=nonstrict;"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
}
