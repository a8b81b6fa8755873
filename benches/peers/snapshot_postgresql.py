#!/usr/bin/env python3
"""Measures `gapsync snapshot` of PostgreSQL against what administrators do, in turn, and prints a table in Markdown.

    snapshot_postgresql.py HOME SCRATCH --rows N --pairs N [--only WORD]

HOME is the folder of a server: its data folder `data`, its socket, and a copy of gapsync, which archives the server's log. The program of
pgBackRest must be found by PATH. No side counts rows but ours; tar alone syncs nothing.
"""

import argparse
import glob
import json
import os
import pathlib
import random
import shutil

from pairs import Pairs, cpu_of, run, shell

FIXTURE = "fixtures/threatq-sample.tar.gz"

# What the fixture's indicators and descriptions become: tables of text and of JSON, as platforms have them.
TABLES = """
CREATE TEMP TABLE named AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, value, score FROM indicators;
CREATE TEMP TABLE told AS SELECT row_number() OVER () - 1 AS n, value, description
    FROM (SELECT value, description FROM malware UNION ALL SELECT value, description FROM attack_pattern) of
    WHERE length(description) > 200;
CREATE TABLE observation (id bigint PRIMARY KEY, value text NOT NULL, digest text NOT NULL, seen timestamptz NOT NULL, score int, source text);
INSERT INTO observation SELECT g, v.value || '/' || g % 977, md5(g::text), timestamptz '2026-01-01' + g * interval '7 s', v.score,
    (ARRAY['feed of partners', 'analyst', 'sandbox', NULL])[1 + g % 4]
    FROM generate_series(1, :rows) g JOIN named v ON v.n = g * 7919 % (SELECT count(*) FROM named);
CREATE INDEX ON observation (digest);
CREATE INDEX ON observation (seen);
CREATE TABLE document (id uuid PRIMARY KEY, created timestamptz NOT NULL, content jsonb NOT NULL);
INSERT INTO document SELECT md5(g::text)::uuid, timestamptz '2026-01-01' + g * interval '70 s',
    jsonb_build_object('type', 'report', 'title', t.value, 'text', t.description, 'value', v.value, 'digest', md5(g || 'x'),
        'tags', jsonb_build_array(t.n % 17, v.score, t.value))
    FROM generate_series(1, :rows / 10) g JOIN named v ON v.n = g * 7919 % (SELECT count(*) FROM named)
    JOIN told t ON t.n = g * 31 % (SELECT count(*) FROM told);
VACUUM ANALYZE;
"""


