#!/usr/bin/env python3
"""Writes what every target table must hold after the migration of an old Spot tree; it shares no code with gapsync.

    expect.py TREE [--out DIR] [--pipelines flow,dns,proxy]

It only reads TREE. In DIR (default: TREE.expected) it writes, for every table, TABLE.jsonl with one list per row in the order
of the columns (tables.py; y, m, d at the end), rejected.jsonl (file, line, reason) and summary.json.

RULES

Which files are read
  A folder data/<pipeline>/<name> is a day when its name is eight digits that are a date and begin with 2; other folders whose
  name begins with 2 are listed as skipped and stop nothing (fault 15).
  y, m, d are the day of the folder; in ingest summaries the day of the row's own date.
  The file patterns are those of FAMILIES below; a file that no pattern names is not migrated.
  The first line of a file that is not empty is its header; it is not read, and columns are known by their place. Empty lines
  are no rows.

How a file is read
  Lines end in LF or CRLF. A last line without an end was cut off and is rejected, except in threats.csv and after a closing quote.
  Quoted files (flow_scores.csv, dns_scores.csv, dns edge-*.csv, is_*.csv): a field may stand in ", a " in it is doubled, and
  delimiters and line ends in it are text (fault 7). In all other files, and inside a field that does not begin with one, a "
  is an ordinary character.
  Files that impala-shell wrote (flow chord, edge, sbdet; dns dendro, threat-dendro; proxy timeline, es): a field that is
  exactly NULL is SQL NULL, whatever its type (fault 11). In other files a text NULL is the text NULL.
  An empty text is '', an empty number is NULL.
  threats.csv: a surplus | belongs to the last column (summary); the two characters \\n stay as they are.
  Rows are rejected, with file, line and reason, when they have too few or too many fields, a number that is none, a number
  that its column cannot hold, text that is not UTF-8 or holds a NUL, quotes out of place, or a date that is none where one is
  needed. A rejected row reaches no table. The columns that no target uses are checked like the others.
  The line of a rejected row is the one on which it begins; the header is line 1, and empty lines count. The reason is the
  first in the order of the columns; times and file names come after them.
  Packet and byte counts and frame lengths are 64 bits (fault 10); the other whole numbers are INT or BIGINT as in the old
  staging tables; scores are 32-bit floats.

What becomes of a row (`column = source` only where it is more than a new name)
  flow_scores.csv     -> flow_scores: all rows, without sev
                      -> flow_threat_investigation: rows with sev > 0; score = sev
  chord-<ip>.tsv      -> flow_chords: ip_threat = the file name's part, _ as .
  edge-*-HH-MM.tsv    -> flow_edge: rows whose srcip is not NULL; hh, mn = the last two parts of the name split at - (fault 14)
  threats.csv         -> flow_storyboard: all rows
  sbdet-<ip>.tsv      -> flow_timeline: all rows; ip_threat = the file name's part as it is
  dns_scores.csv      -> dns_scores: all rows, without ip_sev and dns_sev
                      -> dns_threat_investigation: rows with ip_sev > 0 or dns_sev > 0
  dendro-<ip>.csv     -> dns_dendro: all rows; unix_tstamp = midnight UTC of the day (fault 4)
  edge-*_HH_00.csv    -> dns_edge: all rows; unix_tstamp = whole seconds of frame_time, its zone honoured (fault 5); class, type
                         and rcode are the codes of their names in dns-qclass.csv (column Hexadecimal), dns-qtype.csv and
                         dns-rcode.csv, an unknown name gives '', 0 and 0 (fault 6); the names are kept beside them;
                         hh = the last but one part of the file name split at _; network_context = '0'
  threats.csv         -> dns_storyboard: all rows
  threat-dendro-*.csv -> dns_threat_dendro: rows whose dns_qry_name is not NULL; anchor = the file name's part
  proxy_scores.tsv    -> proxy_scores: all rows, without uri_sev and hash
                      -> proxy_threat_investigation: rows with uri_sev > 0
  edge-*.tsv          -> proxy_edge: all rows; respcode = the code of the text in http-rcode.csv, else '0'; respcode_name = the
                         text; hh = the hour of p_time
  threats.csv         -> proxy_storyboard: all rows; p_threat = the URI of the hash (fault 8), else the hash
  timeline-<md5>.tsv  -> proxy_timeline: rows whose tstart is a timestamp; p_threat = the URI of the file name's hash (faults 9,
                         12, 13), else the hash; respcodename = the name of respcode in http-rcode.csv, else ''
                         The URI of a hash is the fulluri of the same day, in proxy_scores.tsv or es-<hash>.csv, with this md5
  is_YYYYMM.csv       -> <pipeline>_ingest_summary: all rows; tdate = date with its day part as YYYY-MM-DD (fault 16)
  A name or code that a lookup file holds twice is the first of the two; it never doubles a row.

CHOICES where facts.md and design.md are silent
  In a number column the text NULL is an empty number in every file, as it can be nothing else.
  Blanks around a number do not count; 12.0 is the whole number 12 (pandas writes that); 12.5, nan, inf and 1e3 are not whole
  numbers; nan and inf are not floats either, as not every engine can keep them.
  dendro-*.csv has no quotes, so answers with commas cannot be told from fields: surplus commas belong to dns_a, as addresses
  and query names hardly ever have one. In threat-dendro-*.csv a surplus field rejects the row.
  A flow_scores.csv or dns_scores.csv that was saved again with quotes is read like one without. In a quoted file a row is
  rejected when text follows a closing ", when a " is never closed, and when a CR without LF stands outside quotes.
  A float is digits with or without a point, a sign and an exponent; one beyond the 32-bit range is rejected.
  A file name without a usable hour and minute (00 to 23, 00 to 59) rejects each of its rows where the target has hh.
  frame_time of dns edge: English month name (three letters or all), blanks as they come, a comma after the day allowed, up to
  nine digits of fraction, cut. Zones: UTC, GMT, UT, Z, EST, EDT, CST, CDT, MST, MDT, PST, PDT, CET, CEST, +hhmm, -hh:mm; none
  is UTC; another one rejects the row. An empty frame_time gives NULL.
  p_time of proxy edge: HH:MM or HH:MM:SS with fraction; empty gives hh NULL; anything else rejects the row.
  tstart of a timeline is a timestamp when it is YYYY-MM-DD, alone or with HH:MM:SS and up to nine digits of fraction after a
  blank or T; any other text, and NULL, is filtered as in the old script, not rejected.
  The date of an ingest summary row: four digits, - or /, one or two, - or /, one or two; blanks before it are dropped, what
  follows it is kept. Other dates and times in the tree are texts and stay as they are.
  Only rows of proxy_scores.tsv that were not rejected, and rows of es files that reach fulluri, can name a URI. Hashes are
  compared in lower case. Names of the lookup files are compared exactly. A missing lookup file knows no name.
  `Unknown (65)`, which Spot wrote for a code without a name, is an unknown name; the code stays readable in it.
"""

