#!/usr/bin/env python3
"""Writes an old Apache Spot tree of any size, each file in the dialect of its writer, from rows of real network logs.

    tree.py OUT [--days N] [--flow-rows N] [--dns-rows N] [--proxy-rows N] [--pipelines flow,dns,proxy] [--bad]

The rows of the score files are real connections, queries and requests (fixtures/zeek, or the logs in --zeek DIR), repeated
with other times and ports until there are as many as asked for, all days together. Beside them lie detail files of up to 20 of
them a day, the ingest summaries, the IANA lists, notebooks, and files that are not migrated.

Edge cases, in every tree; those of a day are in the first one:
  all       a folder 2_old; *_scores_bu.*, *_results.csv, *_fb.csv and more that is not migrated; in is_*.csv a date with /, a
            day of one digit, a total with .0, an empty total; days of two months from the third day on
  flow      6 score rows: numbers over 2^31 and 2^32, empty numbers and texts, IPv6, a host name with -, a comma and quotes
            (the days that an analyst rated are saved again with quotes where needed), text NULL, other scripts
            edge names with IPv6, with - in a host name; NULL in number and text columns, srcip NULL (filtered); 1 file without
            rows; chord and sbdet of an IPv6 address; threats with |, \\n, quotes, an empty title, a text NULL
  dns       4 score rows: DNS type 10 named NULL, type 65 without a name, frame lengths over 2^32, one blank in
            frame_time, _, $
            edge names with _ and with a / made -; several answers, quotes, CRLF in an answer, nine fraction digits, zones,
            names that no list knows, rcode 9 (twice in the list); an edge file that is only an LF header
            dendro with NULL and several answers; threat-dendro with dns_qry_name NULL (filtered)
  proxy     6 score rows: ', ", $, `, other scripts in URIs, numbers over 2^31, empty numbers, a date with /, a text NULL
            edge rows with unknown and empty response texts, an empty time, number NULL; 1 file without rows
            6 timelines of 6 rows each, 3 of them filtered: es file missing (URI in the scores), es file whose first row is
            another URI, URI nowhere; storyboards whose hash is in the scores, only in an es file (upper case), nowhere
--bad adds rows that must be rejected, among a few good ones: too few and too many fields, letters in numbers, numbers out of
range, text that is not UTF-8, bad dates, times and file names, quotes out of place, truncated last lines, ingest summary rows
without a date.
"""

import argparse
import json

import dialect
import dns
import flow
import iana
import proxy
import zeek
from day import Day
from tables import PIPELINES

MAKERS = {"flow": flow, "dns": dns, "proxy": proxy}


def main():
    parser = argparse.ArgumentParser(description="Writes an old Apache Spot tree.")
    parser.add_argument("out")
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--flow-rows", type=int, default=1000, help="score rows of all days, beside the edge cases")
    parser.add_argument("--dns-rows", type=int, default=1000)
    parser.add_argument("--proxy-rows", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="for the machine-learning scores")
    parser.add_argument("--pipelines", default=",".join(PIPELINES))
    parser.add_argument("--zeek", default=zeek.EXTRACTS, help="folder of Zeek logs; default: fixtures/zeek")
    parser.add_argument("--bad", action="store_true", help="adds rows that must be rejected")
    options = parser.parse_args()
    out, logs = options.out.rstrip("/"), zeek.read(options.zeek)
    iana.write(f"{out}/oa/components/iana")
    for pipeline in options.pipelines.split(","):
        rows = getattr(options, pipeline + "_rows")
        folder = f"{out}/data/{pipeline}"
        counts = [rows // options.days + (n < rows % options.days) for n in range(options.days)]
        days = [Day(folder, n, count) for n, count in enumerate(counts)]
        MAKERS[pipeline].make(folder, days, logs, options.bad, options.seed)
        for day in days:
            for name in ("Edge_Investigation", "Threat_Investigation"):
                dialect.text(f"{out}/ipynb/{pipeline}/{day.name}/{name}.ipynb", json.dumps({"cells": [], "nbformat": 4}))


if __name__ == "__main__":
    main()
