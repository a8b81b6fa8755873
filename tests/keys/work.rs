//! The work of an import grows with the rows, whatever the engine knows of the tables: a table without any index on its key and
//! with the statistics of an empty one. Counted are the rows that the engine reads, not the time.

use serde_json::Value;

use super::{Own, count};
use crate::support::{Engine, engines};

/// Rows on each side. The square of it is far above what is allowed.
const ROWS: u64 = 400;

/// Rows that may be read for a row, in all the steps of one statement.
const READ_FOR_EACH: u64 = 40;

const PROFILE: &str = "
[[table]]
name = \"thing\"
group = \"object\"
key = [\"name\"]
match = \"key\"

[[table]]
name = \"note\"
group = \"context\"
key = [\"thing_id\", \"name\"]
match = \"key\"
references = { thing_id = \"thing\" }
";

const SCHEMA: &str = "
CREATE TABLE thing (id {id}, name {text} NOT NULL, updated_at {time})OPTIONS;
CREATE TABLE note (id {id}, thing_id bigint NOT NULL, name {text} NOT NULL, updated_at {time})OPTIONS;
";

/// Rows of which every tenth is there twice.
fn fill(engine: Engine) -> String {
    let numbers = match engine {
        Engine::Sqlite => unreachable!("SQLite's shell has none of our functions"),
        Engine::Postgres => format!("SELECT i FROM generate_series(1, {ROWS}) AS i"),
        Engine::Mariadb => format!("SELECT seq AS i FROM seq_1_to_{ROWS}"),
    };
    format!(
        "INSERT INTO thing (id, name) SELECT i, concat('name ', i - CASE WHEN i % 10 = 0 THEN 1 ELSE 0 END) FROM ({numbers}) AS n; \
         INSERT INTO note (id, thing_id, name) SELECT i, i, 'note' FROM ({numbers}) AS n;"
    )
}

/// The rows that the engine reads to run a statement of a trace.
fn read(own: &Own, statement: &str) -> u64 {
    match own.database.engine {
        Engine::Sqlite => 0,
        Engine::Mariadb => {
            let statement = match statement.split_once(" AS SELECT ") {
                Some((_, select)) => format!("SELECT count(*) FROM (SELECT {select}) AS q"),
                None => statement.to_owned(),
            };
            let counted = "SELECT CAST(sum(variable_value) AS UNSIGNED) FROM information_schema.session_status \
                           WHERE variable_name LIKE 'Handler_read%'";
            let rows = own.look(&format!("FLUSH STATUS; {statement}; {counted};"));
            rows.last().unwrap().parse().unwrap()
        }
        Engine::Postgres => {
            let statement = match statement.split_once(" AS SELECT ") {
                Some((_, select)) => format!("SELECT {select}"),
                None => statement.to_owned(),
            };
            // A trace shows no texts, not even the name of a sequence.
            let statement = statement.replace("nextval('\u{2026}')", "0");
            let plan = own.database.run(&format!("EXPLAIN (ANALYZE, FORMAT JSON) {statement};"));
            of_node(&serde_json::from_str::<Value>(&plan).unwrap()[0]["Plan"])
        }
    }
}

/// The rows that a node of a plan and those below it gave back or threw away.
fn of_node(node: &Value) -> u64 {
    let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
    let rows = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter"].map(number).iter().sum::<f64>();
    let below: u64 = node["Plans"].as_array().into_iter().flatten().map(of_node).sum();
    (rows * number("Actual Loops")) as u64 + below
}

#[test]
fn no_statement_reads_the_product_of_both_sides() {
    for engine in engines().into_iter().filter(|engine| *engine != Engine::Sqlite) {
        let options = if engine == Engine::Mariadb { " STATS_PERSISTENT=1 STATS_AUTO_RECALC=0" } else { "" };
        let schema = SCHEMA.replace("OPTIONS", options);
        let (a, b) = (Own::new(engine, PROFILE, &schema), Own::new(engine, PROFILE, &schema));
        b.database.run(if engine == Engine::Mariadb {
            "ANALYZE TABLE thing, note;"
        } else {
            "ANALYZE thing; ANALYZE note;"
        });
        a.database.run(&fill(engine));
        b.database.run(&fill(engine));
        let (bundle, _) = a.export(&[]);
        let report = b.import(&bundle, &["--trace-sql=trace.sql", "--keep-sync-tables"], 0);
        assert_eq!(count(&report, "thing", "duplicates"), ROWS / 10, "{engine:?}");
        let trace = std::fs::read_to_string(b.folder.path().join("trace.sql")).unwrap();
        let sent = trace.split("-- session ").filter_map(|sent| Some(sent.split_once('\n')?.1.trim_end()));
        // The statements that look for a base row, and those that look for the row kept in place of a duplicate.
        let is_join =
            |sent: &&str| sent.contains(" AS SELECT ") && sent.contains("LEFT JOIN") || sent.contains("gs_winner AND");
        let joins: Vec<&str> = sent.filter(is_join).map(|sent| sent.trim_end_matches(';')).collect();
        assert_eq!(joins.len(), 3, "{engine:?}: {joins:#?}");
        for statement in joins {
            let rows = read(&b, statement);
            assert!(
                (ROWS..ROWS * READ_FOR_EACH).contains(&rows),
                "{engine:?}: {rows} rows read for {ROWS} by {statement}"
            );
        }
    }
}
