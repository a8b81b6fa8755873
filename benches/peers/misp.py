#!/usr/bin/env python3
"""Measures how gapsync carries a MISP into another one, in turn with two other ways, and prints a table in Markdown.

    misp.py GAPSYNC SOCKET SERVER-PID FOLDER --attributes N[,N...] [--pairs N]

The source has 70 attributes an event, in objects of ten, and 0.4 links to tags for each attribute. The target is empty, or it has
half of the events under other numbers: of those a quarter is older than the source's, and a fifth is its own, which no import
may touch. The other ways are the statements of `misp.sql` beside this file, for the same rules, with files that the server writes and
reads, and `mariadb-dump` into `mariadb`, which copies the same rows into an empty database and has no rules. The tables are those of
`tests/misp/tables.txt` with the indexes of a MISP. gapsync and the statements must leave the same rows. CPU seconds are those of the
clients and of the server together.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
HOST = "55555555-5555-4555-a555-555555555555"
TYPES = {"text": "varchar(255)", "uuid": "varchar(40)", "number": "int", "small": "tinyint", "large": "bigint", "time": "datetime", "date": "date"}
LONG = {"value1", "value2", "comment", "info", "description", "releasability"}
INDEXES = {
    "attributes": "event_id object_id object_relation value1(255) value2(255) type category sharing_group_id first_seen last_seen timestamp",
    "objects": "name template_uuid template_version meta-category event_id timestamp distribution sharing_group_id first_seen last_seen",
    "events": "info(255) sharing_group_id org_id orgc_id extends_uuid",
    "event_tags": "event_id tag_id",
    "attribute_tags": "attribute_id event_id tag_id",
    "object_references": "object_id referenced_id event_id",
    "event_reports": "name event_id",
    "sightings": "attribute_id event_id org_id",
    "sharing_group_orgs": "sharing_group_id org_id",
}


def tables():
    """Returns the statements that make a MISP's tables."""
    text = (HERE.parent.parent / "tests/misp/tables.txt").read_text(encoding="utf-8")
    text = re.sub(r"\n  ", " ", re.sub(r"(?m)^#.*\n", "", text))
    made = []
    for line in text.splitlines():
        name, columns = line.split(": ", 1)
        lines = ["id int NOT NULL AUTO_INCREMENT PRIMARY KEY"]
        for column in columns.split("; "):
            word, kind, null, default, unique = re.fullmatch(r"(\S+) (\w+)(\??)(?: = (\S+))?( unique)?", column.strip()).groups()
            kind = "text" if word in LONG and not unique else TYPES[kind]
            default = f" DEFAULT {default}" if default else ""
            lines.append(f"`{word}` {kind}{'' if null else ' NOT NULL'}{default}{' UNIQUE' if unique else ''}")
        for index in INDEXES.get(name, "").split():
            word = index.split("(")[0]
            lines.append(f"KEY `{word}` (`{word}`{index[len(word):]})")
        made.append(f"CREATE TABLE `{name}` ({', '.join(lines)}) DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_bin;")
    return "\n".join(made)


def uuid(text):
    """Returns the expression of a uuid that stands for a text."""
    expression = f"MD5({text})"
    for place in (9, 14, 19, 24):
        expression = f"INSERT({expression}, {place}, 0, '-')"
    return expression


