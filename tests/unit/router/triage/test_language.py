from __future__ import annotations

import pytest

from services.router.triage import Triager
from services.router.triage.language import UNDETERMINED, LanguageReader
from services.router.triage.model import TopicModel


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my parcel", "en"),
        ("wo finde ich die Sendung", "de"),
        ("Bonjour, je voudrais annuler ma commande", "fr"),
        ("Gdzie jest moja karta?", "pl"),
        ("アカウントを削除してください", "ja"),
        ("12345 / 678", UNDETERMINED),
        ("", UNDETERMINED),
        ("🔥🔥", UNDETERMINED),
    ],
)
def test_languages_are_told_apart(model: TopicModel, text: str, language: str) -> None:
    assert Triager(model).triage([text])[0].language == language


def test_a_sure_model_is_believed_without_asking() -> None:
    reader = LanguageReader(["en", "de"])
    assert reader.read("Bonjour tout le monde", "de", 0.99, 0.1) == ("de", 0.99)


def test_many_unknown_words_are_looked_at_again() -> None:
    reader = LanguageReader(["en", "de"])
    assert reader.read("Bonjour tout le monde, comment ça va", "de", 0.99, 0.9)[0] == "fr"


def test_a_mixture_nobody_can_tell_is_undetermined() -> None:
    reader = LanguageReader(["en", "de"])
    language, confidence = reader.read("ok", "en", 0.5, 0.0)
    assert language == UNDETERMINED
    assert confidence < 0.6
