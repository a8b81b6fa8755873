"""Fills two MISPs, carries one to the other with gapsync, and compares with what MISP's own pull would leave, whose rules stand here in
plain code: pull.py GAPSYNC SOCKET USER HUB COMMUNITY INTERNAL, the last three databases that are empty."""

import copy
import hashlib
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {"text": "varchar(200)", "uuid": "varchar(40)", "number": "int", "small": "tinyint", "large": "bigint", "time": "datetime", "date": "date"}
# Where a column refers to: a table, or None for what the other tables say.
REFERENCES = {
    "org_id": "organisations", "orgc_id": "organisations", "event_id": "events", "object_id": "objects", "attribute_id": "attributes",
    "sharing_group_id": "sharing_groups", "tag_id": "tags", "threat_level_id": "threat_levels",
}
OLD, NEWER = 1700000000, 1700009000


def described():
    tables, text = {}, open(f"{HERE}/tables.txt").read()
    text = re.sub(r"\n  ", " ", re.sub(r"(?m)^#.*\n", "", text))
    for line in text.splitlines():
        name, columns = line.split(": ", 1)
        tables[name] = [re.fullmatch(r"(\S+) (\w+)(\??)(?: = (\S+))?( unique)?", column.strip()).groups() for column in columns.split("; ")]
    return tables


TABLES = described()


def uuid(*parts):
    text = hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()
    return "-".join([text[:8], text[8:12], "4" + text[13:16], "a" + text[17:20], text[20:]])


