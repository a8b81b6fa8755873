"""Fills keyspaces of Cassandra, keeps all that is in them, and compares. Uses no code of gapsync.

usage: keyspaces.py ready HOST:PORT                     waits until a login works
       keyspaces.py graph HOST:PORT KEYSPACE ROWS       makes a keyspace as JanusGraph's
       keyspaces.py types HOST:PORT KEYSPACE NODETOOL   makes one with every type, index, view, counter, dropped column
       keyspaces.py plain HOST:PORT KEYSPACE            makes one with every type that has one time for each value
       keyspaces.py save HOST:PORT KEYSPACE FILE        writes rows, write times and expiries of all tables and views
       keyspaces.py compare HOST:PORT KEYSPACE FILE     compares with what was written; any difference is status 1
       keyspaces.py rows HOST:PORT KEYSPACE FILE        compares as well, but for the schema: that of another version
       keyspaces.py script HOST:PORT FILE               executes the statements of a schema
       keyspaces.py cql HOST:PORT STATEMENT...          executes statements and prints their rows
"""

import datetime
import decimal
import pickle
import random
import re
import subprocess
import sys
import time
import uuid
from collections import namedtuple

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import SimpleStatement, tuple_factory
from cassandra.util import Date, Duration, Time

what, address, *rest = sys.argv[1:]
GRAPH = ["edgestore", "graphindex", "janusgraph_ids", "system_properties", "systemlog", "txlog", "edgestore_lock_"]
GRAPH += ["graphindex_lock_", "system_properties_lock_"]
# A clock that is read a second later may say that something expires a second later, on both sides.
TOLERANCE = 3


def connect():
    host, port = address.rsplit(":", 1)
    profile = ExecutionProfile(request_timeout=120, row_factory=tuple_factory)
    login = PlainTextAuthProvider("cassandra", "cassandra")
    cluster = Cluster([host], port=int(port), execution_profiles={EXEC_PROFILE_DEFAULT: profile}, auth_provider=login)
    return cluster, cluster.connect()


