"""Order numbers, and the other numbers that must not be mistaken for facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from stdnum import luhn

from services.intake.facts.found import Found

_LINK = (
    r"(?: {0,2}[:#=(\"']{1,2} {0,2}| {1,2}(?:is|was|are|lautet|lauten|ist|war|die|the|mit der|with the"
    r"|number|numbers|nummern?|nr\.?|no\.?|id|ref\.?)(?![\w]))"
)
_NUMBER_WORD = r"(?:numbers?|nos?\.?|nrn?\.?|num\.?|id-?nr\.?|ids?|ref(?:erence)?\.?|code|nummern?)"
_WORD_END = r"(?:(?<=\.)|(?!\w))"
_SURE = re.compile(
    rf"(?<!\w)(?:order|purchase|best\.|bestell(?:ung(?:s)?)?|auftrag(?:s)?) ?-? ?{_NUMBER_WORD}{_WORD_END}"
    rf"{_LINK}{{0,3}} {{0,2}}",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    rf"(?<!\w)(?:(?:orders?|bestellung(?:en)?|auftrag|aufträge)(?!\w){_LINK}{{0,3}} {{1,2}}(?=\w)"
    rf"|(?:orders?|bestellung(?:en)?|auftrag){_LINK}{{1,2}})|(?<![\w&/])#(?=[0-9])",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?P<token>(?:[A-Z]{1,4} (?=[0-9]))?(?=[A-Za-z_-]{0,10}[0-9])[A-Za-z0-9]{1,30}"
    r"(?: ?[-_] ?[0-9A-Z]{1,30}|[-_][A-Za-z0-9]{1,30}|/[0-9]{1,30}){0,5}"
    r"(?P<more>(?: [0-9]{2,30}){0,6}))(?![\w-])(?![.,:][0-9])"
)
_LETTERS_APART = re.compile(
    r"(?!(?:is|was|the|for|of|on|at|in|my|to|and|no|nr|id|it|he|she|we|as|or|by|not|yet|see|per|ist|war|die|der"
    r"|das|den|dem|von|vom|am|im|an|und|mit|aus|zu|so|es|sie|wir|er|ich|bei|bis|um|auf|hat|nur|mal|but|are|has|had"
    r"|you|i|a|x|nun|via|age|ca|seit|vor|ein|eur|usd|gbp|chf|up|ago|due|day|be)\b)"
    r"(?P<letters>[A-Za-z]{1,3}) (?:- )?(?P<digits>[0-9]{3,12}(?: [0-9]{2,12}){0,4})(?![\w-])(?![.,:/][0-9])",
    re.IGNORECASE,
)
"""Such as "pl 20431": only where an order number is announced, and none of these words, which are letters
before a number as well."""
_NEXT = re.compile(r" ?(?:,|;|and|und|&|or|oder|\+) ?(?:the |die )?(?![,;&+])")
_COUNTED = re.compile(
    r" ?(?:€|\$|£|%|euros?\b|eur\b|pounds?\b|days?\b|tagen?\b|weeks?\b|wochen?\b|months?\b|monate?n?\b"
    r"|items?\b|x\b|mal\b|times\b|st[üu]e?ck\b|pieces?\b|uhr\b|o'clock\b|years?\b|jahren?\b)",
    re.IGNORECASE,
)
_SHAPE = re.compile(
    r"(?<![\w@-])(?:[A-Za-z]{1,4}-[0-9]{5,12}(?:-[0-9]{1,12}){0,3}"
    r"|[A-Za-z]{1,4}(?:-[0-9]{2,12}){2,4}|[A-Z]{2,4}[0-9]{6,12})(?![\w@-])(?![.,/][0-9])"
)
_LENGTH_MAX = 30
_NOT_ORDERS = frozenset(
    {"iso", "din", "en", "iec", "utf", "rfc", "cve", "eur", "usd", "gbp", "chf"}
)

_OTHER_NOUN = (
    r"invoice|rechnung(?:s)?|kunden?|customer|client|account|konto|contract|(?:raten)?vertrag(?:s)?"
    r"|ticket|case|claim|vorgang(?:s)?|reference|referenz|ref|tracking|sendung(?:s(?:verfolgung)?)?"
    r"|shipment|parcel|paket|mandate?(?:s)?|file|tax|steuer|vat|ust|forderung(?:s)?|serial|serien|item"
    r"|artikel|article|voucher|gutschein|member|mitglied(?:s)?|zähler|card|karten?|passport|ausweis"
)
_OTHER = re.compile(
    rf"(?<!\w)(?:(?:{_OTHER_NOUN}) ?-? ?(?:{_NUMBER_WORD})?"
    r"|aktenzeichen|az|plz|postcode|zip|blz|sort code|bic|pin|tan|code|imei)"
    rf"{_WORD_END}(?:{_LINK}{{1,3}} {{0,2}}| {{1,2}}|(?<=\.))",
    re.IGNORECASE,
)
_OTHER_BEFORE = re.compile(rf"(?<!\w)(?:{_OTHER_NOUN}) {{0,2}}$", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w+-])[0-9](?:[ -]?[0-9]){12,18}(?![\w-])")


def find_order_numbers(text: str, masks: Sequence[str]) -> Iterator[Found]:
    """Those that words announce, and those that look like the company's own (`masks`)."""
    for match in _mask_pattern(tuple(masks)).finditer(text) if masks else ():
        yield Found("order_number", _as_masked(match, masks), *match.span())
    for cue in _SURE.finditer(text):
        yield from _announced(text, cue.end(), sure=True)
    for cue in _LIKELY.finditer(text):
        if cue[0] == "#" and _OTHER_BEFORE.search(text[max(0, cue.start() - 20) : cue.start()]):
            continue
        told_apart = cue[0].rstrip()[-1:] in (":", "(", "=")
        if not (told_apart and text[cue.end() : cue.end() + 1] in ("0", "+")):
            yield from _announced(text, cue.end(), sure=False)


