"""Words whose exchange turns a sentence into its opposite without a negation, in English and German. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from services.language_model.guard.grounding import Ground, words_of


class Poles(NamedTuple):
    one: re.Pattern[str]
    other: re.Pattern[str]


def _words(*ways: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)")


POLES = (
    Poles(
        _words(
            r"ris(?:e|es|ing|en)|rose|increas\w*|grow\w*|higher|upwards?",
            r"steig\w*|anstieg\w*|wächst|wachs\w*|höher\w*|erhöh\w*",
        ),
        _words(
            r"falling|fell|decreas\w*|drop(?:s|ped)?|shrink\w*|lower\w*|downwards?|reduc\w*",
            r"sink\w*|senk\w*|gesenkt|niedriger\w*|fällt|verringer\w*|gekürzt",
        ),
    ),
    Poles(
        _words(
            r"stays?|stayed|remain\w*|keeps?|kept|retain\w*|bleib\w*|geblieben|behalt\w*|behält\w*"
        ),
        _words(
            r"gone|goes away|vanish\w*|disappear\w*|remov\w*|wip(?:e|es|ed)|eras\w*|leaves|left",
            r"weg|verschwind\w*|verschwunden|entfern\w*|fort|entfällt|entfallen",
        ),
    ),
    Poles(
        _words(r"open(?:s|ed|ing)?|öffn\w*|geöffnet\w*|offen\w*"),
        _words(r"clos(?:e|es|ed|ing)|shuts?|schließ\w*|geschlossen\w*"),
    ),
    Poles(
        _words(r"begin\w*|starts?|started|starting|beginn\w*|anfang\w*|anfängt|fängt"),
        _words(
            r"ends?|ended|ending|stops?|stopped|finish\w*|end(?:et|en|e)|aufhör\w*|hört auf|stopp\w*"
        ),
    ),
    Poles(
        _words(r"first|earliest|zuerst|zunächst|frühest\w*|erste[nrsm]?"),
        _words(r"last|latest|final\w*|zuletzt|letzte[nrsm]?|spätest\w*"),
    ),
    Poles(
        _words(r"early|earlier|sooner|früh|früher\w*|vorher|rechtzeitig"),
        _words(r"late|later|spät|später\w*|nachher|verspätet\w*"),
    ),
    Poles(_words(r"before|prior to|bevor|ehe"), _words(r"after|nachdem")),
    Poles(
        _words(r"more|most|longer|longest|mehr|meiste\w*|länger\w*"),
        _words(r"less|least|fewer|shorter|weniger|wenigst\w*|kürzer\w*"),
    ),
    Poles(
        _words(r"turn(?:s|ed)? (?:it |this )?on|switch(?:es|ed)? (?:it |this )?on|activat\w*"),
        _words(r"turn(?:s|ed)? (?:it |this )?off|switch(?:es|ed)? (?:it |this )?off|deactivat\w*"),
    ),
    Poles(
        _words(r"einschalt\w*|eingeschaltet\w*|aktivier\w*|ein"),
        _words(r"ausschalt\w*|ausgeschaltet\w*|abschalt\w*|abgeschaltet\w*|deaktivier\w*|aus"),
    ),
    Poles(
        _words(r"send(?:s|ing)?|sent|schick\w*|verschick\w*|versend\w*|geschickt"),
        _words(r"receiv\w*|erhält|erhalten|bekomm\w*|empfang\w*|empfäng\w*"),
    ),
    Poles(
        _words(
            r"pass(?:es|ed)?|succe\w*|works?|worked|accept\w*|bestanden|gelingt|gelung\w*"
            r"|angenommen|akzeptier\w*"
        ),
        _words(
            r"fail\w*|refus\w*|reject\w*|declin\w*|scheiter\w*|abgelehnt\w*|ablehn\w*|abgewiesen"
        ),
    ),
    Poles(
        _words(r"safe\w*|secure\w*|correct\w*|valid|sicher\w*|richtig\w*|gültig\w*"),
        _words(r"unsafe|insecure|wrong\w*|incorrect\w*|invalid|unsicher\w*|falsch\w*|ungültig\w*"),
    ),
    Poles(
        _words(r"same|dieselbe\w*|derselbe\w*|dasselbe|demselben|gleiche[nrsm]?"),
        _words(r"different\w*|another|other|unterschiedlich\w*|verschieden\w*|andere[nrsm]?"),
    ),
    Poles(
        _words(r"each|every|all|jede[nrsm]?|alle[nrsm]?"),
        _words(r"some|certain|einige\w*|manche\w*|bestimmte\w*"),
    ),
    Poles(
        _words(r"always|immer|stets|usually|normally|meist|meistens|normalerweise"),
        _words(r"sometimes|rarely|seldom|occasionally|manchmal|selten|gelegentlich"),
    ),
    Poles(
        _words(r"separately|individually|own|einzeln\w*|getrennt\w*|eigene\w*"),
        _words(r"together|jointly|shared|zusammen|gemeinsam\w*"),
    ),
    Poles(
        _words(r"big\w*|large\w*|quick\w*|fast\w*|schnell\w*|groß\w*"),
        _words(r"small\w*|tiny|slow\w*|langsam\w*|klein\w*"),
    ),
    Poles(
        _words(r"free|optional\w*|voluntar\w*|freiwillig\w*|kostenlos\w*|frei"),
        _words(r"paid|mandatory|compulsory|pflicht\w*|kostenpflichtig\w*|gebührenpflichtig\w*"),
    ),
)

_MUST = _words(
    r"must|have to|has to|had to|need(?:s|ed)? to|required?|requires|mandatory|obliged|compulsory",
    r"muss|müssen|erforderlich\w*|verpflichte\w*|pflicht|zwingend\w*|notwendig\w*",
)
_MAY = _words(
    r"can|may|could|might|possible|optional|kann|können|könnte\w*|darf|dürfen|möglich\w*|optional"
)
_JOINED = re.compile(r"[^\W\d_]{4,} (?:and|or|und|oder) [^\W\d_]{4,}")


def opposite_in(text: str, source: str) -> str | None:
    """Of plain texts: a word of `text` where the article has only its opposite, or an obligation that the
    article does not make; None for neither."""
    for poles in POLES:
        for mine, twin in (poles, poles[::-1]):
            found = mine.search(text)
            if found is not None and mine.search(source) is None and twin.search(source):
                return found[0]
    musts = _MUST.findall(text)
    if len(musts) > len(_MUST.findall(source)):
        return str(musts[-1])
    return None


def half_left_out(text: str, source: str) -> str | None:
    """Of two words that the article joins ("rise and fall"), the one that a wording leaves out."""
    ground = Ground(text)
    for pair in _JOINED.finditer(source):
        words = words_of(pair[0])
        gone = [word for word in words if ground.support(word).new]
        if len(words) == 2 and len(gone) == 1:
            return gone[0]
    return None
