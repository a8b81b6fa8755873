"""Writes down all that a PostgreSQL database holds, by psql and pg_dump: two that hold the same give the same text.

    postgresql.py URL          the database, its rows as digests, its properties
    postgresql.py URL roles    the roles of the server as well
"""

import hashlib
import re
import subprocess
import sys

URL = sys.argv[1]


def run(*words):
    ended = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    return ended.stdout


def sql(query):
    return run("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", URL, "-c", "SET search_path = ''", "-c", query).decode()


def digest(query):
    """The digest of what a query gives, whatever its order."""
    rows = run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", URL, "-c", "SET search_path = ''", "-c", f"COPY ({query}) TO STDOUT")
    lines = sorted(rows.split(b"\n"))
    return f"{len(lines) - 1} {hashlib.sha256(b'|'.join(lines)).hexdigest()}"


schema = run("pg_dump", "--schema-only", "--dbname", URL).decode()
print("\n".join(line for line in schema.split("\n") if not re.match(r"--|\\(un)?restrict|$", line)))
relations = sql(
    "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '|' || c.relkind::text FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm', 'S', 'p') AND n.nspname !~ '^pg_' "
    "AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') ORDER BY 1"
)
for line in relations.splitlines():
    name, kind = line.rsplit("|", 1)
    if kind == "S":
        print(name, sql(f"SELECT last_value, is_called FROM {name}").strip())
    elif kind == "m" and sql(f"SELECT relispopulated FROM pg_class WHERE oid = $q${name}$q$::regclass").strip() == "f":
        print(name, "unfilled")
    else:
        columns = sql(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
            f"WHERE attrelid = $q${name}$q$::regclass AND attnum > 0 AND NOT attisdropped"
        ).strip()
        print(name, digest(f"SELECT {columns} FROM {'ONLY ' if kind == 'r' else ''}{name}"))
print(sql("SELECT oid, md5(lo_get(oid)), lomowner::regrole, lomacl, obj_description(oid, 'pg_largeobject') FROM pg_largeobject_metadata ORDER BY oid"))
print(sql(
    "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datlocprovider, datcollate, datctype, daticulocale, datconnlimit, "
    "datacl, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
))
print(sql(
    "SELECT setrole::regrole, setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase "
    "WHERE datname = current_database() ORDER BY 1"
))
if sys.argv[2:] == ["roles"]:
    roles = run("pg_dumpall", "--roles-only", "--dbname", URL).decode()
    print("\n".join(line for line in roles.split("\n") if not re.match(r"--|\\(un)?restrict|$", line)))
