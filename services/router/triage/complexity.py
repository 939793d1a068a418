"""How much work a text is: several wishes, many details, conditions, negation, length, history.

Complexity is neither confidence nor risk: a model may know a topic surely and the text still hold
three wishes. Two logistic models over counts of kinds of words (`words/complexity_*.yaml`) say how
likely a text holds many wishes and many details. Their weights (`complexity.json`) were fitted on
NLU++ (Casanueva et al. 2022, CC BY 4.0) by `bench/triage/complexity.py`; the kinds of words have
the same meaning in every language, so the weights serve all of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from services.router.triage.wording import Wording, fold, read
from warmline.errors import ConfigurationError

_FOLDER = Path(__file__).parent / "words"
_WEIGHTS = Path(__file__).parent / "complexity.json"

MANY_MENTIONS = 3
MANY_WISHES_OR_DETAILS = 0.4
NEGATION_FACTOR = 1.1
"""How a negation raises complexity: n-gram models are surest where they overlook one."""
HISTORY_FACTOR = 0.9
"""What every earlier message of the customer on the same matter leaves of the simplicity."""

_EXAMINED_WORDS = 400
_UNKNOWN = "unknown"
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-ZÄÖÜ][a-zäöüß]+")
_CURRENCY = re.compile("[£$€]")


@dataclass(frozen=True)
class Complexity:
    """`value` 0 to 1; `reasons` name what raised it, without the customer's words."""

    value: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Weights:
    """Of two logistic models over the same features: many wishes, many details."""

    intercepts: tuple[float, float]
    weights: Mapping[str, tuple[float, float]]

    def __call__(self, features: Mapping[str, float]) -> tuple[float, float]:
        """The probability of each."""
        wishes, details = self.intercepts
        for name, value in features.items():
            if value and name in self.weights:
                for_wishes, for_details = self.weights[name]
                wishes += for_wishes * value
                details += for_details * value
        return _chance(wishes), _chance(details)


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def complexity(text: str | Wording, earlier_turns: int = 0) -> Complexity:
    """`earlier_turns`: messages of this customer on the same matter before this one."""
    wording = read(text) if isinstance(text, str) else text
    features = measure(wording)
    wishes, details = _weights()(features)
    negated = features.get("denial", 0) > 0
    simplicity = (1 - wishes) * (1 - details) * HISTORY_FACTOR**earlier_turns
    value = min((1 - simplicity) * (NEGATION_FACTOR if negated else 1), 1.0)
    noted = {
        "several wishes": wishes >= MANY_WISHES_OR_DETAILS,
        "many details": details >= MANY_WISHES_OR_DETAILS,
        "a condition": features.get("condition", 0) > 0,
        "a negation": negated,
        "several questions": features["questions"] > 1,
        "a long text": features["log_words"] > math.log1p(40),
        "earlier messages": earlier_turns > 0,
    }
    return Complexity(value, tuple(reason for reason, holds in noted.items() if holds))


def measure(wording: Wording) -> dict[str, float]:
    """The features, by name: mentions of each kind of word, and what can be counted without words."""
    words = [word for word in wording.words[:_EXAMINED_WORDS] if word != "."]
    mentions: dict[str, float] = {}
    for word in words:
        for kind in _kinds(word):
            mentions[kind] = mentions.get(kind, 0.0) + 1.0
    unknown = mentions.pop(_UNKNOWN, 0.0)
    start = wording.raw[:4_000]
    names = 0 if start[1:].islower() else len(_NAME.findall(start))
    features = {
        "log_words": math.log1p(len(words)),
        "kinds": float(len(mentions)),
        "log_unknown": math.log1p(unknown),
        "log_numbers": math.log1p(len(_NUMBER.findall(start))),
        "sentences": float(min(max(wording.words.count(".") - 1, 1), 10)),
        "commas": float(min(start.count(","), 10)),
        "questions": float(min(start.count("?"), 10)),
        "names": float(min(names, 10)),
        "currencies": float(min(len(_CURRENCY.findall(start)), 5)),
    }
    for kind, count in mentions.items():
        features[kind] = count if count < MANY_MENTIONS else float(MANY_MENTIONS)
    return features


@lru_cache(maxsize=20_000)
def _kinds(word: str) -> tuple[str, ...]:
    exact, prefixes = _concepts()
    kinds = set(exact.get(word, ()))
    for size in range(2, len(word) + 1):
        kinds.update(prefixes.get(word[:size], ()))
    if not kinds and len(word) > 3 and not any(map(str.isdigit, word)):
        return (_UNKNOWN,)
    return tuple(sorted(kinds))


@cache
def _concepts() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Kinds by whole word and by prefix, over all languages."""
    exact: dict[str, list[str]] = {}
    prefixes: dict[str, list[str]] = {}
    for path in sorted(_FOLDER.glob("complexity_*.yaml")):
        try:
            concepts: Mapping[str, Sequence[str]] = yaml.safe_load(
                path.read_text(encoding="utf-8")
            )["concepts"]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise ConfigurationError(f"cannot read the word list {path}: {error}") from error
        for kind, words in concepts.items():
            for word in words:
                target = prefixes if word.endswith("*") else exact
                target.setdefault(fold(word.removesuffix("*")), []).append(kind)
    return exact, prefixes


@cache
def _weights() -> _Weights:
    content = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
    wishes, details = content["many_wishes"], content["many_details"]
    names = wishes["weights"].keys() | details["weights"].keys()
    return _Weights(
        (wishes["intercept"], details["intercept"]),
        {n: (wishes["weights"].get(n, 0.0), details["weights"].get(n, 0.0)) for n in names},
    )
