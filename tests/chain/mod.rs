//! Bundles of a stream that are lost, late, or come twice; what the source does to heal it.

mod dates;
mod late;

use serde_json::Value;

use crate::conformance::command::{Exported, Site};
use crate::conformance::describe::Profile;
use crate::conformance::look::number;
use crate::support::{Engine, engines, finish};

/// A source with one label, and an empty target.
fn pair(engine: Engine) -> (Site, Site) {
    let profile = Profile::read("mini");
    (Site::empty(engine, &profile), Site::empty(engine, &profile))
}

/// Adds a label; its date is that of now.
fn label(site: &Site, name: &str) {
    site.database.run(&format!("INSERT INTO labels (name) VALUES ('{name}');"));
    site.fill_hashes();
}

/// Adds a label and exports. Windows begin at whole seconds, so the export waits until the label's second is over.
fn next(site: &Site, name: &str, options: &[&str]) -> Exported {
    label(site, name);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    site.export(options)
}

/// A source that made a bundle for each name, and an empty target. A window begins before transactions that are open anywhere
/// on a server, those of other tests too; a bundle that carries more than its own label for that is of no use here.
fn chain<const N: usize>(engine: Engine, names: [&str; N]) -> (Site, Site, [Exported; N]) {
    for _ in 0..20 {
        let (source, target) = pair(engine);
        let bundles = names.map(|name| next(&source, name, &[]));
        if bundles.iter().all(|bundle| bundle.report["tables"]["labels"]["rows"] == 1) {
            return (source, target, bundles);
        }
    }
    panic!("{engine:?}: there is always a transaction open");
}

fn labels(site: &Site) -> i64 {
    number(&site.database, "SELECT count(*) FROM labels;")
}

fn gaps(site: &Site, status: i32) -> Value {
    site.json(&["history", "--gaps"], status)["streams"].clone()
}

#[test]
fn a_lost_bundle_is_named_until_it_arrives() {
    for engine in engines() {
        let (_source, target, bundles) = chain(engine, ["one", "two", "three", "four"]);
        assert_eq!(target.import(&bundles[0].bundle, &[])["chain"]["missing"], Value::Null);
        let report = target.import_as(&bundles[2].bundle, &["--dry-run"], 11);
        assert_eq!(report["chain"]["missing"]["from"], 2, "{engine:?}: {report}");
        assert_eq!(gaps(&target, 0)[0]["gaps"], Value::Array(Vec::new()), "a dry run records nothing");
        target.import_as(&bundles[2].bundle, &["--strict-chain"], 5);
        assert_eq!(labels(&target), 1, "{engine:?}: a refused bundle writes nothing");
        let report = target.import_as(&bundles[2].bundle, &[], 11);
        let missing = &report["chain"]["missing"];
        assert_eq!((&missing["from"], &missing["to"]), (&2.into(), &2.into()), "{report}");
        assert_eq!(missing["command"], "gapsync export --since 2");
        assert_eq!(missing["window"]["start"], bundles[1].report["window"]["start"], "{engine:?}");
        assert_eq!(gaps(&target, 11)[0]["gaps"][0]["from"], 2, "{engine:?}");
        // A bundle that follows does not lack anything itself.
        let report = target.import(&bundles[3].bundle, &[]);
        let warnings = report["warnings"].to_string();
        assert!(warnings.contains("bundle 2 of this stream is still missing"), "{engine:?}: {warnings}");
        gaps(&target, 11);
        let report = target.import(&bundles[1].bundle, &[]);
        assert!(!report["warnings"].to_string().contains("still missing"), "{engine:?}: {report}");
        assert_eq!((labels(&target), report["totals"]["inserted"].as_u64()), (4, Some(1)), "{engine:?}");
        let state = gaps(&target, 0);
        assert_eq!((&state[0]["last_sequence"], state.as_array().unwrap().len()), (&4.into(), 1), "{state}");
        let again = target.import(&bundles[2].bundle, &[]);
        assert_eq!(again["status"], "nothing-to-do");
        assert!(again["chain"]["applied_before"]["run"].is_number(), "{engine:?}: {again}");
    }
}

#[test]
fn the_source_heals_a_gap_by_since_and_by_full() {
    for engine in engines() {
        for heal in ["--since=2", "--full"] {
            let (source, target, bundles) = chain(engine, ["one", "two", "three"]);
            target.import(&bundles[0].bundle, &[]);
            target.import_as(&bundles[2].bundle, &[], 11);
            let healing = source.export(&[heal]);
            assert_eq!(healing.report["chain"]["sequence"], 4, "{}", healing.report);
            target.import(&healing.bundle, &[]);
            assert_eq!(labels(&target), 3, "{engine:?} {heal}");
            gaps(&target, 0);
            // The bundle that found the gap does not find it again.
            target.import(&bundles[2].bundle, &[]);
        }
        let (source, _) = pair(engine);
        source.export(&[]);
        source.expect(&["export", "--since=2"], 2);
    }
}

#[test]
fn each_receiver_has_a_stream_of_its_own() {
    for engine in engines() {
        let (source, b) = pair(engine);
        let c = Site::empty(engine, &Profile::read("mini"));
        for name in ["one", "two", "three"] {
            b.import(&next(&source, name, &["--for=B"]).bundle, &[]);
        }
        let late = source.export(&["--for=C"]);
        assert_eq!(late.report["chain"]["sequence"], 1, "{}", late.report);
        c.import(&late.bundle, &[]);
        assert_eq!((labels(&b), labels(&c)), (3, 3), "{engine:?}");
        assert_eq!(gaps(&b, 0)[0]["stream"]["receiver"], "B");
    }
}

