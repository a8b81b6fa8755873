//! What runs leave behind: the lock, rows of `synchronizations`, sync tables, reports and rejects.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::command::{Site, files, json};
use super::describe::Profile;
use super::fill::Side;
use super::look::{digest, existing, number};
use crate::support::{engines, finish};

/// Starts an import from standard input and waits until it holds the lock.
fn holding(site: &Site) -> Child {
    let mut command = site.command(&["import", "--file=-", "--json"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while number(&site.database, "SELECT count(*) FROM gapsync_lock;") == 0 {
        assert!(Instant::now() < end, "no lock after a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

#[test]
fn one_import_at_a_time_and_a_dead_one_holds_nothing() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let source = Site::filled(engine, &profile, Side::A);
        let bundle = source.export(&[]).bundle;
        let site = Site::filled(engine, &profile, Side::B);
        let mut first = holding(&site);
        let before = digest(&site.database, &profile);
        let report = site.import_as(&bundle, &[], 9);
        assert_eq!(report["error"]["kind"], "locked", "{report}");
        site.import_as(&bundle, &["--dry-run"], 9);
        assert_eq!(digest(&site.database, &profile), before);
        // The first one is not disturbed.
        first.stdin.take().unwrap().write_all(&std::fs::read(&bundle).unwrap()).unwrap();
        let output = first.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report = json(&String::from_utf8(output.stdout).unwrap());
        assert_eq!((&report["status"], &report["bundle"]["name"]), (&"finished".into(), &"-".into()));

        let mut second = holding(&site);
        second.kill().unwrap();
        second.wait().unwrap();
        assert_eq!(number(&site.database, "SELECT count(*) FROM gapsync_lock;"), 1, "a killed run cannot tidy up");
        assert_eq!(site.import(&bundle, &[])["status"], "nothing-to-do");
        assert_eq!(number(&site.database, "SELECT count(*) FROM gapsync_lock;"), 0);
    }
}

#[test]
fn sync_tables_stay_when_asked_and_cleanup_drops_them() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let source = Site::filled(engine, &profile, Side::A);
        let bundle = source.export(&["--include-deleted=Y"]).bundle;
        let site = Site::filled(engine, &profile, Side::B);
        let tables = existing(&site.database);
        site.import(&bundle, &["--keep-sync-tables"]);
        let kept: Vec<String> = existing(&site.database).into_iter().filter(|name| !tables.contains(name)).collect();
        let prefix = "sync_import_things_";
        let things = kept.iter().find(|name| {
            name.strip_prefix(prefix).is_some_and(|pid| pid.chars().all(|letter| letter.is_ascii_digit()))
        });
        let things = things.unwrap_or_else(|| panic!("{engine:?}: no {prefix}<pid> among {kept:?}"));
        assert_eq!(number(&site.database, &format!("SELECT count(*) FROM {things};")), 8);
        assert_eq!(number(&site.database, &format!("SELECT count(*) FROM {things} WHERE existing_id IS NULL;")), 0);
        let joined = format!(
            "SELECT count(*) FROM {things} s JOIN things t ON t.id = s.existing_id AND t.sync_hash = s.sync_hash
             JOIN kinds k ON k.id = s.existing_kind_id AND k.id = t.kind_id;"
        );
        assert_eq!(number(&site.database, &joined), 8, "{engine:?}: the ids are those of the target");

        let before = digest(&site.database, &profile);
        let dropped = site.json(&["cleanup"], 0);
        assert!(dropped.to_string().contains(things.as_str()), "{dropped}");
        assert_eq!(existing(&site.database), tables, "{engine:?}");
        assert_eq!(digest(&site.database, &profile), before);
        site.expect(&["cleanup"], 0);
    }
}

#[test]
fn cleanup_leaves_a_living_run_its_tables() {
    let profile = Profile::read("mini");
    let site = Site::empty(engines()[0], &profile);
    let mut import = holding(&site);
    site.expect(&["cleanup"], 9);
    drop(import.stdin.take());
    // Nothing is no bundle.
    assert_eq!(import.wait().unwrap().code(), Some(5));
}

#[test]
fn history_tells_of_every_run_newest_first() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::filled(engine, &profile, Side::A);
        let bundle = site.export(&[]).bundle;
        let id = site.import(&bundle, &[])["run_id"].as_i64().expect("a run has an id");
        site.import(&bundle, &["--dry-run"]);
        site.import_as(std::path::Path::new("no-such-file"), &[], 10);
        let runs = site.json(&["history"], 0);
        let runs = runs.as_array().or_else(|| runs["runs"].as_array()).expect("a list of runs");
        let kinds: Vec<&str> = runs.iter().map(|run| run["type"].as_str().unwrap()).collect();
        assert_eq!(kinds[kinds.len() - 2..], ["import", "export"], "{engine:?}: {kinds:?}");
        let ids: Vec<i64> = runs.iter().map(|run| run["id"].as_i64().unwrap()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "{ids:?}");
        let finished = runs.iter().find(|run| run["id"] == id).expect("the import");
        assert_eq!(finished["report"]["status"], "nothing-to-do");
        assert!(!finished["finished_at"].is_null());
        let one = site.json(&["history", &format!("--run={id}")], 0).to_string();
        assert!(one.contains(&format!("\"id\":{id}")), "{one}");
        site.expect(&["history", "--run=4711"], 2);
        assert!(site.expect(&["history"], 0).stdout.contains("import"));
        // As the platform's own tools find it: MD5 of the configuration.
        let row = site.database.run(&format!("SELECT type, hash FROM synchronizations WHERE id = {id};"));
        assert_eq!(row.trim().len(), "import\t".len() + 32);
    }
}