import argparse
import calendar
import fnmatch
import hashlib
import json
import os
import re
import sys

from lookups import Lookups
from reading import Bad, typed_rows
from tables import PIPELINES, TABLES, columns

_ZONES = {"": 0, "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6}
_ZONES |= {"PST": -8, "PDT": -7, "CET": 1, "CEST": 2}
_FRAME_TIME = re.compile(
    r" *([A-Za-z]{3,9}) +(\d{1,2}),? +(\d{4}) +(\d{1,2}):(\d\d):(\d\d)(?:\.\d{1,9})?"
    r"(?: +([A-Za-z]+)| *([+-])(\d\d):?(\d\d))? *\Z",
    re.ASCII,
)
_TIME = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?\Z", re.ASCII)
_TIMESTAMP = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?)?\Z", re.ASCII)
_SUMMARY_DATE = re.compile(r" *(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)", re.ASCII)


def is_date(year, month, day):
    """Tells whether the three numbers are a day of the calendar."""
    return year > 0 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def frame_seconds(text):
    """Returns the seconds since 1970 of a time such as `Jan  4 2017 14:05:59.123456789 UTC`."""
    if text in (None, ""):
        return None
    match = _FRAME_TIME.match(text)
    if not match:
        raise Bad("frame_time is not a time")
    name, day, year, hour, minute, second, zone, sign, zone_hours, zone_minutes = match.groups()
    names = [n for n in range(1, 13) if name.lower() in (calendar.month_abbr[n].lower(), calendar.month_name[n].lower())]
    if not names or not is_date(int(year), names[0], int(day)) or int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        raise Bad("frame_time is not a time")
    if sign:
        shift = (int(zone_hours) * 60 + int(zone_minutes)) * (60 if sign == "+" else -60)
    elif (zone or "").upper() in _ZONES:
        shift = _ZONES[(zone or "").upper()] * 3600
    else:
        raise Bad("frame_time has an unknown zone")
    return calendar.timegm((int(year), names[0], int(day), int(hour), int(minute), int(second))) - shift


