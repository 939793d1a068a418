from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.router.triage.dataset import Example
from services.router.triage.encoder import Encoder
from services.router.triage.model import TopicModel
from services.router.triage.train import OUT_OF_SCOPE, Settings, train
from services.runtime.errors import ModelError
from tests.unit.router.triage.conftest import FRAMES, small_set
from tests.unit.router.triage.tiny_encoder import write_encoder
from warmline.errors import ConfigurationError

SETTINGS = Settings(space=16, folds=3)
TOPICS = ("refund", "address", "card", "fee")
OFTEN, ONCE = 3, 12
"""Words of each topic and language that stand in every frame, and words that stand in one text only:
what the first tier cannot know of a text that it has not seen, and an encoder can."""


def _word(topic: str, language: str, number: int) -> str:
    letters = np.random.default_rng([ord(topic[0]), ord(language[0]), number])
    return "".join(letters.choice(list("abcdefghijklmnopqrstuvwxyz"), 8).tolist())


def _texts() -> list[Example]:
    """Four topics in two languages, 24 texts each."""
    return [
        Example(frame.format(_word(topic, language, number)), topic, language)
        for language in ("en", "de")
        for topic in TOPICS
        for number in range(OFTEN + ONCE)
        for frame in (FRAMES[language] if number < OFTEN else [FRAMES[language][number % 4]])
    ]


def _meanings(*languages: str) -> dict[str, str]:
    """What an encoder of these languages knows."""
    frames = {word.lower(): "" for code in languages for f in FRAMES[code] for word in f.split()}
    return frames | {
        _word(topic, language, number): topic
        for language in languages
        for topic in TOPICS
        for number in range(OFTEN + ONCE)
    }


@pytest.fixture(scope="session")
def hard() -> list[Example]:
    return _texts()


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder.load(write_encoder(tmp_path_factory.mktemp("tiny"), _meanings("en", "de")))


@pytest.fixture(scope="session")
def both(hard: list[Example], encoder: Encoder) -> TopicModel:
    return train(hard, seed=1, settings=SETTINGS, encoder=encoder)


@pytest.fixture
def folder(both: TopicModel, tmp_path: Path) -> Path:
    both.save(tmp_path / "model")
    return tmp_path / "model"


