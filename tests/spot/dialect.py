"""Writes files as the parts of old Spot wrote them, one function for each writer."""

import csv
import os


def _open(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return open(path, "w", encoding="utf-8", newline="", buffering=1 << 20)


def scores(path, header, rows, delimiter=",", saved_again=False):
    """Writes a score file: csv.writer without quotes, or with the fewest quotes after an analyst saved it again."""
    quoting = {"quoting": csv.QUOTE_MINIMAL} if saved_again else {"quoting": csv.QUOTE_NONE, "quotechar": None}
    with _open(path) as file:
        writer = csv.writer(file, delimiter=delimiter, **quoting)
        writer.writerow(header)
        writer.writerows(rows)


def all_quoted(path, header, rows):
    """Writes a file as csv.writer does when it quotes every field."""
    with _open(path) as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        writer.writerows(rows)


def impala(path, header, rows, delimiter="\t"):
    """Writes what `impala-shell -B --print_header` prints: LF, no quotes, and NULL for None."""
    with _open(path) as file:
        file.write(delimiter.join(header) + "\n")
        for row in rows:
            file.write(delimiter.join("NULL" if value is None else str(value) for value in row) + "\n")


def piped(path, header, rows):
    """Writes a threats file: fields put together with |, a newline in a text as the two characters \\n."""
    with _open(path) as file:
        for row in (header, *rows):
            file.write("|".join(value.replace("\n", "\\n") for value in row) + "\n")


def pandas(path, header, rows):
    """Writes what pandas' to_csv(index=False) does."""
    with _open(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def text(path, content):
    """Writes a file of which only the name matters, or one in no dialect."""
    with _open(path) as file:
        file.write(content)


def spoil_scores(path, header, good, delimiter, text, wrong):
    """Appends bad records to a score file: a good one with each of the wrong values by column, then what any file may have: a text
    column that is not UTF-8, a surplus field, too few fields, and a record that the end of the file cuts off."""
    row = dict(zip(header, good))

    def line(fields):
        return delimiter.join(map(str, fields)).encode() + b"\r\n"

    spoil(
        path,
        *(line({**row, **changes}.values()) for changes in wrong),
        line({**row, text: "caf\0"}.values()).replace(b"\0", b"\xe9"),
        line([*row.values(), "surplus"]),
        line(list(row.values())[:3]),
        line(row.values())[:60],
    )


def spoil(path, *lines):
    """Appends raw bytes to a file, as a bad disk, a killed process or another program might."""
    with open(path, "ab") as file:
        file.write(b"".join(lines))
