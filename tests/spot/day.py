"""Knows one day of a tree that is being made, and what the makers of all pipelines need."""

import datetime
import random

import dialect

CLOCKS = [f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(86400)]
FIRST = datetime.date(2017, 1, 30)
OWNERS = ("State;City Owner", "Île-de-France;Saint-Étienne Orange", "California;Mountain View Google", "", "東京;東京 NTT 🗼")


class Day:
    """Holds the folder of a day, its number in the tree and its date."""

    def __init__(self, folder, number, count):
        self.date = FIRST + datetime.timedelta(days=number)
        self.name = self.date.strftime("%Y%m%d")
        self.folder, self.number, self.count = f"{folder}/{self.name}", number, count
        self.midnight = (self.date - datetime.date(1970, 1, 1)).days * 86400
        self.first = number == 0
        self.rated = number % 3 == 0

    def path(self, name):
        return f"{self.folder}/{name}"

    def details(self):
        """Returns of how many connections, queries or requests there are detail files."""
        return min(20, 3 + self.count // 100)


def scores(seed):
    """Returns some hundred machine-learning scores as Python 2 printed them: small, in fixed or exponent form."""
    source = random.Random(seed)
    return [repr(float(f"{10 ** source.uniform(-9, -0.5):.{source.choice((5, 6, 9))}g}")) for _ in range(997)]


def severity(rated, n):
    """Returns what an analyst gave row n: nothing to most rows, 1, 2 or 3 to some."""
    return 1 + n // 23 % 3 if rated and n % 23 == 7 else 0


def ingest_summary(folder, days, bad):
    """Writes the monthly files with a row a minute.

    Edge cases, all in the first month: a date with /, a day with one digit, a total with .0, an empty total.
    """
    months = {}
    for day in days:
        rows = months.setdefault(day.name[:6], [])
        if day.first:
            stroke = day.date.strftime("%Y/%m/%d")
            rows += [(f"{stroke} 00:00", 17), ("2017-01-4 23:59", 4), (f"{day.date} 00:01", "12.0"), (f"{day.date} 00:02", "")]
        minutes = min(1440, day.count)
        for minute in range(minutes):
            total = day.count // minutes + (minute < day.count % minutes)
            rows.append((f"{day.date} {minute // 60:02}:{minute % 60:02}", total))
    for month, rows in months.items():
        dialect.pandas(f"{folder}/ingest_summary/is_{month}.csv", ("date", "total"), rows)
    if bad:
        path = f"{folder}/ingest_summary/is_{days[0].name[:6]}.csv"
        dialect.spoil(path, b",7\n", b"yesterday,8\n", b"2017-02-30 10:00,9\n", b"2017-01-31 10:00,many\n", b"2017-01-3")


def old_folder(folder, name, content):
    """Writes the folder `2_old`, which is no day, with a file in it that looks like one to migrate."""
    dialect.text(f"{folder}/2_old/{name}", content)
