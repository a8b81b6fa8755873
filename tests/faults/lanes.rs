//! Chunks that run beside one another meet in a row that a trigger of the target writes.

use crate::conformance::command::Site;
use crate::conformance::describe::Profile;
use crate::conformance::look::number;
use crate::support::{Engine, engines};

/// Each engine's table of one row, and a trigger that counts new labels there.
fn counter(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "CREATE TABLE counter (n bigint NOT NULL);\nINSERT INTO counter VALUES (0);\n\
             CREATE TRIGGER count_labels AFTER INSERT ON labels BEGIN UPDATE counter SET n = n + 1; END;\n"
        }
        Engine::Mariadb => {
            "CREATE TABLE counter (n bigint NOT NULL) ENGINE = InnoDB;\nINSERT INTO counter VALUES (0);\n\
             CREATE TRIGGER count_labels AFTER INSERT ON labels FOR EACH ROW UPDATE counter SET n = n + 1;\n"
        }
        Engine::Postgres => {
            "CREATE TABLE counter (n bigint NOT NULL);\nINSERT INTO counter VALUES (0);\n\
             CREATE FUNCTION count_label() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN UPDATE counter SET n = n + 1; RETURN NULL; END $$;\n\
             CREATE TRIGGER count_labels AFTER INSERT ON labels FOR EACH ROW EXECUTE FUNCTION count_label();\n"
        }
    }
}

#[test]
fn a_row_that_every_chunk_writes_stops_no_import() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let source = Site::empty(engine, &profile);
        source.database.run(
            "INSERT INTO labels (name) WITH RECURSIVE numbers (n) AS \
             (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300) SELECT n FROM numbers;\n",
        );
        source.fill_hashes();
        let bundle = source.export(&[]).bundle;
        let site = Site::empty(engine, &profile);
        site.database.run(counter(engine));
        let report = site.import(&bundle, &["--object-limit=10", "--jobs=4"]);
        assert_eq!(report["tables"]["labels"]["inserted"], 300, "{}: {report}", engine.name());
        assert!(report["retries"].is_null(), "{}: {report}", engine.name());
        assert_eq!(number(&site.database, "SELECT count(*) FROM labels;"), 300);
        assert_eq!(number(&site.database, "SELECT n FROM counter;"), 300);
    }
}
