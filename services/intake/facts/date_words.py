"""Month names, ordinals and relative days in English and German, each word with its number."""

from __future__ import annotations

_MONTHS = """
january jan januar jän jänner jaenner
february feb februar febr feber
march mar märz maerz mär mrz
april apr
may mai
june jun juni
july jul juli
august aug
september sep sept
october oct oktober okt
november nov
december dec dezember dez
"""

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(_MONTHS.split("\n")[1:13], 1)
    for name in names.split()
}

_EN_ONES = "first second third fourth fifth sixth seventh eighth ninth".split()
_EN_TEENS = """tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth
eighteenth nineteenth twentieth""".split()
_DE_STEMS = """erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft dreizehnt
vierzehnt fünfzehnt sechzehnt siebzehnt achtzehnt neunzehnt zwanzigst""".split()
_DE_ONES = "ein zwei drei vier fünf sechs sieben acht neun".split()


def _ordinals() -> dict[str, int]:
    words = dict(zip(_EN_ONES + _EN_TEENS, range(1, 21), strict=True))
    words |= {f"twenty{gap}{one}": 20 + n for n, one in enumerate(_EN_ONES, 1) for gap in "- "}
    words |= {"thirtieth": 30, "thirty-first": 31, "thirty first": 31}
    stems = dict(zip(_DE_STEMS, range(1, 21), strict=True))
    stems |= {f"{one}undzwanzigst": 20 + n for n, one in enumerate(_DE_ONES, 1)}
    stems |= {"dreißigst": 30, "einunddreißigst": 31}
    for stem, number in stems.items():
        for spelt in {stem, stem.replace("ü", "ue").replace("ö", "oe").replace("ß", "ss")}:
            words |= {spelt + ending: number for ending in ("en", "er", "e")}
    return words


ORDINALS = _ordinals()

DAYS_FROM_TODAY = {
    "today": 0,
    "yesterday": -1,
    "tomorrow": 1,
    "the day before yesterday": -2,
    "day before yesterday": -2,
    "the day after tomorrow": 2,
    "day after tomorrow": 2,
    "heute": 0,
    "gestern": -1,
    "vorgestern": -2,
    "morgen": 1,
    "übermorgen": 2,
    "uebermorgen": 2,
}

COUNTS = {
    word: number
    for number, words in enumerate(
        """a one an ein eine einer einem einen
two zwei
three drei
four vier
five fünf fuenf
six sechs
seven sieben
eight acht
nine neun
ten zehn""".split("\n"),
        1,
    )
    for word in words.split()
}

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        """monday montag
tuesday dienstag
wednesday mittwoch
thursday donnerstag
friday freitag
saturday samstag sonnabend
sunday sonntag""".split("\n")
    )
    for name in names.split()
}
"""Monday is 0, as in `date.weekday`."""