def rows(attributes, target):
    """Returns the statements that fill the source, or a target that has half of its events."""
    events, objects = attributes // 70 + 1, attributes // 10
    locked = "1 - (e % 10 = 6)" if target else "0"
    older = "(e % 8 = 0)" if target else "0"
    half = "e % 2 = 0" if target else "1"
    shift = 1000 if target else 0
    of_attribute, of_object = "(a - 1) DIV 70 + 1", "(o - 1) DIV 7 + 1"
    sequence = lambda most, letter, more: f"(SELECT seq AS {letter}, {more} AS e FROM seq_1_to_{most}) AS s WHERE {half}"
    return f"""
INSERT INTO admin_settings (setting, value) VALUES ('db_version', '130');
INSERT INTO threat_levels (name, description, form_description) VALUES ('High', '', ''), ('Medium', '', ''), ('Low', '', ''), ('Undefined', '', '');
INSERT INTO organisations (name, date_created, date_modified, uuid, local) VALUES ('Host', NOW(), NOW(), '{HOST}', 1);
INSERT INTO organisations (name, date_created, date_modified, uuid)
    SELECT CONCAT('Organisation ', seq), '2024-01-01', '2024-01-01', {uuid("CONCAT('o', seq)")} FROM seq_1_to_{100 if target else 200};
INSERT INTO tags (name, colour, exportable) SELECT CONCAT('family:name="', seq, '"'), '#123456', 1 FROM seq_1_to_{250 if target else 500};
INSERT INTO events (id, org_id, date, info, user_id, uuid, published, analysis, orgc_id, timestamp, distribution, sharing_group_id, locked,
    threat_level_id, publish_timestamp, protected)
    SELECT e + {shift}, 1, '2024-05-06', CONCAT('Campaign ', e, ' against the energy sector'), 1, {uuid("CONCAT('e', e)")}, 1, 2,
        e % 100 + 2, 1700000000 + e - {older}, 3, 0, {locked}, e % 4 + 1, 1700000000 + e, 0 FROM {sequence(events, 'n', 'seq')};
INSERT INTO objects (id, name, `meta-category`, description, template_uuid, template_version, event_id, uuid, timestamp, distribution, comment)
    SELECT o + 3 * {shift}, 'file', 'file', 'File object describing a file', {uuid("'file'")}, 24, e + {shift}, {uuid("CONCAT('x', o)")},
        1700000000 + o - {older}, 5, '' FROM {sequence(objects, 'o', f'(seq - 1) DIV 7 + 1')};
INSERT INTO attributes (id, event_id, object_id, object_relation, category, type, value1, value2, to_ids, uuid, timestamp, distribution,
    sharing_group_id, comment)
    SELECT a + 7 * {shift}, e + {shift}, IF(a % 10 < 7, (a - 1) DIV 10 + 1 + 3 * {shift}, 0), ELT(a % 3 + 1, 'sha256', 'ip', 'filename'),
        ELT(a % 3 + 1, 'Payload delivery', 'Network activity', 'Payload delivery'), ELT(a % 3 + 1, 'sha256', 'ip-dst', 'filename'),
        ELT(a % 3 + 1, SHA2(a, 256), INET_NTOA(a * 7919 % 4294967295), CONCAT('invoice-', a, '.exe')), '', 1, {uuid("CONCAT('a', a)")},
        1700000000 + a - {older} * (a % 7 = 0), 5, 0, '' FROM {sequence(attributes, 'a', '(seq - 1) DIV 70 + 1')};
INSERT INTO event_tags (event_id, tag_id) SELECT e + {shift}, (e * 7 + i) % {250 if target else 500} + 1
    FROM (SELECT (seq - 1) DIV 3 + 1 AS e, seq % 3 AS i FROM seq_1_to_{3 * events}) AS s WHERE {half};
INSERT INTO attribute_tags (attribute_id, event_id, tag_id) SELECT a + 7 * {shift}, e + {shift}, a % {250 if target else 500} + 1
    FROM {sequence(attributes, 'a', '(seq - 1) DIV 70 + 1')} AND a % 25 < 9;
UPDATE events SET attribute_count = (SELECT COUNT(*) FROM attributes WHERE event_id = events.id AND deleted = 0);
"""


# What an empty MISP holds.
EMPTY = f"""
INSERT INTO admin_settings (setting, value) VALUES ('db_version', '130');
INSERT INTO organisations (name, date_created, date_modified, uuid, local) VALUES ('Host', NOW(), NOW(), '{HOST}', 1);
"""

