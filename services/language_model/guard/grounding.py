"""Whether a text speaks of what its source speaks of: shared words.

Words count by their beginnings, which joins the forms of a word and most German compounds. It is a
measure of matter, not of truth: figures, negations and sensitive matters have rules of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

_WORD = re.compile(r"[^\W\d_]{4,}")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")
STEM = 5

NEUTRAL = frozenset(
    # Courtesy, connection and the plain verbs of any explanation; none of them claims anything.
    """
    about above after again also although always another any anything anyway around back because been
    before below best better between both bring bring can case check choose come concern could dear did
    does doing each easily either else enough every everything exactly feel few find first follow
    following from fully further generally give glad goes going good great happen happy hard have having
    hello help helpful here how however if inconvenience instead itself just keep kindly know later least
    leave let like likely little look made make many matter may maybe mean means might more most much must
    name need needs never next nice normally note often once only open option order ordinarily other
    otherwise ours over overview own perhaps place please point possible problem question questions quick
    quickly rather read ready really reason regards right said same saying see seem sees sent several
    should show shown shows simply since single situation small some something somewhere soon sorry start
    step steps still such sure take takes tell thank thanks that their them then there therefore these
    they thing things this those though through thus time times together too try trying typically under
    understand until upon using usually various very view want wants way ways well what when where whether
    which while whole will wish with within without wonder work works worry would write yes your yours
    yourself apologies apologise apologize unfortunately frustrating annoying hope reach appear appears
    displayed display press pressing tap select selecting pick

    aber alle allem allen aller alles also andere anderen anderer anderes auch aufgrund außerdem bald beim
    beispiel bereits besser besten bitte bleiben bleibt brauchen braucht damit danach danke dann daran
    darauf daraus darin darum darunter dass dazu deine dem den denn dennoch deren deshalb dessen dies
    diese diesem diesen dieser dieses doch dort dorthin dürfen durch eben ebenfalls eigentlich eine einem
    einen einer eines einfach einige entweder etwas euch fall falls fehlt finden findet folgende folgenden
    frage fragen gehen geht gerade gern gerne gleich guten haben hallo hand hatte helfen hier hilfe hilft
    hinaus hinweis ihnen ihre ihrem ihren ihrer ihres immer indem jede jedem jeden jeder jedes jedoch
    jetzt kann keine keinen können könnte könnten kurz kurzen lässt lassen leicht leider liebe liegt
    machen macht manche manchmal mehr meist meistens mich mithilfe möchten möglich müssen nach nachdem
    nachher nämlich natürlich neben nehmen nicht nichts noch normalerweise nötig oben oder ohne probieren
    punkt recht richtig schon sehen sehr selbst sich sicher sieht sind sobald sodass sofern sogar solange
    sollte sollten somit sondern sonst soweit sowie später sowohl stehen steht stelle stellen suchen
    tippen tippe trotzdem über übrigens unangenehm ungefähr unser unsere unserem unseren unserer unter
    verständnis verstehe verstehen viel viele vielen vielleicht vorher wählen wann warum weil weise weiter
    weitere weiterhin welche welchem welchen welcher welches wenden wenn werden wichtig wieder wissen
    wobei wofür wohin wollen worden wünschen würde würden zeigen zeigt ziehen zuerst zunächst zusammen
    zwischen entschuldigung entschuldigen bedauern ärgerlich hoffe hoffen nutzen verwenden schritt
    schritte anliegen nachricht freundlichen grüßen tun tut leid gefunden klappt funktioniert drücken
    auswählen
    anschließend bevor dabei wirklich gibt ones instance current currently aktuell aktuelle aktuellen
    beforehand
    """.split()
)


class Support(NamedTuple):
    """Of a sentence's words that matter: how many the source has, and how many it has not."""

    known: int
    new: int


def sentences(text: str) -> list[str]:
    return [one.strip() for one in _SENTENCE_END.split(text) if one.strip()]


def words_of(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).lower()
    return [word for word in _WORD.findall(plain) if word not in NEUTRAL]


class Ground:
    """The words of a source, or of one of its sentences."""

    def __init__(self, text: str) -> None:
        words = words_of(text)
        self._words = frozenset(words)
        self._counts = Counter(word[:STEM] for word in words)
        self._stems = frozenset(word[:STEM] for word in self._words)

    def support(self, sentence: str) -> Support:
        words = words_of(sentence)
        known = sum(self._knows(word) for word in words)
        return Support(known, len(words) - known)

    def beyond(self, text: str) -> int:
        """How many words of `text` stand here in no form, or not so often: what was added."""
        counts = Counter(word[:STEM] for word in words_of(text))
        new = sum(not self._knows(word) for word in words_of(text))
        more = sum(
            max(0, n - self._counts[stem]) for stem, n in counts.items() if stem in self._stems
        )
        return new + more

    def missing(self, text: str) -> int:
        """How many different words of `text` stand here in no form."""
        return sum(not self._knows(word) for word in set(words_of(text)))

    def _knows(self, word: str) -> bool:
        if word[:STEM] in self._stems:
            return True
        if len(word) < STEM:
            return any(known.startswith(word) or word.startswith(known) for known in self._words)
        return any(
            (len(known) >= STEM and (known[:6] in word or word[:6] in known))
            for known in self._words
        )
