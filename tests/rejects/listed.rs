//! What a report says of rows that were not taken: why, how many, and which, without a value of any row.

use serde_json::json;

use super::{bundle, kind, kinds, thing, things};
use crate::conformance::command::{Site, json};
use crate::conformance::describe::Profile;
use crate::support::{engines, finish};

#[test]
fn reasons_are_counted_with_three_rows_of_each_by_name() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::empty(engine, &profile);
        let known = kind(1, "known");
        let mut lines: Vec<String> =
            (1..=5).map(|id| thing(id, &known, &format!("secret-{id}"), "forty", "\\N")).collect();
        lines.push(thing(6, &kind(7, "missing"), "secret-6", "1", "\\N"));
        lines.push(thing(7, &known, "sound", "1", "\\N"));
        let file = bundle(site.folder.path(), "b.tar.gz", &[kinds(&[(1, "known")]), things(lines)]);
        let report = site.import_as(&file, &[], 3);
        let reasons = report["reject_reasons"].as_array().unwrap();
        let counts: Vec<_> = reasons.iter().map(|reason| reason["rows"].as_u64().unwrap()).collect();
        assert_eq!(counts, [5, 1], "{engine:?}: {report}");
        assert!(reasons[0]["reason"].as_str().unwrap().starts_with("`n` is not"), "{engine:?}: {report}");
        let ids: Vec<_> = reasons[0]["examples"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        assert_eq!(ids, [json!(1), json!(2), json!(3)], "{engine:?}");
        let text = std::fs::read_to_string(site.folder.path().join("b-sync-import.txt")).unwrap();
        assert!(text.contains("\n  5: `n` is not"), "{engine:?}: {text}");
        assert!(text.contains(": things 1 (sync_hash "), "{engine:?}: {text}");
        assert!(!text.contains("secret") && !report.to_string().contains("secret"), "{engine:?}: {text}");
    }
}

/// A site that has newer versions of two rows of a bundle, and the bundle.
fn with_newer(engine: crate::support::Engine) -> (Site, std::path::PathBuf) {
    let site = Site::empty(engine, &Profile::read("mini"));
    site.database.run(
        "INSERT INTO kinds (id, name, updated_at) VALUES (5, 'known', '2026-06-01 00:00:00');
         INSERT INTO things (id, kind_id, value, updated_at) VALUES (9, 5, 'newer', '2026-06-01 00:00:01');",
    );
    site.fill_hashes();
    let known = kind(1, "known");
    let lines = vec![thing(1, &known, "newer", "1", "\\N"), thing(2, &known, "fine", "1", "\\N")];
    let file = bundle(site.folder.path(), "b.tar.gz", &[kinds(&[(1, "known")]), things(lines)]);
    (site, file)
}

/// What the list of [`with_newer`]'s rows holds.
fn expected() -> String {
    let (known, newer) = (kind(1, "known").hash, super::hash(&[&kind(1, "known").hash, "newer"]));
    format!(
        "table,id,sync_hash,database_date,bundle_date\n\
         kinds,5,{known},2026-06-01 00:00:00,2026-01-01 00:00:00\n\
         things,9,{newer},2026-06-01 00:00:01,2026-01-01 00:00:00\n"
    )
}

#[test]
fn kept_rows_are_listed_with_both_dates_and_no_list_is_overwritten() {
    for engine in engines() {
        let (site, file) = with_newer(engine);
        let read = |name: &str| std::fs::read_to_string(site.folder.path().join(name)).unwrap_or_default();
        assert_eq!(site.import(&file, &["--dry-run"])["kept_file"], json!(null), "{engine:?}");
        let preview = site.import(&file, &["--dry-run", "--list-kept"]);
        assert_eq!(preview["kept_file"], json!("./b-kept.csv"), "{engine:?}");
        assert_eq!(read("b-kept.csv"), expected(), "{engine:?}");
        let real = site.import(&file, &["--list-kept"]);
        assert_eq!((&real["kept_file"], real["totals"]["kept"].as_u64()), (&json!("./b-kept.2.csv"), Some(2)));
        assert_eq!(read("b-kept.2.csv"), expected(), "{engine:?}");
        assert!(read("b-sync-import.txt").contains("./b-kept.2.csv"), "{engine:?}");
        let files = std::fs::read_dir(site.folder.path()).unwrap();
        let left = files.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
        assert_eq!(left.count(), 0, "{engine:?}");
    }
}

#[test]
fn a_resumed_run_lists_what_the_one_before_it_has_kept() {
    for engine in engines() {
        let (site, file) = with_newer(engine);
        let file = format!("--file={}", file.display());
        let mut command = site.command(&["import", &file]);
        assert_eq!(finish(command.env("GAPSYNC_FAIL_POINT", "import.before-finish")).status, -1, "{engine:?}");
        let resumed = finish(&mut site.command(&["import", &file, "--resume", "--list-kept", "--json"]));
        assert_eq!(resumed.status, 0, "{engine:?}: {}", resumed.stderr);
        assert_eq!(json(&resumed.stdout)["kept_file"], json!("./b-kept.csv"), "{engine:?}");
        let listed = std::fs::read_to_string(site.folder.path().join("b-kept.csv")).unwrap();
        assert_eq!(listed, expected(), "{engine:?}");
    }
}
