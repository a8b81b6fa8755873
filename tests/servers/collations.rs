//! Columns whose collation takes different texts for equal.

use super::{bundle, filled, run};
use crate::conformance::look::number;
use crate::support::{Engine, engines, fresh_database};

#[test]
fn a_column_that_ignores_case_travels() {
    for engine in engines().into_iter().filter(|engine| *engine == Engine::Postgres) {
        let (source, target) = (fresh_database(engine), fresh_database(engine));
        let (out, inn) = (filled(&source), tempfile::tempdir().unwrap());
        assert_eq!(run(inn.path(), &target.url, &["init"]).status, 0);
        for database in [&source, &target] {
            database.run(
                "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
                 ALTER TABLE things ALTER COLUMN description TYPE text COLLATE folded;",
            );
        }
        source.run("UPDATE things SET description = 'Say \"One\"' WHERE id = 1;");
        let exported = run(out.path(), &source.url, &["export"]);
        assert_eq!(exported.status, 0, "{}", exported.stderr);
        let path = out.path().join(bundle(out.path()));
        for _ in 0..2 {
            let imported = run(inn.path(), &target.url, &["import", path.to_str().unwrap()]);
            assert_eq!(imported.status, 0, "{}", imported.stderr);
        }
        assert_eq!(
            number(&target, "SELECT count(*) FROM things WHERE value COLLATE \"C\" IN ('one', 'two', 'three');"),
            3
        );
        // What differs in case alone is another content.
        source.run("UPDATE things SET description = 'SAY \"one\"', updated_at = updated_at WHERE id = 1;");
        let out = tempfile::tempdir().unwrap();
        let full = run(out.path(), &source.url, &["export", "--full"]);
        assert_eq!(full.status, 0, "{}", full.stderr);
        let path = out.path().join(bundle(out.path()));
        let imported = run(inn.path(), &target.url, &["import", path.to_str().unwrap()]);
        assert_eq!(imported.status, 0, "{}", imported.stderr);
        let found = "SELECT count(*) FROM things WHERE description COLLATE \"C\" = 'SAY \"one\"';";
        assert_eq!(number(&target, found), 1);
    }
}
