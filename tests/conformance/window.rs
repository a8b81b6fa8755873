//! Where an export's window starts: at the last finished export of the same configuration, or at what an import wrote since.

use serde_json::Value;

use super::command::Site;
use super::describe::Profile;
use super::expect::{Rules, Scope, differences, merged, travelling};
use super::fill::Side;
use super::look::{dump, number};
use crate::support::engines;

/// Says that all runs so far began at a time, and that the next windows begin there.
fn aged(site: &Site, to: &str) {
    use crate::support::Engine::{Mariadb, Postgres, Sqlite};
    let report = match site.database.engine {
        Sqlite => format!("json_set(report_json, '$.next_window', '{to}', '$.started_at', '{to}')"),
        Mariadb => format!("JSON_SET(report_json, '$.next_window', '{to}', '$.started_at', '{to}')"),
        Postgres => format!("(report_json::jsonb || '{{\"next_window\": \"{to}\", \"started_at\": \"{to}\"}}')::text"),
    };
    site.database.run(&format!(
        "UPDATE synchronizations SET started_at = '{to}', finished_at = '{to}', report_json = {report};"
    ));
}

/// Gives every row a date: one without travels each time.
fn date_all(site: &Site, report: &Value) {
    for table in report["tables"].as_object().unwrap().keys() {
        // A table without dates travels whole, too; here none has rows.
        site.database
            .try_run(&format!("UPDATE {table} SET updated_at = '1990-01-01 00:00:00' WHERE updated_at IS NULL;"));
    }
    site.fill_hashes();
}

fn thing(site: &Site, value: &str, updated_at: &str) {
    site.database.run(&format!(
        "INSERT INTO things (kind_id, value, updated_at) VALUES ((SELECT min(id) FROM kinds), '{value}', '{updated_at}');"
    ));
    site.fill_hashes();
}

/// Gives every row a date: one without travels each time.
fn dated(site: &Site, profile: &Profile) {
    for table in &profile.tables {
        let name = table.name();
        site.database.run(&format!("UPDATE {name} SET updated_at = '2024-01-01 00:00:00' WHERE updated_at IS NULL;"));
    }
}

fn rows(report: &Value, table: &str) -> u64 {
    report["tables"][table]["rows"].as_u64().unwrap_or_default()
}

#[test]
fn each_export_goes_on_where_the_last_of_its_configuration_began() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::filled(engine, &profile, Side::A);
        dated(&site, &profile);
        let first = site.export(&[]).report;
        assert!(first["window"]["start"].is_null(), "{first}");
        assert_eq!(rows(&first, "kinds"), 8);
        date_all(&site, &first);
        aged(&site, "2025-06-01 12:00:00");

        thing(&site, "late", "2025-06-01 11:50:00");
        thing(&site, "before", "2025-06-01 11:49:59");
        thing(&site, "after", "2025-07-01 00:00:00.000001");
        let second = site.export(&[]).report;
        assert_eq!(second["window"]["start"], "2025-06-01 11:49:59", "new rows are dated before the export");
        let carried =
            ["things", "kinds"].map(|table| (rows(&second, table), &second["tables"][table]["referenced_rows"]));
        assert_eq!(carried, [(3, &0.into()), (1, &1.into())], "{engine:?}");
        assert_eq!(second["totals"]["rows"], 4, "{engine:?}: {second}");

        // Another configuration has a window of its own.
        assert!(site.export(&["--include-deleted=Y"]).report["window"]["start"].is_null());
        aged(&site, "2025-08-01 00:00:00");
        // Explicit dates, dry of rows or not, do not move the window; nor does an export without a record.
        let dated = site.export(&["--start-date=2020-01-01"]).report;
        assert!(rows(&dated, "things") > 2, "{dated}");
        site.export(&["--end-date=2020-01-01 00:00:00"]);
        let runs = number(&site.database, "SELECT count(*) FROM synchronizations;");
        site.export(&["--no-record"]);
        assert_eq!(number(&site.database, "SELECT count(*) FROM synchronizations;"), runs);
        let third = site.export(&[]).report;
        assert_eq!(third["window"]["start"], "2025-08-01 00:00:00");
        assert_eq!(third["totals"]["rows"], 0, "{third}");
    }
}

#[test]
fn an_export_that_failed_does_not_move_the_window() {
    let profile = Profile::read("mini");
    let site = Site::filled(engines()[0], &profile, Side::A);
    site.expect(&["export", "--target=/nonexistent/folder"], 10);
    assert!(site.export(&[]).report["window"]["start"].is_null());
}

#[test]
fn a_hub_passes_on_what_an_import_wrote() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let source = Site::filled(engine, &profile, Side::A);
        dated(&source, &profile);
        let hub = Site::empty(engine, &profile);
        hub.export(&[]);
        let scope = Scope { deleted: false, investigations: false, meta_only: false };
        let carried = travelling(&profile, &dump(&source.database, &profile), scope);
        hub.import(&source.export(&[]).bundle, &[]);
        let passed = hub.export(&[]);
        let last = Site::empty(engine, &profile);
        let rules = Rules { scope, keep_created_at: true, override_description: true, owner: None };
        let (expected, _) = merged(&profile, &carried, &dump(&last.database, &profile), &rules);
        // The hub's first bundle went nowhere, and this one says so.
        last.import_as(&passed.bundle, &[], 11);
        assert_eq!(differences(&dump(&last.database, &profile), &expected), "", "{engine:?}");
        // Passed on once.
        date_all(&hub, &passed.report);
        assert_eq!(hub.export(&[]).report["totals"]["rows"], 0, "{engine:?}");
    }
}