class Watched:
    """An encoder that remembers what it was asked."""

    def __init__(self, encoder: Encoder) -> None:
        self.facts, self.asked, self._encoder = encoder.facts, list[str](), encoder

    def __call__(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        return self._encoder(texts)


def _watched(model: TopicModel, clear: float) -> tuple[TopicModel, Watched]:
    """The model with another border of what is clear, and its encoder under watch."""
    assert model.second_tier is not None
    watched = Watched(model.second_tier.encoder)
    facts = model.second_tier.facts.model_copy(update={"clear": clear})
    tier = replace(model.second_tier, facts=facts, encoder=watched)  # type: ignore[arg-type]
    return replace(model, second_tier=tier), watched


def test_the_encoder_is_asked_only_for_what_the_first_tier_leaves_open(
    both: TopicModel, hard: list[Example]
) -> None:
    texts = [example.text for example in hard] + ["qwrtz", "wo ist my"]
    first = replace(both, second_tier=None).predict(texts)
    border = float(np.median([guess.confidence for guess in first]))
    cascade, watched = _watched(both, border)
    found = cascade.predict(texts)
    left_open = [t for t, guess in zip(texts, first, strict=True) if 0 < guess.confidence < border]
    assert watched.asked == left_open
    assert 0 < len(left_open) < len(texts) - 1
    for text, before, after in zip(texts, first, found, strict=True):
        assert (text in left_open) or before == after
    changed = [b.confidence != a.confidence for b, a in zip(first, found, strict=True)]
    assert sum(changed) == len(left_open)


def test_where_nothing_is_open_the_encoder_is_not_asked(
    both: TopicModel, hard: list[Example]
) -> None:
    cascade, watched = _watched(both, 1e-9)
    texts = [example.text for example in hard]
    assert cascade.predict(texts) == replace(both, second_tier=None).predict(texts)
    assert watched.asked == []


def test_both_tiers_together_know_their_examples(both: TopicModel, hard: list[Example]) -> None:
    cascade, watched = _watched(both, 2.0)
    found = cascade.predict([example.text for example in hard])
    assert len(watched.asked) == len(hard)
    assert np.mean([g.topic == e.topic for g, e in zip(found, hard, strict=True)]) > 0.97


def test_every_number_of_the_second_tier_stays_between_0_and_1(
    both: TopicModel, hard: list[Example]
) -> None:
    cascade, _ = _watched(both, 2.0)
    odd = [f"{hard[0].text} " * 900, "a", "\ud800 where is", "where wo is"]
    for guess in cascade.predict([example.text for example in hard] + odd):
        for chance in (guess.confidence, guess.in_scope, guess.probability):
            assert 0 <= chance <= 1
        assert guess.runner_up_confidence <= guess.confidence
        assert guess.runner_up != guess.topic


def test_a_text_without_a_known_word_gets_no_confidence_from_an_encoder(both: TopicModel) -> None:
    cascade, watched = _watched(both, 2.0)
    assert [guess.confidence for guess in cascade.predict(["qwrtz", "где"])] == [0, 0]
    assert watched.asked == []


def test_the_card_says_which_encoder_and_how_good_both_are(both: TopicModel) -> None:
    assert both.second_tier is not None
    assert both.card.second_tier is not None
    assert both.card.second_tier.encoder == both.second_tier.encoder.facts
    assert set(both.card.second_tier.languages) <= {"de", "en"}
    assert 0 < both.card.metrics["encoder_asked"] <= 1
    assert both.card.metrics["with_encoder_accuracy"] > both.card.metrics["accuracy"] + 0.1


def test_the_same_rows_seed_and_encoder_give_the_same_model(
    both: TopicModel, hard: list[Example], encoder: Encoder
) -> None:
    again = train(hard, seed=1, settings=SETTINGS, encoder=encoder)
    assert again.version == both.version
    first = both.card.model_copy(update={"second_tier": None})
    assert first.version != both.version


def test_what_was_saved_with_its_encoder_judges_as_before(
    both: TopicModel, folder: Path, hard: list[Example]
) -> None:
    again = TopicModel.load(folder)
    texts = [example.text for example in hard]
    assert again.version == both.version
    assert again.predict(texts) == both.predict(texts)
    again.save(folder)
    assert TopicModel.load(folder).version == both.version


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
def test_a_missing_or_changed_encoder_is_an_error_and_no_default(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelError, match=rf"{name} does not match its model card"):
        TopicModel.load(folder)
    path.unlink()
    with pytest.raises(ModelError, match=rf"cannot read .*{name}"):
        TopicModel.load(folder)


def test_another_sound_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    other = write_encoder(tmp_path / "other", _meanings("en", "de"), seed=5)
    shutil.copy(other / "model.onnx", folder / "encoder.onnx")
    with pytest.raises(ModelError, match=r"encoder\.onnx does not match"):
        TopicModel.load(folder)


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_model_with_an_encoder_is_not_loaded_without_the_extra(
    folder: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModelError, match="extra `encoder`"):
        TopicModel.load(folder)


def test_without_the_extra_the_first_tier_works(
    model: TopicModel, hard: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("onnxruntime", "tokenizers"):
        monkeypatch.setitem(sys.modules, package, None)
    model.save(tmp_path / "plain")
    texts = [example.text for example in hard]
    assert TopicModel.load(tmp_path / "plain").predict(texts) == model.predict(texts)
    assert not (tmp_path / "plain" / "encoder.onnx").exists()


@pytest.mark.parametrize("name", ["second_weights", "second_landmarks", "second_low"])
def test_a_changed_byte_in_the_second_tier_is_noticed(folder: Path, name: str) -> None:
    path = folder / f"{name}.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=rf"{name}\.npy does not match"):
        TopicModel.load(folder)


def test_a_language_that_the_encoder_cannot_read_stays_with_the_first_tier(
    hard: list[Example], tmp_path: Path
) -> None:
    blind = Encoder.load(write_encoder(tmp_path / "english", _meanings("en")))
    found = train(hard, seed=1, settings=SETTINGS, encoder=blind)
    assert found.second_tier is not None
    assert found.second_tier.facts.languages == ("en",)
    cascade, watched = _watched(found, 2.0)
    texts = [example.text for example in hard]
    languages = [guess.language for guess in cascade.predict(texts)]
    expected = [text for text, language in zip(texts, languages, strict=True) if language == "en"]
    assert watched.asked == expected


def test_an_encoder_that_helps_no_language_is_refused(hard: list[Example], tmp_path: Path) -> None:
    blind = Encoder.load(write_encoder(tmp_path / "blind", {"unrelated": "else"}))
    with pytest.raises(ConfigurationError, match="recognised no better than without"):
        train(hard, seed=1, settings=SETTINGS, encoder=blind)


def test_out_of_scope_examples_reach_the_second_acceptor(
    hard: list[Example], encoder: Encoder
) -> None:
    strangers = [
        Example(f"what about the weather on day {i} in the hills", OUT_OF_SCOPE, "en")
        for i in range(12)
    ]
    found = train(hard + strangers, seed=1, settings=SETTINGS, encoder=encoder)
    guesses = found.predict([stranger.text for stranger in strangers])
    assert max(guess.confidence for guess in guesses) < 0.5


def test_a_real_encoder_becomes_a_second_tier(tmp_path: Path) -> None:
    folder = os.environ.get("WARMLINE_ENCODER")
    if not folder:
        pytest.skip("WARMLINE_ENCODER names no folder of an exported English sentence encoder")
    english = [example for example in small_set() if example.language == "en"]
    trained = train(english, seed=1, settings=SETTINGS, encoder=Encoder.load(Path(folder)))
    trained.save(tmp_path / "model")
    cascade, watched = _watched(TopicModel.load(tmp_path / "model"), 2.0)
    (guess,) = cascade.predict(["what happened to the package you shipped"])
    assert watched.asked
    assert guess.topic == "delivery"
