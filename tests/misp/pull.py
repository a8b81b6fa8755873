"""Fills two MISPs, carries one to the other with gapsync, and compares with what MISP's own pull would leave, whose rules stand here in
plain code: pull.py GAPSYNC SOCKET USER HUB COMMUNITY INTERNAL, the last three databases that are empty."""

import json
import os
import subprocess
import sys

from content import edit, fill_hub, fill_target
from hub import COMMUNITY, INTERNAL, PROGRAM, SOCKET, TABLES, USER, uuid
from rules import Pull

PROFILE = os.environ.get("MISP_PROFILE", "misp")

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
    gapsync(b, *words, f"--after-list={list_of}")
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


def main():
    a = fill_hub()
    a.create()
    a.write()
    put_files(a, "a-files")
    targets = []
    for name, mode in ((COMMUNITY, "community"), (INTERNAL, "internal")):
        b = fill_target(name)
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


if __name__ == "__main__":
    main()
