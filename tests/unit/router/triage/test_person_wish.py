from __future__ import annotations

from itertools import product

import pytest

from services.router.triage.person_wish import wants_person

from .conftest import sentences

QUESTIONS = {
    "en": (
        ["how do I {}", "I want to {}", "can you tell me how to {}", "is it possible to {}?",
         "help me {}", "I tried to {} but it failed", "why can't I {}", "please let me {}",
         "where can I {}", "what do I need to {}", "hi, I need to {} today", "{}",
         "what happens if I {}", "I forgot how to {}", "do you charge me to {}", "who may {}?"],
        ["change my address", "pay my invoice", "split the payment in three", "get my money back",
         "return the shoes", "download the statement", "reset the password", "close my account",
         "talk about fees later", "raise the spending limit", "use a voucher", "track the parcel",
         "add a second card", "verify my identity", "pay a friend", "delay the payment",
         "report a bug", "connect my bank", "switch the language", "chat in the forum",
         "transfer money abroad", "call up the invoice in the app", "support the charity round-up",
         "see who was charged", "ask for a copy", "buy a phone on instalments"],
    ),
    "de": (
        ["wie kann ich {}", "ich möchte {}", "können Sie mir sagen, wie ich {} kann",
         "ist es möglich {}?", "ich habe versucht {}, es geht nicht", "warum kann ich nicht {}",
         "wo kann ich {}", "was brauche ich um {}", "hallo, ich muss heute {}", "{}"],
        ["meine Adresse ändern", "die Rechnung bezahlen", "in Raten zahlen", "mein Geld zurückholen",
         "die Schuhe zurückschicken", "den Auszug herunterladen", "das Passwort zurücksetzen",
         "mein Konto schließen", "das Limit erhöhen", "einen Gutschein einlösen",
         "das Paket verfolgen", "eine zweite Karte hinzufügen", "meine Identität bestätigen",
         "einem Freund Geld senden", "die Zahlung verschieben", "einen Fehler melden",
         "mein Bankkonto verbinden", "die Sprache umstellen", "Geld ins Ausland überweisen",
         "die Rechnung in der App aufrufen", "eine Kopie anfordern", "ein Telefon auf Raten kaufen",
         "den Brief weiterleiten lassen", "sehen wer abgebucht hat"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de"])
def test_wishes_for_a_person_are_recognised(language: str) -> None:
    wishes = sentences(f"wishes_{language}.txt")
    missed = [text for text in wishes if not wants_person(text).wanted]
    assert len(wishes) >= 160
    assert len(missed) <= 0.02 * len(wishes), missed


def test_ordinary_questions_with_such_words_are_no_wish() -> None:
    ordinary = sentences("ordinary_hard_en.txt") + sentences("ordinary_hard_de.txt")
    wrong = [text for text in ordinary if wants_person(text).wanted]
    assert len(ordinary) >= 360
    assert len(wrong) <= 0.01 * len(ordinary), wrong


def test_plain_questions_are_no_wish() -> None:
    plain = [
        opening.format(matter)
        for openings, matters in QUESTIONS.values()
        for opening, matter in product(openings, matters)
    ]
    wrong = [text for text in plain if wants_person(text).wanted]
    assert len(plain) >= 640
    assert not wrong


def test_the_reason_is_a_phrase_of_the_list_and_not_the_customers_words() -> None:
    wish = wants_person("My name is Zebulon, I want to speak to a human")
    assert wish.wanted
    assert wish.reasons
    assert not any("zebulon" in reason.lower() for reason in wish.reasons)