def hour_of(text):
    """Returns the hour of a time such as 14:05:59."""
    if text in (None, ""):
        return None
    match = _TIME.match(text)
    if not match or int(match.group(1)) > 23:
        raise Bad("p_time is not a time")
    return int(match.group(1))


def is_timestamp(text):
    """Tells whether a text is what the old engine could cast to a timestamp."""
    match = text is not None and _TIMESTAMP.match(text)
    if not match:
        return False
    year, month, day, hour = (int(part or 0) for part in match.groups()[:4])
    return is_date(year, month, day) and hour <= 23


def hash_of(uri):
    """Returns the md5 of a URI in hex."""
    return hashlib.md5(uri.encode()).hexdigest()


class File:
    """Knows one file: its place, its day, what its name says, and where to look names up."""

    def __init__(self, path, relative, day, lookups, uris):
        self.path, self.relative, self.day, self.lookups, self.uris = path, relative, day, lookups, uris
        self.name = os.path.basename(path)

    def part(self, prefix, suffix):
        """Returns the file name without prefix and suffix."""
        return self.name.removeprefix(prefix).removesuffix(suffix)

    def clock(self, separator):
        """Returns hour and minute, the last two parts of the file name."""
        parts = os.path.splitext(self.name)[0].rsplit(separator, 2)
        if len(parts) != 3 or not all(re.fullmatch("[0-9]{1,2}", part) for part in parts[1:]):
            raise Bad("the file name has no hour and minute")
        hour, minute = int(parts[1]), int(parts[2])
        if hour > 23 or minute > 59:
            raise Bad("the file name has no hour and minute")
        return hour, minute

    def uri(self, digest):
        """Returns the URI whose md5 is given, or the md5 itself."""
        return self.uris.get(digest.lower(), digest) if digest is not None else None


def flow_scores(row, file):
    sev = row["sev"]
    rated = [row[c] for c in ("tstart", "srcIP", "dstIP", "sport", "dport", "sev")] if sev is not None and sev > 0 else None
    yield "flow_scores", list(row.values())[1:]
    yield "flow_threat_investigation", rated


def flow_chords(row, file):
    yield "flow_chords", [file.part("chord-", ".tsv").replace("_", "."), *row.values()]


def flow_edge(row, file):
    clock = file.clock("-")
    yield "flow_edge", None if row["srcip"] is None else [*row.values(), *clock]


def flow_storyboard(row, file):
    yield "flow_storyboard", list(row.values())


def flow_timeline(row, file):
    yield "flow_timeline", [file.part("sbdet-", ".tsv"), *row.values()]


def dns_scores(row, file):
    target = [name for name, _ in TABLES["dns_scores"][:-3]]
    rated = (row["ip_sev"] or 0) > 0 or (row["dns_sev"] or 0) > 0
    names = ("unix_tstamp", "ip_dst", "dns_qry_name", "ip_sev", "dns_sev")
    yield "dns_scores", [row[name] for name in target]
    yield "dns_threat_investigation", [row[name] for name in names] if rated else None


def dns_dendro(row, file):
    midnight = calendar.timegm((*file.day, 0, 0, 0))
    yield "dns_dendro", [midnight, *row.values()]


