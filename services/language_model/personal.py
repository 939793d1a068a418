"""Personal data that is no fact of a matter: names, births, addresses, documents, secrets. Pure.

By the words that announce them or by their shape. Too much is better than too little: a placeholder costs
a wording, a value that has left cannot be called back. What no word announces and no shape gives away, such
as a name in the middle of a sentence or a number in words, stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from services.intake.facts.found import Found

BORN_BEFORE = 2011
"""A date of an earlier year is of no order: whoever names it was born then, more likely than not."""

_WORD = r"[^\W\d_][\w'-]{1,30}"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ](?:[\w'-]{1,30}|\.)"
_PARTICLE = r"(?:(?:von|van|vom|de|der|den|zu|la|le|di|da|el|al) ){0,2}"
_TITLES = r"(?:(?:Dr|Prof|Dipl|Ing)\.? ){0,2}"
_NAME = rf"(?P<NAME>{_TITLES}{_PARTICLE}{_CAPITAL}(?: {_PARTICLE}{_CAPITAL}){{0,2}})"
_NO_NAME = r"(?!(?:and|und|from|aus|but|aber|i|ich|the|my|meine?|der|die|das|of|on|in)\b)"
_BEGINS = r"(?:^|[\s,.;(])"
_IS = r"(?: is| was| ist| war| lautet| are| sind)? ?[:=,]? {0,2}"

_NAMES = (
    rf"{_BEGINS}(?i:my name is|my name's|this is|i am called|i'm called|i'm|i am|it's|mrs?\.?|ms\.?"
    rf"|miss|ich heiße|ich heisse|mein name ist|hier ist|hier spricht|hier schreibt|es schreibt"
    rf"|frau|herrn?)[ ,:]{{1,3}}{_NAME}",
    rf"{_BEGINS}(?:ich bin|[Ii]ch,) (?P<NAME>{_CAPITAL}(?: {_PARTICLE}{_CAPITAL}){{1,2}})",
    rf"{_BEGINS}(?i:my name is|my name's|mein name ist|ich heiße|ich heisse|name ?[:=]) {{0,2}}"
    rf"(?P<NAME>{_WORD}(?: {_NO_NAME}{_WORD}){{0,2}})",
    rf"(?i:holder|inhaber(?:in)?|customer name|kundenname|maiden name|geburtsname|signed|gez\.?"
    rf"|gezeichnet){_IS}{_NAME}",
    rf"(?i:regards|best wishes|sincerely|yours|cheers|grüße|gruß|grüßen|gruss|grüssen|mfg|lg|vg"
    rf"|bg)[\s,!.]{{1,4}}{_NAME}",
    rf"(?i:\b(?:best|thanks|thank you|thx|danke|dankeschön|vielen dank|ciao|servus)"
    rf"(?: in advance| im voraus)?)[ ,!.]{{0,3}}\n\s{{0,4}}{_NAME}",
    rf"^(?P<NAME>{_CAPITAL}(?: {_CAPITAL})?) here\b",
)
_HOUSE = r"[0-9]{1,4} ?[a-z]?(?![\w.,-]*[0-9])"
_CITY = (
    r"(?!(?:Euro?|EUR|Dollar|Franken|Uhr|Punkte|Stück|Tage)\b)"
    r"[A-ZÄÖÜ][a-zäöüß]{2,30}(?:[ -][A-ZÄÖÜ][a-zäöüß]{2,30}){0,2}"
)
_PLACE = r"[A-ZÄÖÜ0-9][\w.'/-]{0,40}"
_ADDRESSES = (
    r"(?i:\b(?:address|adresse|anschrift)\b(?: is| ist| lautet)?|\bi live (?:at|in)|\bwohnhaft"
    r"|\bwohnen?(?: jetzt)?)[ :,]{1,3}"
    rf"(?P<ADDRESS>(?:{_PLACE}[, ]{{1,2}}|(?:at|in|im|am|an|auf|der|dem|den|of|the) ){{0,8}}"
    rf"[0-9][\w/-]{{0,6}}(?:[, ]{{1,2}}{_PLACE}){{0,5}})",
    r"(?P<ADDRESS>\b(?:[A-ZÄÖÜ][\w.-]{0,30} ){0,2}[A-ZÄÖÜ]?[\w-]{0,40}"
    rf"(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|[Ww]eg|[Aa]llee|[Pp]latz|[Gg]asse|[Dd]amm|[Uu]fer) {_HOUSE})",
    rf"(?P<ADDRESS>(?:\b[0-9]{{5}}|\b(?:A|B|CH|D|L|NL)-[0-9]{{4,5}}|(?<=, )[0-9]{{4}}) {_CITY})",
    r"(?P<ADDRESS>(?:\b(?i:flat|apartment|apt\.?|unit) \w{1,5},? )?"
    r"\b[0-9]{1,4}[A-Za-z]? (?:[A-Z][\w'.-]{1,30} ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive"
    r"|Close|Court|Place|Square|Gardens|Terrace|Crescent|Boulevard|Blvd|Way|Park|Row|Mews|Grove|Hill)\b\.?)",
    r"(?P<ADDRESS>(?i:\b[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}\b|\bp\.?o\.? ?box [0-9]{1,6}"
    r"|\bpostfach [0-9]{1,6}))",
)
_ACCOUNTS = (  # as people hide or break e-mail addresses, and what they are called elsewhere
    r"(?P<EMAIL>[\w.+-]{1,64} ?[\[({<] ?(?i:at|ät|@) ?[\])}>] ?[\w-]{1,63}"
    r"(?: ?(?:[\[({<] ?(?i:dot|punkt|\.) ?[\])}>]|\.) ?[\w-]{1,63}){0,4})",
    r"(?P<EMAIL>\b\w{1,64}(?: ?(?:\.| (?i:dot|punkt) ) ?\w{1,64}){0,4} (?i:at|ät) [\w-]{1,63}"
    r"(?: (?i:dot|punkt) [\w-]{1,63}){1,4})",
    r"(?P<EMAIL>[\w.+-]{0,64} ?@ ?[\w-]{2,63}(?: ?\. ?[\w-]{2,63}){0,4})",
    r"(?P<EMAIL>(?:\w ){2,40}@ (?:[\w.] ){2,40}\w\b)",
    r"(?P<PROFILE>(?i:\b(?:facebook|instagram|linkedin|twitter|tiktok|xing|x)\.com/[^\s]{1,200}))",
)
_LINK = r"(?: {0,2}(?:is|ist|lautet|number|no\.?|nummer|nr\.?|[:=#-]) {0,2}| ){1,4}"
_DOCUMENTS = (
    r"(?i:\b(?:passport|passnummer|reisepass|(?:personal)?ausweis\w{0,10}|id card|driving licen[cs]e"
    r"|driver'?s? licen[cs]e"
    r"|führerschein\w{0,10}|national insurance|ni|sozialversicherungsnummer|steuer-?id|tax id|ssn"
    r"|plate|kennzeichen|kfz))"
    rf"{_LINK}(?P<NUMBER>(?=[A-Z0-9 -]{{0,20}}[0-9])[A-Z0-9](?:[ -]?[A-Z0-9]){{3,20}})\b",
    r"(?P<NUMBER>\b(?=[A-Za-z]{0,29}[0-9])(?=[0-9]{0,29}[A-Za-z])(?=(?:[A-Za-z]{0,29}[0-9]){3})[A-Za-z0-9]{8,30}\b)",
    r"(?P<NUMBER>\b[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b)",
    r"(?P<NUMBER>\b(?:[A-Z]{2}[0-9]{2} [A-Z]{3}|[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} [0-9]{1,4}[EH]?)\b)",
    rf"(?i:\b(?:bic|swift)){_LINK}(?P<NUMBER>[A-Z0-9]{{8,11}})\b",
    r"(?i:\bsort(?: code)?)[ :]{1,3}(?P<NUMBER>[0-9]{2}[- ][0-9]{2}[- ][0-9]{2})\b",
    rf"(?i:\bend(?:ing|s)(?: in| with)?|\bendet auf|\b(?:last|letzten?) (?:(?:4|four|vier) )?(?:digits"
    rf"|ziffern|stellen)){_IS}"
    r"(?P<NUMBER>[0-9]{3,4})\b",
    r"(?i:\b(?:exp(?:iry|ires)?\.?|valid (?:thru|until)|gültig bis|ablaufdatum))[ :]{1,3}"
    r"(?P<NUMBER>[0-9]{2} ?/ ?[0-9]{2,4})\b",
)
_SECRETS = (
    r"(?i:\b(?:password|passwort|kennwort|passcode|username|user name|benutzername|pin|tan))"
    r"(?: is| ist| lautet| ?[:=]) {0,2}(?P<SECRET>[^\s*]{3,40})",
    r"(?i:\b(?:password|passwort|kennwort|passcode|pin|tan|cvv2?|cvc2?|prüfziffer))[ :]{1,3}"
    r"(?P<SECRET>(?=[^\s*]{0,39}[0-9])[^\s*]{3,40})",
)
_FINDERS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (*_NAMES, *_ADDRESSES, *_ACCOUNTS, *_DOCUMENTS, *_SECRETS)
)
_BIRTH = re.compile(
    r"(?<!\w)(?:born|birth|birthday|dob|d\.o\.b\.?|geboren|geb\.?|geburtsdatum|geburtstag)(?!\w)[^\n]{0,25}$",
    re.IGNORECASE,
)


def find_personal(text: str, facts: Iterable[Found]) -> Iterator[tuple[int, int, str]]:
    """Start, end and label of each, in a `plain` text that holds these facts; they may overlap."""
    for finder in _FINDERS:
        for match in finder.finditer(text):
            label = str(match.lastgroup)
            yield (*match.span(label), label)
    for fact in facts:
        if fact.kind == "date" and (_is_long_ago(str(fact.value)) or _is_birth(text, fact.start)):
            yield fact.start, fact.end, "BIRTH"


def _is_long_ago(date: str) -> bool:
    return date[:4].isdecimal() and int(date[:4]) < BORN_BEFORE


def _is_birth(text: str, at: int) -> bool:
    return _BIRTH.search(text[max(0, at - 40) : at]) is not None
