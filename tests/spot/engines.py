"""Reads target tables with the engines' own means: a generator of rows for each engine, nothing of gapsync in between."""

import json
import os
import sqlite3
import subprocess
import tempfile
import urllib.parse

from tables import TABLES


class Unreadable(Exception):
    """Says why a table could not be read."""


def _names(table):
    return [name for name, _ in TABLES[table]]


def _quoted(name, mark):
    return mark + name.replace(mark, mark * 2) + mark


def _place(schema, table, mark):
    return f"{_quoted(schema, mark)}.{_quoted(table, mark)}" if schema else _quoted(table, mark)


def _lines(command, environment=None):
    """Yields the lines that a program prints; it must end well."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=errors, env={**os.environ, **(environment or {})}
        )
        with process.stdout as output:
            for line in output:
                yield line.decode("utf-8").removesuffix("\n")
        if process.wait():
            errors.seek(0)
            words = errors.read().decode("utf-8", "replace").splitlines()
            named = [line for line in words if "error" in line.lower()] or words or [f"{command[0]} failed"]
            raise Unreadable(named[0][:300])


def sqlite(url, schema, table):
    """Yields the rows of a table in a SQLite file."""
    path = urllib.parse.quote(os.path.abspath(url.partition(":")[2]))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        columns = ", ".join(_quoted(name, '"') for name in _names(table))
        yield from connection.execute(f"SELECT {columns} FROM main.{_quoted(table, chr(34))}")
    except sqlite3.Error as error:
        raise Unreadable(str(error)) from error
    finally:
        connection.close()


def postgres(url, schema, table):
    """Yields the rows of a table in PostgreSQL, as JSON arrays that COPY prints untouched."""
    columns = ", ".join(_quoted(name, '"') for name in _names(table))
    copy = (
        f"COPY (SELECT json_build_array({columns}) FROM {_place(schema, table, chr(34))}) TO STDOUT"
        " (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')"
    )
    yield from map(json.loads, _lines(["psql", url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", copy]))


def mariadb(url, schema, table):
    """Yields the rows of a table in MariaDB, as JSON arrays."""
    parts = urllib.parse.urlsplit(url)
    command = [
        "mariadb",
        "--no-defaults",
        "--batch",
        "--raw",
        "--quick",
        "--skip-column-names",
        "--default-character-set=utf8mb4",
    ]
    socket = urllib.parse.parse_qs(parts.query).get("socket")
    if socket:
        command.append(f"--socket={socket[0]}")
    else:
        command += [f"--host={parts.hostname}", f"--port={parts.port or 3306}", "--protocol=tcp"]
    if parts.username:
        command.append(f"--user={urllib.parse.unquote(parts.username)}")
    schema = schema or urllib.parse.unquote(parts.path.strip("/"))
    columns = ", ".join(
        f"CAST({_quoted(name, '`')} AS DOUBLE)" if kind == "float" else _quoted(name, "`") for name, kind in TABLES[table]
    )
    command += ["-e", f"SELECT JSON_ARRAY({columns}) FROM {_place(schema, table, '`')}"]
    yield from map(json.loads, _lines(command, {"MYSQL_PWD": urllib.parse.unquote(parts.password or "")}))


def _beeline(url, schema):
    """Reads all tables there are in Spark through its HiveServer2 port, by the beeline of $SPARK_HOME.

    Returns a folder with a file of JSON objects for each table that was read to its end. One beeline does it all, because each
    takes seconds to start. It also prints its prompts and queries, so rows have a mark that a query puts together from two
    pieces, and the last line of a table has the number of its rows.
    """
    home = os.environ.get("SPARK_HOME")
    if not home:
        raise Unreadable("SPARK_HOME must name the folder of Spark (for the package pyspark: the folder pyspark)")
    parts = urllib.parse.urlsplit(url)
    plain = parts.scheme == "hive" or parts.username
    no_sasl = urllib.parse.parse_qs(parts.query).get("auth", ["plain" if plain else "nosasl"]) == ["nosasl"]
    jdbc = f"jdbc:hive2://{parts.hostname}:{parts.port or 10000}/" + (";auth=noSasl" if no_sasl else "")
    options = ["--silent=true", "--showHeader=false", "--outputformat=tsv2", "--incremental=true", "--fastConnect=true"]
    command = [f"{home}/bin/beeline", "-u", jdbc, "-n", parts.username or "gapsync", "-p", parts.password or "x", *options]
    java = {"JAVA_TOOL_OPTIONS": "-Dfile.encoding=UTF-8", "LC_ALL": "C.UTF-8"}
    folder = tempfile.TemporaryDirectory()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        for table in TABLES:
            columns, place = ", ".join(_quoted(name, "`") for name in _names(table)), _place(schema or "default", table, "`")
            row = f"to_json(struct({columns}), map('ignoreNullFields', 'false'))"
            script.write(f"SELECT concat('row', 'mark:', {row}) FROM {place};\n")
            script.write(f"SELECT concat('end', 'mark:{table}:', count(*)) FROM {place};\n")
        script.flush()
        # A table that is not there stops nothing, but the exit status tells of it.
        process = subprocess.Popen(
            [*command, "--force=true", "-f", script.name],
            env={**os.environ, **java},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        rows = []
        for line in process.stdout:
            _, mark, text = line.rstrip("\n").partition("rowmark:")
            if mark:
                rows.append(text)
                continue
            _, mark, end = line.strip().partition("endmark:")
            if mark:
                table, _, count = end.partition(":")
                if int(count) == len(rows):
                    with open(os.path.join(folder.name, table), "w", encoding="utf-8") as file:
                        file.writelines(row + "\n" for row in rows)
                rows = []
        process.wait()
    return folder


_READ = {}


def spark(url, schema, table):
    """Yields the rows of a table in Spark, read with all others when the first one is asked for."""
    if (url, schema) not in _READ:
        _READ[url, schema] = _beeline(url, schema)
    path = os.path.join(_READ[url, schema].name, table)
    if not os.path.exists(path):
        raise Unreadable("beeline did not print all of its rows")
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield [row[name] for name in _names(table)]


READERS = {
    "sqlite": sqlite,
    "postgres": postgres,
    "postgresql": postgres,
    "mysql": mariadb,
    "mariadb": mariadb,
    "hive": spark,
    "impala": spark,
}
