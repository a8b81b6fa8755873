"""Reads the lines of old Spot files: one reader for quoted files, one for files that know no quotes."""

import csv
import re

csv.field_size_limit(1 << 30)

LIMITS = {"int": 1 << 31, "big": 1 << 63}
FLOAT_MAX = 3.4028235677973366e38
_WHOLE = re.compile(r"([+-]?[0-9]+)(?:\.0*)?\Z")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")


class Bad(Exception):
    """Says why a row cannot be right."""


def whole(name, text, kind):
    """Returns the whole number that a field holds, or None for an empty one."""
    if text.isdigit() and text.isascii() and len(text) < 10:
        return int(text)
    text = text.strip(" ")
    if text in ("", "NULL"):
        return None
    match = _WHOLE.match(text)
    if not match:
        raise Bad(f"{name} is not a whole number")
    value = int(match.group(1)) if len(match.group(1)) < 40 else LIMITS[kind]
    if not -LIMITS[kind] <= value < LIMITS[kind]:
        raise Bad(f"{name} is out of range")
    return value


def floating(name, text):
    """Returns the number that a field holds, or None for an empty one."""
    text = text.strip(" ")
    if text in ("", "NULL"):
        return None
    if not _FLOAT.match(text):
        raise Bad(f"{name} is not a number")
    value = float(text)
    if abs(value) >= FLOAT_MAX:
        raise Bad(f"{name} is out of range")
    return value


def _is_utf8(text):
    """Tells whether a text that was read with surrogateescape was UTF-8."""
    if text.isascii():
        return True
    return not any("\udc80" <= c <= "\udcff" for c in text)


def quoted_rows(path, delimiter):
    """Yields (line, fields or Bad) of a file whose fields may stand in double quotes, a quote in them doubled."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        before = 0
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                fields = Bad("quotes or line ends are out of place")
            line, before = before + 1, reader.line_num
            if fields:
                yield line, fields


def plain_rows(path, delimiter):
    """Yields (line, fields) of a file in which every character but delimiter and line end stands for itself."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        for line, text in enumerate(file, 1):
            text = text.removesuffix("\n").removesuffix("\r")
            if text:
                yield line, text.split(delimiter)


def is_cut(path, quoted):
    """Tells whether a file ends without a line end, where no closing quote shows that the field before is whole."""
    with open(path, "rb") as file:
        file.seek(0, 2)
        if file.tell() == 0:
            return False
        file.seek(-1, 2)
        return file.read(1) not in (b"\n", b'"' if quoted else b"\n")


def with_last(pairs):
    """Yields (line, fields, whether it is the last) of pairs."""
    before = None
    for pair in pairs:
        if before is not None:
            yield *before, False
        before = pair
    if before is not None:
        yield *before, True


def typed_rows(path, family):
    """Yields (line, row or Bad) of the data rows of a file; a row is a dict from column name to value."""
    delimiter, quoted = family.delimiter, family.quoted
    count, surplus = len(family.columns), family.surplus
    texts = quoted_rows(path, delimiter) if quoted else plain_rows(path, delimiter)
    cut = is_cut(path, quoted) and not family.open_end
    for index, (line, fields, last) in enumerate(with_last(texts)):
        if index == 0:
            continue
        if last and cut and not isinstance(fields, Bad):
            yield line, Bad("the last line has no end")
            continue
        if isinstance(fields, Bad):
            yield line, fields
            continue
        extra = len(fields) - count
        if extra > 0 and surplus is not None:
            fields[surplus : surplus + extra + 1] = [delimiter.join(fields[surplus : surplus + extra + 1])]
            extra = 0
        try:
            if extra:
                raise Bad(f"too {'many' if extra > 0 else 'few'} fields: {len(fields)} of {count}")
            yield line, _typed(fields, family)
        except Bad as bad:
            yield line, bad


def _typed(fields, family):
    row = {}
    for (name, kind), text in zip(family.columns, fields):
        if kind == "text":
            if not _is_utf8(text):
                raise Bad(f"{name} is not UTF-8")
            if "\0" in text:
                raise Bad(f"{name} holds a NUL")
            row[name] = None if family.nulls and text == "NULL" else text
        elif kind == "float":
            row[name] = floating(name, text)
        else:
            row[name] = whole(name, text, kind)
    return row