#[test]
fn an_export_without_a_record_leaves_no_trace() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let site = Site::filled(engine, &profile, Side::A);
        for table in ["synchronizations", "gapsync_installation", "gapsync_lock"] {
            site.database.run(&format!("DROP TABLE {table};"));
        }
        let tables = existing(&site.database);
        let exported = site.export(&["--no-record"]);
        assert!(exported.report["run_id"].is_null());
        assert_eq!(existing(&site.database), tables, "{engine:?}");
        // The first run that may write makes what it needs and says so.
        let report = site.export(&[]).report;
        assert_eq!(report["tables_created"].as_array().map(Vec::len), Some(3), "{report}");
        assert_eq!(existing(&site.database).len(), tables.len() + 3);
    }
}

#[test]
fn reports_and_digests_stand_where_they_are_asked_for() {
    let profile = Profile::read("mini");
    for engine in engines() {
        let a = Site::filled(engine, &profile, Side::A);
        for folder in ["out", "reports"] {
            std::fs::create_dir(a.folder.path().join(folder)).unwrap();
        }
        let report = a.export(&["--target=out", "--report-dir=reports"]).report;
        let (out, reports) = (a.folder.path().join("out"), a.folder.path().join("reports"));
        let bundles = files(&out, ".tar.gz");
        let [bundle] = &bundles[..] else { panic!("{bundles:?}") };
        let name = bundle.file_name().unwrap().to_str().unwrap();
        assert_eq!(files(&out, "").len(), 2, "a bundle and its digest, nothing else");
        let mut check = std::process::Command::new("sha256sum");
        assert_eq!(finish(check.args(["-c", &format!("{name}.sha256")]).current_dir(&out)).status, 0);
        let stem = name.trim_end_matches(".tar.gz");
        let text = std::fs::read_to_string(reports.join(format!("{stem}-sync-export.txt"))).unwrap();
        assert!(text.contains(report["bundle"]["sha256"].as_str().unwrap()), "{text}");
        assert!(text.contains("things"), "{text}");
        let parts: Vec<&str> = name.trim_start_matches("tqSync-").trim_end_matches(".tar.gz").split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!((lengths[..4].to_vec(), parts.len()), (vec![2, 2, 2, 10], 5), "{name}");

        // B has a row that keeps one of A's out.
        let b = Site::empty(engine, &profile);
        b.database.run("INSERT INTO kinds (name) VALUES ('only here');");
        let clash = a.database.run("SELECT min(serial) FROM things WHERE deleted_at IS NULL;");
        b.database.run(&format!(
            "INSERT INTO things (kind_id, value, serial) SELECT id, 'only here', '{}' FROM kinds;",
            clash.trim()
        ));
        b.fill_hashes();
        std::fs::create_dir(b.folder.path().join("reports")).unwrap();
        let report = b.import_as(bundle, &["--report-dir=reports", "--object-limit=1000"], 3);
        let said = &report["tables"]["things"];
        assert_eq!(said["rejected"], 1, "{engine:?}: {said}");
        assert!(said["inserted"].as_u64().unwrap() > 1, "{engine:?}: its chunk is not lost: {said}");
        let folder = b.folder.path().join("reports");
        let text = std::fs::read_to_string(folder.join(format!("{stem}-sync-import.txt"))).unwrap();
        assert!(text.contains(report["bundle"]["sha256"].as_str().unwrap()), "{text}");
        let rejects = folder.join(format!("{stem}-rejects.csv"));
        assert_eq!(std::fs::metadata(&rejects).unwrap().permissions().mode() & 0o777, 0o600);
        let rejects = std::fs::read_to_string(rejects).unwrap();
        assert!(rejects.contains("things,data/things/00001.csv,") && rejects.contains("serial"), "{rejects}");
        assert!(!text.contains(clash.trim()), "values stand in the rejects file alone: {text}");
        assert!(files(b.folder.path(), ".txt").is_empty());
    }
}

#[test]
fn each_codec_and_standard_input_carry_the_same_rows() {
    let profile = Profile::read("mini");
    let site = Site::filled(engines()[0], &profile, Side::A);
    for codec in ["gzip", "zstd", "none"] {
        let bundle = site.export(&[&format!("--compression={codec}"), "--no-record", "--object-limit=3"]).bundle;
        let target = Site::empty(engines()[0], &profile);
        let mut command = target.command(&["import", "--file=-", "--json"]);
        let ended = finish(command.stdin(std::fs::File::open(&bundle).unwrap()));
        assert_eq!(ended.status, 0, "{codec} {}", ended.stderr);
        assert_eq!(target.import(&bundle, &[])["status"], "nothing-to-do", "{codec}");
    }
}
