"""Makes the DNS part of an old tree."""

import dialect
from day import CLOCKS, ingest_summary, old_folder, scores, severity
from iana import CLASS_NAME, RCODE_NAMES, TYPE_NAMES

HEADER = (
    "frame_time,frame_len,ip_dst,dns_qry_name,dns_qry_class,dns_qry_type,dns_qry_rcode,score,tld,query_rep,hh,ip_sev,dns_sev,"
    "dns_qry_class_name,dns_qry_type_name,dns_qry_rcode_name,network_context,unix_tstamp"
).split(",")
EDGE = ("frame_time,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class_name,dns_qry_type_name,dns_qry_rcode_name,dns_a").split(
    ","
)
DENDRO = ["dns_a", "dns_qry_name", "ip_dst"]
THREAT_DENDRO = ["total", "dns_qry_name", "ip_dst", "sev"]


def _queries(dns):
    """Returns (second, fraction, client, server, query, type, rcode, answers) of each real query."""
    result = []
    for row in dns:
        name, kind, rcode = row.get("query", ""), row.get("qtype", ""), row.get("rcode", "")
        if name and kind and rcode and "," not in name and '"' not in name:
            at = float(row["ts"])
            answers = row["answers"]
            client, server = row["id.orig_h"], row["id.resp_h"]
            result.append((int(at) % 86400, f"{at % 1:.6f}"[2:] + "789", client, server, name, kind, rcode, answers))
    return result


def _type_name(kind):
    return TYPE_NAMES.get(kind, f"Unknown ({kind})")


def frame_date(day):
    """Returns the day as tshark printed it: `Jan  4 2017`, two blanks before a day of one digit."""
    return f"{day.date:%b} {day.date.day:2} {day.date.year}"


