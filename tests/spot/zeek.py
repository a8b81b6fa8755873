"""Reads rows of real Zeek logs."""

import gzip
import io
import os
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXTRACTS = os.path.normpath(os.path.join(HERE, "../../fixtures/zeek"))


def _texts(folder):
    """Yields the lines of every log in a folder: *.log, *.log.gz, and logs in *.tar.gz."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.isfile() and member.name.endswith(".log"):
                        yield io.TextIOWrapper(archive.extractfile(member), "utf-8", "replace", newline="\n")
        elif name.endswith(".log.gz"):
            with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n") as file:
                yield file
        elif name.endswith(".log"):
            with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
                yield file


def read(folder):
    """Returns the rows of all logs by kind (conn, dns, http, ssl) as dicts; an unset field is ''."""
    rows = {"conn": [], "dns": [], "http": [], "ssl": []}
    for lines in _texts(folder):
        kind, names = None, []
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith("#path"):
                kind = line.split("\t")[1]
            elif line.startswith("#fields"):
                names = line.split("\t")[1:]
            elif not line.startswith("#") and kind in rows:
                values = ("" if value in ("-", "(empty)") else value for value in line.split("\t"))
                rows[kind].append(dict(zip(names, values)))
    return rows
