"""Makes the proxy part of an old tree."""

import hashlib
import json

import dialect
from day import CLOCKS, ingest_summary, old_folder, scores, severity
from iana import HTTP_NAMES

HEADER = (
    "p_date,p_time,clientip,host,reqmethod,useragent,resconttype,duration,username,webcat,referer,respcode,uriport,uripath,"
    "uriquery,serverip,scbytes,csbytes,fulluri,word,score,uri_rep,uri_sev,respcode_name,network_context,hash"
).split(",")
EDGE = (
    "p_date,p_time,clientip,host,webcat,respcode,reqmethod,useragent,resconttype,referer,uriport,serverip,scbytes,csbytes,fulluri"
).split(",")
TIMELINE = "tstart tend duration clientip respcode".split()
SEARCH = (
    "p_time,clientip,username,duration,fulluri,webcat,respcode,reqmethod,useragent,resconttype,referer,uriport,serverip,"
    "scbytes,csbytes"
).split(",")
URIS = {
    "quote": "example.org/it's?a='b'",
    "double": 'example.org/say?"hello"&x="y"',
    "shell": "example.org/$(touch /tmp/x)/`id`?$HOME",
    "other": "例え.example/größe?q=🗼\\N",
    "lost": "gone.example/nowhere",
    "searched": "only.example/in-the-es-file?'\"`$",
}


def md5(text):
    """Returns the md5 of a text in hex."""
    return hashlib.md5(text.encode()).hexdigest()


def _requests(http, ssl):
    """Returns what score rows need of each real request: plain ones from http, CONNECT from ssl."""
    result = []
    for row in http:
        host = row.get("host") or row["id.resp_h"]
        path, _, query = row["uri"].partition("?")
        agent, kind = row["user_agent"], row["resp_mime_types"].split(",")[0]
        body = int(row["response_body_len"] or 0), int(row["request_body_len"] or 0)
        code, method = row["status_code"] or "0", row["method"] or "GET"
        at, fields = row["ts"], (host, method, agent, kind, row["referrer"], code, row["id.resp_p"], path, query)
        result.append((int(float(at)) % 86400, row["id.orig_h"], row["id.resp_h"], *body, *fields))
    for row in ssl:
        host = row["server_name"]
        fields = (host, "CONNECT", "", "", "", "200", row["id.resp_p"], "", "")
        result.append((int(float(row["ts"])) % 86400, row["id.orig_h"], row["id.resp_h"], 0, 517, *fields))
    clean = [row for row in result if row[5] and not any("\t" in str(field) or '"' in str(field) for field in row)]
    return [(*row, row[5] + row[12] + ("?" + row[13] if row[13] else "")) for row in clean]


