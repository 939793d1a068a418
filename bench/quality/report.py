"""`python -m bench.quality.report`: reading topics of many events into a report; JSON on the last line.

One company's history is written once to a Kafka of its own, under as many names as the events need.
Then, in processes of their own and in turns: a bare loop that only consumes the same topics with the
client library (for the first of the sizes), and the report with its joining, its totals and its page. The
same records are written once more in another order, and the report of those must have the same bytes.
Time is that of the process's CPU, since other work shares the machine; memory is the most that was resident.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from services.quality.report.facts import SOURCES
from tests.servers import running_kafka
from tests.unit.quality.report.company import Company
from warmline import codec
from warmline.client import Client
from warmline.client.broker import Broker
from warmline.client.provisioning import apply

INQUIRIES = 4000
"""Of the one history that is repeated: about 18,000 events."""

PLACE = b"_000000_"
_USAGE = """
import resource, sys
from warmline.cli.app import run
code = {call}
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""
_BARE = "__import__('bench.quality.report', fromlist=['bare']).bare(sys.argv[1], sys.argv[2])"
_REPORT = "run(['report', '--since', '2000-01-01', '--window', '0s', '--out', sys.argv[3]])"


def bare(bootstrap: str, prefix: str) -> int:
    """Consumes the same topics and does nothing with the events."""
    with Client(bootstrap, prefix) as client:
        for topic in SOURCES:
            for _ in client.consume(topic.name, from_beginning=True, to_end=True):
                pass
    return 0


def fill(bootstrap: str, prefix: str, events: int, seed: int | None = None) -> int:
    """Writes about as many events, with a `seed` in another order; returns how many."""
    apply(Broker(bootstrap), prefix, partitions=3)
    encoded = [
        (prefix + topic.name, *codec.encode(topic, event))
        for topic, event in Company(1, INQUIRIES, name=PLACE.decode()).history()
    ]
    if seed is not None:
        random.Random(seed).shuffle(encoded)
    return asyncio.run(_write(bootstrap, encoded, max(1, round(events / len(encoded)))))


async def _write(bootstrap: str, encoded: list[tuple[str, bytes, bytes, Any]], copies: int) -> int:
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=50, max_batch_size=256 * 1024
    ) as producer:
        for copy in range(copies):
            place = b"_%06d_" % copy
            for topic, key, value, headers in encoded:
                await producer.send(
                    topic,
                    key=key.replace(PLACE, place),
                    value=value.replace(PLACE, place),
                    headers=headers,
                )
        await producer.flush()
    return copies * len(encoded)


def measured(call: str, bootstrap: str, prefix: str, page: Path) -> tuple[float, float]:
    """CPU seconds and MiB of a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", _USAGE.format(call=call), bootstrap, prefix, str(page)],
        check=True,
        capture_output=True,
        text=True,
        env={
            "WARMLINE_KAFKA_BOOTSTRAP": bootstrap,
            "WARMLINE_TOPIC_PREFIX": prefix,
            "PYTHONPATH": ".",
        },
    )
    seconds, mib = done.stderr.split()[-2:]
    return float(seconds), float(mib)


def runs(sizes: list[int], rounds: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, running_kafka(Path(folder)) as broker:
        for size in sizes:
            prefix = f"bench{size}."
            events = fill(broker.bootstrap, prefix, size)
            calls = [_BARE, _REPORT] if size == sizes[0] else [_REPORT]
            found: dict[str, list[tuple[float, float]]] = {call: [] for call in calls}
            page = Path(folder) / "report.html"
            for _ in range(rounds):
                for call, taken in found.items():
                    taken.append(measured(call, broker.bootstrap, prefix, page))
            in_order = page.read_bytes()
            fill(broker.bootstrap, f"again{size}.", size, seed=1)
            measured(_REPORT, broker.bootstrap, f"again{size}.", page)
            report = found[_REPORT]
            result = {
                "events": events,
                "report_cpu_s": [round(seconds, 1) for seconds, _ in report],
                "report_s_per_million": round(min(s for s, _ in report) / events * 1e6, 1),
                "report_max_mib": round(max(mib for _, mib in report)),
                "page": hashlib.sha256(in_order).hexdigest()[:16],
                "same_bytes_in_another_order": page.read_bytes() == in_order,
            }
            if _BARE in found:
                bare_over_report = [b[0] / r[0] for b, r in zip(found[_BARE], report, strict=True)]
                result["bare_over_report"] = round(statistics.median(bare_over_report), 3)
                result["bare_cpu_s"] = [round(seconds, 1) for seconds, _ in found[_BARE]]
            yield result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    results = []
    for result in runs(arguments.events, arguments.rounds):
        results.append(result)
        print(json.dumps(result), flush=True)
    own = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"report": results, "filling_cpu_s": round(own.ru_utime + own.ru_stime)}))


if __name__ == "__main__":
    main()
