"""Queues of Celery, looked at with Redis's own client: queues.py BROKER COMMAND…  Knows nothing of gapsync.

send N QUEUE [PRIORITY]   puts tasks into a queue that take so many seconds each, by Celery
push LIST                 puts an element of all bytes into a list
list                      prints every key with its type, and a digest of what it holds
many LIST N [BYTES]       puts N elements into a list, which are as long, with zeros in one of them
set KEY                   sets a key to a text
flush                     deletes everything
"""

import hashlib
import sys

import redis
from celery import Celery

BROKER = sys.argv[1]
app = Celery("site", broker=BROKER)
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
    task_default_queue="enrichers",
    worker_proc_alive_timeout=60,
)


@app.task(name="slow")
def slow(seconds):
    import time

    time.sleep(float(seconds))


def content(server, key, kind):
    if kind == b"list":
        return b"\0".join(server.lrange(key, 0, -1))
    if kind == b"hash":
        return b"\0".join(field + b"=" + value for field, value in sorted(server.hgetall(key).items()))
    if kind == b"zset":
        return b"\0".join(member + repr(score).encode() for member, score in server.zrange(key, 0, -1, withscores=True))
    return b""


def main(command, arguments):
    server = redis.Redis.from_url(BROKER)
    if command == "send":
        seconds, queue, *priority = arguments
        slow.apply_async((seconds,), queue=queue, priority=int(priority[0]) if priority else None)
    elif command == "push":
        server.lpush(arguments[0], bytes(range(256)), "plain")
    elif command == "many":
        name, count, size = arguments[0], int(arguments[1]), int(arguments[2]) if arguments[2:] else 0
        zeros = [bytes(size)] if size else []
        for start in range(0, count, 50):
            texts = (f"element {n} ".encode() for n in range(start, min(start + 50, count)))
            server.rpush(name, *(text.ljust(size, b"x") for text in texts), *zeros)
    elif command == "set":
        server.set(arguments[0], "text")
    elif command == "flush":
        server.flushdb()
    elif command == "list":
        for key in sorted(server.keys()):
            kind = server.type(key)
            if key.startswith(b"_kombu.binding"):
                continue
            print(key, kind.decode(), hashlib.sha256(content(server, key, kind)).hexdigest())
    else:
        sys.exit(f"unknown command {command}")


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
