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

#[test]
fn a_renamed_row_brings_all_rows_whose_keys_lead_to_it() {
    const TABLES: &str = "
        CREATE TABLE site (id {id}, name {text} NOT NULL, updated_at {time});
        CREATE TABLE room (id {id}, site_id bigint NOT NULL, name {text} NOT NULL, updated_at {time});
        CREATE TABLE desk (id {id}, room_id bigint NOT NULL, name {text} NOT NULL, updated_at {time});";
    let table = |name: &str, key: &str, refers: &str| {
        format!("[[table]]\nname = \"{name}\"\ngroup = \"object\"\nkey = [{key}]\nmatch = \"key\"\n{refers}\n")
    };
    let profile = table("site", "\"name\"", "")
        + &table("room", "\"site_id\", \"name\"", "references.site_id = \"site\"")
        + &table("desk", "\"room_id\", \"name\"", "references.room_id = \"room\"");
    for engine in engines() {
        let (source, target) = (Own::new(engine, &profile, TABLES), Own::new(engine, &profile, TABLES));
        source.database.run(&format!(
            "INSERT INTO site (id, name, updated_at) VALUES (1, 'old', {OLD});
             INSERT INTO room (id, site_id, name, updated_at) VALUES (1, 1, 'r', {OLD});
             INSERT INTO desk (id, room_id, name, updated_at) VALUES (1, 1, 'd', {OLD});"
        ));
        target.import(&source.export(&[]).0, &[], 0);
        source.database.run(&format!("UPDATE site SET name = 'new', updated_at = {NEW};"));
        target.import(&source.export(&[]).0, &[], 0);
        let desks = "SELECT s.name, r.name, d.name FROM desk AS d JOIN room AS r ON r.id = d.room_id \
                     JOIN site AS s ON s.id = r.site_id ORDER BY s.name";
        assert_eq!(target.look(desks), ["new r d", "old r d"], "{engine:?}");
    }
}
