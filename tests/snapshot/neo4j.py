"""What is in a database of Neo4j, by its own queries and without gapsync: neo4j.py fill|add|sum PORT DATABASE"""
import hashlib
import json
import sys
import urllib.request

mode, port, database = sys.argv[1:4]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(statement, **parameters):
    body = json.dumps({"statements": [{"statement": statement, "parameters": parameters}]}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/db/{database}/tx/commit", body, headers)
    with opener.open(request, timeout=120) as answer:
        said = json.load(answer)
    if said["errors"]:
        sys.exit(str(said["errors"])[:400])
    return [row["row"] for row in said["results"][0]["data"]]


if mode == "fill":
    ask("CREATE CONSTRAINT entity_id FOR (n:Entity) REQUIRE n.id IS UNIQUE")
    ask("CREATE INDEX entity_title FOR (n:Entity) ON (n.title)")
    ask(
        'UNWIND range(1, 2000) AS i CREATE (:Entity {id: i, title: "té " + toString(i) + " 🌍", tags: ["a", toString(i)], '
        "score: i / 7.0, seen: datetime({epochSeconds: 1700000000 + i}), place: point({latitude: 1.5, longitude: 2.5})})"
    )
    ask(
        "UNWIND range(1, 2000) AS i MATCH (x:Entity {id: i}), (y:Entity {id: (i * 7) % 2000 + 1}) "
        'CREATE (x)-[:REL {w: i, kind: "k" + toString(i % 5)}]->(y)'
    )
    ask("UNWIND range(1, 30) AS i MATCH (x:Entity {id: i}) CREATE (x)-[:SEEN_IN]->(:Report {name: toString(i)})")
    ask("MATCH (n:Entity) WHERE n.id > 1990 DETACH DELETE n")
elif mode == "add":
    ask("UNWIND range(1, 100) AS i CREATE (:Later {id: i})")
digest = hashlib.sha256()
for kind, statement in [
    ("nodes", "MATCH (n) RETURN labels(n), count(n) ORDER BY labels(n)[0]"),
    ("relationships", "MATCH ()-[r]->() RETURN type(r), count(r) ORDER BY type(r)"),
    ("indexes", "SHOW INDEXES YIELD name, state, type RETURN name, state, type ORDER BY name"),
    ("constraints", "SHOW CONSTRAINTS YIELD name, type RETURN name, type ORDER BY name"),
]:
    print(kind, json.dumps(ask(statement)))
for row in ask(
    "MATCH (n:Entity) OPTIONAL MATCH (n)-[r:REL]->(m) "
    "RETURN n.id, n.title, n.tags, n.score, toString(n.seen), n.place, r.w, r.kind, m.id ORDER BY n.id, m.id"
):
    digest.update(json.dumps(row, sort_keys=True).encode() + b"\n")
print("content", digest.hexdigest())