def dns_edge(row, file):
    (hour, _), at, names = file.clock("_"), frame_seconds(row["frame_time"]), file.lookups
    code = names.qclass.get(row["class_name"], "")
    kind, rcode = names.qtype.get(row["type_name"], 0), names.rcode.get(row["rcode_name"], 0)
    first = [row[name] for name in ("frame_len", "ip_dst", "ip_src", "dns_qry_name")]
    last = [row[name] for name in ("class_name", "type_name", "rcode_name")]
    yield "dns_edge", [at, *first, code, kind, rcode, row["dns_a"], hour, *last, "0"]


def dns_storyboard(row, file):
    yield "dns_storyboard", list(row.values())


def dns_threat_dendro(row, file):
    values = [file.part("threat-dendro-", ".csv"), row["total"], row["dns_qry_name"], row["ip_dst"]]
    yield "dns_threat_dendro", None if row["dns_qry_name"] is None else values


def proxy_scores(row, file):
    if file.uris is not None:
        digest = hash_of(row["fulluri"])
        if digest in file.uris.wanted:
            file.uris.setdefault(digest, row["fulluri"])
    rated = row["uri_sev"] is not None and row["uri_sev"] > 0
    target = [name for name, _ in TABLES["proxy_scores"][:-3]]
    yield "proxy_scores", [row[name] for name in target]
    yield "proxy_threat_investigation", [row[n] for n in ("tdate", "fulluri", "uri_sev")] if rated else None


def proxy_edge(row, file):
    values, name = list(row.values()), row["respcode"]
    values[5] = file.lookups.http_code.get(name, "0")
    yield "proxy_edge", [*values, hour_of(row["time"]), name]


def proxy_storyboard(row, file):
    yield "proxy_storyboard", [file.uri(row["hash"]), row["title"], row["summary"]]


def proxy_timeline(row, file):
    uri = file.uri(file.part("timeline-", ".tsv"))
    values = [uri, *row.values(), file.lookups.http_name.get(row["respcode"], "")]
    yield "proxy_timeline", values if is_timestamp(row["tstart"]) else None


def ingest_summary(row, file):
    match = _SUMMARY_DATE.match(row["date"])
    day = tuple(map(int, match.groups())) if match else (0, 0, 0)
    if not is_date(*day):
        raise Bad("date is not a date")
    text = "{:04}-{:02}-{:02}".format(*day) + row["date"][match.end() :]
    yield file.relative.split("/")[1] + "_ingest_summary", [text, row["total"], *day]


class Family:
    """Says how the files of one family are read."""

    def __init__(self, pattern, delimiter, text, rows, quoted=False, nulls=False, surplus=None):
        self.pattern, self.delimiter, self.columns, self.rows = pattern, delimiter, columns(text), rows
        self.quoted, self.nulls, self.surplus = quoted, nulls, surplus
        self.open_end = pattern == "threats.csv"


_FLOW_SCORES = (
    "sev int,tstart text,srcIP text,dstIP text,sport int,dport int,proto text,ipkt big,ibyt big,opkt big,obyt big,score float,"
    "rank int,srcIpInternal int,destIpInternal int,srcGeo text,dstGeo text,srcDomain text,dstDomain text,srcIP_rep text,"
    "dstIP_rep text"
)
_FLOW_EDGE = (
    "tstart text,srcip text,dstip text,sport int,dport int,proto text,flags text,tos int,ibytes big,ipkts big,input big,"
    "output big,rip text,obytes big,opkts big"
)
_FLOW_TIMELINE = "tstart text,tend text,srcIP text,dstIP text,Proto text,SPort int,Dport int,Pkts big,Bytes big"
_DNS_SCORES = (
    "frame_time text,frame_len big,ip_dst text,dns_qry_name text,dns_qry_class text,dns_qry_type int,dns_qry_rcode int,"
    "ml_score float,tld text,query_rep text,hh int,ip_sev int,dns_sev int,dns_qry_class_name text,dns_qry_type_name text,"
    "dns_qry_rcode_name text,network_context text,unix_tstamp big"
)
_DNS_EDGE = (
    "frame_time text,frame_len big,ip_dst text,ip_src text,dns_qry_name text,class_name text,type_name text,rcode_name text,"
    "dns_a text"
)
_PROXY_SCORES = (
    "tdate text,time text,clientip text,host text,reqmethod text,useragent text,resconttype text,duration int,username text,"
    "webcat text,referer text,respcode int,uriport int,uripath text,uriquery text,serverip text,scbytes big,csbytes big,"
    "fulluri text,word text,ml_score float,uri_rep text,uri_sev int,respcode_name text,network_context text,hash text"
)
_PROXY_EDGE = (
    "tdate text,time text,clientip text,host text,webcat text,respcode text,reqmethod text,useragent text,resconttype text,"
    "referer text,uriport text,serverip text,scbytes big,csbytes big,fulluri text"
)
_SUMMARY = Family("is_??????.csv", ",", "date text,total big", ingest_summary, quoted=True)