def _score_rows(day, queries, marks):
    """Yields the rows of a day: the real queries over and over, at other times."""
    size, date = len(queries), frame_date(day)
    for n in range(day.count):
        second, fraction, client, _, name, kind, rcode, answers = queries[n % size]
        second = (second + 61 * (n // size)) % 86400
        clock, high = CLOCKS[second], severity(day.rated, n)
        yield (
            f"{date} {clock}.{fraction} UTC",
            60 + len(name) + len(answers),
            client,
            name,
            "0x00000001",
            kind,
            rcode,
            marks[n % 997],
            name.rsplit(".", 2)[-2] if "." in name else "",
            "" if n % 3 else "gti:google:Low:1",
            clock[:2],
            high if n % 2 else 0,
            high if n % 2 == 0 else 0,
            CLASS_NAME,
            _type_name(kind),
            RCODE_NAMES.get(rcode, f"Unknown ({rcode})"),
            "",
            day.midnight + second,
        )


def _edge_scores(day):
    """Returns score rows that are hard to carry: DNS type 10 is named NULL, one blank, nine digits, empty and large numbers."""
    at, date = day.midnight + 50759, frame_date(day)
    one = f"{day.date:%b} {day.date.day} {day.date.year} 14:05:59.123456789 UTC"
    end = ("1e-05", "", "", "14", "1", "0", CLASS_NAME)
    yield (one, "4294967296", "10.0.0.1", "null.example.org", "0x00000001", "10", "0", *end, "NULL", "NoError", "", at)
    yield (one, "", "fe80::1", "bücher.例え", "0x00000001", "1", "3", *end, "A", "NXDomain", "Büro", at)
    yield (
        f"{date} 14:05:59 UTC",
        "90",
        "10.0.0.1",
        "_ldap._tcp.dc._msdcs.example",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "0",
        "2",
        "",
        "",
        "",
        "",
        "",
    )
    yield (
        "",
        "90",
        "10.0.0.1",
        "it's $HOME `x` \\N",
        "0x00000003",
        "65",
        "9",
        *end[:3],
        "",
        "",
        "",
        "",
        "Unknown (65)",
        "NotAuth",
        "NULL",
        at,
    )


def _details(day, queries):
    """Writes edge, dendro and threat-dendro files of real queries."""
    date, size, clients, names = frame_date(day), len(queries), {}, {}
    for n in range(day.details()):
        second, fraction, client, server, name, kind, rcode, answers = queries[n * size // day.details()]
        clock = CLOCKS[second]
        head = (60 + len(name) + len(answers), client, server, name)
        tail = (CLASS_NAME, _type_name(kind), RCODE_NAMES.get(rcode, f"Unknown ({rcode})"), answers)
        rows = [(f"{date} {clock[:6]}{k:02}.{fraction} UTC", *head, *tail) for k in range(n % 5 + 1)]
        dialect.all_quoted(day.path(f"edge-{name.replace('/', '-')}_{clock[:2]}_00.csv"), EDGE, rows)
        clients.setdefault(client, []).append((answers or None, name, client))
        names.setdefault(name, []).append((n + 1, name, client, 0))
    for client, rows in clients.items():
        dialect.impala(day.path(f"dendro-{client}.csv"), DENDRO, rows, ",")
        totals = [(n + 1, name, client, 0) for n, (_, name, _) in enumerate(rows)]
        dialect.impala(day.path(f"threat-dendro-{client}.csv"), THREAT_DENDRO, totals, ",")
    for name, rows in list(names.items())[:5]:
        dialect.impala(day.path(f"threat-dendro-{name.replace('/', '-')}.csv"), THREAT_DENDRO, rows, ",")


def _edge_details(day):
    """Writes detail files with hard names and hard rows."""
    date, name = frame_date(day), "_ldap._tcp.my_site.example"
    mid = ("120", "10.0.0.1", "10.0.0.53", name)

    def row(at, names=(CLASS_NAME, "A", "NoError"), answers="192.0.2.1"):
        return (at, *mid, *names, answers)

    rows = [
        row(f"{date} 14:05:59.123456789 UTC", answers="192.0.2.1,192.0.2.2,2001:db8::1"),
        row(f"{date} 14:05:59.999999999 UTC", (CLASS_NAME, "NULL", "NotAuth"), 'v=spf1 "quoted", and more'),
        row(f"{date} 14:05:59.000000001 GMT", ("Chaos (CH)", "TXT", "NXDomain"), "ünï 🗼"),
        row(f"{date} 14:05:59.5 EST", ("Unknown (7)", "Unknown (65)", "Unknown (99)"), ""),
        row("Jan  4 2017 4:05:59.123456789 CEST", ("UNKNOWN", "0", "UNKNOWN"), "one\r\ntwo"),
        row("January 4 2017 23:59:59.123456789 UTC", ("internet (in)", "a", "BADSIG"), "NULL"),
        row("Feb 29, 2016 00:00:00 +0530", ("", "", ""), ","),
        row("Jan  5 2017 14:05:59.1"),
        row(""),
        (f"{date} 14:00:00 UTC", "NULL", "", "", "", CLASS_NAME, "AAAA", "BADVERS", ""),
        (f"{date} 14:00:01 UTC", "", "fe80::1", "fe80::2", "a/b.example", CLASS_NAME, "*", "Refused", '"'),
        (f"{date} 14:00:02 UTC", "3000000000", "fe80::1", "fe80::2", "a/b.example", CLASS_NAME, "DLV", "9", "'`$'"),
    ]
    dialect.all_quoted(day.path(f"edge-{name}_14_00.csv"), EDGE, rows[:-2])
    dialect.all_quoted(day.path("edge-a-b.example_14_00.csv"), EDGE, rows[-2:])
    dialect.text(day.path("edge-empty.example_03_00.csv"), ",".join(EDGE) + "\n")
    dendro = [
        (None, name, "10.0.0.9"),
        ("192.0.2.1,192.0.2.2", name, "10.0.0.9"),
        ('"x"', None, "10.0.0.9"),
        ("", "", "10.0.0.9"),
    ]
    dialect.impala(day.path("dendro-10.0.0.9.csv"), DENDRO, dendro, ",")
    totals = [(5000000000, name, "10.0.0.9", 0), (3, None, "10.0.0.9", 0), (None, "NULL.example", None, None)]
    dialect.impala(day.path(f"threat-dendro-{name}.csv"), THREAT_DENDRO, totals, ",")
    threats = [
        ("10.0.0.1", "", "A title", "First line\nsecond line"),
        ("", name, "Ein Titel: Ü", 'a | b, "c"'),
        ("", "NULL", "", ""),
    ]
    dialect.piped(day.path("threats.csv"), ("ip_dst", "dns_qry_name", "title", "summary"), threats)


def make(folder, days, logs, bad, seed):
    """Writes data/dns."""
    queries, marks = _queries(logs["dns"]), scores(seed)
    for day in days:
        rows = _score_rows(day, queries, marks)
        if day.first:
            rows = (row for part in (_edge_scores(day), rows) for row in part)
        dialect.scores(day.path("dns_scores.csv"), HEADER, rows)
        _details(day, queries)
        if day.first:
            _edge_details(day)
            dialect.scores(day.path("dns_scores_bu.csv"), HEADER, _edge_scores(day))
            dialect.text(day.path("dns_results.csv"), "Jan 30 2017 00:00:00.0 UTC,90,10.0.0.1,example.org\n")
            dialect.text(day.path("dns_scores_fb.csv"), "frame_time\tframe_len\nx\t90\n")
    ingest_summary(folder, days, bad)
    old_folder(folder, "dns_scores.csv", ",".join(HEADER) + "\r\n" + 17 * "," + "\r\n")
    if bad:
        _spoil(days[0])


def _spoil(day):
    numbers = "0x00000001,1,0,0.5,,,14,0,1,Internet (IN),A,NoError,,1485734400"
    good = f"Jan 30 2017 00:00:00.0 UTC,90,10.0.0.1,example.org,{numbers}".split(",")
    wrong = [{"frame_len": "ninety"}, {"unix_tstamp": "yesterday"}, {"frame_len": "90.0"}]
    dialect.spoil_scores(day.path("dns_scores.csv"), HEADER, good, ",", "dns_qry_name", wrong)
    edge = b'"%s","%s","10.0.0.1","10.0.0.53","bad.example","Internet (IN)","A","NoError","192.0.2.1"\r\n'
    path = day.path("edge-bad.example_07_00.csv")
    dialect.all_quoted(path, EDGE, [])
    dialect.spoil(
        path,
        edge % (b"Jan 32 2017 00:00:00.0 UTC", b"90"),
        edge % (b"30.01.2017 00:00:00", b"90"),
        edge % (b"Jan 30 2017 00:00:00.0 MARS", b"90"),
        edge % (b"Jan 30 2017 24:00:00.0 UTC", b"90"),
        edge % (b"Jan 30 2017 00:00:00.0 UTC", b"long"),
        b'"Jan 30 2017 00:00:00.0 UTC","90"\r\n',
        edge % (b"Jan 30 2017 00:00:00.0 UTC", b"91"),
        b'"Jan 30 2017 00:00:00.0 UTC","92","10.0.',
    )
    dialect.all_quoted(day.path("edge-bad.example_25_00.csv"), EDGE, [("", "90", "", "", "", "", "", "", "")])
    dialect.spoil(day.path("dendro-10.0.0.9.csv"), b"192.0.2.1,example.org\n")
    dialect.spoil(day.path("threat-dendro-_ldap._tcp.my_site.example.csv"), b"many,a,b,0\n1,a,b,c,0\n2,a,b,x\n")
