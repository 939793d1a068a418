"""The project's own texts, by author: `tests/unit/router/triage/data`.

`authors/<author>/` may hold `wishes`, `ordinary` (no wish), `risk` (`tier<TAB>text`, `-` for none) and
`messages` (`label<TAB>text`: `wish`, a tier, or `-` for neither), in English and German. `held_back/` is
never fitted on: what the models make of it is what to expect of new texts.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bench.triage.text_models import BESIDE, FRAMED, NONE, Text
from services.router.triage.risk_tiers import TIERS
from services.router.triage.wording import read
from services.router.triage.wordlists import matches
from tests.unit.router.triage.conftest import DATA, sentences
from tests.unit.router.triage.ordinary import plain_questions, remarks
from tests.unit.router.triage.phrasings import Phrasing, phrasings

LANGUAGES = ("en", "de")
AUTHORS = DATA / "authors"
COMPANY = Path("examples/paylater")
ANSWERS = Path("bench/intake/answers.yaml")
WISH = "wish"
WITHOUT_RISKS = ("ninth", "tenth", "eleventh", "twelfth", "thirteenth")
SHORT = ("# short requests", "# kurze Bitten")


def wish_texts(folder: Path = AUTHORS) -> list[Text]:
    """Of every author in a folder."""
    listed = [(file, WISH) for file in sorted(folder.glob("*/wishes*.txt"))]
    listed += [(file, NONE) for file in sorted(folder.glob("*/ordinary*.txt"))]
    texts = [
        Text(line, label, file.parent.name)
        for file, label in listed
        if "families" not in file.name
        for line in _lines(file)
    ]
    return texts + [one for one in _labelled(folder, "messages") if one.label in (WISH, NONE)]


def framed_wishes() -> list[Text]:
    """From frames, and everyday texts. Training texts of the sample company that the phrases call a wish
    are left out."""
    said = [*remarks("en"), *remarks("de"), *plain_questions()]
    said += _alternatives("authors/first/ordinary_families") + _alternatives("plain/families")
    said += [row["text"] for row in company_rows() if "person" not in matches(read(row["text"]))]
    wishes = _alternatives("authors/first/wish_families")
    return [Text(text, WISH, FRAMED) for text in wishes] + [
        Text(text, NONE, FRAMED) for text in said
    ]


def no_wish() -> list[Text]:
    """What authors wrote as harmless beside risks, as far as the phrases see no wish. Left out with them."""
    return [
        one._replace(author=f"{one.author}{BESIDE}")
        for one in _labelled(AUTHORS, "risk")
        if one.label == NONE and "person" not in matches(read(one.text))
    ]


def everyday() -> list[Text]:
    """Among the `troubled` are risks that nobody has labelled."""
    return _everyday("ordinary", "troubled", "commands", "answers")


def _everyday(*names: str) -> list[Text]:
    return [Text(text, NONE, "everyday") for name in names for text in _both(f"plain/{name}")]


def risk_texts(folder: Path = AUTHORS) -> list[Text]:
    """Of every author in a folder. Whether a wish for a person is risky too is not labelled."""
    messages = [one for one in _labelled(folder, "messages") if one.label != WISH]
    return [*_labelled(folder, "risk"), *messages]


def framed_risks() -> list[Text]:
    return [
        Text(one.text, one.family.removeprefix("# "), FRAMED)
        for one in _phrasings("authors/first/risk_families")
    ]


def harmless() -> list[Text]:
    """Wishes for a person, remarks, commands, short requests and the sample company's questions, as far as
    the lists let them pass; everyday messages and answers to the bot."""
    texts = [*remarks("en"), *remarks("de"), *plain_questions(), *_both("plain/commands")]
    for name in ("authors/first/ordinary_hard", "authors/first/wishes"):
        texts += _both(name)
    for name in ("wish_families", "ordinary_families"):
        texts += _alternatives(f"authors/first/{name}")
    texts += [one.text for one in _phrasings("plain/families") if one.family in SHORT]
    texts += company("information", "account", "money")
    passed = [Text(text, NONE, FRAMED) for text in texts if not listed(text)]
    said = [Text(text, NONE, "everyday") for text in answers()]
    return [*passed, *_everyday("ordinary", "answers"), *said, *_no_risk()]


def _no_risk() -> list[Text]:
    """What these authors wrote as no wish holds no risk either, but for what the lists see. Left out with
    them."""
    return [
        one._replace(author=f"{one.author}{BESIDE}")
        for one in wish_texts()
        if one.author in WITHOUT_RISKS and one.label == NONE and not listed(one.text)
    ]


def listed(text: str) -> bool:
    """Whether the word lists alone see a risk."""
    return not set(TIERS).isdisjoint(matches(read(text)))


def answers() -> list[str]:
    """What simulated customers answer to the bot's questions."""
    said = yaml.safe_load(ANSWERS.read_text(encoding="utf-8"))
    known = [texts for field in said["fields"].values() for texts in field.values()]
    return [text for texts in [*known, *said["slip"].values()] for text in texts]


def company(*harms: str) -> list[str]:
    """Training texts of the sample company's topics of these harms, which another author wrote. Those
    of the risky topics are never fitted on."""
    chosen = {topic for topic, harm in topic_harms().items() if harm in harms}
    return [row["text"] for row in company_rows() if row["topic"] in chosen]


def topic_harms() -> dict[str, str]:
    topics = yaml.safe_load((COMPANY / "topics.yaml").read_text(encoding="utf-8"))["topics"]
    return {topic["id"]: topic["harm"] for topic in topics}


def company_rows() -> list[dict[str, str]]:
    with (COMPANY / "utterances.csv").open(encoding="utf-8") as source:
        return [row for row in csv.DictReader(source) if row["language"] in LANGUAGES]


def inquiries() -> list[dict[str, Any]]:
    """Of the sample company, in the two languages: never fitted on."""
    rows = [json.loads(line) for line in (COMPANY / "inquiries.jsonl").open(encoding="utf-8")]
    return [row for row in rows if row["language"] in LANGUAGES]


def _labelled(folder: Path, name: str) -> list[Text]:
    rows = [
        (line.split("\t", 1), file.parent.name)
        for file in sorted(folder.glob(f"*/{name}_??.tsv"))
        for line in _lines(file)
    ]
    return [Text(text, label, author) for (label, text), author in rows]


def _lines(file: Path) -> list[str]:
    return sentences(str(file.relative_to(DATA)))


def _both(name: str) -> list[str]:
    return [text for language in LANGUAGES for text in sentences(f"{name}_{language}.txt")]


def _phrasings(name: str) -> Iterator[Phrasing]:
    for language in LANGUAGES:
        yield from phrasings(f"{name}_{language}.txt")


def _alternatives(name: str) -> list[str]:
    return [one.text for one in _phrasings(name)]
