//! Windows over dates that are missing, and over what SQLite holds in the place of dates.

use super::{ids, site};
use crate::support::{Engine, engines};

#[test]
fn a_row_without_a_date_travels_each_time() {
    for engine in engines() {
        let site = site(
            engine,
            "INSERT INTO kinds (id, name, updated_at) VALUES (1, 'old', '2025-01-01 00:00:00'), (2, 'none', NULL),
             (3, 'new', '2026-01-01 00:00:00'), (4, 'just before', '2025-12-31 23:59:59.999999');
             INSERT INTO things (id, kind_id, value, updated_at) VALUES (1, 3, 'none', NULL), (2, 3, 'late', '2026-03-01 00:00:00');",
        );
        let exported = site.export(&["--no-record", "--start-date=2026-01-01", "--end-date=2026-02-01"]);
        assert_eq!((ids(&exported, "kinds"), ids(&exported, "things")), (vec![2, 3], vec![1]), "{engine:?}");
    }
}

#[test]
fn sqlite_compares_moments_however_they_are_written() {
    let site = site(
        Engine::Sqlite,
        "INSERT INTO kinds (id, name) VALUES (1, 'k');
         INSERT INTO things (id, kind_id, value, updated_at) VALUES
         (1, 1, 'a', '2025-12-31T23:30:00-02:00'), (2, 1, 'b', '2026-01-01T00:30:00+01:00'), (3, 1, 'c', '2026-01-01T00:00:00Z'),
         (4, 1, 'd', '2026-01-01'), (5, 1, 'e', '2025-12-31'), (6, 1, 'f', '2026-02-01T00:00:00Z'),
         (7, 1, 'g', '2026-01-31T23:30:00-01:00'), (8, 1, 'h', '2026-02-01 00:30:00+01:00');",
    );
    let exported = site.export(&["--no-record", "--start-date=2026-01-01", "--end-date=2026-02-01"]);
    assert_eq!(ids(&exported, "things"), [1, 3, 4, 6, 8]);
}

#[test]
fn what_sqlite_cannot_read_as_a_date_is_never_passed_over() {
    let site = site(
        Engine::Sqlite,
        "INSERT INTO kinds (id, name, updated_at) VALUES (1, 'a', ''), (2, 'b', '01/02/2026'), (3, 'c', '2025-13-45'), (4, 'd', 1767225600),
         (5, 'e', x'00'), (6, 'f', 'yesterday'), (7, 'g', '2025-06-06 noon'), (8, 'h', '2026-01-02'), (9, 'i', '2025-01-01');",
    );
    // No bundle can hold such a date, and so each row is named in the rejects file.
    let kinds = &site.export_as(&["--no-record", "--start-date=2026-01-01"], 3).report["tables"]["kinds"];
    assert_eq!((&kinds["rows"], &kinds["rejected"]), (&1.into(), &7.into()), "{kinds}");
    // So many are not named in the statement one by one.
    site.database.run(
        "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
         INSERT INTO kinds (id, name, updated_at) SELECT i, 'many ' || i, '2025/01/01' FROM n;",
    );
    site.fill_hashes();
    let kinds = &site.export_as(&["--no-record", "--start-date=2026-01-01"], 3).report["tables"]["kinds"];
    assert_eq!((&kinds["rows"], &kinds["rejected"]), (&1.into(), &398.into()), "{kinds}");
}
