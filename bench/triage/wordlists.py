"""The word lists against the project's own sentences and against public data.

python -m bench.triage.wordlists

Recall and false alarms on the sentences of `tests/unit/router/triage/data` (the lists were adjusted on
them, so they show no more than that nothing was lost); recall of the wish for a person on NLU++'s
`handoff` label; alarms on public questions, most of which are rightly none.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bench.triage import data
from services.router.triage.person_wish import wants_person
from services.router.triage.risk import risk

SENTENCES = (
    Path(__file__).parents[2] / "tests" / "unit" / "router" / "triage" / "data/authors/first"
)
PUBLIC = ("banking77", "clinc150", "hwu64", "massive_de")


def main() -> None:
    result: dict[str, Any] = {"own": {code: _own(code) for code in ("en", "de")}}
    handoff = [row["text"] for row in data.rows("nlupp") if "handoff" in row["label"].split("|")]
    result["nlupp_handoff"] = {
        "texts": len(handoff),
        "recognised": sum(wants_person(text).wanted for text in handoff),
    }
    result["public"] = {name: _alarms(name) for name in PUBLIC}
    print(json.dumps(result))


def _own(language: str) -> dict[str, int]:
    rows = [line.split("\t", 1) for line in _lines(f"risk_{language}.tsv")]
    risky = [(tier, text) for tier, text in rows if tier != "-"]
    near = [text for tier, text in rows if tier == "-"]
    missed = [text for tier, text in risky if tier not in risk(text).tiers]
    alarms = [text for text in near if risk(text).tier]
    wishes = _lines(f"wishes_{language}.txt")
    unheard = [text for text in wishes if not wants_person(text).wanted]
    ordinary = _lines(f"ordinary_hard_{language}.txt")
    mistaken = [text for text in ordinary if wants_person(text).wanted]
    for text in (*missed, *alarms, *unheard, *mistaken):
        print(f"wrong: {text}", file=sys.stderr)
    return {
        "risky": len(risky),
        "risky_missed": len(missed),
        "near_misses": len(near),
        "near_misses_alarmed": len(alarms),
        "wishes": len(wishes),
        "wishes_missed": len(unheard),
        "ordinary": len(ordinary),
        "ordinary_mistaken": len(mistaken),
    }


def _alarms(name: str) -> dict[str, Any]:
    texts = [row["text"] for row in data.rows(name)]
    tiers = Counter(tier for text in texts if (tier := risk(text).tier))
    return {
        "texts": len(texts),
        "risk": dict(tiers),
        "wants_person": sum(wants_person(text).wanted for text in texts),
    }


def _lines(name: str) -> list[str]:
    lines = (SENTENCES / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


if __name__ == "__main__":
    main()
