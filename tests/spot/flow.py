"""Makes the flow part of an old tree."""

import ipaddress
import json

import dialect
from day import CLOCKS, OWNERS, ingest_summary, old_folder, scores, severity

HEADER = (
    "sev,tstart,srcIP,dstIP,sport,dport,proto,ipkt,ibyt,opkt,obyt,score,rank,srcIpInternal,destIpInternal,"
    "srcGeo,dstGeo,srcDomain,dstDomain,srcIP_rep,dstIP_rep"
).split(",")
EDGE = "tstart srcip dstip sport dport proto flags tos ibytes ipkts input output rip obytes opkts".split()
CHORD = "srcip dstip ibytes ipkts".split()
TIMELINE = "tstart tend srcIP dstIP Proto SPort Dport Pkts Bytes".split()
PORTS = [str(port) for port in range(65536)]
REPUTATIONS = ("", "gti:google:Low:1", "gti:sample:High:3::fb:MALICIOUS:3", "")


def _connections(conn):
    """Returns what score rows need of each real connection, as texts."""
    result = []
    for n, row in enumerate(conn):
        ends = row["id.orig_h"], row["id.resp_h"]
        inside = [str(int(ipaddress.ip_address(end).is_private)) for end in ends]
        numbers = [row[name] or "0" for name in ("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes")]
        places = OWNERS[n % 4] if inside[0] == "0" else "", OWNERS[n % 5] if inside[1] == "0" else ""
        domains = "", f"host{n % 50}.example" if inside[1] == "0" else ""
        tail = (*inside, *places, *domains, REPUTATIONS[n % 4], REPUTATIONS[(n + 1) % 4])
        second = int(float(row["ts"])) % 86400
        head = (second, int(row["id.orig_p"]), *ends, row["id.resp_p"], row["proto"].upper())
        result.append((head, tuple(numbers), tail))
    return result


def _score_rows(day, connections, marks):
    """Yields the rows of a day: the real connections over and over, each time with other ports and times."""
    size, date = len(connections), str(day.date)
    for n in range(day.count):
        (second, port, source, target, service, proto), (a, b, c, d), tail = connections[n % size]
        turn = n // size
        yield (
            severity(day.rated, n),
            f"{date} {CLOCKS[(second + 61 * turn) % 86400]}",
            source,
            target,
            PORTS[(port + turn) % 65536],
            service,
            proto,
            a,
            b,
            c,
            d,
            marks[n % 997],
            n,
            *tail,
        )


