"""Fills two MISPs, carries one to the other with gapsync, and compares with what MISP's own pull would leave, whose rules stand here in
plain code: pull.py GAPSYNC SOCKET USER HUB COMMUNITY INTERNAL THIRD, the last four databases that are empty. The third gets its events from
the community's target, and not from the hub."""

import json
import os
import subprocess
import sys

from content import add_own, edit, fill_hub, fill_target, fill_third
from hub import COMMUNITY, INTERNAL, PROGRAM, SOCKET, TABLES, THIRD, USER, uuid
from rules import Pull

PROFILE = os.environ.get("MISP_PROFILE", "misp")

# Files.


def put_files(hub, folder):
    """Gives a file to each row that should have one and has none."""
    os.makedirs(folder, exist_ok=True)
    for row in hub.tables["attributes"].values():
        if row["type"] in ("attachment", "malware-sample"):
            path = f"{folder}/{row['event_id']}/{row['id']}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if not os.path.exists(path):
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


# Where an import is killed.
POINTS = ("import.resolved", "import.insert", "import.delete", "import.update", "import.before-finish")


def gapsync(hub, *words, status=0, killed_at=None):
    url = f"mariadb://{USER}@localhost/{hub.name}?socket={SOCKET}"
    done = subprocess.run([PROGRAM, *words, f"--database={url}", f"--profile={PROFILE}", "--progress=off", "--json"], capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, **({"GAPSYNC_FAIL_POINT": killed_at} if killed_at else {})})
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout) if status == 0 else None


def equal(what, expected, found):
    if expected != found:
        lines = [f"  missing  {line}" for line in sorted(expected - found)[:12]] + [f"  too many {line}" for line in sorted(found - expected)[:12]]
        sys.exit(f"{what}: {len(expected - found)} missing, {len(found - expected)} too many\n" + "\n".join(lines))


def origin(a, id):
    """The content of a row's file at home."""
    return files(a, f"{a.name}-files")[id]


def carry(a, b, mode, what, killed=()):
    """Exports, imports twice, compares. `killed`: points at which the import is killed first, resumed, and undone."""
    audience, host = f"--set=audience={mode}", uuid("org", "Host")
    bundle = gapsync(a, "export", audience, f"--files-root={a.name}-files")["bundle"]["name"]
    before = b.read()
    files_before = files(before, f"{b.name}-files")
    expected = before.copy()
    Pull(a, expected, mode == "internal", host)
    words = ("import", audience, f"--set=host_org={host}", f"--file={bundle}", f"--files-root={b.name}-files")
    for point in killed:
        gapsync(b, *words, status=-9, killed_at=point)
        gapsync(b, *words, "--resume")
        equal(f"{mode}, {what}, killed at {point}", expected.lines(), b.read().lines())
        before.write()
    list_of = f"{b.name}-{what}.list"
    gapsync(b, *words, f"--after-list={list_of}")
    found = b.read()
    equal(f"{mode}, {what}", expected.lines(), found.lines())
    changed = {row["uuid"] for row in found.tables["events"].values() if before.tables["events"].get(row["id"]) != row}
    listed = set(open(list_of).read().split())
    assert changed <= listed, (changed, listed)
    kept = {row["uuid"] for row in before.tables["attributes"].values() if found.tables["attributes"][row["id"]] == row}
    stored = files(found, f"{b.name}-files")
    assert stored == {id: files_before[id] if id in kept else origin(a, id) for id in stored}, stored
    if mode == "community":
        for table in TABLES:
            for row in before.tables[table].values():
                event = before.tables["events"].get(row.get("event_id") or row["id"] if table == "events" else row.get("event_id"))
                if event and event["locked"] == "0":
                    assert found.tables[table].get(row["id"]) == row, (table, row)
    gapsync(b, *words)
    assert b.read().tables == found.tables, f"{mode}, {what}: a second import changes rows"


def main():
    a = fill_hub()
    a.create()
    a.write()
    put_files(a, f"{a.name}-files")
    targets = []
    for name, mode in ((COMMUNITY, "community"), (INTERNAL, "internal")):
        b = fill_target(name)
        b.create()
        b.write()
        put_files(b, f"{b.name}-files")
        targets.append((b, mode))
    for b, mode in targets:
        carry(a, b, mode, "all")
    middle, third = targets[0][0].read(), fill_third(THIRD)
    add_own(middle)
    middle.write()
    put_files(middle, f"{middle.name}-files")
    third.create()
    third.write()
    put_files(third, f"{third.name}-files")
    carry(middle, third, "community", "passed on")
    edit(a)
    a.write()
    for b, mode in targets:
        carry(a, b, mode, "edited", POINTS if mode == "community" else POINTS[2:3])
    carry(targets[0][0].read(), third, "community", "edited and passed on", POINTS[3:4])
    for b, mode in [*targets, (third, "third")]:
        rows = b.read().tables
        print(mode, {table: len(rows[table]) for table in ("events", "attributes", "sightings")})


if __name__ == "__main__":
    main()
