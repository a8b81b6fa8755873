"""Loads indices of Elasticsearch and OpenSearch, and says what is in them. Uses no code of gapsync.

usage: search.py load URL INDEX DOCUMENTS | big URL INDEX MEGABYTES | list URL INDEX | left URL | shard URL INDEX
       search.py put|post|delete|get URL PATH [JSON]
"""

import base64
import hashlib
import json
import random
import sys
import urllib.error
import urllib.request

command, url = sys.argv[1:3]
rest = sys.argv[3:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(method, path, body=None, kind="application/json"):
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, method=method, headers={"Content-Type": kind})
    with opener.open(request, timeout=120) as answer:
        return json.loads(answer.read() or b"{}")


def bulk(index, documents):
    lines = []
    for name, routing, source in documents:
        action = {"_index": index, "_id": name}
        if routing:
            action["routing"] = routing
        lines += [json.dumps({"index": action}), json.dumps(source)]
    answer = call("POST", "/_bulk", ("\n".join(lines) + "\n").encode(), "application/x-ndjson")
    assert not answer["errors"], answer


def load(index, count):
    """Makes an index with three shards, an analyzer, mappings of many kinds, nested documents, routing and aliases."""
    call("PUT", f"/{index}", {
        "settings": {
            "number_of_shards": 3,
            "number_of_replicas": 0,
            "analysis": {"analyzer": {"own": {"type": "standard", "stopwords": ["the"]}}},
        },
        "mappings": {
            "dynamic": "strict",
            "properties": {
                "title": {"type": "text", "analyzer": "own", "fields": {"raw": {"type": "keyword"}}},
                "n": {"type": "long"},
                "ts": {"type": "date"},
                "ip": {"type": "ip"},
                "none": {"type": "keyword", "null_value": "NULL"},
                "parts": {"type": "nested", "properties": {"a": {"type": "keyword"}}},
            },
        },
        "aliases": {f"{index}-all": {}, f"{index}-some": {"filter": {"term": {"n": 7}}, "routing": "x"}},
    })
    dice = random.Random(3)
    for start in range(0, count, 5000):
        documents = []
        for n in range(start, min(count, start + 5000)):
            source = {
                "title": f"Größe {n} 🌍 \\ \" \n {dice.randrange(10**9)} {dice.randrange(10**9)}",
                "n": n,
                "ts": 1700000000000 + n,
                "ip": f"10.0.{n // 256 % 256}.{n % 256}",
                "none": None,
                "parts": [{"a": str(n)}, {"a": "x"}] if n % 10 == 0 else [],
            }
            documents.append((f"id {n}/ä", "x" if n % 5 == 0 else None, source))
        bulk(index, documents)
    # Some are gone again, so that segments hold deletions.
    for n in range(0, 20 if count > 20 else 1):
        call("DELETE", f"/{index}/_doc/id%20{n}%2F%C3%A4" + ("?routing=x" if n % 5 == 0 else ""))
    call("POST", f"/{index}/_refresh")


def big(index, megabytes):
    """Makes an index of bytes that do not compress."""
    call("PUT", f"/{index}", {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0},
        "mappings": {"properties": {"bytes": {"type": "object", "enabled": False}}},
    })
    dice = random.Random(5)
    for n in range(0, megabytes, 4):
        bulk(index, [(str(m), None, {"bytes": {"b": base64.b64encode(dice.randbytes(1 << 20)).decode()}}) for m in range(n, n + 4)])
    call("POST", f"/{index}/_flush")


def listed(index):
    """Prints all that an index is, its own name left out."""
    digests = []
    answer = call("POST", f"/{index}/_search?scroll=1m", {"size": 2000, "sort": ["_doc"], "query": {"match_all": {}}})
    while answer["hits"]["hits"]:
        assert answer["_shards"]["failed"] == 0, answer["_shards"]
        for hit in answer["hits"]["hits"]:
            known = [hit["_id"], hit.get("_routing"), hit["_source"]]
            digests.append(hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest())
        answer = call("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": answer["_scroll_id"]})
    print("documents", len(digests), len(set(digests)), hashlib.sha256("".join(sorted(digests)).encode()).hexdigest())
    about = call("GET", f"/{index}")[index]
    settings = about["settings"]["index"]
    for own in ("uuid", "creation_date", "provided_name", "version", "history"):
        settings.pop(own, None)
    for what in ("mappings", "settings", "aliases"):
        print(what, json.dumps(about[what], sort_keys=True))
    found = call("POST", f"/{index}/_search", {"size": 0, "query": {"match": {"title": "the GRÖSSE größe"}}, "track_total_hits": True})
    print("found by the analyzer", found["hits"]["total"]["value"])


try:
    if command == "load":
        load(rest[0], int(rest[1]))
    elif command == "big":
        big(rest[0], int(rest[1]))
    elif command == "list":
        call("POST", f"/{rest[0]}/_refresh")
        listed(rest[0])
    elif command == "left":
        print("repositories", sorted(call("GET", "/_snapshot")))
        print("indices", sorted(name for name in call("GET", "/_all?expand_wildcards=open,closed") if not name.startswith(".")))
    elif command == "shard":
        print(call("GET", f"/{rest[0]}/_settings")[rest[0]]["settings"]["index"]["uuid"])
    else:
        print(json.dumps(call(command.upper(), rest[0], json.loads(rest[1]) if rest[1:] else None)))
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.read().decode()[:500]}")