def _score_rows(day, requests, marks):
    """Yields the rows of a day: the real requests over and over, at other times."""
    size, date = len(requests), str(day.date)
    digests = [md5(request[1] + request[-1]) for request in requests]
    names = [HTTP_NAMES.get(request[10], f"Unknown ({request[10]})") for request in requests]
    for n in range(day.count):
        second, client, server, down, up, host, method, agent, kind, referer, code, port, path, query, uri = requests[n % size]
        clock = CLOCKS[(second + 61 * (n // size)) % 86400]
        first = (date, clock, client, host, method, agent, kind, n % 300, "-", "Technology", referer, code, port, path, query)
        last = ("", severity(day.rated, n), names[n % size], "", digests[n % size] + clock[:2])
        yield (*first, server, down, up, uri, f"{host}_{code}", marks[n % 997], *last)


def _score(day, uri, severity_, **changes):
    """Returns a made-up score row of one URI, with changes."""
    host = uri.split("/")[0]
    first = (day.date, "14:05:59", "10.0.0.1", host, "GET", "Mozilla/5.0 (it's)", "text/html", 12, "-", "News", "", 200, 80)
    middle = (uri[len(host) :], "", "192.0.2.1", 5, 6, uri, "word", "1e-05", "", severity_, "OK", "")
    row = dict(zip(HEADER, (*first, *middle, md5("10.0.0.1" + uri) + "14")))
    return tuple({**row, **changes}.values())


def _edge_scores(day):
    """Returns score rows that are hard to carry; Spot's own writer would have refused the one with a " in its URI."""
    yield _score(day, URIS["quote"], 1)
    yield _score(day, URIS["double"], 2)
    yield _score(day, URIS["shell"], 3)
    yield _score(day, URIS["other"], 0, username="Jörg", scbytes=5000000000, csbytes=2147483648)
    empty = {name: "" for name in ("duration", "respcode", "uriport", "scbytes", "csbytes", "score", "respcode_name")}
    yield _score(day, "empty.example/", "", **empty)
    yield _score(day, "null.example/", 1, referer="NULL", p_date="2017/01/30", webcat="NULL")


def _details(day, requests):
    """Writes edge, timeline and es files of real requests."""
    size, seen = len(requests), set()
    for n in range(day.details()):
        second, client, server, down, up, host, method, agent, kind, referer, code, port, *_, uri = requests[
            n * size // day.details()
        ]
        clock, name = CLOCKS[second], HTTP_NAMES.get(code, f"Unknown ({code})")
        rows = [
            (
                day.date,
                f"{clock[:6]}{k:02}",
                client,
                host,
                "News",
                name,
                method,
                agent,
                kind,
                referer,
                port,
                server,
                down,
                up,
                uri,
            )
            for k in range(n % 5 + 1)
        ]
        dialect.scores(day.path(f"edge-{client}-{md5(client + uri)}{clock[:2]}.tsv"), EDGE, rows, "\t")
        if uri not in seen and n % 2:
            seen.add(uri)
            rows = [(f"{day.date} {clock}", f"{day.date} {clock}", k, client, code) for k in range(n % 4 + 1)]
            dialect.impala(day.path(f"timeline-{md5(uri)}.tsv"), TIMELINE, rows)
            _search(day, uri, [(clock, client, uri, code, referer or None)])


def _search(day, uri, rows):
    """Writes the es file of a URI from (time, client, URI, code, referer)."""
    wide = [
        (clock, client, "-", 1, address, "News", code, "GET", None, "text/html", referer, "80", "192.0.2.1", 5, 6)
        for clock, client, address, code, referer in rows
    ]
    dialect.impala(day.path(f"es-{md5(uri)}.csv"), SEARCH, wide)


def _edge_details(day):
    """Writes detail files with hard names and hard rows.

    Timelines: the URI is in proxy_scores.tsv and the es file is missing; it is only in the es file, behind a row that it
    referred to; it is nowhere. Storyboards: the same three.
    """
    at, date = f"{day.date} 14:05:59", day.date
    mid = ("10.0.0.1", "example.org", "News")
    last = ("GET", "Mozilla/5.0 'ü'", "text/html", "NULL", "80", "192.0.2.1")
    uri = URIS["shell"]
    rows = [
        (date, "14:05:59", *mid, "Not Found", *last, 5000000000, 1, uri),
        (date, "00:00:00.123", *mid, "I'm a teapot (RFC 2324)", *last, "", "NULL", uri),
        (date, "", *mid, "Unknown (299)", *last, 0, 0, URIS["quote"]),
        (date, "9:07", *mid, "", *last, 0, 0, URIS["other"]),
    ]
    dialect.scores(day.path(f"edge-10.0.0.1-{md5('10.0.0.1' + uri)}14.tsv"), EDGE, rows, "\t")
    dialect.scores(day.path(f"edge-fe80::1-{md5('fe80::1' + uri)}03.tsv"), EDGE, [], "\t")
    timeline = [
        (at, at, 3000000000, "10.0.0.1", "200"),
        (at + ".123456789", None, None, None, None),
        (None, at, 1, "10.0.0.1", "200"),
        ("14:05:59", at, 1, "10.0.0.1", "404"),
        (f"{date} 24:00:00", at, 1, "10.0.0.1", "404"),
        (date, at, 1, "fe80::1", "299"),
    ]
    for name in URIS:
        dialect.impala(day.path(f"timeline-{md5(URIS[name])}.tsv"), TIMELINE, timeline)
    searched, other = URIS["searched"], "other.example/page"
    for name, uris in (("searched", (other, searched)), ("double", (other, URIS["double"])), ("lost", (other,))):
        _search(day, URIS[name], [(f"14:0{n}:00", "10.0.0.1", u, "200", URIS[name]) for n, u in enumerate(uris)])
    threats = [
        (md5(URIS["quote"]), "A title", "First line\nsecond line"),
        (md5(URIS["double"]), "", "a | b"),
        (md5(searched).upper(), "Überwachung", "only the es file knows it"),
        (md5(URIS["lost"]), "lost", ""),
        ("no hash", "NULL", "NULL"),
    ]
    dialect.piped(day.path("threats.csv"), ("hash", "title", "summary"), threats)
    dialect.text(day.path(f"incident-progression-{md5(uri)}.json"), json.dumps({"fulluri": uri}))


def make(folder, days, logs, bad, seed):
    """Writes data/proxy."""
    requests, marks = _requests(logs["http"], logs["ssl"]), scores(seed)
    for day in days:
        rows = _score_rows(day, requests, marks)
        if day.first:
            rows = (row for part in (_edge_scores(day), rows) for row in part)
        dialect.scores(day.path("proxy_scores.tsv"), HEADER, rows, "\t")
        _details(day, requests)
        if day.first:
            _edge_details(day)
            dialect.scores(day.path("proxy_scores_bu.tsv"), HEADER, _edge_scores(day), "\t")
            dialect.text(day.path("proxy_results.csv"), "2017-01-30\t00:00:00\t10.0.0.1\n")
            dialect.text(day.path("proxy_scores_fb.csv"), "p_date\tp_time\n2017-01-30\t00:00:00\n")
    ingest_summary(folder, days, bad)
    old_folder(folder, "proxy_scores.tsv", "\t".join(HEADER) + "\r\n" + 25 * "\t" + "\r\n")
    if bad:
        _spoil(days[0])


def _spoil(day):
    good = _score(day, "bad.example/", 1)
    # The last one is only odd.
    wrong = [{"uri_sev": "high"}, {"respcode": "-"}, {"duration": 2**31}, {"score": "inf"}, {"score": "+.5"}]
    dialect.spoil_scores(day.path("proxy_scores.tsv"), HEADER, good, "\t", "webcat", wrong)
    client = "10.0.0.66"
    rows = [
        (day.date, clock, client, "h", "", "OK", "GET", "", "", "", "80", "", number, 1, "bad.example/")
        for clock, number in (("25:00:00", 1), ("noon", 1), ("12:60", 1), ("12:00:00", "0x10"), ("12:00:00", 16))
    ]
    path = day.path(f"edge-{client}-{md5(client + 'bad.example/')}14.tsv")
    dialect.scores(path, EDGE, rows, "\t")
    dialect.spoil(path, b"2017-01-30\t12:00:00\t10.0.0.66\th")
    path = day.path(f"timeline-{md5(URIS['quote'])}.tsv")
    dialect.spoil(path, b"2017-01-30 12:00:00\t2017-01-30 12:00:00\tlong\t10.0.0.1\t200\n2017-01-30 12:00:00\t2017")
    dialect.spoil(day.path("threats.csv"), b"no more\n")
