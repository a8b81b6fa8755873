"""Writes a bundle that lies: changes members of a snapshot and makes the manifest fit. Uses no code of gapsync.

usage: forge.py FROM TO LIE
"""

import hashlib
import io
import json
import re
import sys
import tarfile

source, target, lie = sys.argv[1:]
members = []
with tarfile.open(source) as tar:
    for member in tar:
        members.append([member.name, tar.extractfile(member).read()])
listed = json.loads(members[-1][1])["members"]
rows = {member["name"]: member.get("rows") for member in listed}
FILES, PARTS, FACTS = (f"data/snapshot_{table}/00001.csv" for table in ("files", "parts", "facts"))


def at(name):
    return next(member for member in members if member[0] == name)


def replace(name, old, new):
    member = at(name)
    assert old in member[1], (name, old)
    member[1] = member[1].replace(old, new, 1)


def path(text):
    return b"\\x" + text.encode().hex().encode()


def lies():
    if lie == "nothing":
        pass
    elif lie == "swapped":
        a, b = at("files/files/plain.txt"), at("files/files/same-size")
        a[1], b[1] = b[1], a[1]
    elif lie == "swapped-names":
        replace(PARTS, b"files/plain.txt", b"files/=")
        replace(PARTS, b"files/same-size", b"files/plain.txt")
        replace(PARTS, b"files/=", b"files/same-size")
    elif lie == "dropped":
        members.remove(at("files/files/same-size"))
    elif lie == "added":
        members.insert(len(members) - 1, ["files/files/more", b"more"])
    elif lie == "other-store":
        members.insert(1, ["files/other/more", b"more"])
    elif lie == "out":
        replace(FILES, path("plain.txt") + b",f", path("../plain.txt") + b",f")
    elif lie == "absolute":
        replace(FILES, path("plain.txt") + b",f", path("/tmp/plain.txt") + b",f")
    elif lie == "through-a-link":
        replace(FILES, path("zeros"), path("sub/out/zeros"))
    elif lie == "twice":
        replace(FILES, path("same-size"), path("empty"))
    elif lie == "device":
        replace(FILES, path("empty") + b",f", path("empty") + b",c")
    elif lie == "digest":
        line = next(line for line in at(FILES)[1].splitlines() if path("plain.txt") + b",f" in line)
        replace(FILES, line, line[:-64] + b"0" * 64)
    elif lie == "size":
        replace(FILES, path("plain.txt") + b",f,6", path("plain.txt") + b",f,7")
    elif lie == "hole":
        replace(FILES, b"[[4096,", b"[[4095,")
    elif lie == "fact":
        replace(FACTS, b"files,all,files,", b"files,all,files,1")
    elif lie == "part":
        replace(PARTS, b",2,", b",3,")
    elif lie == "no-folder":
        replace(FILES, path("sub/deep") + b",d", path("sub/deeq") + b",d")
    elif lie == "second-name":
        line = next(line for line in at(FILES)[1].splitlines() if b",h,0," in line)
        replace(FILES, line, line.replace(path("plain.txt"), path("missing")))
    elif lie == "data-file":
        # All digests of the bundle fit; only that of the engine itself does not.
        member = next(m for m in members if m[0].endswith("-Data.db"))
        was = hashlib.sha256(member[1]).hexdigest().encode()
        member[1] = bytes([member[1][0] ^ 1]) + member[1][1:]
        for table in (FILES, PARTS):
            replace(table, was, hashlib.sha256(member[1]).hexdigest().encode())
    elif lie == "neo4j-dump":
        member = next(m for m in members if m[0].endswith("/neo4j.dump"))
        was = hashlib.sha256(member[1]).hexdigest().encode()
        middle = len(member[1]) // 2
        member[1] = member[1][:middle] + b"\0" * 8 + member[1][middle + 8 :]
        for table in (FILES, PARTS):
            replace(table, was, hashlib.sha256(member[1]).hexdigest().encode())
    elif lie.startswith("missing-segment="):
        name = lie.split("=")[1]
        other = name[:-2] + "FE"
        replace(FILES, path("archive/" + name) + b",f", path("archive/" + other) + b",f")
        for member in members:
            if member[0] == "files/data/archive/" + name:
                member[0] = "files/data/archive/" + other
                replace(PARTS, name.encode(), other.encode())
    elif lie.startswith("odd-segment="):
        # All digests of the bundle fit; only the header of the segment's first page is that of another one.
        row = next(r for r in at(FILES)[1].splitlines() if path("archive/" + lie.split("=")[1]) + b",f" in r)
        parts = [r.split(b",") for r in at(PARTS)[1].splitlines() if r.startswith(row.split(b",")[0] + b",")]
        first = at("files/" + parts[0][-1].decode())
        first[1] = first[1][:8] + b"\xff" * 8 + first[1][16:]
        replace(PARTS, parts[0][4], hashlib.sha256(first[1]).hexdigest().encode())
        whole = b"".join(at("files/" + part[-1].decode())[1] for part in parts)
        replace(FILES, row, row[:-64] + hashlib.sha256(whole).hexdigest().encode())
    elif lie == "mariadb-row":
        # A word where there is a number.
        member = next(m for m in members if m[0].endswith(".tsv") and b"\n1000" in m[1])
        was = hashlib.sha256(member[1]).hexdigest().encode()
        member[1] = member[1].replace(b"\n1000", b"\nword", 1)
        for table in (FILES, PARTS):
            replace(table, was, hashlib.sha256(member[1]).hexdigest().encode())
    elif lie.startswith("more="):
        # A fact about this store says ten times as much, and one more.
        store = lie.split("=")[1].encode()
        member = at(FACTS)
        member[1], changed = re.subn(rb"(?m)^(" + store + rb",[^\n]*,(?:rows|documents|last transaction),)", rb"\g<1>1", member[1], count=1)
        assert changed, member[1]
    elif lie == "rows-fact":
        replace(FACTS, b"rows,1000", b"rows,1001")
    elif lie == "neo4j-last":
        replace(FACTS, b"database neo4j,last transaction,", b"database neo4j,last transaction,1")
    elif lie == "newer-server":
        members[0][1] = re.sub(rb'("version": ?")1[0-9]\.', rb"\g<1>99.", members[0][1])
        assert b"99." in members[0][1]
    elif lie == "no-catalogue":
        members[:] = [m for m in members if not m[0].startswith("data/")]
    else:
        sys.exit(f"no lie {lie}")


lies()
listed = []
for name, data in members[:-1]:
    entry = {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if rows.get(name) is not None:
        entry["rows"] = rows[name]
    listed.append(entry)
totals = {
    "members": len(listed),
    "rows": sum(entry.get("rows", 0) for entry in listed),
    "bytes": sum(entry["bytes"] for entry in listed),
}
members[-1][1] = json.dumps({"members": listed, "totals": totals}).encode()
with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
    for name, data in members:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