# What a MISP holds, with uuids and names in place of numbers.
DIGESTS = [
    "SELECT 'organisations', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', uuid, name, local))) FROM organisations",
    "SELECT 'tags', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', name, colour, exportable, org_id, user_id))) FROM tags",
    "SELECT 'events', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', e.uuid, info, o.uuid, c.uuid, e.timestamp, distribution, locked, published, "
    "attribute_count, l.name, publish_timestamp, analysis, date))) FROM events e JOIN organisations o ON o.id = org_id "
    "JOIN organisations c ON c.id = orgc_id JOIN threat_levels l ON l.id = threat_level_id",
    "SELECT 'objects', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', o.uuid, e.uuid, o.timestamp, name, template_version, o.distribution))) "
    "FROM objects o JOIN events e ON e.id = event_id",
    "SELECT 'attributes', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', a.uuid, e.uuid, IFNULL(o.uuid, object_id), a.timestamp, type, category, "
    "value1, value2, a.distribution, to_ids, a.deleted))) FROM attributes a JOIN events e ON e.id = a.event_id LEFT JOIN objects o ON o.id = object_id",
    "SELECT 'event_tags', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', e.uuid, t.name, l.local))) FROM event_tags l JOIN events e ON e.id = event_id "
    "JOIN tags t ON t.id = tag_id",
    "SELECT 'attribute_tags', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', a.uuid, e.uuid, t.name, l.local))) FROM attribute_tags l "
    "JOIN attributes a ON a.id = attribute_id JOIN events e ON e.id = l.event_id JOIN tags t ON t.id = tag_id",
]


