"""One knowledge article: Markdown with front matter, read with every fault it has.

Such as:

    ---
    id: refund_status
    topic: refund_status
    language: en
    title: Where is my refund?
    facts_needed: [order_number]
    risk_tier: money
    valid_from: 2026-01-01
    valid_until: 2027-12-31
    owner: refunds team
    source: Refunds handbook 2026, chapter 2
    when: {plan: pay_in_30}
    slots: {due_date: date}
    ---
    The text for the customer, with {{ due_date }} from the inquiry's attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.knowledge.slots import SlotKind, faults_of, fill, values_for
from warmline.events.base import Id, Language, Name, Scalar
from warmline.events.decision import RiskTier

FILE_MAX_BYTES = 64 * 1024
BODY_MAX_BYTES = 16 * 1024
"""Leaves room for the disclosure and the hints within the 32 KiB of a reply."""

PEOPLE_ONLY: frozenset[str] = frozenset(get_args(RiskTier))
"""Risk tiers that no article is ever spoken for; a person may still use it."""

_FENCE = "---"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


_Question = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Fault(NamedTuple):
    """Something to mend in a file of the operator's. `line` counts from 1."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class FrontMatter(BaseModel):
    """What stands above the text. Both dates are included; none means no limit on that side.

    `facts_needed` names what a person must know to act, so that a brief can say how complete it
    is. `risk_tier` says what a wrong answer harms (nothing, the account, money), or that only
    people answer. `when` names attributes and the values that they must have: of several articles on
    a topic the one with the most conditions that hold is used. `slots` are filled from attributes.
    Where several have the same conditions, `questions` (how customers ask for this one) let search
    choose, and `default` is the one for all other questions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Id
    topic: Name
    language: Language
    title: str = Field(min_length=1, max_length=200)
    facts_needed: list[Name] = Field(default_factory=list, max_length=20)
    risk_tier: Literal["none", "account", "money"] | RiskTier = "none"
    valid_from: date | None = None
    valid_until: date | None = None
    owner: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=500)
    when: dict[Name, Scalar] = Field(default_factory=dict, max_length=10)
    slots: dict[Name, SlotKind] = Field(default_factory=dict, max_length=20)
    questions: list[_Question] = Field(default_factory=list, max_length=20)
    default: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """A checked article; `lines` tells where each key of its front matter stands."""

    file: Path
    about: FrontMatter
    body: str
    lines: dict[str, int]

    def valid_on(self, day: date) -> bool:
        return self.why_unusable(day) is None

    def why_unusable(self, day: date) -> str | None:
        """For operators: why the article may not be used on `day`, or None."""
        if self.about.valid_from is not None and day < self.about.valid_from:
            return f"not valid before {self.about.valid_from}"
        if self.about.valid_until is not None and day > self.about.valid_until:
            return f"expired after {self.about.valid_until}"
        return None

    def holds_for(self, known: Mapping[str, Scalar]) -> bool:
        """Whether its conditions are met and each slot has a value. Attributes count as text: an
        integrator's true is `true`, 30 is `30`."""
        about = self.about
        return all(_same(known.get(name), value) for name, value in about.when.items()) and (
            values_for(about.slots, known, about.language) is not None
        )

    def text_for(self, known: Mapping[str, Scalar]) -> str:
        """For the customer. Only for what it holds for."""
        values = values_for(self.about.slots, known, self.about.language)
        return fill(self.body, values) if values is not None else self.body

    @property
    def people_only(self) -> bool:
        return self.about.risk_tier in PEOPLE_ONLY


def _same(one: Scalar | None, other: Scalar) -> bool:
    return one is not None and str(one).casefold() == str(other).casefold()


def read_article(file: Path) -> tuple[Article | None, list[Fault]]:
    """The article, or None and what is wrong with it. Raises nothing for what a file may hold."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        return None, [Fault(file, 1, f"cannot be read ({error.strerror})")]
    if len(raw) > FILE_MAX_BYTES:
        return None, [Fault(file, 1, f"{len(raw)} bytes, the limit is {FILE_MAX_BYTES}")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Fault(file, line, "not UTF-8: save the file as UTF-8")]
    return _parse(file, text.replace("\r\n", "\n").split("\n"))


def _parse(file: Path, lines: list[str]) -> tuple[Article | None, list[Fault]]:
    if lines[0].rstrip() != _FENCE:
        return None, [Fault(file, 1, "no front matter: the first line must be ---")]
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        return None, [Fault(file, len(lines), "the front matter does not end: --- is missing")]
    about, key_lines, faults = _front_matter(file, "\n".join(lines[1:end]))
    body = "\n".join(lines[end + 1 :]).strip()
    faults += _faults_of_body(file, body, end + 1)
    if about is not None:
        faults += _faults_of_dates(file, about, key_lines)
        line = key_lines.get("slots", end + 2)
        faults += [Fault(file, line, what) for what in faults_of(body, about.slots)]
    if about is None or faults:
        return None, faults
    return Article(file, about, body, key_lines), []


def _front_matter(file: Path, text: str) -> tuple[FrontMatter | None, dict[str, int], list[Fault]]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark is not None else 2
        problem = getattr(error, "problem", None) or "cannot be read"
        return None, {}, [Fault(file, line, f"front matter is not YAML: {problem}")]
    except RecursionError:
        return None, {}, [Fault(file, 2, "front matter is nested too deeply")]
    except ValueError as error:  # a date such as 2026-02-31
        return None, {}, [Fault(file, 2, f"front matter: {error}")]
    if not isinstance(node, yaml.MappingNode) or not isinstance(data, dict):
        return None, {}, [Fault(file, 2, "front matter must be lines of `key: value`")]
    lines: dict[str, int] = {}
    faults = []
    for key, _ in node.value:
        line = key.start_mark.line + 2
        if key.value in lines:
            faults.append(Fault(file, line, f"{key.value}: given twice"))
        lines.setdefault(key.value, line)
    try:
        return FrontMatter.model_validate(data), lines, faults
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            key = str(fault["loc"][0])
            faults.append(Fault(file, lines.get(key, 1), f"{key}: {_in_words(fault)}"))
        return None, lines, _without_repeats(faults)


def _in_words(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown key (known: {', '.join(FrontMatter.model_fields)})"
    return "missing" if fault["type"] == "missing" else str(fault["msg"])


def _without_repeats(faults: list[Fault]) -> list[Fault]:
    """A union reports each of its members; one line per key is enough."""
    first: dict[tuple[int, str], Fault] = {}
    for fault in faults:
        first.setdefault((fault.line, fault.what.partition(":")[0]), fault)
    return list(first.values())


def _faults_of_body(file: Path, body: str, line: int) -> list[Fault]:
    if not body:
        return [Fault(file, line, "the body is missing: write the customer's text below ---")]
    if len(body.encode()) > BODY_MAX_BYTES:
        return [Fault(file, line, f"the body is over {BODY_MAX_BYTES} bytes: split the article")]
    if _CONTROL.search(body):
        return [Fault(file, line, "the body holds control characters: remove them")]
    return []


def _faults_of_dates(file: Path, about: FrontMatter, lines: dict[str, int]) -> list[Fault]:
    start, end = about.valid_from, about.valid_until
    if start is not None and end is not None and end < start:
        what = f"valid_until: {end} is before valid_from {start}"
        return [Fault(file, lines["valid_until"], what)]
    return []
