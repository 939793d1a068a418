"""Hostile and broken texts through everything that reads a customer's text: no crash, no slow text.

python -m bench.triage.fuzz --texts 1000000

Two thirds are mutations of real texts (BANKING77 and MASSIVE German): bytes swapped, words repeated,
characters of any script inserted, texts glued together up to 32 KiB; the rest is made of the words
that the lists react to, repeated and interleaved, of random code points, and of long runs. The time
of a text is measured in processor time, so that other programs do not count.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.triage import data
from services.router.triage import TopicModel, Triager
from services.router.triage.complexity import complexity
from services.router.triage.mood import mood
from services.router.triage.person_wish import wants_person
from services.router.triage.risk import risk
from services.router.triage.train import Settings, train
from services.router.triage.wording import read
from services.router.triage.wordlists import listed_words

LIMIT_BYTES = 32 * 1024
SLOW_MS = 50.0
LONG_SHARE = 0.02
"""Share of texts blown up to the size limit; the others stay short, as real ones do."""

Maker = Callable[[random.Random], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="a model folder; else one is trained")
    arguments = parser.parse_args()
    model = TopicModel.load(arguments.model) if arguments.model else _small_model()
    triager = Triager(model)
    triager.warm_up()
    make = _maker()
    rng = random.Random(arguments.seed)
    _read_everything(triager, "warm up")
    worst, slow, crashes = 0.0, 0, 0
    for number in range(arguments.texts):
        text = make(rng)
        started = time.process_time()
        try:
            _read_everything(triager, text)
        except Exception as error:  # the point of this program is to find out which
            crashes += 1
            print(f"{type(error).__name__}: {error}: {text[:200]!r}", file=sys.stderr)
        took_ms = (time.process_time() - started) * 1000
        if took_ms > SLOW_MS:
            slow += 1
            print(f"{took_ms:.0f} ms: {len(text)} characters: {text[:120]!r}", file=sys.stderr)
        worst = max(worst, took_ms)
        if number % 20_000 == 0:
            print(f"{number} texts, worst {worst:.1f} ms", file=sys.stderr)
    print(
        json.dumps(
            {
                "texts": arguments.texts,
                "crashes": crashes,
                "over_50_ms": slow,
                "worst_ms": round(worst, 1),
                "seed": arguments.seed,
            }
        )
    )
    sys.exit(1 if crashes or slow else 0)


def _small_model() -> TopicModel:
    rows = data.examples("banking77")[::3] + data.examples("massive_de")[::3]
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.topic] = counts.get(row.topic, 0) + 1
    return train([row for row in rows if counts[row.topic] >= 5], settings=Settings(space=64))


def _read_everything(triager: Triager, text: str) -> None:
    triager.triage([text])
    wording = read(text)
    wants_person(wording)
    risk(wording)
    mood(wording)
    complexity(wording)


def _maker() -> Maker:
    real = [row.text for name in ("banking77", "massive_de") for row in data.examples(name)]
    triggers = sorted(listed_words())

    def mutated(rng: random.Random) -> str:
        text = rng.choice(real)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(text) + 1)
            kind = rng.randrange(5)
            if kind == 0:
                text = text[:at] + _any_character(rng) + text[at:]
            elif kind == 1:
                text = text[:at] + text[at + 1 :]
            elif kind == 2:
                text = text[:at] + text[:at][::-1] + text[at:]
            elif kind == 3:
                text = f"{text} {rng.choice(real)}"
            else:
                text = text.upper() if rng.random() < 0.5 else text.swapcase()
        return text

    def worded(rng: random.Random) -> str:
        few = [rng.choice(triggers) for _ in range(rng.randint(1, 6))]
        return " ".join(rng.choice(few) for _ in range(rng.randint(1, 40)))

    def wild(rng: random.Random) -> str:
        return "".join(_any_character(rng) for _ in range(rng.randint(0, 60)))

    def make(rng: random.Random) -> str:
        text = rng.choices((mutated, worded, wild), (66, 24, 10))[0](rng)
        if rng.random() < LONG_SHARE and text:
            glue = rng.choice((" ", "", ". ", "\n", "\x1e", "-"))
            text = (text + glue) * (LIMIT_BYTES // len((text + glue).encode("utf-8", "replace")))
        return text.encode("utf-8", "surrogatepass")[:LIMIT_BYTES].decode("utf-8", "ignore")

    return make


def _any_character(rng: random.Random) -> str:
    kind = rng.randrange(4)
    if kind == 0:
        return chr(rng.randrange(0x20))
    if kind == 1:
        return chr(rng.randrange(0x20, 0x250))
    if kind == 2:
        return rng.choice("\u0301\u200d\u202e\ufe0f😀🏳️‍🌈ß\u1e9eﷺǆ.!?'’ ")
    code = rng.randrange(0x110000)
    return "" if 0xD800 <= code < 0xE000 else chr(code)


if __name__ == "__main__":
    main()
