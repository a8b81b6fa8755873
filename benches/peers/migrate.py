#!/usr/bin/env python3
"""Measures `gapsync migrate` of flow records against the old way, in turn, and prints a table in Markdown.

    migrate.py GAPSYNC TREE --rows N [--pairs N] [--sqlite FOLDER] [--postgres URL --postgres-pid PID]
               [--spark URL --spark-pid PID]

The old way is that of Spot's scripts, in one session of the engine's own shell: for each file of scores a staging table of its
columns, the file by .import, \\copy or LOAD DATA LOCAL INPATH, and one INSERT for each of the two tables. It checks nothing and
reads none of the small files of the tree, which gapsync migrates as well. Each run starts with empty tables, which gapsync's own
--print-sql makes. CPU seconds are those of the client and of the server.
"""

import argparse
import glob
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.parse

STAGED = (
    "sev INT, tstart TEXT, srcIP TEXT, dstIP TEXT, sport INT, dport INT, proto TEXT, ipkt BIGINT, ibyt BIGINT, opkt BIGINT, "
    "obyt BIGINT, score DOUBLE PRECISION, rank INT, srcIpInternal INT, destIpInternal INT, srcGeo TEXT, dstGeo TEXT, "
    "srcDomain TEXT, dstDomain TEXT, srcIP_rep TEXT, dstIP_rep TEXT"
)
SCORES = "tstart, srcIP, dstIP, sport, dport, proto, ipkt, ibyt, opkt, obyt, score, rank, srcIpInternal, destIpInternal, srcGeo, "
SCORES += "dstGeo, srcDomain, dstDomain, srcIP_rep, dstIP_rep"
RATED = "tstart, srcIP, dstIP, sport, dport, sev"


class Sqlite:
    """SQLite, whose server is the client."""

    name, old, target, pid = "SQLite", "`.import`, then the inserts", 0.8, None

    def __init__(self, folder):
        self.folder, self.path = folder, None

    def fresh(self, number):
        """Names a database that is not there yet, and returns its URL and the options it needs."""
        if self.path:
            for path in glob.glob(self.path + "*"):
                os.remove(path)
        self.path = os.path.join(self.folder, f"target-{number}.db")
        return f"sqlite:{self.path}", []

    def shell(self):
        """Returns the command of the engine's own shell."""
        return ["sqlite3", "-bail", "-batch", self.path]

    def load(self, file, day):
        """Returns the script that migrates one file."""
        y, m, d = day
        # What .import reads is text where it is no number, and greater than any number.
        return f"""CREATE TABLE flow_scores_tmp ({STAGED});
.mode csv
.import --skip 1 {file} flow_scores_tmp
BEGIN;
INSERT INTO flow_scores SELECT {SCORES}, {y}, {m}, {d} FROM flow_scores_tmp;
INSERT INTO flow_threat_investigation SELECT {RATED}, {y}, {m}, {d} FROM flow_scores_tmp WHERE sev > 0 AND sev <> '';
COMMIT;
DROP TABLE flow_scores_tmp;
"""

    def count(self, table):
        """Returns the number of rows of a table."""
        return int(_output([*self.shell(), f"SELECT count(*) FROM {table}"]))


class Postgres:
    """PostgreSQL, whose backends end with each run and leave their CPU time to the postmaster."""

    name, old, target = "PostgreSQL", "`\\copy`, then the inserts", 0.8

    def __init__(self, url, pid):
        self.url, self.pid, self.database = url, pid, None

    def _admin(self, statement):
        _output(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url])

    def fresh(self, number):
        if self.database:
            self._admin(f"DROP DATABASE {self.database}")
        self.database = f"target_{number}"
        self._admin(f"CREATE DATABASE {self.database}")
        return re.sub("/postgres(?=[?])", "/" + self.database, self.url), []

    def shell(self):
        return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", re.sub("/postgres(?=[?])", "/" + self.database, self.url)]

    def load(self, file, day):
        y, m, d = day
        return f"""CREATE UNLOGGED TABLE flow_scores_tmp ({STAGED});
\\copy flow_scores_tmp FROM '{file}' CSV HEADER
BEGIN;
INSERT INTO flow_scores SELECT {SCORES}, {y}, {m}, {d} FROM flow_scores_tmp;
INSERT INTO flow_threat_investigation SELECT {RATED}, {y}, {m}, {d} FROM flow_scores_tmp WHERE sev > 0;
COMMIT;
DROP TABLE flow_scores_tmp;
"""

    def count(self, table):
        return int(_output([*self.shell(), "-At", "-c", f"SELECT count(*) FROM {table}"]))