def find_lookalikes(text: str) -> Iterator[Found]:
    """Without a word before them: letters, a hyphen, digits."""
    for match in _SHAPE.finditer(text):
        letters = re.split("[-0-9]", match[0], maxsplit=1)[0].lower()
        if letters not in _NOT_ORDERS and _digits(match[0]) >= 5:
            yield _order(match[0], match.start())


def find_other_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Spans of what is neither an order, a phone nor money: invoices, customers, cards …"""
    for cue in _OTHER.finditer(text):
        match = _TOKEN.match(text, cue.end())
        if match is not None and _digits(match["token"]) >= 3:
            yield match.span("token")
    for match in _CARD.finditer(text):
        digits = re.sub("[ -]", "", match[0])
        if luhn.is_valid(digits):
            yield match.span()


def read_order_number(text: str, masks: Sequence[str]) -> str | None:
    """The order number of a text that is nothing else; with `masks` it must fit one of them."""
    if masks:
        match = _mask_pattern(tuple(masks)).fullmatch(text.strip())
        return _as_masked(match, masks) if match is not None else None
    match = _TOKEN.fullmatch(text.strip(" #.:"))
    return _normal(match[0]) if match is not None and _digits(match[0]) >= 3 else None


def with_letters_of_mask(value: str, masks: Sequence[str]) -> str | None:
    """PL-66120 for "66120", where only the mask PL-##### has five digits and nothing else to fill in. It may
    be another company's number all the same, so it is for asking a system that knows."""
    meant = [
        mask for mask in masks if mask.count("#") == len(value) and not re.search("[0-9@]", mask)
    ]
    if len(meant) != 1 or re.fullmatch("[0-9]+", value) is None:
        return None
    typed = iter(value)
    return "".join(next(typed) if c == "#" else c for c in meant[0])


def fits_masks(value: str, masks: Sequence[str]) -> bool:
    """Whether a normal form is one of the company's; without masks every one is."""
    return not masks or _mask_pattern(tuple(masks)).fullmatch(value) is not None


def _announced(text: str, at: int, *, sure: bool) -> Iterator[Found]:
    """What stands behind the word, and what is added with "and"."""
    apart = _LETTERS_APART.match(text, at)
    likely = (
        apart is not None and _digits(apart["digits"]) >= 5 and apart["letters"].lower() != "ab"
    )
    if apart is not None and (sure or likely):
        if not _COUNTED.match(text, apart.end()):
            yield _order(apart[0], apart.start())
        return
    first = True
    while (match := _TOKEN.match(text, at)) is not None:
        token = _without_other_numbers(match)
        end = match.start() + len(token)
        if not _plausible(token, sure=sure and first) or _COUNTED.match(text, end):
            return
        yield _order(token, match.start())
        following = _NEXT.match(text, end)
        if following is None:
            return
        at, first = following.end(), False


def _without_other_numbers(match: re.Match[str]) -> str:
    """Groups of digits after a blank belong to the number only if they look like one split into
    equal parts, or are of three digits and more: "55120 28 days ago" is two numbers."""
    token, more = match["token"], match["more"].split()
    lengths = {len(group) for group in more}
    head = token[: len(token) - len(match["more"])]
    equal = lengths == {len(head.split()[-1])}
    return token if not more or equal or min(lengths) >= 3 else head


def _plausible(token: str, *, sure: bool) -> bool:
    digits = _digits(token)
    if len(token) > _LENGTH_MAX:
        return False
    if sure:
        return digits >= 3 or (digits >= 1 and len(token) >= 6 and token.upper() == token)
    last = token.rpartition(" ")[2]
    is_year = len(last) == 4 and last[:2] in ("19", "20")
    letters = len(token) - digits
    return digits >= 4 and not is_year and letters <= max(6, digits)


def _digits(token: str) -> int:
    return sum(c.isdecimal() for c in token)


def _order(token: str, start: int) -> Found:
    return Found("order_number", _normal(token), start, start + len(token))


def _normal(token: str) -> str:
    return token.replace(" ", "").upper()


@lru_cache(maxsize=64)
def _mask_pattern(masks: tuple[str, ...]) -> re.Pattern[str]:
    """One group per mask. People leave the hyphen of a mask out, or write a blank instead."""
    parts = {"#": "[0-9]", "@": "[A-Za-z]", "-": " ?-? ?"}
    patterns = ["".join(parts.get(c, re.escape(c)) for c in mask) for mask in masks]
    groups = "|".join(f"({pattern})" for pattern in patterns)
    return re.compile(rf"(?<![\w-])(?:{groups})(?![\w-])(?!/[0-9])", re.IGNORECASE)


def _as_masked(match: re.Match[str], masks: Sequence[str]) -> str:
    """Written the way the company writes it, whatever the customer did with the hyphen."""
    mask = masks[(match.lastindex or 1) - 1]
    typed = iter(re.sub("[ -]", "", match[0]).upper())
    return "".join("-" if c == "-" else next(typed) for c in mask)
