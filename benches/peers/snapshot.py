#!/usr/bin/env python3
"""Measures `gapsync snapshot` against what administrators do, in turn, and prints a table in Markdown.

    snapshot.py GAPSYNC NODE PID SCRATCH --rows N --files N --pairs N [--medusa FILE]

NODE is the folder of a node of Cassandra as the tests start it, PID its process. Of the other ways, only Medusa writes digests, and none
syncs what it writes. CPU seconds are those of the commands and of the node.
"""

import argparse
import glob
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster
from cassandra.concurrent import execute_concurrent_with_args
from pairs import Pairs, cpu_of, run, shell

KEYSPACE = "bench"
TABLES = ("edgestore", "graphindex", "janusgraph_ids", "system_properties", "systemlog", "txlog")


class Site:
    """A node, a keyspace in it, and a tree of files."""

    def __init__(self, given):
        self.gapsync, self.node, self.pid, self.scratch = given.gapsync, given.node, given.pid, given.scratch
        self.medusa = given.medusa
        host, port = pathlib.Path(self.node, "address").read_text().strip().split(":")
        self.host, self.port = host, port
        login = PlainTextAuthProvider("cassandra", "cassandra")
        self.session = Cluster([host], port=int(port), auth_provider=login).connect()
        self.files = os.path.join(self.scratch, "files")
        platform = f"""format = 1
name = "bench"
[[service]]
name = "app"
stop = ["true"]
start = ["true"]
[[store]]
name = "data"
kind = "cassandra"
keyspace = "{KEYSPACE}"
hosts = "{host}:{port}"
nodetool = ["{self.node}/nodetool"]
[[store]]
name = "files"
kind = "files"
folder = "{self.files}"
"""
        self.platform = os.path.join(self.scratch, "bench.toml")
        pathlib.Path(self.platform).write_text(platform)
        self.credentials = os.path.join(self.scratch, "credentials")
        pathlib.Path(self.credentials).write_text('[data]\nuser = "cassandra"\npassword = "cassandra"\n')
        os.chmod(self.credentials, 0o600)

    def fill(self, rows, files):
        """Makes the keyspace and the tree: random, as SSTables of a graph and attachments are mostly compressed already."""
        self.session.execute(
            f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        )
        chance = random.Random(1)
        for table in TABLES:
            self.session.execute(
                f"CREATE TABLE {KEYSPACE}.{table} (key blob, column1 blob, value blob, PRIMARY KEY (key, column1))"
            )
            count = rows if table == "edgestore" else rows // 20
            insert = self.session.prepare(f"INSERT INTO {KEYSPACE}.{table} (key, column1, value) VALUES (?, ?, ?)")
            for begin in range(0, count, 5000):
                # Half of each value repeats, as property names and prefixes do.
                made = [
                    (chance.randbytes(8), chance.randbytes(12), chance.randbytes(500) + bytes(10) * 50)
                    for _ in range(min(5000, count - begin))
                ]
                execute_concurrent_with_args(self.session, insert, made, concurrency=64)
        run([f"{self.node}/nodetool", "flush", KEYSPACE])
        for number in range(files):
            folder = os.path.join(self.files, f"{number % 100:02}")
            os.makedirs(folder, exist_ok=True)
            noise = chance.randbytes(chance.randrange(2_000, 50_000))
            with open(os.path.join(folder, f"{number}"), "wb") as file:
                file.write(noise + b"text of an attachment, again and again. " * (len(noise) // 40))

    def command(self, what, *more):
        """Runs gapsync, and returns its report."""
        environment = dict(os.environ, GAPSYNC_STATE_DIR=os.path.join(self.scratch, "state"))
        command = [self.gapsync, "snapshot", what, "--platform", self.platform, "--credentials", self.credentials]
        command += ["--json", "--progress", "off", "--report-dir", self.scratch, *more]
        return json.loads(run(command, env=environment, cwd=self.scratch))

    # --- the sides ---------------------------------------------------------------------------------------------------

    def written(self):
        """Returns the bytes that a side has written."""
        return sum(os.path.getsize(path) for path in glob.glob(f"{self.scratch}/*.tar*"))

    def clean(self):
        """Removes what a side has written."""
        for path in glob.glob(f"{self.scratch}/*.tar*") + glob.glob(f"{self.scratch}/*-create.txt"):
            os.remove(path)
        shutil.rmtree(f"{self.scratch}/medusa", ignore_errors=True)

    def create(self, store):
        """Makes a snapshot of a store. Rows are not counted, as the other ways count none."""
        return self.command("create", "--target", self.scratch, "--mode", "ordered", "--only", store)

    def guide(self, pack):
        """The way of the guides: snapshot, archive of its folders, clear."""
        folders = f"{self.node}/data/*/{KEYSPACE}/*/snapshots/old"
        return shell(
            f"{self.node}/nodetool snapshot {KEYSPACE} -t old >&2; {pack.format(folders)}; {self.node}/nodetool clearsnapshot -t old >&2"
        )

    def backup(self):
        """The way of Medusa: a full backup to a folder, with its digests. It saves the keyspaces of the system too, which are small."""
        os.makedirs(f"{self.scratch}/medusa/bucket")
        configuration = f"""[cassandra]
config_file = {self.node}/conf/cassandra.yaml
cql_username = cassandra
cql_password = cassandra
nodetool_host = 127.0.0.1
resolve_ip_addresses = False
use_sudo = False
stop_cmd = true
start_cmd = true
[storage]
storage_provider = local
bucket_name = bucket
base_path = {self.scratch}/medusa
fqdn = 127.0.0.1
concurrent_transfers = 2
[monitoring]
monitoring_provider = local
[checks]
enable_md5_checks = true
"""
        file = pathlib.Path(self.scratch, "medusa", "medusa.ini")
        file.write_text(configuration)
        environment = dict(os.environ, PATH=f"{self.node}:{os.environ['PATH']}")
        run([self.medusa, "--config-file", str(file), "backup", "--backup-name", "full", "--mode", "full"], env=environment)

    def verify(self):
        """Reads a whole bundle and checks it."""
        bundle = glob.glob(f"{self.scratch}/*.tar.zst")[0]
        command = [self.gapsync, "snapshot", "verify", bundle, "--progress", "off"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"{command} ended with {child.returncode}")
        return {"peak_memory_bytes": used.ru_maxrss * 1024}

    def digest(self):
        """Unpacks a whole bundle and computes one digest."""
        return shell(f"zstd -dc {self.scratch}/*.tar.zst | sha256sum")

    def restore(self):
        """Restores the bundle under another name."""
        bundle = glob.glob(f"{self.scratch}/*.tar.zst")[0]
        return self.command("restore", "--file", bundle, "--rename", f"data={KEYSPACE}_new", "--only", "data")

    def guide_restore(self):
        """The guide's script, mended: unpack, the schema under the new name, sstableloader for each table."""
        target = f"{self.scratch}/unpacked"
        shell(f"mkdir {target}; tar xjf {self.scratch}/old.tar.bz2 -C {target}")
        tables = glob.glob(f"{target}/**/snapshots/old", recursive=True)
        self.session.execute(
            f"CREATE KEYSPACE {KEYSPACE}_new WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        )
        # The node has two data folders, and the schema of a table is in one of them.
        for folder in sorted(tables, key=lambda folder: not os.path.exists(f"{folder}/schema.cql")):
            table = re.search(rf"/{KEYSPACE}/([a-z_]+)-[0-9a-f]+/", folder).group(1)
            at = f"{target}/load/{KEYSPACE}_new/{table}"
            if os.path.exists(at):
                for name in os.listdir(folder):
                    os.rename(f"{folder}/{name}", f"{at}/{name}")
                continue
            text = pathlib.Path(folder, "schema.cql").read_text()
            text = re.sub(r"ID = [0-9a-f-]+\s+AND ", "", text).replace(f"{KEYSPACE}.", f"{KEYSPACE}_new.")
            for statement in re.findall(r"CREATE TABLE [^;]*;", text):
                self.session.execute(statement)
            os.makedirs(os.path.dirname(at), exist_ok=True)
            os.rename(folder, at)
        for at in glob.glob(f"{target}/load/{KEYSPACE}_new/*"):
            login = ["-u", "cassandra", "-pw", "cassandra", "--no-progress", "-d", self.host, "-p", self.port]
            run([f"{self.node}/sstableloader", *login, at])
        shutil.rmtree(target)

    def drop(self):
        """Checks that all rows of the largest table are there, and drops what was restored."""
        query = "SELECT count(*) FROM {}.janusgraph_ids"
        rows = [self.session.execute(query.format(name), timeout=600).one()[0] for name in (KEYSPACE, f"{KEYSPACE}_new")]
        if rows[0] != rows[1]:
            sys.exit(f"a restore has {rows[1]} of {rows[0]} rows")
        self.session.execute(f"DROP KEYSPACE {KEYSPACE}_new", timeout=120)


def main():
    """Measures each case and prints the table."""
    parser = argparse.ArgumentParser()
    for name in ("gapsync", "node", "pid", "scratch"):
        parser.add_argument(name)
    for name in ("--rows", "--files", "--pairs"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--medusa")
    given = parser.parse_args()
    site = Site(given)
    print("filling", file=sys.stderr)
    site.fill(given.rows, given.files)
    size = int(run(["du", "-sb", f"{site.node}/data"]).split()[0]) / 1e6
    tree = int(run(["du", "-sb", site.files]).split()[0]) / 1e6
    out = site.scratch
    zstd = "tar cf - {0} 2>/dev/null | zstd -3 -T2 -q -o " + f"{out}/old.tar.zst -f"
    cases = [
        ("keyspace", "Medusa, full backup to a folder", 0.8, lambda: site.create("data"), site.backup),
    ] if given.medusa else []
    cases += [
        ("keyspace", "`tar cjf`, as the guide has it", 0.15, lambda: site.create("data"),
         lambda: site.guide("tar cjf " + f"{out}/old.tar.bz2 {{0}}")),
        ("keyspace", "`tar c \\| zstd -3 -T2`", 1.1, lambda: site.create("data"), lambda: site.guide(zstd)),
        ("files", "`tar c \\| zstd -3 -T2`", 1.0, lambda: site.create("files"),
         lambda: shell(zstd.format(site.files))),
    ]
    pairs = Pairs(given.pairs, lambda: cpu_of(site.pid), site.written)
    pairs.head(
        f"Snapshots: a keyspace of {size:.0f} MB, a tree of {given.files} files and {tree:.0f} MB",
        f"benches/snapshot --rows {given.rows} --files {given.files}",
    )
    for case in cases:
        pairs.row(*case, after=site.clean)
    site.create("files")
    nothing = lambda: None
    pairs.row("verify of the files", "`zstd -dc \\| sha256sum`", 1.1, site.verify, site.digest, after=nothing, sizes=False)
    site.clean()
    site.create("data")
    site.guide("tar cjf " + f"{out}/old.tar.bz2 {{0}}")
    what = "restore of the keyspace under another name"
    pairs.row(what, "the guide's script, mended", 0.5, site.restore, site.guide_restore, after=site.drop, sizes=False)


main()