def make(session, keyspace):
    session.execute(
        f"CREATE KEYSPACE \"{keyspace}\" WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    session.set_keyspace(keyspace)


def many(session, statement, rows):
    for success, outcome in execute_concurrent_with_args(session, session.prepare(statement), rows, concurrency=64):
        assert success, outcome


def graph(session, keyspace, count):
    make(session, keyspace)
    for table in GRAPH:
        session.execute(
            f"CREATE TABLE {table} (key blob, column1 blob, value blob, PRIMARY KEY (key, column1)) WITH comment = 'of "
            f"{keyspace}.x; it''s' AND compaction = {{'class': 'SizeTieredCompactionStrategy'}}"
        )
    dice = random.Random(7)
    rows = [(dice.randbytes(8), dice.randbytes(dice.randint(2, 20)), dice.randbytes(dice.randint(0, 300))) for _ in range(count)]
    many(session, "INSERT INTO edgestore (key, column1, value) VALUES (?, ?, ?)", rows)
    rows = ((b"k%d" % (i % 500), i.to_bytes(4, "big"), dice.randbytes(12)) for i in range(count // 4))
    many(session, "INSERT INTO graphindex (key, column1, value) VALUES (?, ?, ?)", rows)
    rows = ((b"lock", i.to_bytes(4, "big"), b"\0", 86400 + i) for i in range(200))
    many(session, "INSERT INTO edgestore_lock_ (key, column1, value) VALUES (?, ?, ?) USING TTL ?", rows)
    rows = ((b"log%d" % i, b"", b"", 1_500_000_000_000_000 + i) for i in range(50))
    many(session, "INSERT INTO txlog (key, column1, value) VALUES (?, ?, ?) USING TIMESTAMP ?", rows)
    session.execute("INSERT INTO system_properties (key, column1, value) VALUES (0x00, 0x01, 0xffee)")
    for i in range(0, 500, 10):
        session.execute("DELETE FROM graphindex WHERE key = %s", [b"k%d" % i])


PLAIN = """a ascii, bi bigint, bl blob, bo boolean, da date, de decimal, dou double, du duration, fl float, ine inet, si smallint,
    te text, ti time, ts timestamp, tu timeuuid, ty tinyint, va varint, vc varchar, ui uuid, i int,
    fr frozen<list<frozen<addr>>>, fu frozen<zouter>, fm frozen<map<text, int>>, tp tuple<int, text, frozen<set<int>>>"""
Addr = namedtuple("Addr", "street zip tags")


def plain_row(i):
    addr = Addr("st", i, {"x", "y"})
    return (
        "asc", 2**62 - i, bytes([0, i % 256, 255]), i % 2 == 0, Date(19000 + i), decimal.Decimal("-12345678901234567890.123456789"),
        1e300, Duration(1, 2, i * 1000), 1.5, ["10.0.0.1", "fe80::1"][i % 2], -32768, f'té "x" \0 🌍 {i}', Time(i * 10**9),
        datetime.datetime(1970, 1, 2) + datetime.timedelta(milliseconds=i * 999),
        uuid.UUID("0000%04x-0000-1000-8000-00805f9b34fb" % i), -128, -(2**100) - i, "", uuid.UUID(int=i), None if i % 3 else i,
        [addr], (addr, "n"), {"b": 1, "a": 2}, (1, "z", frozenset([1])),
    )  # fmt: skip


def plain(session, keyspace):
    make(session, keyspace)
    # The one whose name comes last is needed by none, the one in the middle by the first: order is not that of names.
    session.execute("CREATE TYPE addr (street text, zip int, tags frozen<set<text>>)")
    session.execute("CREATE TYPE zouter (a frozen<addr>, n text)")
    session.execute("CREATE TYPE before (z frozen<zouter>)")
    session.execute(f"CREATE TABLE plain (id int, c int, st text static, {PLAIN}, PRIMARY KEY (id, c))")
    names = [column.split()[0] for column in re.sub("<[^ ]*(, [^ ]*)*>", "", PLAIN).split(",")]
    marks = ", ".join("?" * (len(names) + 3))
    rows = ((i // 4, i % 4, f"static{i // 4}") + plain_row(i) for i in range(400))
    many(session, f"INSERT INTO plain (id, c, st, {', '.join(names)}) VALUES ({marks})", rows)
    # Values of one row with several times, some of which expire; a partition of nothing but its shared value; a row of its key.
    session.execute("UPDATE plain USING TIMESTAMP 1600000000000000 SET st = 'only shared' WHERE id = 9999")
    session.execute("UPDATE plain USING TTL 90000 SET te = 'expires' WHERE id = 1 AND c = 1")
    session.execute("UPDATE plain SET i = 5 WHERE id = 1 AND c = 1")
    session.execute("DELETE te FROM plain WHERE id = 2 AND c = 1")
    session.execute("INSERT INTO plain (id, c) VALUES (7777, 1)")
    session.execute('CREATE TABLE "MixedCase" ("Key" text, "select" int, v text, PRIMARY KEY (("Key", "select")))')
    session.execute("INSERT INTO \"MixedCase\" (\"Key\", \"select\", v) VALUES ('K', 1, 'v')")
    session.execute("CREATE TABLE cnt (k text, d date, c counter, e counter, PRIMARY KEY (k, d))")
    many(session, "UPDATE cnt SET c = c + ? WHERE k = ? AND d = ?", ((i, f"k{i % 50}", Date(19000 + i % 3)) for i in range(600)))
    session.execute("CREATE TABLE ttlt (k int PRIMARY KEY, v text) WITH default_time_to_live = 500000")
    session.execute("INSERT INTO ttlt (k, v) VALUES (1, 'by default')")
    session.execute("INSERT INTO ttlt (k, v) VALUES (2, 'never') USING TTL 0")
    session.execute("CREATE TABLE base (k int, c int, v text, PRIMARY KEY (k, c))")
    session.execute(
        "CREATE MATERIALIZED VIEW base_by_v AS SELECT * FROM base WHERE v IS NOT NULL AND k IS NOT NULL AND c IS NOT NULL "
        "PRIMARY KEY (v, k, c)"
    )
    many(session, "INSERT INTO base (k, c, v) VALUES (?, ?, ?)", ((i % 100, i, f"v{i % 7}") for i in range(1000)))
    for i in range(10):
        session.execute(f"DELETE FROM base WHERE k = {i}")
    session.execute("CREATE INDEX base_v ON base (v)")
    session.execute("CREATE TABLE nothing (k int PRIMARY KEY, v text)")


def types(session, keyspace, nodetool):
    plain(session, keyspace)
    session.execute("CREATE TABLE multi (k int PRIMARY KEY, old text, l list<int>, s set<text>, m map<text, timestamp>, u addr)")
    statement = "INSERT INTO multi (k, old, l, s, m, u) VALUES (?, ?, ?, ?, ?, ?)"
    moment = datetime.datetime(2020, 1, 1)
    many(session, statement, ((i, "dropped", [3, 1, i], {"b", "a"}, {"k": moment}, Addr("st", i, {"x"})) for i in range(300)))
    # The dropped column is in a data file.
    subprocess.run([nodetool, "flush", keyspace], check=True)
    session.execute("ALTER TABLE multi DROP old")
    session.execute("ALTER TABLE multi ADD neu int")
    session.execute("UPDATE multi SET m['more'] = '2021-01-01', l = l + [7] WHERE k = 1")
    session.execute("DELETE l FROM multi WHERE k = 0")
    session.execute("CREATE FUNCTION twice (a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$ return a * 2; $$")
    session.execute("CREATE FUNCTION sum2 (s int, a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS $$ return s + a; $$")
    session.execute("CREATE AGGREGATE total (int) SFUNC sum2 STYPE int INITCOND 0")


def content(cluster, session, keyspace):
    cluster.refresh_schema_metadata()
    meta = cluster.metadata.keyspaces[keyspace]
    found = {}
    for name, table in sorted(list(meta.tables.items()) + list(meta.views.items())):
        keys = [column.name for column in table.partition_key + table.clustering_key]
        kinds = {
            column: (kind, multi)
            for column, kind, multi in (
                (row[0], row[1], row[2].split("<")[0] in ("list", "set", "map", "addr"))
                for row in session.execute(
                    "SELECT column_name, kind, type FROM system_schema.columns WHERE keyspace_name = %s AND table_name = %s",
                    (keyspace, name),
                )
            )
        }
        columns = sorted(set(kinds) - set(keys))
        counter = any(str(table.columns[column].cql_type) == "counter" for column in columns)
        timed = [] if counter else [column for column in columns if not kinds[column][1]]
        selected = [f'"{column}"' for column in keys + columns]
        selected += [f'writetime("{column}"), ttl("{column}")' for column in timed]
        query = f'SELECT {", ".join(selected)} FROM "{keyspace}"."{name}"'
        rows = {}
        now = int(time.time())
        for row in session.execute(SimpleStatement(query, fetch_size=1000)):
            values, times = row[: len(keys) + len(columns)], row[len(keys) + len(columns) :]
            expiries = [None if left is None else now + left for left in times[1::2]]
            key = repr(values[: len(keys)])
            assert key not in rows, key
            rows[key] = (repr(values[len(keys) :]), list(times[0::2]), expiries)
        found[name] = (selected, rows)
    script = [row[3] for row in session.execute(f'DESCRIBE KEYSPACE "{keyspace}"')]
    return found, "\n".join(without_name(part, keyspace) for part in script)


def without_name(statement, keyspace):
    """The statement with another name for its keyspace; what is in strings stays."""
    pattern = f"('(?:[^']|'')*'|\\$\\$.*?\\$\\$)|(?:KEYSPACE )?\\b\"?{keyspace}\"?(?=[. ])"
    return re.sub(pattern, lambda match: match.group(1) or "KEYSPACE", statement, flags=re.DOTALL)


def compare(was, found, schema):
    differ = []
    if schema and was[1] != found[1]:
        lines = [(a, b) for a, b in zip(was[1].split("\n"), found[1].split("\n")) if a != b]
        differ.append(f"schema: {lines[:3]}")
    if sorted(was[0]) != sorted(found[0]):
        differ.append(f"tables {sorted(found[0])} instead of {sorted(was[0])}")
    for name in set(was[0]) & set(found[0]):
        (columns, old), (new_columns, new) = was[0][name], found[0][name]
        if columns != new_columns:
            differ.append(f"{name}: columns {new_columns}")
        if set(old) != set(new):
            differ.append(f"{name}: {len(new)} rows instead of {len(old)}")
        for key in set(old) & set(new):
            (values, times, expiries), (new_values, new_times, new_expiries) = old[key], new[key]
            close = all(
                (a is None) == (b is None) and (a is None or abs(a - b) <= TOLERANCE) for a, b in zip(expiries, new_expiries)
            )
            if values != new_values or times != new_times or not close:
                differ.append(f"{name} {key}: {new[key]} instead of {old[key]}")
    return differ


def main():
    if what == "ready":
        connect()[0].shutdown()
        return 0
    cluster, session = connect()
    if what == "cql":
        for statement in rest:
            outcome = session.execute(statement)
            for row in outcome:
                print(*row, sep="\t")
    elif what == "script":
        with open(rest[0]) as file:
            for statement in file.read().split(";\n\n"):
                if statement.strip():
                    session.execute(statement)
    elif what == "graph":
        graph(session, rest[0], int(rest[1]))
    elif what == "plain":
        plain(session, rest[0])
    elif what == "types":
        types(session, *rest)
    elif what == "save":
        with open(rest[1], "wb") as file:
            pickle.dump(content(cluster, session, rest[0]), file)
    elif what in ("compare", "rows"):
        with open(rest[1], "rb") as file:
            was = pickle.load(file)
        differ = compare(was, content(cluster, session, rest[0]), what == "compare")
        print(f"{len(differ)} differences in {sum(len(rows) for _, rows in was[0].values())} rows of {len(was[0])} tables")
        print(*differ[:5], sep="\n")
        return bool(differ)
    cluster.shutdown()
    return 0


sys.exit(main())
