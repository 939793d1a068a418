from __future__ import annotations

from collections import Counter

import pytest

from services.intake.facts.recognise import recognise
from tests.unit.intake.facts.cases import Case, cases, in_short

ALL = list(cases())
KNOWN_MISSES_MAX = 5


@pytest.mark.parametrize("case", [c for c in ALL if not c.known_miss], ids=lambda c: c.where)
def test_exactly_the_facts_of_the_text_are_found(case: Case) -> None:
    assert in_short(recognise(case.text, case.conventions)) == case.expected


@pytest.mark.parametrize("case", [c for c in ALL if c.known_miss], ids=lambda c: c.where)
def test_a_known_miss_is_taken_off_the_list_once_it_is_mended(case: Case) -> None:
    assert in_short(recognise(case.text, case.conventions)) != case.expected


def test_every_kind_has_forty_texts_in_each_language_and_few_known_misses() -> None:
    counts = Counter(case.where.partition(":")[0] for case in ALL)
    assert len(counts) == 12
    assert min(counts.values()) >= 40
    assert sum(case.known_miss for case in ALL) <= KNOWN_MISSES_MAX
