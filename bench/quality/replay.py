"""`python -m bench.quality.replay --events N`: the report's own work without Kafka; JSON on the last line.

Records as they stand on the topics are decoded, joined, summed and shown, in this process; where they
come from (`bench.quality.report` reads them from a real broker) is left out. For the memory: run it
with several sizes and compare. The totals' hash is the same in whatever order the records come.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from bench.quality.report import INQUIRIES, PLACE
from services.quality.report.cases import cases_of
from services.quality.report.document import Choices, document_of
from services.quality.report.pages import html
from services.quality.report.reading import Read, take
from services.quality.report.sorting import SortedLines
from services.quality.report.totals import Period, Totals, as_data, totals_of
from tests.unit.quality.report.company import Company
from warmline import codec
from warmline.topics import Topic


def records(events: int, seed: int | None) -> Iterator[tuple[Topic, Any]]:
    """About as many; each copy of the history shuffled with `seed`."""
    history = [
        (topic, *codec.encode(topic, event))
        for topic, event in Company(1, INQUIRIES, name=PLACE.decode()).history()
    ]
    for copy in range(max(1, round(events / len(history)))):
        place = b"_%06d_" % copy
        if seed is not None:
            random.Random(seed + copy).shuffle(history)
        for topic, key, value, headers in history:
            yield (
                topic,
                SimpleNamespace(
                    topic=topic.name,
                    partition=0,
                    offset=0,
                    timestamp=0,
                    key=key.replace(PLACE, place),
                    value=value.replace(PLACE, place),
                    headers=headers,
                ),
            )


def replay(events: int, seed: int | None) -> tuple[Read, Totals, Period]:
    read = Read()
    with SortedLines() as lines:
        for topic, record in records(events, seed):
            take(read, lines, topic, record)
        period = Period(0, read.newest_ms + 1, window_ms=0, late_ms=300_000)
        return read, totals_of(cases_of(lines), period), period


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--shuffle", type=int, default=None, help="a seed for another order")
    arguments = parser.parse_args()
    began = time.process_time()
    read, totals, period = replay(arguments.events, arguments.shuffle)
    page = html(document_of(totals, read, Choices(period, 0.05, 0.1, None)))
    used = time.process_time() - began
    events = sum(read.events.values())
    found = {
        "events": events,
        "cpu_s": round(used, 1),
        "s_per_million": round(used / events * 1e6, 1),
        "max_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "page_kib": round(len(page) / 1024),
        "totals": hashlib.sha256(json.dumps(as_data(totals)).encode()).hexdigest()[:16],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
