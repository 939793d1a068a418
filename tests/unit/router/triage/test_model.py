from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from services.router.triage import Triager
from services.router.triage.dataset import Example
from services.router.triage.linear import BATCH_TEXTS, batches
from services.router.triage.model import TopicModel
from services.router.triage.train import OUT_OF_SCOPE, Settings, train
from warmline.errors import ConfigurationError

from .conftest import WORDS


def test_it_learns_the_topics_and_languages_of_its_examples(
    model: TopicModel, examples: list[Example]
) -> None:
    found = model.predict([example.text for example in examples])
    right = [guess.topic == e.topic for guess, e in zip(found, examples, strict=True)]
    language = [guess.language == e.language for guess, e in zip(found, examples, strict=True)]
    assert np.mean(right) > 0.97
    assert np.mean(language) > 0.97


def test_a_text_is_judged_alike_alone_and_in_any_batch(model: TopicModel) -> None:
    texts = [f"where is my parcel {i} refund" * (1 + i % 3) for i in range(BATCH_TEXTS + 3)]
    together = model.predict(texts)
    for i in (0, 1, 5, BATCH_TEXTS - 1, BATCH_TEXTS, BATCH_TEXTS + 2):
        alone = model.predict([texts[i]])[0]
        assert alone.topic == together[i].topic
        assert math.isclose(alone.confidence, together[i].confidence, abs_tol=1e-4)


def test_a_text_without_a_known_word_gets_no_confidence(model: TopicModel) -> None:
    for text in ("", "   ", "🔥🔥", "qwrtz", "\x00\x1e", "где"):
        guess = model.predict([text])[0]
        assert guess.confidence == 0
        assert guess.in_scope == 0
        assert guess.unknown_words == 1


def test_every_number_stays_between_0_and_1(model: TopicModel, examples: list[Example]) -> None:
    odd = ["refund " * 5_000, "a", "\ud800", "refund refund password parcel"]
    for guess in model.predict([example.text for example in examples] + odd):
        for chance in (guess.confidence, guess.in_scope, guess.probability, guess.unknown_words):
            assert 0 <= chance <= 1
        assert guess.runner_up_confidence <= guess.confidence
        assert guess.runner_up != guess.topic


def test_nothing_asked_is_nothing_answered(model: TopicModel) -> None:
    assert model.predict([]) == []


def test_what_was_saved_judges_as_before(model: TopicModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    again = TopicModel.load(tmp_path / "model")
    texts = ["where is my refund", "Wo ist meine Adresse?", "something else"]
    assert again.version == model.version
    assert again.predict(texts) == model.predict(texts)
    assert not again.linear.weights.flags.writeable


def test_the_same_rows_and_seed_give_the_same_model(
    model: TopicModel, examples: list[Example]
) -> None:
    again = train(examples, seed=1, settings=Settings(space=16))
    other = train(examples[:-1], seed=1, settings=Settings(space=16))
    assert again.version == model.version
    assert other.version != model.version
    assert again.card.training.data_sha256 != other.card.training.data_sha256


def test_the_card_says_what_the_model_was_made_from(model: TopicModel) -> None:
    training = model.card.training
    assert training.rows == 144
    assert training.texts_per_topic["delivery"] == 24
    assert training.texts_per_language == {"de": 72, "en": 72}
    assert 0 <= model.card.metrics["accuracy"] <= 1


def test_out_of_scope_examples_are_no_topic(examples: list[Example]) -> None:
    strangers = [
        Example(f"the weather on day {i} in the hills", OUT_OF_SCOPE, "en") for i in range(9)
    ]
    model = train(examples + strangers, seed=1, settings=Settings(space=16))
    assert OUT_OF_SCOPE not in model.card.topics
    assert model.card.training.out_of_scope_texts == 9


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "at least 3 topics, found 0"),
        ([Example(f"a{i}", "one", "en") for i in range(9)], "at least 3 topics, found 1"),
        (
            [Example(f"{t}{i}", t, "en") for t in "abc" for i in range(6)]
            + [Example("x", "rare", "en")],
            "too few for: rare",
        ),
    ],
)
def test_data_that_cannot_be_trained_on_is_refused(rows: list[Example], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        train(rows)


def test_progress_is_told_up_to_the_end(examples: list[Example]) -> None:
    shares: list[float] = []
    train(examples, settings=Settings(space=8), progress=lambda _step, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_batches_bound_texts_and_characters() -> None:
    texts = ["x" * 15_000, "y" * 15_000, *("z" for _ in range(100))]
    parts = list(batches(texts))
    assert [text for part in parts for text in part] == texts
    assert len(parts[0]) == 1
    assert max(len(part) for part in parts) <= BATCH_TEXTS


def test_an_explanation_names_the_words_and_neighbours_that_spoke(model: TopicModel) -> None:
    told = Triager(model).explain("where is the parcel")
    assert told.triage.topic == "delivery"
    assert told.words[0].word == "parcel"
    assert told.neighbours[0].topic == "delivery"
    assert ("parcel", told.triage.topic) not in told.instead


def test_triage_carries_language_and_version(model: TopicModel) -> None:
    first, second = Triager(model).triage(["where is the parcel", "wo finde ich die Anschrift"])
    assert (first.topic, first.language) == ("delivery", "en")
    assert (second.topic, second.language) == ("change_address", "de")
    assert first.model_version == model.version
    assert len(first.model_version) == 12


def test_a_text_is_judged_the_same_alone_and_in_a_batch(model: TopicModel) -> None:
    texts = [f"any news on {word}?" for words in WORDS["en"].values() for word in words]
    together = model.predict(texts)
    assert [model.predict([text])[0] for text in texts] == together
