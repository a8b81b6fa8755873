//! What is left to do after an import: the steps of the profile, and the list of the rows that they are about.

use super::Own;
use crate::support::engines;

const PROFILE: &str = "
[after]
table = \"event\"
column = \"uuid\"
steps = [\"look at the events again\", \"empty the caches\"]

[[table]]
name = \"event\"
group = \"object\"
key = [\"uuid\"]
match = \"key\"

[[table]]
name = \"note\"
group = \"context\"
key = [\"event_id\", \"name\"]
match = \"key\"
references = { event_id = \"event\" }
";

const SCHEMA: &str = "CREATE TABLE event (id {id}, uuid {text} NOT NULL, info {text}, updated_at {time}); \
                      CREATE TABLE note (id {id}, event_id bigint NOT NULL, name {text} NOT NULL, info {text}, updated_at {time});";

#[test]
fn the_rows_that_were_written_are_listed_and_those_to_which_they_refer() {
    for engine in engines() {
        let own = || Own::new(engine, PROFILE, SCHEMA);
        let (a, b) = (own(), own());
        a.database.run(
            "INSERT INTO event (id, uuid, info, updated_at) VALUES (1, 'same', 'i', '2026-01-01'), (2, 'new', 'i', '2026-01-01'), \
             (3, 'changed', 'later', '2026-02-01'), (4, 'noted', 'i', '2026-01-01'), (5, 'kept', 'old', '2025-01-01'); \
             INSERT INTO note (event_id, name, updated_at) VALUES (1, 'n', '2026-01-01'), (4, 'n', '2026-01-01'), \
             (4, 'm', '2026-01-01'), (2, 'n', '2026-01-01');",
        );
        b.database.run(
            "INSERT INTO event (id, uuid, info, updated_at) VALUES (11, 'same', 'i', '2026-01-01'), \
             (13, 'changed', 'i', '2026-01-01'), (14, 'noted', 'i', '2026-01-01'), (15, 'kept', 'i', '2026-01-01'), \
             (16, 'mine', 'i', '2026-01-01'); INSERT INTO note (event_id, name, updated_at) VALUES (11, 'n', '2026-01-01');",
        );
        let (bundle, _) = a.export(&[]);
        let list = |own: &Own, name: &str| std::fs::read_to_string(own.folder.path().join(name)).unwrap();
        let report = b.import(&bundle, &["--after-list=events.txt"], 0);
        assert_eq!(list(&b, "events.txt"), "changed\nnew\nnoted\n", "{engine:?}");
        assert_eq!(report["after"][1], "empty the caches", "{engine:?}: {report}");
        let file = format!("--file={}", bundle.display());
        let page = b.expect(&["import", &file, "--after-list=events.txt"], 0).stdout;
        assert!(page.contains("events.2.txt") && !page.contains("empty the caches"), "{engine:?}: {page}");
        assert_eq!(list(&b, "events.2.txt"), "", "{engine:?}: nothing was written");
        let page = own().expect(&["import", &file], 0).stdout;
        assert!(page.contains("To do on the platform") && page.contains("  empty the caches\n"), "{engine:?}: {page}");
        b.expect(&["import", &file, "--after-list=x.txt", "--dry-run"], 2);
        b.expect(&["import", &file, "--after-list=missing/x.txt"], 10);
        let other = Own::new(
            engine,
            PROFILE.split_once("[[table]]").map(|(_, rest)| format!("[[table]]{rest}")).unwrap().as_str(),
            SCHEMA,
        );
        other.expect(&["import", &file, "--after-list=x.txt"], 2);
    }
}
