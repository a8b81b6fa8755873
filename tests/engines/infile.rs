//! MariaDB's two ways of loading: LOAD DATA LOCAL INFILE, and inserts where the server does not take it or would bend a value.

use gapsync::db::error::{SqlClass, refusal};
use gapsync::db::rows::{LoadBatch, LoadTable};
use gapsync::db::session::Session;
use gapsync::model::batch::RowBatch;
use tokio::sync::mpsc;

use super::{Cells, cells, load, open, read, staging, table};
use crate::support::server::Server;
use crate::support::{Engine, engines, fresh_database};

fn mariadb() -> Option<Engine> {
    engines().into_iter().find(|engine| *engine == Engine::Mariadb)
}

/// Loads that the session's server has run, by whomever.
async fn loads(session: &mut Session) -> u64 {
    let rows = session.query("SHOW GLOBAL STATUS LIKE 'Com_load'").await.unwrap();
    rows[0][1].as_deref().unwrap().parse().unwrap()
}

fn row(cells: &[Option<&[u8]>]) -> Cells {
    cells.iter().map(|cell| cell.map(<[u8]>::to_vec)).collect()
}

#[tokio::test]
async fn both_ways_store_the_same() {
    let Some(engine) = mariadb() else { return };
    // Its counter and its setting are the whole server's.
    let server = Server::start(engine);
    let database = server.database();
    let mut session = open(&database).await;
    session
        .execute(
            "CREATE TABLE t (id bigint PRIMARY KEY, value longtext, raw longblob, y year, bits bit(64), one bit(1), \
             kind enum('x','2','it''s',''), some set('a','b'), old varchar(20) CHARACTER SET latin1, n bigint unsigned) \
             CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        )
        .await
        .unwrap();
    let columns = table(&mut session, "t").await.columns[1..].to_vec();
    let every: String = (0..=255_u8).map(|byte| format!("{byte:02x}")).collect();
    let every = format!("\\x{every}");
    let mut rows: Vec<Cells> = Vec::new();
    for text in ["", "\\", "\\N", "\\\\N", "\\n\n\r\n\t\\t", "a\0b\u{1a}", "'\"`,;", "\u{1f600}\\", "\t", "\n", "NULL"]
    {
        rows.push(row(&[
            Some(text.as_bytes()),
            Some(every.as_bytes()),
            Some(b"1901"),
            Some(b"18446744073709551615"),
            Some(b"t"),
            Some(b"2"),
            Some(b"a,b"),
            Some("\u{e9}\\\t".as_bytes()),
            Some(b"18446744073709551615"),
        ]));
    }
    let empty: &[u8] = b"";
    rows.push(row(&[
        Some(empty),
        Some(b"\\x"),
        Some(b"0"),
        Some(b"0"),
        Some(b"f"),
        Some(empty),
        Some(empty),
        Some(empty),
        Some(b"0"),
    ]));
    rows.push(vec![None; columns.len()]);

    staging(&mut session, "by_load", &columns).await;
    let before = loads(&mut session).await;
    assert_eq!(load(&mut session, "by_load", &columns, &rows, 4).await, rows.len() as u64);
    assert_eq!(loads(&mut session).await, before + 1);
    let there = read(&mut session, "by_load", &columns, "a.gs_row", 1 << 20).await;
    assert_eq!(cells(&there.rows), rows);

    staging(&mut session, "by_insert", &columns).await;
    session.execute("SET GLOBAL local_infile = OFF").await.unwrap();
    let mut closed = open(&database).await;
    assert_eq!(load(&mut closed, "by_insert", &columns, &rows, 4).await, rows.len() as u64);
    let there = read(&mut session, "by_insert", &columns, "a.gs_row", 1 << 20).await;
    assert_eq!(cells(&there.rows), rows);
}

#[tokio::test]
async fn what_a_load_would_bend_is_refused_with_an_error() {
    let Some(database) = mariadb().map(fresh_database) else { return };
    let mut session = open(&database).await;
    session.execute("CREATE TABLE t (id bigint PRIMARY KEY, short varchar(3), price decimal(5,2))").await.unwrap();
    let columns = table(&mut session, "t").await.columns[1..].to_vec();

    // A digit too many is a note: an insert rounds it, and so the rows come by inserts, once.
    staging(&mut session, "s", &columns).await;
    let rows = [row(&[Some(b"abc"), Some(b"1.239")]), row(&[Some(b"def"), Some(b"2")])];
    assert_eq!(load(&mut session, "s", &columns, &rows, 1).await, 2);
    let there = read(&mut session, "s", &columns, "a.gs_row", 1 << 20).await;
    assert_eq!(cells(&there.rows), [row(&[Some(b"abc"), Some(b"1.24")]), row(&[Some(b"def"), Some(b"2")])]);

    let (sender, mut receiver) = mpsc::channel(1);
    let mut rows = RowBatch::new(1);
    rows.push(Some(b"s3cret"));
    rows.end_row(3);
    sender.send(LoadBatch { rows: rows.into(), hold: Box::new(()) }).await.unwrap();
    drop(sender);
    let short = gapsync::db::rows::LoadColumn {
        name: columns[0].name.clone(),
        native: columns[0].native.clone(),
        neutral: columns[0].neutral,
        limits: columns[0].limits.clone(),
    };
    let target = LoadTable { name: "s".to_owned(), position: Some("gs_row".to_owned()), columns: vec![short] };
    let error = session.load(&target, &mut receiver).await.unwrap_err();
    let told = refusal(&error).unwrap();
    assert_eq!((told.class, told.constraint.as_deref()), (SqlClass::Value, Some("short")));
    assert!(!format!("{error:?}").contains("s3cret"));
    assert_eq!(session.query("SELECT count(*) FROM s").await.unwrap(), [[Some("2".to_owned())]]);
}