class Spark:
    """Spark's Thrift server, one process."""

    name, old, target = "Spark", "`LOAD DATA LOCAL INPATH`, then the inserts", 1.0

    def __init__(self, url, pid, folder):
        self.url, self.pid, self.folder, self.database = url, pid, folder, None

    def fresh(self, number):
        if self.database:
            _output([*self.shell(), "-e", f"DROP DATABASE {self.database} CASCADE"])
        self.database = f"target_{number}"
        # Outside the measured time, as for the other engines.
        _output([*self.shell(), "-e", f"CREATE DATABASE {self.database}"])
        staging = ["--staging-db", self.database + "_staging", "--staging-path", os.path.join(self.folder, "staging")]
        return self.url, ["--target-db", self.database, *staging]

    def shell(self):
        parts = urllib.parse.urlsplit(self.url)
        home = os.environ["SPARK_HOME"]
        return [f"{home}/bin/beeline", "--silent=true", "-u", f"jdbc:hive2://{parts.hostname}:{parts.port}/", "-n", "bench", "-p", "x"]

    def load(self, file, day):
        y, m, d = day
        # Spark reads the header as a row, whatever the table's properties say.
        staged = STAGED.replace("TEXT", "STRING").replace("DOUBLE PRECISION", "DOUBLE")
        into, source = f"PARTITION (y={y}, m={m}, d={d})", f"{self.database}.flow_scores_tmp"
        return f"""CREATE TABLE {source} ({staged}) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' STORED AS TEXTFILE \
TBLPROPERTIES ('skip.header.line.count'='1');
LOAD DATA LOCAL INPATH '{file}' OVERWRITE INTO TABLE {source};
INSERT INTO {self.database}.flow_scores {into} SELECT {SCORES} FROM {source} WHERE tstart <> 'tstart';
INSERT INTO {self.database}.flow_threat_investigation {into} SELECT {RATED} FROM {source} WHERE sev > 0;
DROP TABLE {source};
"""

    def count(self, table):
        options = ["--showHeader=false", "--outputformat=tsv2", "-e", f"SELECT count(*) FROM {self.database}.{table}"]
        return int(_output([*self.shell(), *options]).split()[-1])


def _output(command, **more):
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if ended.returncode:
        sys.exit(f"{command[0]} ended with {ended.returncode}: {ended.stderr}{ended.stdout}")
    return ended.stdout


def _server(pid):
    """Returns the CPU seconds of a server, of its children that have ended, and of its first child that runs."""
    if pid is None:
        return 0.0
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    used = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    # Spark's server is the child of the script that starts it; PostgreSQL's backends leave their time to their parent.
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return used + sum(map(_server, children[:1]))


def _timed(engine, command, **more):
    """Runs a command and returns (seconds, CPU seconds of client and server, its standard output)."""
    server, client, begun = _server(engine.pid), os.times(), time.monotonic()
    output = _output(command, **more)
    seconds, after = time.monotonic() - begun, os.times()
    cpu = after.children_user - client.children_user + after.children_system - client.children_system
    # A backend that has just been told to end is counted once it has.
    time.sleep(1)
    return seconds, cpu + _server(engine.pid) - server, output


def _target_tables(gapsync, tree, url, options):
    command = [gapsync, "migrate", "--engine", url, "--old-path", tree, "--pipelines", "flow", "--init", "--print-sql", *options]
    printed = _output(command)
    return "".join(re.findall(r"CREATE TABLE [^;]*flow_(?:scores|threat_investigation)[^a-z_][^;]*;\n", printed))


