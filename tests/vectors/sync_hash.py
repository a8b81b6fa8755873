#!/usr/bin/env python3
"""Writes sync_hash.json: published vectors of sync_hash, computed without gapsync's code from its description alone.

`rows` are rows of the mini profile, parents first; `values` one key column of each type. A key field is a text, None, or a
reference (table, id), with the type code in front when it is polymorphic. Run: python3 sync_hash.py > sync_hash.json"""

import hashlib, json

hashes = {}


def framed(text):
    return "-" if text is None else f"{len(text.encode())}:{text}"


def field(key):
    if not isinstance(key, tuple):
        return [key]
    *code, table, id = key
    return [*code, hashes[table, id]]


def vector(table, id, values, *keys, unordered=False):
    fields = [field(key) for key in keys]
    if unordered:
        fields.sort(key=lambda pair: [part.encode() for part in pair])
    flat = [part for parts in fields for part in parts]
    text = "".join(map(framed, flat))
    hashes[table, id] = hashlib.md5(text.encode()).hexdigest()
    return {"table": table, "id": id, "values": values, "fields": flat, "input": text, "md5": hashes[table, id]}


rows = []


def row(table, id, values, *keys, **how):
    rows.append(vector(table, id, values, *keys, **how))


names = ["alpha", "Alpha", "béta", "", "trailing blank ", "it's", "a\\N\\\\b", "line\r\nfeed\ttab", "\U0001f980 crab", "5:alpha", "%_;--"]
for number, name in enumerate(names, 1):
    row("kinds", number, {"name": name}, name)
row("places", 1, {"code": "P-1"}, "P-1")
row("places", 2, {"code": "p-1"}, "p-1")
row("cities", 1, {"place_id": "1", "name": "Same"}, ("places", 1), "Same")
row("cities", 2, {"place_id": "2", "name": "Same"}, ("places", 2), "Same")
row("samples", 1, {"uuid": "0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2d3"}, "0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2d3")
for number, (kind, value) in enumerate([(1, "x"), (2, "x"), (3, ""), (3, " "), (9, "naïve " * 1000)], 1):
    row("things", number, {"kind_id": str(kind), "value": value}, ("kinds", kind), value)
row("origins", 1, {"type": "kinds", "name": "o", "reference_id": "1"}, "kinds", "o")
row("origins", 2, {"type": "people", "name": "o"}, "people", "o")
row("thing_sources", 1, {"thing_id": "1", "origin_id": "2"}, ("things", 1), ("origins", 2))
moments = [("2024-02-29 23:59:59", None), ("2024-02-29 23:59:59", "0"), ("2024-02-29 23:59:59.000001", "-7"),
           ("9999-12-31 23:59:59.999999", "9223372036854775807"), ("1000-01-01 00:00:00.5", "-9223372036854775808")]
for number, (moment, level) in enumerate(moments, 1):
    seconds, _, fraction = moment.partition(".")
    neutral = seconds + ("." + fraction.ljust(6, "0") if fraction else "")
    values = {"thing_id": "1", "moment": neutral} | ({} if level is None else {"level": level})
    row("thing_notes", number, values, ("things", 1), f"{seconds}.{fraction.ljust(6, '0')}", level)
tables = {"thing": "things", "place": "places", "city": "cities", "sample": "samples"}
pairs = [("thing", 1, "thing", 2), ("thing", 3, "place", 1), ("city", 2, "thing", 4), ("sample", 1, "city", 1), ("thing", 5, "thing", 5)]
for number, (a, b, c, d) in enumerate(pairs, 1):
    values = {"src_type": a, "src_object_id": str(b), "dest_type": c, "dest_object_id": str(d)}
    row("links", number, values, (a, tables[a], b), (c, tables[c], d), unordered=True)
row("link_notes", 1, {"link_id": "1", "value": "ünïcode"}, ("links", 1), "ünïcode")
row("labels", 1, {"name": "red"}, "red")
row("labelled", 1, {"label_id": "1", "object_type": "sample", "object_id": "1"}, ("labels", 1), ("sample", "samples", 1))
row("papers", 1, {"digest": "d41d8cd98f00b204e9800998ecf8427e", "name": "empty"}, "d41d8cd98f00b204e9800998ecf8427e", "empty")

typed = [("integer", "-42", "-42"), ("decimal", "12.5", "12.5"), ("decimal", "-0.0000000001", "-0.0000000001"),
         ("decimal", "100", "100"), ("decimal", "12345678901234567890.0123456789", "12345678901234567890.0123456789"),
         ("bool", "t", "t"), ("bool", "f", "f"), ("text", "a:b", "a:b"), ("bytes", "\\x00ff0a5c", "\\x00ff0a5c"), ("bytes", "\\x", "\\x"),
         ("date", "2024-02-29", "2024-02-29"), ("date", "1000-01-01", "1000-01-01"), ("time", "23:59:59", "23:59:59.000000"),
         ("time", "00:00:00.000001", "00:00:00.000001"), ("timestamp", "1999-12-31 00:00:00", "1999-12-31 00:00:00.000000"),
         ("timestamp", "2024-02-29 12:00:00.120000", "2024-02-29 12:00:00.120000"),
         ("uuid", "ffffffff-0000-4000-8000-abcdefabcdef", "ffffffff-0000-4000-8000-abcdefabcdef")]
typed += [(kind, None, None) for kind in ["integer", "decimal", "bool", "text", "bytes", "date", "time", "timestamp", "uuid"]]
values = []
for kind, value, key in typed:
    text = framed(key)
    values.append({"type": kind, "value": value, "input": text, "md5": hashlib.md5(text.encode()).hexdigest()})

print(json.dumps({"rows": rows, "values": values}, ensure_ascii=False, indent=1))
