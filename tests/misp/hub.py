"""A MISP as rows by table, which can be changed here and written to a database."""

import copy
import hashlib
import json
import os
import re
import subprocess
import sys

PROGRAM, SOCKET, USER, HUB, COMMUNITY, INTERNAL, THIRD = sys.argv[1:8]
HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {"text": "varchar(200)", "uuid": "varchar(40)", "number": "int", "small": "tinyint", "large": "bigint", "time": "datetime", "date": "date"}
# Where a column refers to: a table, or None for what the other tables say.
REFERENCES = {
    "org_id": "organisations", "orgc_id": "organisations", "event_id": "events", "object_id": "objects", "attribute_id": "attributes",
    "sharing_group_id": "sharing_groups", "tag_id": "tags", "threat_level_id": "threat_levels", "galaxy_id": "galaxies",
    "galaxy_cluster_id": "galaxy_clusters", "referenced_galaxy_cluster_id": "galaxy_clusters",
    "galaxy_cluster_relation_id": "galaxy_cluster_relations",
}
# Tables whose rows are replaced as a whole.
SETS = ("galaxy_elements", "galaxy_cluster_relations", "galaxy_cluster_relation_tags")


def described():
    tables, text = {}, open(f"{HERE}/tables.txt").read()
    text = re.sub(r"\n  ", " ", re.sub(r"(?m)^#.*\n", "", text))
    for line in text.splitlines():
        name, columns = line.split(": ", 1)
        tables[name] = [re.fullmatch(r"(\S+) (\w+)(\??)(?: = (\S+))?( unique)?", column.strip()).groups() for column in columns.split("; ")]
    return tables


TABLES = described()


def uuid(*parts):
    text = hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()
    return "-".join([text[:8], text[8:12], "4" + text[13:16], "a" + text[17:20], text[20:]])


class Hub:
    """A database as rows by table, which can be changed here and written there."""

    def __init__(self, name=None, first=1):
        self.name, self.next = name, first
        self.tables = {name: {} for name in TABLES}

    def copy(self):
        return copy.deepcopy(self)

    def add(self, table, **values):
        row = {}
        for column, kind, null, default, _ in TABLES[table]:
            row[column] = None if null and default is None else (default or "0" if kind in ("number", "small", "large") else (default or "").strip("'"))
            if kind in ("time", "date") and column not in values:
                row[column] = {"time": "2024-01-02 03:04:05", "date": "2024-01-02"}[kind]
        for column, value in values.items():
            row[column] = None if value is None else str(value)
        row["id"] = str(self.next)
        self.next += 1
        self.tables[table][row["id"]] = row
        return row

    def find(self, table, **values):
        wanted = {column: str(value) for column, value in values.items()}
        for row in self.tables[table].values():
            if all(row[column] == value for column, value in wanted.items()):
                return row
        return None

    def all(self, table, **values):
        wanted = {column: str(value) for column, value in values.items()}
        return [row for row in self.tables[table].values() if all(row[column] == value for column, value in wanted.items())]

    # Its database.

    def sql(self, text):
        shell = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--default-character-set=utf8mb4", f"--socket={SOCKET}", f"--user={USER}"]
        done = subprocess.run([*shell, self.name], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def create(self):
        text = ""
        for name, columns in TABLES.items():
            lines = ["id int NOT NULL AUTO_INCREMENT PRIMARY KEY"]
            for column, kind, null, default, unique in columns:
                default = f" DEFAULT {default}" if default else ""
                lines.append(f"`{column}` {TYPES[kind]}{'' if null else ' NOT NULL'}{default}{' UNIQUE' if unique else ''}")
                if column in REFERENCES and name not in ("tags",):
                    lines.append(f"KEY (`{column}`)")
            text += f"CREATE TABLE `{name}` ({', '.join(lines)}) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin;"
        self.sql(text)

    def write(self):
        text = ""
        for name, rows in self.tables.items():
            text += f"DELETE FROM `{name}`;"
            columns = ["id", *(column for column, *_ in TABLES[name])]
            for row in rows.values():
                cells = ["NULL" if row[column] is None else "'" + row[column].replace("'", "''") + "'" for column in columns]
                text += f"INSERT INTO `{name}` ({', '.join(f'`{column}`' for column in columns)}) VALUES ({', '.join(cells)});"
        self.sql(text)

    def read(self):
        found = Hub(self.name)
        for name in TABLES:
            columns = ["id", *(column for column, *_ in TABLES[name])]
            for cells in self.sql(f"SELECT {', '.join(f'`{column}`' for column in columns)} FROM `{name}`"):
                row = {column: None if cell == "NULL" else cell for column, cell in zip(columns, cells)}
                found.tables[name][row["id"]] = row
        found.next = 1 + max(int(id) for rows in found.tables.values() for id in rows)
        return found

    # Comparison.

    def named(self, table, id):
        if id in (None, "0"):
            return "none"
        row = self.tables[table].get(id)
        if row is None:
            return f"nothing at {id}"
        if table == "galaxy_cluster_relations":
            return f"{self.named('galaxy_clusters', row['galaxy_cluster_id'])} {row['referenced_galaxy_cluster_uuid']} {row['referenced_galaxy_cluster_type']}"
        return row.get("uuid") or row["name"].lower()

    def lines(self):
        """All rows without their numbers: what refers to a row has its uuid or name."""
        lines = set()
        for table, rows in self.tables.items():
            seen = []
            for row in rows.values():
                cells = {}
                for column, value in row.items():
                    if column == "id":
                        continue
                    if column == "referenced_id":
                        value = self.named("objects" if row["referenced_type"] == "1" else "attributes", value)
                    elif column in REFERENCES and table != "tags":
                        value = self.named(REFERENCES[column], value)
                    elif column == "name" and table in ("organisations", "sharing_groups"):
                        value = re.sub(r"_[0-9a-f]{4}$", "_0000", value)
                    cells[column] = value
                seen.append(f"{table} {json.dumps(cells, sort_keys=True)}")
            # Sets may have twins; of everything else there is one.
            twins = [line for line in seen if seen.count(line) > 1]
            assert not twins or table in SETS, twins
            lines.update(f"{line} {seen[:at].count(line)}" for at, line in enumerate(seen))
        return lines
