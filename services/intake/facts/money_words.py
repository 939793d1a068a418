"""Currencies, and the words by which a bare number is known to be money, or known not to be."""

from __future__ import annotations

import re

ANY_CASE = {
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "pfund": "GBP",
    "$": "USD",
    "us$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "bucks": "USD",
    "chf": "CHF",
    "sfr": "CHF",
    "franken": "CHF",
    "francs": "CHF",
    "pln": "PLN",
    "zł": "PLN",
    "zloty": "PLN",
    "złoty": "PLN",
    "sek": "SEK",
    "dkk": "DKK",
    "nok": "NOK",
    "czk": "CZK",
    "kč": "CZK",
    "huf": "HUF",
    "yen": "JPY",
    "jpy": "JPY",
    "¥": "JPY",
    "₹": "INR",
}
UPPER_CASE_ONLY = {code: code for code in ("CAD", "AUD", "NZD", "INR", "RON", "BGN", "TRY", "CNY")}
BEFORE_TOO = ("€", "£", "US$", "$", "¥", "₹")
CODES = ("EUR", "GBP", "USD", "CHF", "PLN", "SEK", "DKK", "NOK", "CZK", "JPY", "Euro", "SFr.")
CENTS = {"cent": "EUR", "cents": None, "ct": "EUR", "pence": "GBP", "penny": "GBP", "p": "GBP"}
WITHOUT_CENTS = frozenset({"JPY", "HUF"})
DOLLARS = {"US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD"}

MONEY_NOUN = (
    r"(?:amounts?|sum|total|balance|refunds?|fees?|charges?|price|payments?|instal?lments?|credit|debt"
    r"|(?:rest|gesamt|rechnungs|teil)?betrag|beträge|betraege|(?:gesamt)?summe|saldo|gesamt|gutschrift"
    r"|erstattung|(?:mahn)?geb(?:ü|ue)hr(?:en)?|preis|guthaben|raten?|zahlung(?:en)?|forderung|schulden)"
)
MONEY_WORD = re.compile(
    rf"(?<!\w)(?:{MONEY_NOUN}|paid|pay(?:ed|ing)?|transfer+(?:r?ed)?|sent|charged?|debited|deducted"
    r"|credited|refunded|received|owed?|owing|costs?|spent|invoiced?|bill(?:ed)?|withdrawn|wire[d]?"
    r"|money|waiting for|got|(?:ge|be|an|ein|über|ueber|zurück|zurueck)?zahl(?:t|e|en)"
    r"|(?:an|ein|zurück|zurueck)(?:ge|be)zahlt|(?:ü|ue)berw(?:iesen|eisen|eise|eist|eisung(?:en)?)"
    r"|abgebucht|eingezogen|berechnet|erstattet|gutgeschrieben|gekostet|kostet|schulde[nt]?"
    r"|bekommen|erhalten|erwartet|bought|buy|purchased?|gekauft|kauf(?:e|en)?|mahngeb(?:ü|ue)hr"
    r"|rechnung(?:en)?|mahnung|warte|geld|minus)(?!\w)",
    re.IGNORECASE,
)
NOUN_RIGHT_BEFORE = re.compile(
    rf"(?<!\w){MONEY_NOUN}(?: (?:of|is|was|are|von|über|ueber|ist|war|zu|je|in höhe von|only|nur))?"
    r"[: ] ?$",
    re.IGNORECASE,
)
VERB_RIGHT_BEFORE = re.compile(
    r"(?<!\w)(?:(?:paid|transfer+ed|sent|refunded|charged|debited|received|deducted|überwiesen|bezahlt"
    r"|abgebucht|gezahlt)(?: only| just| nur| me| mir| you)?|owes? (?:me|you|us)"
    r"|schulde[nt]? (?:mir|euch|ihnen))"
    r" $",
    re.IGNORECASE,
)
MONEY_VERB_AFTER = re.compile(
    r" (?:überwiesen|ueberwiesen|bezahlt|gezahlt|abgebucht|eingezogen|überzahlt|zurückbekommen|erstattet)"
    r"(?!\w)",
    re.IGNORECASE,
)
NUMBER_ENDS = re.compile(
    r"$|[,.;:!?)]|\n| (?:instead|statt|for|für|to|an|from|von|back|zurück|too|zu|but|aber|and|und|twice"
    r"|by|per|on|am|via)(?!\w)",
    re.IGNORECASE,
)
NO_MONEY_BEFORE = re.compile(
    r"(?:\b(?:version|ver\.?|v|ios|android|size|größe|groesse|grösse|um|gegen|at|kl\.?|section|art\.?"
    r"|artikel|punkt|nr\.?|no\.?|number|nummer|step|schritt|rate|instal?lment|in)|§) ?$",
    re.IGNORECASE,
)
NO_MONEY_AFTER = re.compile(
    r"(?:st|nd|rd|th|(?-i:\. [a-zäöü])|[.]?-?(?:[- ]?(?:days?|tagen?|weeks?|wochen?|months?"
    r"|monate?n?|years?|jahren?|times|x|mal|hours?|stunden?|min(?:utes?|uten)?|uhr|am(?! \x00)|pm|h|kg|g"
    r"|cm|mm|km|m|gb|mb|l|%|percent|prozent"
    r"|items?|pieces?|pcs|stück|stueck|parts?|teile?n?|raten?|instal?lments?|payments?|of|von|articles?"
    r"|artikel|pakete?|parcels?|invoices?|rechnungen|orders?|bestellungen|points?|punkte?|degrees?)"
    r"(?!\w)))|[ ]?[%°]",
    re.IGNORECASE,
)
