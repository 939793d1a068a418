"""Ordinary questions and remarks that hold the words of a wish for a person, but not the wish.

Frames and matters of our own; each frame is joined with every matter of its language.
"""

from __future__ import annotations

from itertools import product

FRAMES = {
    "en": (
        "a person I know wants to {}",
        "your agent told me yesterday that I can {}",
        "the courier called me, can I still {}",
        "is one person allowed to {} twice?",
        "somebody else used my account to {}",
        "someone in the shop said I have to {}",
        "I talked to the seller, he says I must {} myself",
        "support page says I can {}, but where?",
        "I don't need to speak to anyone, just {}",
        "no need to call me, I only want to {}",
        "my colleague could {} without trouble, why can't I",
        "the shop's representative promised that I could {}",
        "as a customer service employee myself I know how to {}, just not in your app",
        "can a second person in my household {}",
        "my manager pays for it, can he {} for me",
        "the person at the post office did not let me {}",
        "is it a human error if I cannot {}?",
        "I spoke with my bank and want to {} now",
        "what do you call it when I {}",
        "which team is responsible when customers {}",
        "please help me {}",
        "could you please tell me how to {}",
        "I would like to {} please",
        "I would like a receipt after I {}",
        "can someone explain why the app does not let me {}",
        "please assist me, I cannot {}",
        "I need to {} as soon as possible please",
        "get back to me when I can {}",
        "hello, may I {}, thanks",
        "please let me know if I can {}",
    ),
    "de": (
        "eine Person aus meinem Haushalt möchte {}",
        "Ihr Mitarbeiter hat gestern gesagt, ich kann {}",
        "der Paketbote hat mich angerufen, kann ich noch {}",
        "darf eine Person zweimal {}?",
        "eine fremde Person hat über mein Konto versucht zu {}",
        "jemand im Laden sagte, ich muss {}",
        "ich habe mit dem Verkäufer gesprochen und soll {}",
        "auf der Support-Seite steht, ich kann {}, aber wo?",
        "ich muss mit niemandem sprechen, ich will nur {}",
        "Sie müssen mich nicht anrufen, ich will nur {}",
        "mein Kollege konnte ohne Probleme {}, warum ich nicht",
        "meine Chefin bezahlt, darf sie für mich {}",
        "die Person bei der Post ließ mich nicht {}",
        "ich habe mit meiner Bank gesprochen und möchte jetzt {}",
        "können zwei Personen zusammen {}",
        "viele Menschen wollen {}, warum ist das so schwer",
        "welche Abteilung ist zuständig, wenn Kunden {}",
        "als Mitarbeiterin einer Bank weiß ich, wie man {} kann",
        "bitte helfen Sie mir, ich will {}",
        "könnten Sie mir bitte sagen, wie ich {} kann",
        "ich würde gern {}, bitte",
        "ich hätte gern eine Bestätigung, wenn wir {}",
        "kann mir jemand sagen, warum ich nicht {} kann",
        "ich muss dringend {}, bitte schnell",
        "bitte melden, sobald ich {} kann",
        "guten Tag, darf ich {}? danke",
        "bitte einmal {}",
        "ich möchte antworten und {}",
    ),
}
MATTERS = {
    "en": (
        "pay the invoice", "return the shoes", "split the payment", "change the address",
        "get a refund", "track the parcel", "use a voucher", "move the due date",
        "close the account", "download the invoice", "raise the limit", "reset the password",
        "report the return", "connect a bank account", "buy in that shop", "cancel the order",
        "verify the identity", "pay with two cards", "switch on automatic payment",
        "see the order", "update the phone number", "order a second one", "pay early",
        "read the terms", "log in", "delete the app", "change the e-mail",
    ),
    "de": (
        "die Rechnung bezahlen", "die Schuhe zurückschicken", "in Raten zahlen",
        "die Adresse ändern", "das Geld zurückholen", "das Paket verfolgen",
        "einen Gutschein einlösen", "die Zahlung verschieben", "das Konto schließen",
        "die Rechnung herunterladen", "das Limit erhöhen", "das Passwort zurücksetzen",
        "die Retoure melden", "ein Bankkonto verbinden", "in dem Shop kaufen",
        "die Bestellung stornieren", "die Identität bestätigen", "mit zwei Karten zahlen",
        "die automatische Zahlung einschalten", "die Bestellung ansehen",
        "die Telefonnummer ändern", "noch eins bestellen", "früher zahlen",
        "die Bedingungen lesen", "sich anmelden", "die App löschen", "die E-Mail ändern",
    ),
}  # fmt: skip

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


def plain_questions() -> list[str]:
    """Without such words, or with them in passing."""
    return [
        opening.format(matter)
        for openings, matters in QUESTIONS.values()
        for opening, matter in product(openings, matters)
    ]


def remarks(language: str) -> list[str]:
    return [frame.format(matter) for frame, matter in product(FRAMES[language], MATTERS[language])]
