"""Whether a text is nothing but a no, such as the answer to "Did this help?".

"No thanks" is none: it may as well decline the person whom the bot offers in the same message.
"""

from __future__ import annotations

from services.router.triage.wording import Wording

_NO = frozenset(
    {
        *(
            "no",
            "nope",
            "nah",
            "not really",
            "no not really",
            "not at all",
            "no not at all",
            "not yet",
        ),
        *("it didnt", "it did not", "it doesnt", "no it didnt", "no it did not", "no it doesnt"),
        *(
            "nein",
            "ne",
            "nee",
            "gar nicht",
            "uberhaupt nicht",
            "nein uberhaupt nicht",
            "nicht",
            "nein nicht",
        ),
        *("nicht wirklich", "nein nicht wirklich", "eher nicht", "noch nicht", "nein hat es nicht"),
    }
)
_BESIDE = frozenset({".", "sorry", "unfortunately", "sadly", "leider", "hm", "hmm"})


def says_no(wording: Wording) -> bool:
    """A few words and marks beside it change nothing."""
    return " ".join(word for word in wording.words if word not in _BESIDE) in _NO
