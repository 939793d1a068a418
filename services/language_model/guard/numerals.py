"""Numbers written as words, English and German."""

from __future__ import annotations

import re
from functools import cache

_ONES = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen".split(),
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn"
    " fünfzehn sechzehn siebzehn achtzehn neunzehn".split(),
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety".split(),
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split(),
}
_OTHERS = {
    "million": 1_000_000,
    "dozen": 12,
    "dutzend": 12,
    "twice": 2,
    "double": 2,
    "doppelt": 2,
    "doppelte": 2,
    "triple": 3,
    "dreifach": 3,
}
_WORD = re.compile(r"[^\W\d_]+")
_PHRASE_MAX = 5


@cache
def _values() -> dict[str, int]:
    """Every phrase from 2 to 9999 in steps that people write, without hyphens and "and"."""
    values: dict[str, int] = dict(_OTHERS)
    for number in (*range(2, 1000), *range(1000, 10_000, 100)):
        english, german = _english(number), _german(number)
        values[english] = values[german] = values[german.replace("ß", "ss")] = number
    for tens, word in enumerate(_TENS["en"], 2):
        values[word] = tens * 10
    return values


def with_digits(text: str) -> str:
    """`text` in lower case, its written numbers as digits: "three to five" becomes "3 to 5". "one" stays a
    word: it is an article far more often than a number."""
    plain = re.sub(r"(?<=[a-zß])-(?=[a-z])", " ", text.lower())
    words = [(match[0], *match.span()) for match in _WORD.finditer(plain)]
    values = _values()
    parts, at, n = [], 0, 0
    while n < len(words):
        taken = _longest(words, n, plain, values)
        if taken is None:
            n += 1
            continue
        last, value = taken
        parts += [plain[at : words[n][1]], str(value)]
        at, n = words[last][2], last + 1
    return "".join([*parts, plain[at:]])


def _longest(
    words: list[tuple[str, int, int]], first: int, text: str, values: dict[str, int]
) -> tuple[int, int] | None:
    """The last word and the value of the longest number that begins at `first`."""
    best: tuple[int, int] | None = None
    phrase: list[str] = []
    for n in range(first, min(first + _PHRASE_MAX, len(words))):
        word, start, _ = words[n]
        if n > first and text[words[n - 1][2] : start].strip(" "):
            break
        if word != "and" or not phrase:
            phrase.append(word)
        value = values.get(" ".join(phrase))
        if value is not None and word != "and":
            best = n, value
    return best


def _english(number: int) -> str:
    if number < 20:
        return _ONES["en"][number]
    if number < 100:
        rest = number % 10
        return _TENS["en"][number // 10 - 2] + (f" {_ONES['en'][rest]}" if rest else "")
    scale, word = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = number % scale
    return f"{_english(number // scale)} {word}" + (f" {_english(rest)}" if rest else "")


def _german(number: int) -> str:
    if number < 20:
        return _ONES["de"][number]
    if number < 100:
        ones, tens = number % 10, _TENS["de"][number // 10 - 2]
        one = "ein" if ones == 1 else _ONES["de"][ones]
        return f"{one}und{tens}" if ones else tens
    scale, word = (1000, "tausend") if number >= 1000 else (100, "hundert")
    count, rest = divmod(number, scale)
    return ("ein" if count == 1 else _german(count)) + word + (_german(rest) if rest else "")