def _edge_scores(day):
    """Returns score rows that are hard to carry: numbers over 32 bits, empty fields, commas, quotes, other scripts."""
    at, ends = f"{day.date} 14:05:59", ("10.0.0.1", "8.8.8.8")
    large = ("2147483647", "2147483648", "5000000000", "9223372036854775807")
    tail = ("1", "0", "", OWNERS[2], "", "dns.google", "", "gti:google:Low:1")
    yield (1, at, *ends, "1", "53", "UDP", *large, "1e-05", "0", *tail)
    yield (3, at, "fe80::1", "ff02::fb", "5353", "5353", "UDP", "1", "2", "3", "4", "0.25", "1", *tail)
    yield (2, at, "my-laptop-02", *ends[1:], "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "")
    yield ("", at, *ends, "0", "0", "TCP", "0", "0", "0", "0", "0.0", "2", "", "", 'Washington, D.C.;"The" Owner', *tail[3:])
    yield (
        0,
        "",
        *ends,
        "7",
        "7",
        "TCP",
        "1",
        "1",
        "1",
        "1",
        "1E-7",
        "3",
        "1",
        "0",
        OWNERS[1],
        OWNERS[4],
        "bücher.example",
        *tail[5:],
    )
    yield (
        1,
        at,
        *ends,
        "9",
        "9",
        "TCP",
        "1",
        "1",
        "1",
        "1",
        "0.1234567890123",
        "4",
        "1",
        "0",
        "NULL",
        "it's; `a` $HOME \\N",
        *tail[4:],
    )


def _details(day, connections):
    """Writes edge, chord and timeline files as impala-shell printed them."""
    size, seen = len(connections), {}
    for n in range(day.details()):
        (second, port, source, target, service, proto), (a, b, c, d), _ = connections[n * size // day.details()]
        clock = CLOCKS[second]
        name = f"edge-{source}-{target}-{clock[:2]}-{clock[3:5]}".replace(".", "_") + ".tsv"
        rows = [
            (f"{day.date} {clock}", source, target, port, service, proto, ".AP.SF", 0, b, a, k, 0, "0.0.0.0", d, c)
            for k in range(n % 5 + 1)
        ]
        dialect.impala(day.path(name), EDGE, rows)
        seen.setdefault(source, []).append((target, b, a, clock, port, service, proto))
    for source, rows in seen.items():
        chord = [(source, target, octets, packets) for target, octets, packets, *_ in rows]
        dialect.impala(day.path(f"chord-{source.replace('.', '_')}.tsv"), CHORD, chord)
        timeline = [
            (f"{day.date} {clock}", f"{day.date} {clock}", source, target, proto, port, service, packets, octets)
            for target, octets, packets, clock, port, service, proto in rows
        ]
        dialect.impala(day.path(f"sbdet-{source}.tsv"), TIMELINE, timeline)


def _edge_details(day):
    """Writes detail files with hard names and hard rows."""
    at = f"{day.date} 14:05:12"
    none = (None,) * 10
    rows = [
        (at, "fe80::1", "ff02::fb", 5353, 5353, "UDP", "......", 0, 3000000000, 2147483648, 0, 0, None, 2**63 - 1, 1),
        (at, None, "ff02::fb", 5353, 5353, "UDP", "......", 0, 1, 1, 0, 0, "0.0.0.0", 0, 0),
        (None, "fe80::1", None, None, None, *none),
    ]
    dialect.impala(day.path("edge-fe80::1-ff02::fb-14-05.tsv"), EDGE, rows)
    host = (at, "my-laptop-02.example.org", "192.168.1.10", 1, 2, "TCP", "", 0, 1, 1, 0, 0, '"quoted"', 0, 0)
    dialect.impala(day.path("edge-my-laptop-02_example_org-192_168_1_10-09-30.tsv"), EDGE, [host])
    dialect.impala(day.path("edge-10_0_0_9-8_8_4_4-23-59.tsv"), EDGE, [])
    dialect.impala(day.path("chord-2001:db8::7.tsv"), CHORD, [("2001:db8::7", None, 5000000000, None)])
    dialect.impala(
        day.path("sbdet-2001:db8::7.tsv"), TIMELINE, [(at, None, "2001:db8::7", None, "TCP", None, 443, 2**32, None)]
    )
    threats = [
        ("10.0.0.1", "A title", "First line\nsecond line"),
        ("8.8.8.8", "", 'He said "no", it\'s $5 | or 6 | `x`\n'),
        ("fe80::1", "Überwachung 監視", "NULL"),
        ("10.0.0.2", "NULL", ""),
    ]
    dialect.piped(day.path("threats.csv"), ("ip", "title", "summary"), threats)


def _left_behind(day, rows):
    """Writes the files that are not migrated, small."""
    dialect.scores(day.path("flow_scores_bu.csv"), HEADER, rows)
    dialect.text(day.path("flow_results.csv"), "2017-01-30 00:00:00,10.0.0.1,8.8.8.8,0.1\n")
    dialect.text(day.path("flow_scores_fb.csv"), "sev\ttstart\tsrcIP\tdstIP\n1\tx\t10.0.0.1\t8.8.8.8\n")
    dialect.impala(day.path("ir-10.0.0.1.tsv"), ["firstSeen", "lastSeen", "srcIP"], [("x", "y", None)])
    for name in ("globe-10_0_0_1", "stats-10_0_0_1", "threat-dendro-10_0_0_1"):
        dialect.text(day.path(name + ".json"), json.dumps({"name": name}))


def make(folder, days, logs, bad, seed):
    """Writes data/flow."""
    connections = _connections(logs["conn"])
    marks = scores(seed)
    for day in days:
        rows = _score_rows(day, connections, marks)
        if day.first:
            rows = (row for part in (_edge_scores(day), rows) for row in part)
        dialect.scores(day.path("flow_scores.csv"), HEADER, rows, saved_again=day.rated)
        _details(day, connections)
        if day.first:
            _edge_details(day)
            _left_behind(day, [row for n, row in zip(range(1000), _score_rows(day, connections, marks))])
    ingest_summary(folder, days, bad)
    old_folder(folder, "flow_scores.csv", ",".join(HEADER) + "\r\n1" + 20 * "," + "\r\n")
    if bad:
        _spoil(days[0])


def _spoil(day):
    good = "0,2017-01-30 00:00:00,10.0.0.1,8.8.8.8,1,53,UDP,1,1,1,1,0.5,1,1,0,,,,,,".split(",")
    wrong = [
        {"sport": "http"},
        {"ibyt": 2**63},
        {"sport": 3000000000},
        {"ibyt": "1.5"},
        {"score": "nan"},
        {"srcGeo": '"a"b'},
        # This one is only odd.
        {"sport": " 12 ", "ibyt": "+7", "score": " 5e-1"},
    ]
    dialect.spoil_scores(day.path("flow_scores.csv"), HEADER, good, ",", "srcGeo", wrong)
    edge = day.path("edge-10_0_0_9-8_8_4_4-23-59.tsv")
    dialect.spoil(edge, b"2017-01-30 23:59:00\t10.0.0.9\t8.8.4.4\tx\n", b"\n", b"2017-01-30 23:59:01\t10.0.0.9\n")
    dialect.impala(day.path("edge-10_0_0_9-nowhere.tsv"), EDGE, [("x", "10.0.0.9", *(None,) * 13)])
    dialect.spoil(day.path("chord-2001:db8::7.tsv"), b"2001:db8::7\t10.0.0.1\tmany\t1\n")
    dialect.spoil(day.path("threats.csv"), b"10.0.0.3|cut")
