//! The same rows on every engine, compared by a script that uses no code of gapsync's.

use super::{Kind, Site, kinds};

#[test]
fn every_family_becomes_the_same_rows_on_every_engine() {
    for kind in kinds() {
        let site = Site::new(kind);
        site.tree(&["--bad", "--days", "3"]);
        let before = site.files("old");
        let report = site.migrated(3, &["--init"]);
        if let Some(differences) = site.differences() {
            panic!("{kind:?}: {differences}");
        }
        assert_eq!(report["status"], "finished");
        // As many lines as the reference rejects, each by name.
        let expected = std::fs::read_to_string(site.path("expected/rejected.jsonl")).unwrap();
        let rejects = std::fs::read_to_string(site.path(report["rejects_file"].as_str().unwrap())).unwrap();
        for line in expected.lines() {
            let reject: serde_json::Value = serde_json::from_str(line).unwrap();
            let (file, line) = (reject["file"].as_str().unwrap(), &reject["line"]);
            assert!(
                rejects.contains(&format!("{file},{line},")),
                "{kind:?}: {file} line {line} is not in the rejects file"
            );
        }
        // All that was there is in the backup folder, staging is gone, and the old folders are.
        assert!(!site.path("old/data/flow").exists() && !site.path("old/data/proxy").exists());
        let moved = |(name, bytes): &(String, u64)| (name.replacen("data/", "data/backup/", 1), *bytes);
        let after = site.files("old");
        assert_eq!(after.len(), before.len());
        assert!(before.iter().filter(|(name, _)| name.starts_with("data/")).all(|file| after.contains(&moved(file))));
        assert_eq!(site.files("staging"), []);
        match kind {
            Kind::Spark => {}
            Kind::Sql(_) => assert_eq!(site.files("").iter().filter(|(name, _)| name.contains("staging")).count(), 0),
        }
    }
}
