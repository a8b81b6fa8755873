"""Runs two sides in turn and prints a table of them in Markdown: what measurements of snapshots have in common."""

import os
import pathlib
import statistics
import subprocess
import sys
import time


def run(command, **more):
    """Runs a command and ends the measurement if it fails."""
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if ended.returncode:
        sys.exit(f"{command} ended with {ended.returncode}: {ended.stderr[-2000:]}{ended.stdout[-2000:]}")
    return ended.stdout


def shell(script, **more):
    """Runs a script of a guide, which fails if one of its commands does."""
    return run(["bash", "-c", "set -euo pipefail; " + script], **more)


def cpu_of(pid, with_children=False):
    """Returns the CPU seconds of a process so far; with those of its children, whether they run or have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    seconds = sum(map(int, fields[11 : 15 if with_children else 13])) / os.sysconf("SC_CLK_TCK")
    if with_children:
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                seconds += cpu_of(child)
            except FileNotFoundError:
                pass
    return seconds


def spread(values):
    """Returns the median of values with the lowest and the highest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


class Pairs:
    """Measures pairs of sides. `cpu` returns the CPU seconds of the servers so far, `written` the bytes that a side has written."""

    def __init__(self, pairs, cpu, written):
        self.pairs, self.cpu, self.written = pairs, cpu, written

    def head(self, title, by):
        """Prints what comes before the rows."""
        print(f"# {title}\n")
        print(f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, {os.cpu_count()} cores. Medians of {self.pairs} runs of each side, in ", end="")
        print(f"turn. CPU seconds are those of the commands and of the server. Written by `{by}`.\n")
        print("| what | against | ours (lowest-highest), s | theirs, s | our CPU s | their CPU s | ratio | target | our MB | their MB | our peak, MB | |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)

    def timed(self, work):
        """Returns seconds, CPU seconds of commands and servers, and what the work returned."""
        server, own, begun = self.cpu(), os.times(), time.monotonic()
        outcome = work()
        seconds, after = time.monotonic() - begun, os.times()
        cpu = after.children_user - own.children_user + after.children_system - own.children_system
        return seconds, cpu + self.cpu() - server, outcome

    def row(self, what, against, target, ours, theirs, after, sizes=True, most_bytes=None):
        """Measures a case and prints its row. `after` follows each run. `most_bytes` is the largest share of their bytes that ours may have."""
        sides, peak, written = {ours: [], theirs: []}, 0.0, {}
        for pair in range(self.pairs):
            for side in (ours, theirs) if pair % 2 else (theirs, ours):
                seconds, cpu, report = self.timed(side)
                written[side] = self.written() / 1e6 or None
                after()
                sides[side].append((seconds, cpu))
                if side is ours:
                    peak = max(peak, report["peak_memory_bytes"] / 1e6)
                print(f"{what} {against}: {'ours' if side is ours else 'theirs'} {seconds:.2f} s, CPU {cpu:.2f} s", file=sys.stderr)
        own, other = [run[0] for run in sides[ours]], [run[0] for run in sides[theirs]]
        ratio = statistics.median(own) / statistics.median(other)
        cells = [what, against, spread(own), spread(other)]
        cells += [f"{statistics.median(run[1] for run in side):.2f}" for side in (sides[ours], sides[theirs])]
        cells += [f"{ratio:.2f}", f"≤ {target}"]
        cells += ["" if size is None or not sizes else f"{size:.{0 if size >= 10 else 2}f}" for size in (written[ours], written[theirs])]
        few = most_bytes is None or written[ours] <= most_bytes * written[theirs]
        cells += [f"{peak:.0f}", "ok" if ratio <= target and peak <= 128 and few else "**missed**"]
        print("| " + " | ".join(cells) + " |", flush=True)
