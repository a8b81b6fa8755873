//! Dates of SQLite, which keeps them as texts: they count as the moments that they name, however they are written.

use super::{label, labels, pair};
use crate::support::Engine;

/// Adds a label with a date in SQL.
fn dated(site: &crate::conformance::command::Site, name: &str, date: &str) {
    site.database.run(&format!("INSERT INTO labels (name, updated_at) VALUES ('{name}', {date});"));
    site.fill_hashes();
}

#[test]
fn a_date_counts_as_the_moment_that_it_names() {
    let (source, target) = pair(Engine::Sqlite);
    dated(&source, "utc", "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')");
    dated(&source, "east", "strftime('%Y-%m-%d %H:%M:%S', 'now', '+5 hours') || '+05:00'");
    let first = source.export(&[]);
    assert_eq!(first.report["warnings"], serde_json::json!([]), "{}", first.report);
    // The text is that of a moment three hours ago.
    dated(&source, "ahead", "strftime('%Y-%m-%d %H:%M:%S', 'now', '-5 hours', '+2 hours') || '-05:00'");
    let second = source.export(&[]);
    let warnings = second.report["warnings"].to_string();
    assert!(warnings.contains("in the future of the database's clock (labels: 1)"), "{warnings}");
    assert!(!warnings.contains("have dates before"), "{warnings}");
    for bundle in [&first.bundle, &second.bundle] {
        target.import(bundle, &[]);
    }
    assert_eq!(labels(&target), 3);
}

#[test]
fn what_is_no_date_is_not_counted_as_one() {
    let (source, _) = pair(Engine::Sqlite);
    label(&source, "one");
    let first = source.export(&[]);
    assert_eq!(first.report["chain"]["sequence"], 1, "{}", first.report);
    dated(&source, "junk", "'yesterday, I think'");
    for _ in 0..2 {
        let report = source.export_as(&[], 3).report;
        let warnings = report["warnings"].to_string();
        assert!(
            !warnings.contains("future") && warnings.contains("values: 1; they are in the rejects file"),
            "{warnings}"
        );
        assert!(warnings.contains("repeats this window and this number"), "{warnings}");
        assert_eq!(report["chain"]["sequence"], 2, "{report}");
    }
}
