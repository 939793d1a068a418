"""The model that hears a wish for a person: how well it does on texts it was not fitted on.

python -m bench.triage.wishes           each author's texts left out in turn, and what is always held back
python -m bench.triage.wishes --quick   nobody left out: held back only
python -m bench.triage.wishes --write   also writes the shipped weights, fitted on everything but that
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.triage.text_models import (
    FRAMED,
    NONE,
    Corpus,
    Recogniser,
    Text,
    swept,
    told_apart,
)
from bench.triage.texts import WISH, everyday, framed_wishes, inquiries, no_wish, wish_texts
from services.router.triage.person_wish import DENIED, GROUP, denied, wants_person
from services.router.triage.text_model import TextModel, evidence
from services.router.triage.weights import FOLDER, write
from services.router.triage.wording import Wording
from tests.unit.router.triage.conftest import DATA


def told(wording: Wording) -> list[str]:
    return [*evidence(wording, (GROUP,)), *([DENIED] if denied(wording) else [])]


WISHES = Recogniser("wish", told, threshold=-0.7, cost=15.0, part_counts=0.3, lost=0.001)
"""The threshold was chosen on the authors left out: see docs/bot.md."""


def corpus() -> Corpus:
    return Corpus(WISHES, [*wish_texts(), *framed_wishes(), *everyday(), *no_wish()])


def held_back() -> list[Text]:
    """Never fitted on."""
    company = [
        Text(row["text"], WISH if row["wants_person"] else NONE, "sample company")
        for row in inquiries()
    ]
    return [*wish_texts(DATA / "held_back"), *company]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the shipped weights")
    arguments.add_argument("--quick", action="store_true", help="nobody left out: held back only")
    asked = arguments.parse_args()
    known = corpus()
    report: dict[str, Any] = {"left_out": {}, "swept": {}, "held_back": {}}
    for author in [] if asked.quick else sorted(set(known.authors.tolist()) - {FRAMED}):
        model, _ = known.model(known.without(author))
        own, hears = known.own(author), hearing(model)
        report["left_out"][author] = told_apart(own, hears)
        report["swept"][author] = swept(own, model, hears)
    model, weights = known.model(np.ones(len(known.texts), dtype=bool))
    texts = held_back()
    for name in sorted({one.author for one in texts}):
        report["held_back"][name] = told_apart(
            [one for one in texts if one.author == name], hearing(model)
        )
    if asked.write:
        report["bytes"] = write(weights, FOLDER / "wish.weights")
    print(json.dumps(report))


def hearing(model: TextModel) -> Callable[[str], bool]:
    return lambda text: wants_person(text, model).wanted


if __name__ == "__main__":
    main()