FAMILIES = {
    "flow": [
        Family("flow_scores.csv", ",", _FLOW_SCORES, flow_scores, quoted=True),
        Family("chord*.tsv", "\t", "srcip text,dstip text,ibytes big,ipkts big", flow_chords, nulls=True),
        Family("edge*.tsv", "\t", _FLOW_EDGE, flow_edge, nulls=True),
        Family("threats.csv", "|", "ip text,title text,summary text", flow_storyboard, surplus=2),
        Family("sbdet*.tsv", "\t", _FLOW_TIMELINE, flow_timeline, nulls=True),
    ],
    "dns": [
        Family("dns_scores.csv", ",", _DNS_SCORES, dns_scores, quoted=True),
        Family("dendro*.csv", ",", "dns_a text,dns_qry_name text,ip_dst text", dns_dendro, nulls=True, surplus=0),
        Family("edge*.csv", ",", _DNS_EDGE, dns_edge, quoted=True),
        Family("threats.csv", "|", "ip_dst text,dns_qry_name text,title text,summary text", dns_storyboard, surplus=3),
        Family("threat-dendro*.csv", ",", "total big,dns_qry_name text,ip_dst text,sev int", dns_threat_dendro, nulls=True),
    ],
    "proxy": [
        Family("proxy_scores.tsv", "\t", _PROXY_SCORES, proxy_scores),
        Family("edge*.tsv", "\t", _PROXY_EDGE, proxy_edge),
        Family("threats.csv", "|", "hash text,title text,summary text", proxy_storyboard, surplus=2),
        Family(
            "timeline*.tsv", "\t", "tstart text,tend text,duration big,clientip text,respcode text", proxy_timeline, nulls=True
        ),
    ],
}


class Uris(dict):
    """Maps the md5 of a URI to the URI, for the md5s that a day's files ask for."""

    def __init__(self, folder):
        super().__init__()
        self.wanted = set()
        for name in os.listdir(folder):
            if fnmatch.fnmatchcase(name, "timeline*.tsv"):
                self.wanted.add(name.removeprefix("timeline-").removesuffix(".tsv").lower())
            elif name == "threats.csv":
                with open(os.path.join(folder, name), "rb") as file:
                    self.wanted |= {line.split(b"|")[0].decode(errors="replace").lower() for line in file}
        for digest in sorted(self.wanted):
            path = os.path.join(folder, f"es-{digest}.csv")
            if re.fullmatch("[0-9a-f]{32}", digest) and os.path.isfile(path):
                self._search(path, digest)

    def _search(self, path, digest):
        with open(path, "rb") as file:
            for line in file.readlines()[1:]:
                fields = line.rstrip(b"\r\n").split(b"\t")
                if len(fields) > 4 and hashlib.md5(fields[4]).hexdigest() == digest:
                    uri = fields[4].decode(errors="replace")
                    if uri.encode() == fields[4]:
                        self[digest] = uri
                    return


