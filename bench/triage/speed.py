"""How fast triage is from raw text, how soon a fresh process decides, and how much memory it takes.

python -m bench.triage.speed            trains on BANKING77 into a temporary folder, then measures
python -m bench.triage.speed --encoder FOLDER      the same with a second tier, and that tier for itself

Each measurement runs in a process of its own with one thread. `triage` is topic, confidence and
language; `decision` adds risk, the wish for a person, complexity and mood: all that the router
decides by. The model is trained on four fifths and the cascade timed on the rest, since a model asks its
encoder about less of what it was trained on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from services.router.triage.model import TopicModel

BATCH = 64
ROUNDS = 5
SINGLES = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["throughput", "start"], help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help="an existing model folder")
    parser.add_argument("--encoder", type=Path, help="a sentence encoder in ONNX")
    arguments = parser.parse_args()
    if arguments.part == "throughput":
        print(json.dumps(_throughput(arguments.model)))
    elif arguments.part == "start":
        print(json.dumps(_start(arguments.model)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            model = arguments.model or _train(Path(folder) / "model", arguments.encoder)
            parts = {part: _in_own_process(part, model) for part in ("start", "throughput")}
        print(json.dumps({**parts["start"], **parts["throughput"]}))


def _train(folder: Path, encoder: Path | None) -> Path:
    from bench.triage import data
    from bench.triage.banking77 import split
    from services.router.triage.encoder import Encoder
    from services.router.triage.train import train

    seen, _ = split(data.examples("banking77"), 0)
    train(seen, encoder=Encoder.load(encoder) if encoder else None).save(folder)
    return folder


def _in_own_process(part: str, model: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.triage.speed", "--part", part, "--model", str(model)]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, env={**os.environ, **threads}, check=True, stdout=subprocess.PIPE, text=True
    )
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def _start(folder: Path) -> dict[str, float]:
    """From the first import to the first decision; resident memory after it and after warming up."""
    started = time.perf_counter()
    from services.router.triage import Triager

    triager = Triager.load(folder)
    triager.triage(["my card has not arrived yet"])
    seconds = time.perf_counter() - started
    first_mib = _resident_mib()
    triager.warm_up()
    triager.triage(["Bonjour, je voudrais annuler ma commande"])
    return {
        "start_to_first_decision_s": seconds,
        "memory_mib_at_first": first_mib,
        "memory_mib_with_language": _resident_mib(),
    }


def _throughput(folder: Path) -> dict[str, float]:
    from bench.triage import data
    from services.router.triage import Triager

    whole = Triager.load(folder)
    triager = Triager(replace(whole.model, second_tier=None))
    triager.warm_up()
    texts = [row["text"] for row in data.rows("banking77")]
    parts = [texts[i : i + BATCH] for i in range(0, len(texts), BATCH)]
    _decide(triager, texts[:500])
    single = sorted(_seconds(triager.triage, [text]) for text in texts[:SINGLES])
    return {
        "triage_texts_per_s": _rate(triager.triage, parts),
        "decision_texts_per_s": _rate(lambda part: _decide(triager, part), parts),
        "single_p50_ms": single[SINGLES // 2] * 1000,
        "single_p99_ms": single[int(SINGLES * 0.99)] * 1000,
        **_cascade(whole.model),
    }


def _cascade(model: TopicModel) -> dict[str, float]:
    """Both tiers beside the first alone and the encoder alone, on texts that the model has not seen."""
    from bench.triage import data
    from bench.triage.banking77 import split

    if model.second_tier is None:
        return {}
    texts = [row.text for row in split(data.examples("banking77"), 0)[1]]
    parts = [texts[i : i + BATCH] for i in range(0, len(texts), BATCH)]
    first = replace(model, second_tier=None)
    asked = model.second_tier.leaves_open(
        np.array([guess.confidence for guess in first.predict(texts)])
    )
    encoder = model.second_tier.encoder
    encoder(texts[:BATCH])
    single = sorted(_seconds(model.predict, [text]) for text in texts[:SINGLES])
    rates = {
        "first_tier_texts_per_s": _rate(first.predict, parts),
        "cascade_texts_per_s": _rate(model.predict, parts),
        "encoder_texts_per_s": _rate(encoder, parts[:8]),
    }
    return {
        **rates,
        "cascade_to_first_tier": rates["cascade_texts_per_s"] / rates["first_tier_texts_per_s"],
        "share_asked": float(asked.mean()),
        "cascade_single_p50_ms": single[SINGLES // 2] * 1000,
        "cascade_single_p99_ms": single[int(SINGLES * 0.99)] * 1000,
    }


def _decide(triager: Any, texts: Sequence[str]) -> None:
    from services.router.triage.complexity import complexity
    from services.router.triage.mood import mood
    from services.router.triage.person_wish import wants_person
    from services.router.triage.risk import risk
    from services.router.triage.wording import read

    triager.triage(texts)
    for text in texts:
        wording = read(text)
        wants_person(wording)
        risk(wording)
        complexity(wording)
        mood(wording)


def _rate(work: Callable[[Sequence[str]], object], parts: Sequence[Sequence[str]]) -> float:
    """Texts a second of processor time, the best of ROUNDS: other programs share the machine."""
    texts = sum(map(len, parts))
    best = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        for part in parts:
            work(part)
        best = max(best, texts / (time.process_time() - started))
    return best


def _seconds(work: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    started = time.perf_counter()
    work(texts)
    return time.perf_counter() - started


def _resident_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    main()