class Hub:
    """A database as rows by table, which can be changed here and written there."""

    def __init__(self, name=None, first=1):
        self.name, self.next = name, first
        self.tables = {name: {} for name in TABLES}

    def copy(self):
        return copy.deepcopy(self)

    def add(self, table, **values):
        row = {}
        for column, kind, null, default, _ in TABLES[table]:
            row[column] = None if null and default is None else (default or "0" if kind in ("number", "small", "large") else (default or "").strip("'"))
            if kind in ("time", "date") and column not in values:
                row[column] = {"time": "2024-01-02 03:04:05", "date": "2024-01-02"}[kind]
        for column, value in values.items():
            row[column] = None if value is None else str(value)
        row["id"] = str(self.next)
        self.next += 1
        self.tables[table][row["id"]] = row
        return row

    def find(self, table, **values):
        wanted = {column: str(value) for column, value in values.items()}
        for row in self.tables[table].values():
            if all(row[column] == value for column, value in wanted.items()):
                return row
        return None

    def all(self, table, **values):
        wanted = {column: str(value) for column, value in values.items()}
        return [row for row in self.tables[table].values() if all(row[column] == value for column, value in wanted.items())]

    # Its database.

    def sql(self, text):
        shell = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--default-character-set=utf8mb4", f"--socket={SOCKET}", f"--user={USER}"]
        done = subprocess.run([*shell, self.name], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def create(self):
        text = ""
        for name, columns in TABLES.items():
            lines = ["id int NOT NULL AUTO_INCREMENT PRIMARY KEY"]
            for column, kind, null, default, unique in columns:
                default = f" DEFAULT {default}" if default else ""
                lines.append(f"`{column}` {TYPES[kind]}{'' if null else ' NOT NULL'}{default}{' UNIQUE' if unique else ''}")
                if column in REFERENCES and name not in ("tags",):
                    lines.append(f"KEY (`{column}`)")
            text += f"CREATE TABLE `{name}` ({', '.join(lines)}) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin;"
        self.sql(text)

    def write(self):
        text = ""
        for name, rows in self.tables.items():
            text += f"DELETE FROM `{name}`;"
            columns = ["id", *(column for column, *_ in TABLES[name])]
            for row in rows.values():
                cells = ["NULL" if row[column] is None else "'" + row[column].replace("'", "''") + "'" for column in columns]
                text += f"INSERT INTO `{name}` ({', '.join(f'`{column}`' for column in columns)}) VALUES ({', '.join(cells)});"
        self.sql(text)

    def read(self):
        found = Hub(self.name)
        for name in TABLES:
            columns = ["id", *(column for column, *_ in TABLES[name])]
            for cells in self.sql(f"SELECT {', '.join(f'`{column}`' for column in columns)} FROM `{name}`"):
                row = {column: None if cell == "NULL" else cell for column, cell in zip(columns, cells)}
                found.tables[name][row["id"]] = row
        found.next = 1 + max(int(id) for rows in found.tables.values() for id in rows)
        return found

    # Comparison.

    def named(self, table, id):
        if id in (None, "0"):
            return "none"
        row = self.tables[table].get(id)
        return f"nothing at {id}" if row is None else row.get("uuid") or row["name"].lower()

    def lines(self):
        """All rows without their numbers: what refers to a row has its uuid or name."""
        lines = set()
        for table, rows in self.tables.items():
            seen = []
            for row in rows.values():
                cells = {}
                for column, value in row.items():
                    if column == "id":
                        continue
                    if column == "referenced_id":
                        value = self.named("objects" if row["referenced_type"] == "1" else "attributes", value)
                    elif column in REFERENCES and table != "tags":
                        value = self.named(REFERENCES[column], value)
                    elif column == "name" and table in ("organisations", "sharing_groups"):
                        value = re.sub(r"_[0-9a-f]{4}$", "_0000", value)
                    cells[column] = value
                seen.append(f"{table} {json.dumps(cells, sort_keys=True)}")
            assert len(seen) == len(set(seen)), [line for line in seen if seen.count(line) > 1]
            lines.update(seen)
        return lines


class Pull:
    """MISP's pull of events from `source` into `target`, which becomes what MISP would leave."""

    def __init__(self, source, target, internal, host):
        self.a, self.b, self.internal, self.host = source, target, internal, host
        for event in list(source.tables["events"].values()):
            self.event(event)

    def step(self, row):
        row = dict(row)
        if "threat_level_id" in row:
            # MISP has the same numbers everywhere, and this test does not.
            level = self.a.tables["threat_levels"][row["threat_level_id"]]["name"]
            row["threat_level_id"] = self.b.find("threat_levels", name=level)["id"]
        if not self.internal:
            row["distribution"] = {"1": "0", "2": "1"}.get(row["distribution"], row["distribution"])
        return row

    def may_go(self, row):
        return self.internal or row["distribution"] in ("1", "2", "3", "5")

    def free(self, table, name):
        return name if self.b.find(table, name=name) is None else name + "_0000"

    def insert(self, table, row, **values):
        values = {**row, **values}
        del values["id"]
        return self.b.add(table, **values)

    def organisation(self, id):
        if id == "0":
            return "0"
        row = self.a.tables["organisations"][id]
        known = self.b.find("organisations", uuid=row["uuid"])
        if known is None:
            name = self.free("organisations", row["name"])
            known = self.insert("organisations", row, name=name, created_by=0, local=0, restricted_to_domain=None, landingpage=None)
        return known["id"]

    def tag(self, id):
        """The number of a tag, or None if the tag stays at home."""
        row = self.a.tables["tags"][id]
        if row["exportable"] == "0" or (row["local_only"] == "1" and not self.internal):
            return None
        for known in self.b.tables["tags"].values():
            if known["name"].lower() == row["name"].lower():
                return known["id"]
        return self.insert("tags", row, org_id=0, user_id=0, hide_tag=0)["id"]

    def sharing_group(self, id):
        if id in (None, "0"):
            return id
        row = self.a.tables["sharing_groups"][id]
        known = self.b.find("sharing_groups", uuid=row["uuid"])
        if known is None:
            known = self.insert("sharing_groups", row, name=self.free("sharing_groups", row["name"]), local=0, sync_user_id=0, org_id=self.organisation(row["org_id"]))
        elif known["local"] == "1":
            return known["id"]
        elif row["modified"] > known["modified"]:
            known.update({column: row[column] for column in ("name", "releasability", "description", "created", "modified", "roaming")})
        for member in self.a.all("sharing_group_orgs", sharing_group_id=id):
            org = self.organisation(member["org_id"])
            there = self.b.find("sharing_group_orgs", sharing_group_id=known["id"], org_id=org)
            if there is None:
                self.insert("sharing_group_orgs", member, sharing_group_id=known["id"], org_id=org)
            else:
                there["extend"] = member["extend"]
        return known["id"]

    def event(self, event):
        if event["published"] == "0" or event["protected"] == "1" or not (self.may_go(event) or self.internal):
            return
        if self.b.find("event_blocklists", event_uuid=event["uuid"]):
            return
        if self.b.find("org_blocklists", org_uuid=self.a.tables["organisations"][event["orgc_id"]]["uuid"]):
            return
        known = self.b.find("events", uuid=event["uuid"])
        if known and known["locked"] == "0" and not self.internal:
            # MISP pulls sightings by themselves, for all events that it has.
            self.sightings(event, known)
            return
        sent = self.step(event)
        if known is None:
            host = self.b.find("organisations", uuid=self.host)["id"]
            known = self.insert(
                "events", sent, org_id=host, orgc_id=self.organisation(event["orgc_id"]), user_id=0, locked=1, proposal_email_lock=0,
                sighting_timestamp=0, protected=None, sharing_group_id=self.sharing_group(event["sharing_group_id"]),
            )
        elif int(sent["timestamp"]) > int(known["timestamp"]):
            sent["sharing_group_id"] = self.sharing_group(event["sharing_group_id"])
            for column in ("date", "threat_level_id", "analysis", "info", "published", "distribution", "timestamp", "sharing_group_id", "disable_correlation", "extends_uuid"):
                known[column] = sent[column]
        else:
            self.sightings(event, known)
            return
        self.children(event, known)
        self.sightings(event, known)
        known["attribute_count"] = str(len(self.b.all("attributes", event_id=known["id"], deleted=0)))

    def child(self, table, row, known_event, **values):
        """Takes a row that belongs to an event; returns it, or None if MISP would not."""
        known = self.b.find(table, uuid=row["uuid"])
        if known is None:
            return self.insert(table, row, event_id=known_event["id"], **values)
        assert known["event_id"] == known_event["id"], "the test has no row that changes its event"
        if int(row["timestamp"]) > int(known["timestamp"]):
            fixed = ("id", "event_id", "object_id", "source_uuid", "referenced_uuid", "referenced_id", "referenced_type")
            new = {**row, **values}
            known.update({column: value for column, value in new.items() if column not in fixed})
        return known

    def children(self, event, known):
        objects, attributes = {}, {}
        for row in self.a.all("objects", event_id=event["id"]):
            if self.may_go(row):
                sharing = self.sharing_group(row["sharing_group_id"])
                objects[row["id"]] = self.child("objects", self.step(row), known, sharing_group_id=sharing)
        for row in self.a.all("attributes", event_id=event["id"]):
            if not self.may_go(row) or (row["object_id"] != "0" and row["object_id"] not in objects):
                continue
            within = objects[row["object_id"]]["id"] if row["object_id"] != "0" else "0"
            sharing = self.sharing_group(row["sharing_group_id"])
            attributes[row["id"]] = self.child("attributes", self.step(row), known, object_id=within, sharing_group_id=sharing)
            for link in self.a.all("attribute_tags", attribute_id=row["id"]):
                self.link("attribute_tags", link, attribute_id=attributes[row["id"]]["id"], event_id=known["id"])
        for row in self.a.all("object_references", event_id=event["id"]):
            to = (objects if row["referenced_type"] == "1" else attributes).get(row["referenced_id"])
            if row["object_id"] in objects and to is not None:
                self.child("object_references", row, known, object_id=objects[row["object_id"]]["id"], referenced_id=to["id"])
        for row in self.a.all("event_reports", event_id=event["id"]):
            if self.may_go(row):
                self.child("event_reports", self.step(row), known, sharing_group_id=self.sharing_group(row["sharing_group_id"]))
        for link in self.a.all("event_tags", event_id=event["id"]):
            self.link("event_tags", link, event_id=known["id"])

    def link(self, table, link, **ends):
        if link["local"] == "1" and not self.internal:
            return
        tag = self.tag(link["tag_id"])
        if tag is not None and self.b.find(table, tag_id=tag, **ends) is None:
            self.insert(table, link, tag_id=tag, **ends)

    def sightings(self, event, known):
        for row in self.a.all("sightings", event_id=event["id"]):
            attribute = self.a.tables["attributes"][row["attribute_id"]]
            seen = self.b.find("attributes", uuid=attribute["uuid"])
            if seen is not None and self.b.find("sightings", uuid=row["uuid"]) is None:
                self.insert("sightings", row, attribute_id=seen["id"], event_id=known["id"], org_id=self.organisation(row["org_id"]))


# Content.


def base(hub):
    hub.add("admin_settings", setting="db_version", value=130)
    for name in ("High", "Medium", "Low", "Undefined"):
        hub.add("threat_levels", name=name)


def organisation(hub, name, of=None):
    return hub.add("organisations", name=name, uuid=uuid("org", of or name), local=1, created_by=1, landingpage="mine")


def fill_hub():
    a = Hub(HUB)
    base(a)
    for name in ("Alpha", "Beta", "Bad", "Taken", "Watcher"):
        organisation(a, name)
    for name, more in (("TLP:AMBER", {}), ("Misc", {}), ("home", {"exportable": 0}), ("room", {"local_only": 1}), ("desk", {})):
        a.add("tags", **{"name": name, "colour": "#123456", "exportable": 1, "org_id": 1, "user_id": 1, "hide_tag": 1, **more})
    org = {row["name"]: row["id"] for row in a.tables["organisations"].values()}
    for name in ("one", "ours", "named", "known"):
        group = a.add("sharing_groups", name=name, uuid=uuid("group", name), organisation_uuid=uuid("org", "Alpha"), org_id=org["Alpha"], active=1, local=1, modified="2025-01-01 00:00:00", sync_user_id=1, releasability="new")
        for member in ("Alpha", "Beta"):
            a.add("sharing_group_orgs", sharing_group_id=group["id"], org_id=org[member], extend=1)
    group = {row["name"]: row["id"] for row in a.tables["sharing_groups"].values()}
    cases = [
        ("new", {"distribution": 1}), ("connected", {"distribution": 2}), ("all", {"distribution": 3, "extends_uuid": uuid("event", "new")}),
        ("only us", {"distribution": 0}), ("not ready", {"distribution": 3, "published": 0}), ("signed", {"distribution": 3, "protected": 1}),
        ("unsigned", {"distribution": 3, "protected": 0}), ("blocked", {"distribution": 3}), ("bad", {"distribution": 3, "orgc_id": org["Bad"]}),
        ("taken", {"distribution": 3, "orgc_id": org["Taken"]}), ("own", {"distribution": 3}), ("common", {"distribution": 2}),
        ("newer there", {"distribution": 3}), ("quiet", {"distribution": 3}),
        *((f"shared {name}", {"distribution": 4, "sharing_group_id": group[name]}) for name in group),
    ]
    for name, more in cases:
        values = {
            "uuid": uuid("event", name), "info": name, "org_id": 1, "orgc_id": org["Alpha"], "user_id": 3, "published": 1, "timestamp": NEWER, "publish_timestamp": NEWER,
            "analysis": 2, "threat_level_id": a.find("threat_levels", name="Medium")["id"], "attribute_count": 99, "sharing_group_id": 0, "sighting_timestamp": 5,
        }
        fill(a, a.add("events", **{**values, **more}), NEWER, name == "quiet")
    return a


def fill(hub, event, moment, quiet=False):
    """Adds everything that can belong to an event, in all distributions."""
    event_id, name = event["id"], event["info"]
    if quiet:
        return
    known = {row["name"].lower(): row["id"] for row in hub.tables["tags"].values()}
    org = {row["uuid"]: row["id"] for row in hub.tables["organisations"].values()}

    def attribute(what, **more):
        values = {"event_id": event_id, "category": "Network", "type": "domain", "value1": f"{what}.{name}", "timestamp": moment, "distribution": 5, "sharing_group_id": 0}
        return hub.add("attributes", uuid=uuid("attribute", name, what), **{**values, **more})

    plain = attribute("plain", comment="it's", first_seen=1)
    for distribution in range(4):
        attribute(f"level {distribution}", distribution=distribution)
    attribute("gone", deleted=1)
    stored = attribute("file", type="attachment", category="Payload")
    attribute("sample", type="malware-sample", category="Payload", value2="0" * 32)
    objects = {}
    for level in (0, 1, 5):
        objects[level] = hub.add("objects", uuid=uuid("object", name, level), name="file", template_version=2, event_id=event_id, timestamp=moment, distribution=level, **{"meta-category": "file"})
        attribute(f"part {level}", object_id=objects[level]["id"], object_relation="name")
    part = hub.find("attributes", uuid=uuid("attribute", name, "part 0"))
    for level, to, kind in ((5, plain, 0), (5, objects[1], 1), (5, objects[0], 1), (0, plain, 0), (1, part, 0)):
        hub.add("object_references", uuid=uuid("reference", name, level, to["uuid"]), timestamp=moment, object_id=objects[level]["id"], event_id=event_id, source_uuid=objects[level]["uuid"], referenced_uuid=to["uuid"], referenced_id=to["id"], referenced_type=kind, relationship_type="uses")
    for level in (0, 2, 5):
        hub.add("event_reports", uuid=uuid("report", name, level), event_id=event_id, name=f"Report {level}", content="text", distribution=level, timestamp=moment)
    for tag, local in (("tlp:amber", 0), ("misc", 0), ("home", 0), ("room", 0), ("desk", 1)):
        if tag in known:
            hub.add("event_tags", event_id=event_id, tag_id=known[tag], local=local, relationship_type="from")
            hub.add("attribute_tags", attribute_id=plain["id"], event_id=event_id, tag_id=known[tag], local=local)
    for at, (who, of) in enumerate((("Watcher", plain), (None, stored), ("Beta", part))):
        seen_by = org.get(uuid("org", who), "0") if who else "0"
        hub.add("sightings", uuid=uuid("sighting", name, at), attribute_id=of["id"], event_id=event_id, org_id=seen_by, date_sighting=1000 + at, source="here")


def fill_target(name, a):
    b = Hub(name, 501)
    base(b)
    host = organisation(b, "Host")
    organisation(b, "Beta as we call it", "Beta")
    organisation(b, "Taken", "another one")
    alpha, watcher = organisation(b, "Alpha"), organisation(b, "Watcher")
    for tag in ("tlp:amber", "mISC", "home", "room", "desk"):
        b.add("tags", name=tag, colour="#ffffff", exportable=1)
    for group, more in (("ours", {"local": 1}), ("named", {"uuid": uuid("group", "another one"), "local": 1}), ("known", {"local": 0, "modified": "2024-01-01 00:00:00"})):
        row = b.add("sharing_groups", **{"name": group, "uuid": uuid("group", group), "organisation_uuid": uuid("org", "Alpha"), "org_id": alpha["id"], "active": 0, "releasability": "old", "description": "old", **more})
        b.add("sharing_group_orgs", sharing_group_id=row["id"], org_id=alpha["id"])
    b.add("event_blocklists", event_uuid=uuid("event", "blocked"), event_info="x", event_orgc="x")
    b.add("org_blocklists", org_uuid=uuid("org", "Bad"), org_name="x")
    for event, locked, moment, more in (
        ("own", 0, OLD, {}), ("mine alone", 0, OLD, {}), ("common", 1, OLD, {}), ("newer there", 1, NEWER + 50, {"published": 0}),
    ):
        row = b.add("events", **{"uuid": uuid("event", event), "info": event, "org_id": host["id"], "orgc_id": alpha["id"], "user_id": 9, "published": 1, "locked": locked, "timestamp": moment, "publish_timestamp": 77, "analysis": 0, "threat_level_id": b.find("threat_levels", name="Low")["id"], "sharing_group_id": 0, "proposal_email_lock": 1, "distribution": 0, **more})
        fill(b, row, moment)
        # A row of the target that the source does not have, and one that only the source has.
        b.add("attributes", uuid=uuid("attribute", "there alone", event), event_id=row["id"], category="Other", type="text", value1="ours", sharing_group_id=0, timestamp=OLD)
        if event in ("own", "common"):
            lost = b.find("attributes", uuid=uuid("attribute", event, "level 3"))
            del b.tables["attributes"][lost["id"]]
        row["info"] = f"{event} as it was"
        row["attribute_count"] = str(len(b.all("attributes", event_id=row["id"], deleted=0)))
    return b


def edit(a):
    """What happens on the hub between two bundles."""
    now = int(time.time())

    def touched(name):
        row = a.find("events", uuid=uuid("event", name))
        row.update(timestamp=str(now), publish_timestamp=str(now), published="1")
        return row

    touched("new")["info"] = "edited"
    tagged = touched("quiet")
    a.add("event_tags", event_id=tagged["id"], tag_id=a.find("tags", name="Misc")["id"])
    touched("connected")
    gone = a.find("attributes", uuid=uuid("attribute", "connected", "plain"))
    gone.update(deleted="1", timestamp=str(now))
    for name in ("all", "own"):
        seen = a.find("attributes", uuid=uuid("attribute", name, "plain"))
        a.add("sightings", uuid=uuid("late sighting", name), attribute_id=seen["id"], event_id=seen["event_id"], org_id=0, date_sighting=1, source="late")
    # Only its publication is new.
    a.find("events", uuid=uuid("event", "not ready")).update(published="1", publish_timestamp=str(now))
    for mine in ("own", "common"):
        touched(mine)["info"] = "edited again"
        a.find("attributes", uuid=uuid("attribute", mine, "file")).update(comment="edited", timestamp=str(now))


# Files.


def put_files(hub, folder):
    for row in hub.tables["attributes"].values():
        if row["type"] in ("attachment", "malware-sample"):
            path = f"{folder}/{row['event_id']}/{row['id']}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(f"{row['uuid']} of {hub.name}")


def files(hub, folder):
    """The content of the file of each row that has one, by uuid."""
    found = {}
    for row in hub.tables["attributes"].values():
        if row["type"] in ("attachment", "malware-sample"):
            path = f"{folder}/{row['event_id']}/{row['id']}"
            found[row["uuid"]] = open(path).read() if os.path.exists(path) else None
    return found


# gapsync.


def gapsync(hub, *words, status=0):
    url = f"mariadb://{USER}@localhost/{hub.name}?socket={SOCKET}"
    done = subprocess.run([PROGRAM, *words, f"--database={url}", f"--profile={PROFILE}", "--progress=off", "--json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout) if status == 0 else None


def equal(what, expected, found):
    if expected != found:
        lines = [f"  missing  {line}" for line in sorted(expected - found)[:12]] + [f"  too many {line}" for line in sorted(found - expected)[:12]]
        sys.exit(f"{what}: {len(expected - found)} missing, {len(found - expected)} too many\n" + "\n".join(lines))


def carry(a, b, mode, what):
    """Exports, imports twice, compares."""
    audience, host = f"--set=audience={mode}", uuid("org", "Host")
    bundle = gapsync(a, "export", audience, "--files-root=a-files")["bundle"]["name"]
    before = b.read()
    files_before = files(before, f"{mode}-files")
    expected = before.copy()
    Pull(a, expected, mode == "internal", host)
    words = ("import", audience, f"--set=host_org={host}", f"--file={bundle}", f"--files-root={mode}-files")
    list_of = f"{mode}-{what}.list"
    report = gapsync(b, *words, f"--after-list={list_of}")
    found = b.read()
    equal(f"{mode}, {what}", expected.lines(), found.lines())
    changed = {row["uuid"] for row in found.tables["events"].values() if before.tables["events"].get(row["id"]) != row}
    listed = set(open(list_of).read().split())
    assert changed <= listed, (changed, listed)
    kept = {row["uuid"] for row in before.tables["attributes"].values() if found.tables["attributes"][row["id"]] == row}
    stored = files(found, f"{mode}-files")
    assert stored == {id: files_before[id] if id in kept else f"{id} of {a.name}" for id in stored}, stored
    if mode == "community":
        for table in TABLES:
            for row in before.tables[table].values():
                event = before.tables["events"].get(row.get("event_id") or row["id"] if table == "events" else row.get("event_id"))
                if event and event["locked"] == "0":
                    assert found.tables[table].get(row["id"]) == row, (table, row)
    gapsync(b, *words)
    assert b.read().tables == found.tables, f"{mode}, {what}: a second import changes rows"
    return report


def main():
    a = fill_hub()
    a.create()
    a.write()
    put_files(a, "a-files")
    targets = []
    for name, mode in ((COMMUNITY, "community"), (INTERNAL, "internal")):
        b = fill_target(name, a)
        b.create()
        b.write()
        put_files(b, f"{mode}-files")
        targets.append((b, mode))
    for b, mode in targets:
        carry(a, b, mode, "all")
    edit(a)
    a.write()
    for b, mode in targets:
        carry(a, b, mode, "edited")
        rows = b.read().tables
        print(mode, {table: len(rows[table]) for table in ("events", "attributes", "sightings")})


PROGRAM, SOCKET, USER, HUB, COMMUNITY, INTERNAL = sys.argv[1:7]
PROFILE = os.environ.get("MISP_PROFILE", "misp")
if __name__ == "__main__":
    main()