class Expectation:
    """Gathers the rows that the tables must hold, what was rejected, and how many there were."""

    def __init__(self, out):
        os.makedirs(out, exist_ok=True)
        self.out, self.files, self.skipped = out, {}, []
        self.rejects = open(os.path.join(out, "rejected.jsonl"), "w", encoding="utf-8")
        self.tables = {}

    def table(self, name):
        if name not in self.tables:
            self.tables[name] = open(os.path.join(self.out, name + ".jsonl"), "w", encoding="utf-8")
        return self.tables[name]

    def read(self, family, file):
        """Reads one file into the tables."""
        counts = self.files.setdefault(file.relative, {"rows": 0, "rejected": 0, "tables": {}})
        for line, row in typed_rows(file.path, family):
            counts["rows"] += 1
            try:
                if isinstance(row, Bad):
                    raise row
                results = list(family.rows(row, file))
            except Bad as bad:
                counts["rejected"] += 1
                self.rejects.write(json.dumps({"file": file.relative, "line": line, "reason": str(bad)}) + "\n")
                continue
            for table, values in results:
                numbers = counts["tables"].setdefault(table, {"inserted": 0, "filtered": 0})
                numbers["filtered" if values is None else "inserted"] += 1
                if values is not None:
                    values += file.day or ()
                    self.table(table).write(json.dumps(values, ensure_ascii=False) + "\n")

    def finish(self, pipelines):
        """Closes the tables, also those without rows, and writes the summary."""
        totals = {name: {"inserted": 0, "filtered": 0} for name in TABLES if name.split("_")[0] in pipelines}
        for name in totals:
            self.table(name).close()
        self.rejects.close()
        for counts in self.files.values():
            for table, numbers in counts["tables"].items():
                for key, number in numbers.items():
                    totals[table][key] += number
        rows, rejected = (sum(counts[key] for counts in self.files.values()) for key in ("rows", "rejected"))
        summary = {"rows": rows, "rejected": rejected, "tables": totals, "skipped": self.skipped, "files": self.files}
        with open(os.path.join(self.out, "summary.json"), "w", encoding="utf-8") as file:
            json.dump(summary, file, indent=1, ensure_ascii=False)
        return summary


def day_of(name):
    """Returns (y, m, d) of a day folder's name, or None."""
    if not re.fullmatch("2[0-9]{7}", name):
        return None
    day = int(name[:4]), int(name[4:6]), int(name[6:])
    return day if is_date(*day) else None


def read_pipeline(tree, pipeline, lookups, expectation):
    """Reads the ingest summaries and every day of one pipeline."""
    root = os.path.join(tree, "data", pipeline)
    names = sorted(os.listdir(root)) if os.path.isdir(root) else []
    if "ingest_summary" in names:
        for name in sorted(fnmatch.filter(os.listdir(os.path.join(root, "ingest_summary")), _SUMMARY.pattern)):
            relative = f"data/{pipeline}/ingest_summary/{name}"
            expectation.read(_SUMMARY, File(os.path.join(tree, relative), relative, None, lookups, None))
    for name in fnmatch.filter(names, "2*"):
        folder, day = os.path.join(root, name), day_of(name)
        if day is None or not os.path.isdir(folder):
            expectation.skipped.append(f"data/{pipeline}/{name}")
            continue
        uris = Uris(folder) if pipeline == "proxy" else None
        present = sorted(os.listdir(folder))
        for family in FAMILIES[pipeline]:
            for file in present:
                if fnmatch.fnmatchcase(file, family.pattern):
                    relative = f"data/{pipeline}/{name}/{file}"
                    expectation.read(family, File(os.path.join(tree, relative), relative, day, lookups, uris))


def main():
    parser = argparse.ArgumentParser(description="Writes the rows that a migrated Spot tree must give.")
    parser.add_argument("tree")
    parser.add_argument("--out", help="default: TREE.expected")
    parser.add_argument("--pipelines", default=",".join(PIPELINES))
    options = parser.parse_args()
    tree = options.tree.rstrip("/")
    pipelines = options.pipelines.split(",")
    lookups = Lookups(os.path.join(tree, "oa/components/iana"))
    expectation = Expectation(options.out or tree + ".expected")
    for pipeline in pipelines:
        read_pipeline(tree, pipeline, lookups, expectation)
    summary = expectation.finish(pipelines)
    print(f"{summary['rows']} rows read, {summary['rejected']} rejected", file=sys.stderr)


if __name__ == "__main__":
    main()
