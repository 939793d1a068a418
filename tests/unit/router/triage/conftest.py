from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from services.router.triage.dataset import Example
from services.router.triage.model import TopicModel
from services.router.triage.train import Settings, train

DATA = Path(__file__).parent / "data"

WORDS = {
    "en": {
        "refund_status": ["refund", "money back", "reimbursement"],
        "change_address": ["address", "street", "postcode"],
        "card_blocked": ["blocked card", "frozen card", "locked card"],
        "late_fee": ["late fee", "reminder charge", "penalty fee"],
        "delivery": ["parcel", "delivery", "shipment"],
        "password": ["password", "login", "passcode"],
    },
    "de": {
        "refund_status": ["Erstattung", "Rückzahlung", "Gutschrift"],
        "change_address": ["Adresse", "Anschrift", "Postleitzahl"],
        "card_blocked": ["gesperrte Karte", "Kartensperre", "Karte blockiert"],
        "late_fee": ["Mahngebühr", "Verspätungsgebühr", "Säumniszuschlag"],
        "delivery": ["Paket", "Lieferung", "Sendung"],
        "password": ["Passwort", "Anmeldung", "Kennwort"],
    },
}
FRAMES = {
    "en": ["what about my {}", "I have a question on the {}", "{} please help", "where is the {}"],
    "de": ["was ist mit {}", "ich habe eine Frage zu {}", "{} bitte helfen", "wo finde ich {}"],
}


def small_set() -> list[Example]:
    """Six topics in two languages, 144 texts."""
    return [
        Example(frame.format(word), topic, language)
        for language, topics in WORDS.items()
        for topic, words in topics.items()
        for frame, word in product(FRAMES[language], words)
    ]


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return small_set()


@pytest.fixture(scope="session")
def model(examples: list[Example]) -> TopicModel:
    return train(examples, seed=1, settings=Settings(space=16))


def sentences(name: str) -> list[str]:
    """The lines of a file of test sentences."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def labelled(name: str) -> list[tuple[str, str]]:
    """Those of a file of `label<TAB>text`, in both languages."""
    lines = [line for language in ("en", "de") for line in sentences(f"{name}_{language}.tsv")]
    return [(label, text) for label, _, text in (line.partition("\t") for line in lines)]