class Server:
    """The server, its clients, and the CPU time of both."""

    def __init__(self, given):
        self.given, self.ticks = given, os.sysconf("SC_CLK_TCK")
        self.shell = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", f"--socket={given.socket}", "--user=root"]

    def sql(self, text, database=""):
        done = subprocess.run([*self.shell, database], input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{done.stderr}\n{text[:2000]}")
        return done.stdout

    def fresh(self, name, attributes=None):
        """Makes a database with the tables; `attributes`: with half of the source's events."""
        self.sql(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};")
        self.sql(tables(), name)
        self.sql(rows(attributes, True) if attributes else EMPTY, name)
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct = 0")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            dirty = self.sql("SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'INNODB_BUFFER_POOL_PAGES_DIRTY'")
            if int(dirty) < 50:
                break
            time.sleep(0.2)
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct = 90")

    def timed(self, work):
        """Runs `work` and returns its seconds and CPU seconds."""
        before, client, begun = self.cpu(), os.times(), time.monotonic()
        work()
        seconds, after = time.monotonic() - begun, os.times()
        used = after.children_user - client.children_user + after.children_system - client.children_system
        return seconds, used + self.cpu() - before

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.given.pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / self.ticks


def gapsync(server, database, *words):
    """Runs gapsync and returns its report."""
    url = f"mariadb://root@localhost/{database}?socket={server.given.socket}"
    command = [os.path.abspath(server.given.gapsync), *words, f"--database={url}", "--profile=misp", "--progress=off", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=server.given.folder, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout)


def ours(server, target):
    """Carries the source into the target, and returns the reports of both sides."""
    made = gapsync(server, "source", "export", "--full", "--set=audience=community")
    name = made["bundle"]["name"]
    done = gapsync(server, target, "import", name, "--set=audience=community", f"--set=host_org={HOST}")
    os.remove(os.path.join(server.given.folder, name))
    return made, done


def by_hand(server, target):
    """Carries the source into the target by the statements."""
    text = (HERE / "misp.sql").read_text(encoding="utf-8").replace("@HOST@", HOST).replace("@FOLDER@", server.given.folder)
    out, into = text.split("-- The target.\n")
    server.sql(out, "source")
    server.sql(into, target)
    for path in pathlib.Path(server.given.folder).glob("*.tsv"):
        path.unlink()


def dump(server, target):
    """Copies the tables of the source."""
    names = "organisations tags threat_levels events objects attributes event_tags attribute_tags".split()
    command = ["mariadb-dump", "--no-defaults", "--single-transaction", f"--socket={server.given.socket}", "--user=root", "source", *names]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as source:
        subprocess.run([*server.shell, target], stdin=source.stdout, check=True)
    if source.returncode:
        sys.exit("mariadb-dump failed")


def main():
    parser = argparse.ArgumentParser()
    for name in ("gapsync", "socket"):
        parser.add_argument(name)
    parser.add_argument("pid", type=int)
    parser.add_argument("folder")
    parser.add_argument("--attributes", required=True)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    server = Server(given)
    print(f"# A MISP into another one, {given.attributes} attributes\n")
    print(f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, {os.cpu_count()} cores, which clients and server share. Medians of {given.pairs} ", end="")
    print("runs of each side, in turn; ours is export and import. CPU seconds are those of clients and server together. ", end="")
    print(f"Written by `benches/misp --attributes {given.attributes} --pairs {given.pairs}`.\n")
    print("| attributes | rows | target | against | ours (lowest-highest), s | theirs, s | our CPU s | their CPU s | our rows/s | ratio | most | our peak, MB | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    first = None
    for attributes in map(int, given.attributes.split(",")):
        server.sql("DROP DATABASE IF EXISTS source; CREATE DATABASE source;")
        server.sql(tables(), "source")
        server.sql(rows(attributes, False), "source")
        count = sum(int(server.sql(f"SELECT COUNT(*) FROM {name}", "source")) for name in ("events", "objects", "attributes", "event_tags", "attribute_tags"))
        for full in (False, True):
            sides = {"ours": ours, "hand": by_hand} | ({} if full else {"dump": dump})
            times, peak, left = {name: [] for name in sides}, 0, {}
            for pair in range(given.pairs):
                for name in list(sides)[:: 1 if pair % 2 == 0 else -1]:
                    server.fresh("target", attributes if full else None)
                    result = []
                    times[name].append(server.timed(lambda: result.append(sides[name](server, "target"))))
                    if name == "ours":
                        reports = result[0]
                        peak = max(peak, *(report["peak_memory_bytes"] / 1e6 for report in reports))
                        phases = ", ".join(f"{phase['name']} {phase['seconds']:.1f}" for report in reports for phase in report["phases"])
                        print(f"ours: {phases}", file=sys.stderr)
                    if name != "dump":
                        left[name] = "".join(server.sql(digest, "target") for digest in DIGESTS)
                    print(f"{attributes} {'half' if full else 'empty'} {name}: {times[name][-1][0]:.2f} s, CPU {times[name][-1][1]:.2f} s", file=sys.stderr)
            if left["ours"] != left["hand"]:
                sys.exit(f"gapsync and the statements differ:\n{left['ours']}\n{left['hand']}")
            median = lambda name, at: statistics.median(run[at] for run in times[name])
            spread = lambda name: f"{median(name, 0):.1f} ({min(run[0] for run in times[name]):.1f}-{max(run[0] for run in times[name]):.1f})"
            for name in list(sides)[1:]:
                most = 2.0 if name == "dump" else 1.0
                ratio = median("ours", 0) / median(name, 0)
                cells = [f"{attributes:,}", f"{count:,}", "half full" if full else "empty", {"hand": "SQL by hand", "dump": "`mariadb-dump \\| mariadb`"}[name]]
                cells += [spread("ours"), spread(name), f"{median('ours', 1):.1f}", f"{median(name, 1):.1f}", f"{count / median('ours', 0):,.0f}"]
                cells += [f"{ratio:.2f}", f"≤ {most}", f"{peak:.0f}", "ok" if ratio <= most else "**missed**"]
                print("| " + " | ".join(cells) + " |", flush=True)
            if not full:
                if first:
                    growth, by = median("ours", 0) / first[1], attributes / first[0]
                    print(f"| {attributes:,} | | empty | {first[0]:,} attributes | {median('ours', 0):.1f} | {first[1]:.1f} | | | | {growth:.2f} | ≤ {1.1 * by:.1f} | | {'ok' if growth <= 1.1 * by else '**missed**'} |", flush=True)
                first = first or (attributes, median("ours", 0))


main()
