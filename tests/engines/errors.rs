//! Refusals are told apart, and say nothing of the rows.

use gapsync::db::error::{SqlClass, class_of, refusal};
use gapsync::db::rows::{LoadBatch, LoadTable, OpenMode, ReadSelect};
use gapsync::db::session::Session;
use gapsync::db::url::DatabaseUrl;
use gapsync::error::ErrorKind;
use gapsync::model::batch::RowBatch;
use tokio::sync::mpsc;

use super::{of, open};
use crate::support::{Engine, engines, fresh_database};

#[tokio::test]
async fn refusals_have_a_class_and_no_values() {
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session
            .script(of(
                engine,
                "CREATE TABLE p (id INTEGER PRIMARY KEY);\
                 CREATE TABLE t (id INTEGER PRIMARY KEY, serial TEXT UNIQUE, p_id INTEGER CONSTRAINT fk REFERENCES p, \
                     n INTEGER NOT NULL, m INTEGER CONSTRAINT positive CHECK (m > 0));\
                 CREATE TRIGGER g BEFORE INSERT ON t WHEN NEW.serial = 'bad' BEGIN SELECT RAISE(ABORT, 'no good'); END;\
                 INSERT INTO t VALUES (1, 's3cret', NULL, 1, 1);",
                "CREATE TABLE p (id bigint PRIMARY KEY);\
                 CREATE TABLE t (id bigint PRIMARY KEY, serial text UNIQUE, p_id bigint CONSTRAINT fk REFERENCES p, \
                     n integer NOT NULL, m integer CONSTRAINT positive CHECK (m > 0));\
                 CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                     IF NEW.serial = 'bad' THEN RAISE EXCEPTION 'no % good', NEW.n; END IF; RETURN NEW; END $$;\
                 CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();\
                 INSERT INTO t VALUES (1, 's3cret', NULL, 1, 1);",
                "CREATE TABLE p (id bigint PRIMARY KEY);\n\
                 CREATE TABLE t (id bigint PRIMARY KEY, serial varchar(20) UNIQUE, p_id bigint, n integer NOT NULL, \
                     m integer, CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id), CONSTRAINT positive CHECK (m > 0));\n\
                 DELIMITER //\n\
                 CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN\n\
                   IF NEW.serial = 'bad' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no 77 good'; END IF;\n\
                 END //\n\
                 DELIMITER ;\n\
                 INSERT INTO t VALUES (1, 's3cret', NULL, 1, 1);\n",
            ))
            .await
            .unwrap();
        let cases = [
            ("INSERT INTO t VALUES (2, 's3cret', NULL, 1, 1)", SqlClass::Unique, Some("serial")),
            ("INSERT INTO t VALUES (2, 'x', 77, 1, 1)", SqlClass::ForeignKey, of(engine, "", "fk", "fk").into()),
            ("INSERT INTO t VALUES (2, 's3cret2', NULL, NULL, 1)", SqlClass::NotNull, Some("n")),
            ("INSERT INTO t VALUES (2, 's3cret2', NULL, 1, -77)", SqlClass::Check, Some("positive")),
            ("INSERT INTO t VALUES (2, 'bad', NULL, 77, 1)", SqlClass::Check, None),
            ("SELECT * FROM s3cret_table", SqlClass::Missing, None),
            ("SELECT 's3cret' FROM WHERE 's3cret'", SqlClass::Other, None),
        ];
        for (statement, class, name) in cases {
            let error = session.execute(statement).await.unwrap_err();
            let told = refusal(&error).unwrap();
            assert_eq!(told.class, class, "{engine:?} {statement}: {told}");
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                assert!(told.constraint.as_deref().is_some_and(|found| found.contains(name)), "{engine:?} {told:?}");
            }
            if class != SqlClass::Missing {
                let shown = format!("{error:?} {error} {told}");
                assert!(!shown.contains("s3cret") && !shown.contains("77"), "{engine:?} {shown}");
            }
            assert_eq!(error.kind(), ErrorKind::Database);
            // The session goes on.
            assert_eq!(session.query("SELECT count(*) FROM t").await.unwrap(), [[Some("1".to_owned())]], "{engine:?}");
        }
        if engine != Engine::Sqlite {
            let error = session.execute("UPDATE t SET n = 's3cret'").await.unwrap_err();
            assert_eq!(class_of(&error), Some(SqlClass::Value));
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let missing = format!("sqlite:{}", folder.path().join("none.db").display());
    let error = Session::open(&DatabaseUrl::parse(&missing).unwrap(), OpenMode::ReadWrite).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Database);
    assert!(error.advice().unwrap().contains("gapsync init"));
    assert!(!folder.path().join("none.db").exists());

    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, and long enough to show it: ".repeat(50)).unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite:{}", text.display())).unwrap();
    assert!(Session::open(&url, OpenMode::ReadOnly).await.is_err());

    for url in ["postgres://ann:s3cret@127.0.0.1:1/x", "mariadb://ann:s3cret@127.0.0.1:1/x"] {
        let error = Session::open(&DatabaseUrl::parse(url).unwrap(), OpenMode::ReadWrite).await.err().unwrap();
        assert_eq!(class_of(&error), Some(SqlClass::Lost), "{error:?}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn a_loader_that_fails_lets_its_sender_go() {
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        let table =
            LoadTable { name: "no such table".to_owned(), position: Some("gs_row".to_owned()), columns: Vec::new() };
        let (sender, mut receiver) = mpsc::channel(1);
        let send = async move {
            let mut sent = 0;
            loop {
                let mut rows = RowBatch::new(0);
                rows.end_row(1);
                if sender.send(LoadBatch { rows: rows.into(), hold: Box::new(()) }).await.is_err() {
                    return sent;
                }
                sent += 1;
                assert!(sent < 100_000, "{engine:?}");
            }
        };
        let (loaded, _) = tokio::join!(session.load(&table, &mut receiver), send);
        assert_eq!(class_of(&loaded.unwrap_err()), Some(SqlClass::Missing), "{engine:?}");
        assert_eq!(session.query("SELECT 1").await.unwrap(), [[Some("1".to_owned())]], "{engine:?}");
    }
}

#[tokio::test]
async fn a_reader_stops_when_nobody_listens() {
    for engine in engines() {
        let database = fresh_database(engine);
        let mut session = open(&database).await;
        session.execute("CREATE TABLE t (a int)").await.unwrap();
        let values = vec!["(1)"; 1000].join(", ");
        for _ in 0..20 {
            session.execute(&format!("INSERT INTO t VALUES {values}")).await.unwrap();
        }
        let columns = super::table(&mut session, "t").await.columns;
        let expressions = vec!["a".to_owned()];
        let select = ReadSelect { table: "t".to_owned(), columns, expressions, from_where: "FROM t".to_owned() };
        let (sender, receiver) = mpsc::channel(1);
        drop(receiver);
        assert!(session.read(&select, 100, sender).await.unwrap() < 20_000, "{engine:?}");
        // A server still sends the rest: what came of the next statement could not be told from it.
        assert_eq!(session.query("SELECT 1").await.is_ok(), engine == Engine::Sqlite, "{engine:?}");
        session.rollback().await.unwrap();
    }
}
