"""Whatever a customer can send is read without a fault, and a text's neighbours change nothing of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.triage import data
from services.router.reading import TextReader
from services.router.triage import TopicModel, Triager
from services.router.triage.wordlists import listed_words

CHECKOUT = Path(__file__).parents[4]

anything = st.text(max_size=200)
triggers = st.lists(st.sampled_from(sorted(listed_words())), max_size=30).map(" ".join)
long = st.tuples(anything, st.integers(1, 300)).map(lambda part: (part[0] * part[1])[:32_768])


@pytest.fixture(scope="module")
def reader(model: TopicModel) -> TextReader:
    return TextReader(Triager(model))


@settings(max_examples=80, deadline=None)
@given(texts=st.lists(anything | triggers | long, min_size=1, max_size=5))
def test_any_text_is_read_and_its_numbers_are_probabilities(
    reader: TextReader, texts: list[str]
) -> None:
    for signals in reader.read(texts):
        assert 0 <= signals.confidence <= 1
        assert 0 <= signals.complexity.value <= 1
        assert 0 <= signals.unknown_words <= 1
        assert signals.topic is not None
        assert signals.language.isascii()


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(anything | triggers, min_size=2, max_size=6))
def test_a_text_is_read_the_same_alone_and_among_others(
    reader: TextReader, texts: list[str]
) -> None:
    for together, text in zip(reader.read(texts), texts, strict=True):
        (alone,) = reader.read([text])
        assert alone.confidence == pytest.approx(together.confidence, abs=1e-4)
        assert (alone.risk_tier, alone.wants_person) == (together.risk_tier, together.wants_person)
        assert alone.complexity == together.complexity


@pytest.mark.slow
@pytest.mark.skipif(
    not (data.folder() / "banking77" / "data.csv").is_file(), reason="needs the public data sets"
)
def test_a_million_broken_and_hostile_texts_are_read_without_a_fault() -> None:
    command = [sys.executable, "-m", "bench.triage.fuzz", "--texts", "1000000"]
    done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False)
    assert json.loads(done.stdout.splitlines()[-1])["crashes"] == 0
