"""Writes one number after the other to Cassandra, an index and a file, and keeps the longest time between two steps.

usage: writer.py HOST:PORT KEYSPACE URL INDEX FOLDER LONGEST
"""

import os
import sys
import time
import urllib.request

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

address, keyspace, url, index, folder, longest_file = sys.argv[1:]
host, port = address.split(":")
session = Cluster([host], port=int(port), auth_provider=PlainTextAuthProvider("cassandra", "cassandra")).connect(keyspace)
insert = session.prepare("INSERT INTO n (k) VALUES (?)")
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def document(number):
    request = urllib.request.Request(
        f"{url}/{index}/_doc/{number}", b'{"k": %d}' % number, {"content-type": "application/json"}, method="PUT"
    )
    opener.open(request).read()


def file(number):
    with open(f"{folder}/{number}.new", "w") as out:
        out.write(str(number))
    os.rename(f"{folder}/{number}.new", f"{folder}/{number}")


number, longest, last = 0, 0.0, None
while True:
    for step in (lambda: session.execute(insert, (number,)), lambda: document(number), lambda: file(number)):
        step()
        now = time.monotonic()
        # The first writes make connections and the index.
        if last is not None and number > 5 and now - last > longest:
            longest = now - last
            with open(longest_file + ".new", "w") as out:
                out.write(str(longest))
            os.rename(longest_file + ".new", longest_file)
        last = now
    number += 1
    time.sleep(0.002)