def _old_way(engine, gapsync, tree, number, scratch):
    url, options = engine.fresh(number)
    tables = _target_tables(gapsync, tree, url, options)
    script = os.path.join(scratch, "old.sql")
    with open(script, "w", encoding="utf-8") as file:
        file.write(tables)
        for path in sorted(glob.glob(f"{tree}/data/flow/*/flow_scores.csv")):
            day = re.search(r"/(\d{4})(\d\d)(\d\d)/flow_scores", path)
            if day:
                file.write(engine.load(path, tuple(map(int, day.groups()))))
    if isinstance(engine, Sqlite):
        with open(script, encoding="utf-8") as file:
            return _timed(engine, engine.shell(), stdin=file)
    return _timed(engine, [*engine.shell(), "-f", script])


def _ours(engine, gapsync, tree, number, scratch):
    url, options = engine.fresh(number)
    command = [gapsync, "migrate", "--engine", url, "--old-path", tree, "--pipelines", "flow", "--init", "--keep-source"]
    command += ["--progress", "off", "--json", "--report-dir", scratch, *options]
    return _timed(engine, command)


def measure(engine, gapsync, tree, pairs, scratch):
    """Runs both sides in turn and returns their figures: seconds and CPU of each, rows, and our peak of memory in MB."""
    old, ours, peak, number = [], [], 0.0, 0
    for pair in range(pairs):
        sides = (_old_way, _ours) if pair % 2 == 0 else (_ours, _old_way)
        for side in sides:
            number += 1
            seconds, cpu, output = side(engine, gapsync, tree, number, scratch)
            rows = engine.count("flow_scores"), engine.count("flow_threat_investigation")
            if side is _ours:
                report = json.loads(output)
                peak = max(peak, report["peak_memory_bytes"] / 1e6)
                phases = ", ".join(f"{phase['name']} {phase['seconds']:.1f} s" for phase in report["phases"])
                print(f"{engine.name}: {phases}", file=sys.stderr)
            (ours if side is _ours else old).append((seconds, cpu, rows))
            print(f"{engine.name}: {side.__name__} {seconds:.2f} s, CPU {cpu:.2f} s, rows {rows}", file=sys.stderr)
    if len({rows for _, _, rows in old + ours}) != 1:
        sys.exit(f"{engine.name}: the two sides differ in rows")
    return old, ours, peak


def _spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def main():
    """Measures the engines that are named and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("gapsync")
    parser.add_argument("tree")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--sqlite")
    parser.add_argument("--postgres")
    parser.add_argument("--postgres-pid", type=int)
    parser.add_argument("--spark")
    parser.add_argument("--spark-pid", type=int)
    given = parser.parse_args()
    scratch = os.path.dirname(given.tree)
    engines = []
    if given.sqlite:
        engines.append(Sqlite(given.sqlite))
    if given.postgres:
        engines.append(Postgres(given.postgres, given.postgres_pid))
    if given.spark:
        engines.append(Spark(given.spark, given.spark_pid, scratch))
    print(f"# Migration of {given.rows} flow records\n")
    print(f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, {os.cpu_count()} cores, which client and server share. ", end="")
    print(f"Medians of {given.pairs} runs of each side, in turn. CPU seconds are those of client and server together. ", end="")
    print(f"Written by `benches/migrate --rows {given.rows}`.\n")
    print("| engine | against | ours (lowest-highest), s | theirs, s | our CPU s | their CPU s | our rows/s | ratio | target | our peak, MB | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for engine in engines:
        old, ours, peak = measure(engine, given.gapsync, given.tree, given.pairs, scratch)
        times, others = [run[0] for run in ours], [run[0] for run in old]
        ratio = statistics.median(times) / statistics.median(others)
        cells = [engine.name, engine.old, _spread(times), _spread(others)]
        cells += [f"{statistics.median(run[1] for run in side):.2f}" for side in (ours, old)]
        cells += [f"{sum(ours[0][2]) / statistics.median(times):,.0f}", f"{ratio:.2f}", f"≤ {engine.target}", f"{peak:.0f}"]
        cells.append("ok" if ratio <= engine.target and peak < 100 else "**missed**")
        print("| " + " | ".join(cells) + " |", flush=True)


main()
