"""Reads the IANA lists that lie beside an old Spot tree."""

import csv
import os


def _rows(folder, name):
    """Returns the data rows of a list; a missing list has none."""
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if row][1:]


def _first(pairs):
    """Returns a dict in which the first value of a key stays."""
    result = {}
    for key, value in pairs:
        result.setdefault(key, value)
    return result


class Lookups:
    """Maps names to codes, and HTTP codes to names."""

    def __init__(self, folder):
        self.qclass = _first((row[2], row[1]) for row in _rows(folder, "dns-qclass.csv"))
        self.qtype = _first((row[0], int(row[1])) for row in _rows(folder, "dns-qtype.csv"))
        self.rcode = _first((row[1], int(row[0])) for row in _rows(folder, "dns-rcode.csv"))
        http = [(row[0], row[1]) for row in _rows(folder, "http-rcode.csv")]
        self.http_name = _first(http)
        self.http_code = _first((name, code) for code, name in http)
