"""Makes a tree with everything that a file system can hold, and lists a tree. Uses no code of gapsync.

usage: tree.py make DIR | tree.py list DIR
"""

import hashlib
import os
import stat
import sys

BLOCK = 4096


def put(path, content=b"", mode=0o644):
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def make(root):
    root = os.fsencode(root)
    os.makedirs(os.path.join(root, b"sub/deep"))
    at = lambda name: os.path.join(root, name)
    put(at(b"plain.txt"), b"plain\n")
    put(at(b"same-size"), b"other\n")
    put(at(b"empty"))
    put(at(b"new\nline"), b"a name with a line feed")
    put(at(b"not-utf8-\xff\xfe"), b"a name that is no text")
    put(at(b"dev-disk\\x2d.device"), b"a name with a backslash")
    put(at("späte 大小".encode()), b"a name of several scripts")
    put(at(b"secret"), b"only for its owner", 0o400)
    put(at(b"run"), b"#!/bin/sh\n", 0o4755)
    put(at(b"sub/deep/file"), os.urandom(70_000))
    put(at(b"sub/big"), os.urandom(40 << 20))
    os.mkdir(at(b".n"))
    put(at(b".n/1"), b"a name of our own kind")
    os.mkdir(at(b".p"))
    put(at(b".p/x"), b"another")
    os.mkdir(at(b"group"))
    os.chmod(at(b"group"), 0o2775)
    os.mkdir(at(b"closed"))
    put(at(b"closed/inside"), b"in a folder that nobody may write")
    os.link(at(b"plain.txt"), at(b"sub/second-name"))
    os.symlink(b"plain.txt", at(b"link"))
    os.symlink(b"/nonexistent/\xff", at(b"dangling"))
    os.symlink(b"../../..", at(b"sub/out"))
    with open(at(b"sparse"), "wb") as file:
        file.write(b"begin")
        file.seek((5 << 30) - 3)
        file.write(b"end")
    with open(at(b"hole-at-end"), "wb") as file:
        file.write(b"x" * 5000)
        file.truncate(1 << 20)
    put(at(b"zeros"), b"a" * BLOCK + b"\0" * (1 << 20) + b"b")
    try:
        os.setxattr(at(b"plain.txt"), b"user.note", b"\0\xffvalue")
        os.setxattr(at(b"group"), b"user.folder", b"yes")
    except OSError:
        pass
    os.chmod(at(b"closed"), 0o555)
    for number, (folder, folders, files) in enumerate(os.walk(root, topdown=False)):
        for name in folders + files:
            time = 1_600_000_000_123_456_789 + len(name) * 1_000_000_007 + number
            os.utime(os.path.join(folder, name), ns=(time, time), follow_symlinks=False)
    os.utime(root, ns=(1_500_000_000_000_000_001,) * 2)


def content(path):
    """Digest of all blocks that are not zero, with their places; the rest is zeros."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        at = 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA) // BLOCK * BLOCK
            except OSError:
                break
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            file.seek(at)
            while at < max(end, at + 1) and at < size:
                block = file.read(BLOCK)
                if block.strip(b"\0"):
                    digest.update(b"%d:" % at + block)
                at += len(block)
                if at >= end:
                    break
    return f"{size} {digest.hexdigest()}"


def entries(root):
    root = os.fsencode(root)
    names = {}
    for folder, folders, files in os.walk(root):
        folders.sort()
        yield folder
        for name in sorted(files + [f for f in folders if os.path.islink(os.path.join(folder, f))]):
            yield os.path.join(folder, name)


def show(root):
    base, names = os.fsencode(root), {}
    for path in sorted(entries(root)):
        found = os.lstat(path)
        kind = stat.S_IFMT(found.st_mode)
        line = [repr(os.path.relpath(path, base)), oct(found.st_mode), found.st_uid, found.st_gid, found.st_mtime_ns]
        if kind == stat.S_IFLNK:
            line.append(repr(os.readlink(path)))
        if kind == stat.S_IFREG:
            line += [content(path), found.st_nlink, names.setdefault(found.st_ino, len(names))]
        try:
            attributes = os.listxattr(path, follow_symlinks=False)
            line += [f"{name}={os.getxattr(path, name, follow_symlinks=False)!r}" for name in sorted(attributes)]
        except OSError:
            pass
        print(*line)


{"make": make, "list": show}[sys.argv[1]](sys.argv[2])