class Site:
    """A server of PostgreSQL, a folder of files like SSTables, and what is written of them."""

    def __init__(self, given):
        self.home, self.scratch, self.rows = given.home, given.scratch, given.rows
        self.gapsync, self.data = f"{self.home}/gapsync", f"{self.home}/data"
        self.pid = int(pathlib.Path(self.data, "postmaster.pid").read_text().split()[0])
        self.own = [] if os.geteuid() else ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        os.environ.update(PGHOST=self.home, PGUSER="gapsync", PGDATABASE="postgres")
        # What a run writes, and the snapshots that others are on the base of.
        self.out, self.first = f"{self.scratch}/out", f"{self.scratch}/first"
        self.files, self.archive = f"{self.scratch}/files", f"{self.home}/archive"
        for folder in (self.out, self.first, self.files):
            os.mkdir(folder)
        run([*self.own, "mkdir", self.archive])
        url = f"postgres:///postgres?host={self.home}&user=gapsync"
        bin = os.path.dirname(shutil.which("initdb"))
        self.platform = f"{self.scratch}/bench.toml"
        pathlib.Path(self.platform).write_text(f"""format = 1
name = "bench"
[[store]]
name = "data"
kind = "postgresql"
url = "{url}"
databases = ["bench"]
[[store]]
name = "server"
kind = "postgresql"
mode = "archive"
url = "{url}"
folder = "{self.data}"
archive = "{self.archive}"
bin = "{bin}"
[[store]]
name = "files"
kind = "files"
folder = "{self.files}"
""")

    def sql(self, statement, database="postgres", *more):
        """Runs statements by psql, and returns what it prints."""
        return run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *more, "-d", database], input=statement)

    def fill(self):
        """Makes the database and the files."""
        url = f"postgres:///bench?host={self.home}&user=gapsync"
        self.sql("CREATE DATABASE bench")
        quiet = ["--progress", "off", "--report-dir", self.scratch]
        run([self.gapsync, "init", "--database", url, *quiet])
        run([self.gapsync, "import", "--database", url, "--file", FIXTURE, *quiet])
        run(["pgbench", "-i", "-q", "-s", str(max(1, self.rows // 100_000)), "bench"])
        self.sql(TABLES, "bench", "-v", f"rows={self.rows}")
        chance = random.Random(1)
        # Each a generation of a table: compressed blocks, and an index with much that repeats.
        for number in range(8):
            with open(f"{self.files}/nb-{number}-big-Data.db", "wb") as file:
                for _ in range(self.rows // 40_000):
                    file.write(chance.randbytes(900_000) + b"bloom filter, offsets, keys " * 4000)
        self.sql("CHECKPOINT")

    def archiving(self, whether):
        """Lets the server archive its log by gapsync, or throw it away."""
        # The server's user may not read the configuration of ours.
        archive = f"XDG_CONFIG_HOME=/nonexistent {self.gapsync} snapshot archive-wal %p --to {self.archive}"
        command = archive if whether else "/bin/true"
        self.sql(f"ALTER SYSTEM SET archive_command = '{command}'; SELECT pg_reload_conf(); SELECT pg_switch_wal()")

    def command(self, what, *more):
        """Runs gapsync, and returns its report."""
        environment = dict(os.environ, GAPSYNC_STATE_DIR=f"{self.scratch}/state", TMPDIR=self.scratch)
        command = [self.gapsync, "snapshot", what, "--platform", self.platform, "--json", "--progress", "off"]
        return json.loads(run([*command, "--report-dir", self.scratch, *more], env=environment, cwd=self.scratch))

    def written(self):
        """Returns the bytes that a side has written."""
        return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(self.out) for name in names)

    def clean(self):
        """Removes what a side has written, and lets the server write what it holds back."""
        shutil.rmtree(self.out)
        os.mkdir(self.out)
        if self.own:
            shutil.chown(self.out, "postgres", "postgres")
        self.pgbackrest("stanza-create", "--no-online")
        self.sql("CHECKPOINT")

    # --- the sides ---------------------------------------------------------------------------------------------------

    def create(self, store, *more):
        """Makes a snapshot of a store."""
        return self.command("create", "--target", self.out, "--only", store, *more)

    def keep(self, store):
        """Makes a snapshot of a store that is kept, and returns its path."""
        self.command("create", "--target", self.first, "--only", store)
        return max(glob.glob(f"{self.first}/*.tar.zst"), key=os.path.getmtime)

    def dump(self):
        """The directory format of pg_dump with two jobs, then one file of it."""
        folder = f"{self.out}/dump"
        shell(f"pg_dump -Fd -j2 -Z1 -f {folder} bench; tar cf {self.out}/dump.tar -C {self.out} dump; rm -r {folder}")

    def dump_all(self):
        """The script of the guide."""
        shell(f"pg_dumpall | bzip2 > {self.out}/all.sql.bz2")

    def restore(self, bundle):
        """Restores the database under another name."""
        return self.command("restore", "--file", bundle, "--rename", "data=copy", "--only", "data")

    def restore_dump(self, then="true"):
        """Restores the directory format of pg_dump with two jobs. Ours computes the planner's statistics as well, which is a command of its own here."""
        shell(f"createdb copy; pg_restore -j2 -d copy {self.first}/dump; {then}")

    def drop(self):
        """Checks that all rows of the largest table are there, and drops what was restored."""
        rows = {self.sql("SELECT count(*), sum(score) FROM observation", name) for name in ("bench", "copy")}
        if len(rows) != 1:
            raise SystemExit(f"a restore has other rows: {rows}")
        self.sql("DROP DATABASE copy")
        self.sql("CHECKPOINT")

    def pgbackrest(self, *words):
        """Runs pgBackRest. Its repository is checked against no archive, as there is none of its own."""
        options = ["--stanza=bench", f"--repo1-path={self.out}/repo", f"--pg1-path={self.data}", f"--pg1-socket-path={self.home}"]
        options += [f"--lock-path={self.out}/lock", "--log-level-file=off", "--config=/dev/null"]
        if "backup" in words:
            options += ["--pg1-user=gapsync", "--repo1-retention-full=1", "--no-archive-check"]
        run([*self.own, "pgbackrest", *options, *words])

    def base_copy(self):
        """A full backup of pgBackRest, compressed as ours."""
        level = ["--compress-type=zst", "--compress-level=1", "--process-max=2"]
        self.pgbackrest("--type=full", "--start-fast", *level, "backup")

    def base_backup(self):
        """PostgreSQL's own base copy."""
        shell(f"pg_basebackup -D {self.out}/base -Ft -z -X fetch -c fast")


def main():
    """Measures each case and prints the table."""
    parser = argparse.ArgumentParser()
    for name in ("home", "scratch"):
        parser.add_argument(name)
    for name in ("--rows", "--pairs"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    site = Site(given)
    site.archiving(False)
    site.fill()
    site.clean()
    size = int(site.sql("SELECT pg_database_size('bench')")) / 1e6
    files = int(run(["du", "-sb", site.files]).split()[0]) / 1e6
    pairs = Pairs(given.pairs, lambda: cpu_of(site.pid, with_children=True), site.written)
    title = f"Snapshots: a database of PostgreSQL of {size:.0f} MB with its indexes, files of {files:.0f} MB"
    pairs.head(title, f"benches/snapshot-postgresql --rows {given.rows}")

    def wanted(what, against):
        return given.only in f"{what} {against}"

    def row(what, against, target, ours, theirs, after=site.clean, **more):
        if wanted(what, against):
            pairs.row(what, against, target, ours, theirs, after=after, **more)

    logical = lambda: site.create("data")
    row("database", "`pg_dump -Fd -j2 -Z1`, then `tar`", 0.9, logical, site.dump)
    row("database", "`pg_dumpall \\| bzip2`", 0.15, logical, site.dump_all)
    what, analyze = "restore of the database under another name", "vacuumdb -q --analyze-only -j2 copy"
    restores = [("`pg_restore -j2`", site.restore_dump), ("the same, then `vacuumdb --analyze-only -j2`", lambda: site.restore_dump(analyze))]
    if any(wanted(what, against) for against, _ in restores):
        bundle = site.keep("data")
        shell(f"pg_dump -Fd -j2 -Z1 -f {site.first}/dump bench")
        for against, theirs in restores:
            row(what, against, 1.0, lambda: site.restore(bundle), theirs, after=site.drop, sizes=False)
        shutil.rmtree(f"{site.first}/dump")
        os.remove(bundle)
    site.archiving(True)
    server = lambda: site.create("server")
    row("server, base copy and log", "pgBackRest, zst level 1 as ours, 2 processes", 1.1, server, site.base_copy)
    row("server, base copy and log", "`pg_basebackup -Ft -z -X fetch`", 0.4, server, site.base_backup)
    for store, what in (("server", "server on a base, unchanged"), ("files", "files on a base, unchanged")):
        if wanted(what, "the first"):
            base = site.keep(store)
            again = lambda store=store, base=base: site.create(store, "--base", base)
            row(what, "the first", 0.25, again, lambda store=store: site.create(store), most_bytes=0.01)
            os.remove(base)


main()
