from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.triage.text_models import Corpus
from bench.triage.texts import wish_texts
from bench.triage.wishes import WISHES
from services.router.triage.weights import FOLDER, Weights, parse, write


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    weights = Weights(
        {"threshold": -0.4, "bias": 1.25},
        {"word": {"agent": 0.35, "person": 0.35, "bot": -1.2}, "phrase": {"person: a .. b": 0.5}},
    )
    write(weights, tmp_path / "some.weights")
    assert parse((tmp_path / "some.weights").read_text(encoding="utf-8")) == weights


@pytest.mark.parametrize("name", ["wish", "risk", "risk_tiers"])
def test_what_is_shipped_is_as_a_fit_writes_it(name: str, tmp_path: Path) -> None:
    """Nobody changed a weight by hand without noticing."""
    text = (FOLDER / f"{name}.weights").read_text(encoding="utf-8")
    write(parse(text), tmp_path / "again.weights")
    assert (tmp_path / "again.weights").read_text(encoding="utf-8") == text


def test_the_same_texts_give_the_same_weights_to_the_byte(tmp_path: Path) -> None:
    texts = [one for one in wish_texts() if one.author in ("second", "ninth")][::4]
    for name in ("one", "two"):
        known = Corpus(WISHES, texts)
        _, weights = known.model(np.ones(len(known.texts), dtype=bool))
        assert write(weights, tmp_path / name) > 10_000
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
