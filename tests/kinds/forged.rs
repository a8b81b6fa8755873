//! A hash that is not the row's: the row is rejected and named, and cannot keep the true one out.

use super::{OLD, Target};
use crate::model::hash::md5_hex;
use crate::support::engines;

#[test]
fn a_row_under_the_hash_of_another_is_rejected() {
    for engine in engines() {
        let target = Target::new(engine);
        let kind = md5_hex("5:alpha");
        let evil = md5_hex(&format!("32:{kind}12:evil.example"));
        let kinds = format!("1 alpha {kind} {OLD}");
        let kinds = ("kinds", "id name sync_hash updated_at", &[kinds.as_str()][..]);
        let columns = "id kind_id value sync_hash updated_at";
        let forged = format!("1 1 harmless {evil} 2099-12-31T23:59:59");
        let note = format!("1 1 2019-05-05T05:05:05 ~ note {OLD}");
        let notes = ("thing_notes", "id thing_id moment level value updated_at", &[note.as_str()][..]);
        let run = target.import(&[kinds, ("things", columns, &[&forged]), notes]);
        assert_eq!((run.status, run.total("rejected"), run.total("inserted")), (3, 2, 1), "{engine:?}: {}", run.stderr);
        assert!(run.rejects.contains("hash") && run.rejects.contains("harmless"), "{engine:?}: {}", run.rejects);
        let honest = format!("1 1 evil.example {evil} {OLD}");
        let run = target.import(&[kinds, ("things", columns, &[&honest]), notes]);
        assert_eq!((run.status, run.total("inserted")), (0, 2), "{engine:?}: {}", run.stderr);
        assert_eq!(target.look("SELECT value FROM things"), ["evil.example"], "{engine:?}");
        // Neither does a forged row change the true one, once that is there.
        let run = target.import(&[kinds, ("things", columns, &[&forged])]);
        assert_eq!((run.status, run.total("rejected")), (3, 1), "{engine:?}: {}", run.stderr);
        assert_eq!(target.look("SELECT value FROM things"), ["evil.example"], "{engine:?}");
    }
}