#[test]
fn a_bundle_with_dates_is_outside_the_chain() {
    for engine in engines() {
        let (source, target) = pair(engine);
        let first = next(&source, "one", &[]);
        let dated = source.export(&["--start-date=2000-01-01"]);
        assert_eq!(dated.report["chain"]["sequence"], Value::Null, "{}", dated.report);
        target.import(&dated.bundle, &[]);
        target.import(&first.bundle, &[]);
        let second = next(&source, "two", &[]);
        assert_eq!(second.report["chain"]["sequence"], 2, "{engine:?}");
        target.import(&second.bundle, &[]);
        gaps(&target, 0);
    }
}

#[test]
fn a_bundle_that_was_packed_anew_is_still_the_parent() {
    for engine in engines() {
        let (source, target) = pair(engine);
        let bundles = ["one", "two"].map(|name| next(&source, name, &[]));
        let packed = target.folder.path().join("packed.tar.gz");
        let mut shell = std::process::Command::new("sh");
        let pipe = "gunzip -c \"$1\" | gzip -1 >\"$2\"";
        let ended = finish(shell.args(["-c", pipe, "sh"]).arg(&bundles[0].bundle).arg(&packed));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        target.import(&packed, &[]);
        target.import(&bundles[1].bundle, &[]);
        let again = target.import(&bundles[0].bundle, &[]);
        assert!(again["chain"]["applied_before"]["run"].is_number(), "{engine:?}: {again}");
    }
}

#[test]
fn a_target_that_was_restored_says_what_it_lacks() {
    for engine in engines() {
        let (_source, target, bundles) = chain(engine, ["one", "two", "three"]);
        for exported in &bundles[..2] {
            target.import(&exported.bundle, &[]);
        }
        // The backup is from before the second import.
        target.database.run("DELETE FROM gapsync_applied WHERE sequence = 2;");
        target.database.run("DELETE FROM synchronizations WHERE id = (SELECT id FROM (SELECT max(id) AS id FROM synchronizations) AS m);");
        let report = target.import_as(&bundles[2].bundle, &[], 11);
        assert_eq!(report["chain"]["missing"]["from"], 2, "{engine:?}: {report}");
    }
}

#[test]
fn an_export_that_is_not_whole_leaves_the_window() {
    for engine in engines() {
        let (source, _) = pair(engine);
        next(&source, "one", &[]);
        std::thread::sleep(std::time::Duration::from_millis(1100));
        label(&source, "two");
        source.expect(&["export", "--report-dir=none"], 10);
        assert_eq!(crate::conformance::command::files(source.folder.path(), ".tar.gz").len(), 1, "{engine:?}");
        let second = source.export(&[]);
        assert_eq!(second.report["chain"]["sequence"], 2, "{engine:?}: {}", second.report);
        assert!(second.report["tables"]["labels"]["rows"].as_u64() >= Some(1), "{engine:?}: {}", second.report);
    }
}

#[test]
fn an_empty_export_uses_no_number_if_asked() {
    for engine in engines() {
        // The second in which the first one was made is looked at once more.
        let (source, _, bundles) = chain(engine, ["one", "two"]);
        let made = bundles.len();
        let ended = (0..20).find_map(|again| {
            std::thread::sleep(std::time::Duration::from_millis(1100));
            let empty = source.json(&["export", "--skip-empty"], 0);
            // What another test keeps open lets the last label travel again.
            (empty["status"] == "nothing-new").then_some((again, empty))
        });
        let (before, empty) = ended.expect("an export with nothing new");
        assert_eq!(empty["bundle"]["name"], "", "{empty}");
        let bundles = made + before;
        assert_eq!(crate::conformance::command::files(source.folder.path(), ".tar.gz").len(), bundles, "{engine:?}");
        assert_eq!(next(&source, "three", &[]).report["chain"]["sequence"], bundles + 1, "{engine:?}");
    }
}

#[test]
fn a_row_with_an_old_date_travels_because_it_is_new() {
    for engine in engines() {
        let (source, target) = pair(engine);
        target.import(&next(&source, "one", &[]).bundle, &[]);
        source.database.run("INSERT INTO labels (name, updated_at) VALUES ('old', '2020-01-01 00:00:00');");
        source.fill_hashes();
        let second = source.export(&[]);
        let warnings = second.report["warnings"].to_string();
        assert!(
            warnings.contains("added since the last export") && warnings.contains("labels: 1"),
            "{engine:?}: {warnings}"
        );
        target.import(&second.bundle, &[]);
        assert_eq!(labels(&target), 2, "{engine:?}");
    }
}

#[test]
fn a_gap_is_closed_by_a_bundle_of_a_wider_scope() {
    for engine in engines() {
        let (source, target, bundles) = chain(engine, ["one", "two", "three"]);
        target.import(&bundles[0].bundle, &[]);
        target.import_as(&bundles[2].bundle, &[], 11);
        // Less than the stream carries does not do.
        target.import(&source.export(&["--meta-only", "--full"]).bundle, &[]);
        gaps(&target, 11);
        // Deleted rows travel too: another stream, and more than the one with the gap.
        target.import(&source.export(&["--include-deleted=Y"]).bundle, &[]);
        assert_eq!(labels(&target), 3, "{engine:?}");
        gaps(&target, 0);
        target.import(&bundles[2].bundle, &[]);
    }
}
