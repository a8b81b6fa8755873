#!/usr/bin/env python3
"""Compares the target tables of a migration with what expect.py says they must hold, as multisets of rows.

    compare.py TREE ENGINE... [--expected DIR] [--schema NAME] [--pipelines flow,dns,proxy] [--show N]

ENGINE is sqlite:PATH, postgres://..., mariadb://... (or mysql://...), or hive://host:port for Spark. The rows come from
Python's sqlite3, psql, mariadb and beeline ($SPARK_HOME). --schema is the schema in PostgreSQL, the database in MariaDB and
Spark. A migration moves TREE away, so run expect.py first: its folder TREE.expected (or --expected DIR) is used, and only made
when it is not there. Floats are compared as 32-bit numbers of six digits, all other values exactly.
For each table the rows expected, found, missing and surplus are printed, with the first of those that differ. The exit status
is 1 when anything differs or cannot be read.
"""

import argparse
import collections
import hashlib
import json
import os
import struct
import subprocess
import sys
from functools import partial

from engines import READERS, Unreadable
from tables import PIPELINES, TABLES

BUCKETS = 64
AT_ONCE = 1_000_000


def _float(value):
    """Returns a number as the text of six digits that its 32-bit form has."""
    return f"{struct.unpack('f', struct.pack('f', value))[0]:.6g}"


def _texts(table, rows):
    """Yields (bucket, hash, text) of each row; equal rows have equal texts."""
    floats = [index for index, (_, kind) in enumerate(TABLES[table]) if kind == "float"]
    for row in rows:
        row = list(row)
        for index in floats:
            if isinstance(row[index], (int, float)):
                row[index] = _float(row[index])
        text = json.dumps(row, ensure_ascii=False)
        number = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(), "big")
        yield number % BUCKETS, number, text


def _expected(folder, table):
    path = os.path.join(folder, table + ".jsonl")
    with open(path, encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def _sums(table, rows):
    """Returns count and sum of hashes for each bucket: equal for equal multisets, whatever the order."""
    counts, sums = [0] * BUCKETS, [0] * BUCKETS
    for bucket, number, _ in _texts(table, rows):
        counts[bucket] += 1
        sums[bucket] += number
    return list(zip(counts, sums))


def _differences(table, expected, found, buckets, show):
    """Returns (missing, surplus, first rows of each) of some buckets."""
    net = collections.Counter()
    for step, rows in ((1, expected()), (-1, found())):
        for bucket, _, text in _texts(table, rows):
            if bucket in buckets:
                net[text] += step
    missing = sum(count for count in net.values() if count > 0)
    surplus = -sum(count for count in net.values() if count < 0)
    first = [sign + text for sign, keep in (("- ", 1), ("+ ", -1)) for text in [t for t in net if net[t] * keep > 0][:show]]
    return missing, surplus, first


def compare(table, wanted, expected, found, show):
    """Returns (rows found, missing, surplus, first differing rows) of one table."""
    held = _sums(table, found())
    differing = [b for b in range(BUCKETS) if wanted[b] != held[b]]
    missing, surplus, first = 0, 0, []
    while differing:
        group, rows = set(), 0
        while differing and (not group or rows + wanted[differing[0]][0] + held[differing[0]][0] <= AT_ONCE):
            bucket = differing.pop(0)
            group.add(bucket)
            rows += wanted[bucket][0] + held[bucket][0]
        more = _differences(table, expected, found, group, show)
        missing, surplus, first = missing + more[0], surplus + more[1], first or more[2]
    return sum(count for count, _ in held), missing, surplus, first


def main():
    parser = argparse.ArgumentParser(description="Compares migrated tables with what they must hold.")
    parser.add_argument("tree")
    parser.add_argument("engines", nargs="+", metavar="engine")
    parser.add_argument("--expected", help="what expect.py wrote; default: TREE.expected")
    parser.add_argument("--schema", default="")
    parser.add_argument("--pipelines", default=",".join(PIPELINES))
    parser.add_argument("--show", type=int, default=5, help="differing rows to show of each table")
    options = parser.parse_args()
    tree = options.tree.rstrip("/")
    folder = options.expected or tree + ".expected"
    if not os.path.isdir(folder):
        here = os.path.dirname(os.path.abspath(__file__))
        script = [sys.executable, os.path.join(here, "expect.py"), tree, "--out", folder, "--pipelines", options.pipelines]
        subprocess.run(script, check=True)
    unknown = [engine for engine in options.engines if engine.partition(":")[0] not in READERS]
    if unknown:
        parser.error(f"an engine begins with one of {', '.join(READERS)}")
    bad = 0
    sums = {}
    for engine in options.engines:
        kind = engine.partition(":")[0]
        print(f"{kind}:  {'table':28} {'expected':>10} {'found':>10} {'missing':>9} {'surplus':>9}")
        for table in TABLES:
            if table.split("_")[0] not in options.pipelines.split(","):
                continue
            if table not in sums:
                sums[table] = _sums(table, _expected(folder, table))
            count = sum(number for number, _ in sums[table])
            wanted, rows = partial(_expected, folder, table), partial(READERS[kind], engine, options.schema, table)
            try:
                held, missing, surplus, first = compare(table, sums[table], wanted, rows, options.show)
            except Unreadable as error:
                bad += 1
                print(f"{kind}:  {table:28} {count:10} cannot be read: {error}")
                continue
            bad += bool(missing or surplus)
            print(f"{kind}:  {table:28} {count:10} {held:10} {missing:9} {surplus:9}")
            print("".join(f"    {line}\n" for line in first), end="")
    print("every table holds what it must" if not bad else f"{bad} tables differ")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
