//! Which rows of a window are new: by their own id, by another row, by another date.

use super::{Own, count};
use crate::support::{Engine, engines};

const SCHEMA: &str = "
CREATE TABLE site (id {id}, name {text} NOT NULL, updated_at {time});
CREATE TABLE event (id {id}, name {text} NOT NULL, published smallint NOT NULL, site_id bigint, updated_at {time}, released {time});
CREATE TABLE note (id {id}, event_id bigint NOT NULL, name {text} NOT NULL);
CREATE TABLE entry (id {id}, event_id bigint NOT NULL, name {text} NOT NULL);
";

const PROFILE: &str = r#"
[[table]]
name = "site"
group = "metadata"
key = ["name"]
match = "key"
carry = "referenced"
[[table]]
name = "event"
group = "object"
key = ["name"]
match = "key"
only = { published = [1] }
references = { site_id = "site" }
window = "released"
[[table]]
name = "note"
group = "context"
key = ["event_id", "name"]
match = "key"
references = { event_id = "event" }
window = "event_id"
[[table]]
name = "entry"
group = "context"
key = ["event_id", "name"]
match = "key"
references = { event_id = "event" }
window = "id"
"#;

/// A date in the past, and one after every export of a test.
const OLD: &str = "'2020-01-01 00:00:00'";
const NEW: &str = "'2090-01-01 00:00:00'";

#[test]
fn rows_of_a_window_are_those_that_are_new() {
    for engine in engines() {
        let source = Own::new(engine, PROFILE, SCHEMA);
        source.database.run(&format!(
            "INSERT INTO site (id, name, updated_at) VALUES (1, 's', {OLD});
             INSERT INTO event (id, name, published, site_id, updated_at) VALUES (1, 'a', 1, 1, {OLD}), (2, 'b', 1, NULL, {OLD});
             INSERT INTO note (id, event_id, name) VALUES (1, 1, 'x'), (2, 2, 'y');
             INSERT INTO entry (id, event_id, name) VALUES (1, 1, 'x'), (2, 2, 'y');"
        ));
        let rows = |report: &serde_json::Value| ["event", "note", "entry"].map(|table| count(report, table, "rows"));
        assert_eq!(rows(&source.export(&[]).1), [2, 2, 2], "{engine:?}");
        // While other tests write on the same server, no id is settled, and the entries travel whole.
        let is_quiet = |entries: u64, all: u64, new: u64| entries == new || engine != Engine::Sqlite && entries == all;
        let [events, notes, entries] = rows(&source.export(&[]).1);
        assert!(notes == 0 && is_quiet(entries, 2, 0) && (events == 0 || entries > 0), "{engine:?}: nothing is new");
        source.database.run("INSERT INTO entry (id, event_id, name) VALUES (9, 2, 'z');");
        let [events, notes, entries] = rows(&source.export(&[]).1);
        assert!(
            notes == 0 && is_quiet(entries, 3, 1) && events > 0,
            "{engine:?}: an entry, and the event that it needs"
        );
        source.database.run(&format!("UPDATE event SET updated_at = {NEW} WHERE id = 1;"));
        assert_eq!(rows(&source.export(&[]).1)[1], 1, "{engine:?}: the note of a changed event");
    }
}
