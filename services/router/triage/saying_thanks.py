"""Whether a text is nothing but thanks or a nod, such as the answer to "Did this help?".

A closed list: whatever says more may ask for more, and is decided as any other message. "Yes" alone is
none: it may as well take the person whom the bot offers in the same message.
"""

from __future__ import annotations

import re

from services.router.triage.wording import Wording

WORDS_MAX = 12

_THANKS = (
    r"(?:many |great |big |ok(?:ay)? )?thanks?(?: you| u)?(?: so| very)?(?: much| a lot| a million| again)?",
    r"(?:thx|ty|tysm|ta|cheers)(?: a lot| so much| mate| again)?",
    r"(?:yes |yep |yeah )?(?:that|this|it)(?: has| really| did)* help(?:ed|s)?(?: me)?"
    r"(?: a lot| very much| loads| indeed)?",
    r"(?:vielen |herzlichen |besten |tausend |lieben )?dank(?: dir| ihnen| euch)?(?: sehr| vielmals)?",
    r"danke(?: dir| ihnen| euch)?(?: schon| sehr| vielmals| nochmal| nochmals)?|dankeschon|merci",
    r"(?:ja )?(?:das |es )?hat(?: mir)?(?: sehr| wirklich| schon)? geholfen",
    r"(?:ja )?das hilft(?: mir)?(?: sehr| weiter)*",
)
_NODS = (
    "ok|okay|okey|yes it did|great|perfect|super|brilliant|lovely|awesome|cool|good|nice|fine",
    "got it|understood|all good|all clear|alright|all right|thats (?:great|all|it|fine|perfect|good)|sorted",
    "ja hat es|prima|perfekt|toll|spitze|top|klasse|gut|sehr gut|wunderbar|bestens",
    "alles klar|alles gut|verstanden|passt|das passt|das wars|in ordnung|erledigt|geht klar",
)
_ONE = "|".join(f"(?:{each})" for each in (*_THANKS, *_NODS))
_ONLY = re.compile(rf"(?:{_ONE})(?: (?:{_ONE}))*")
_EMOJI = frozenset("👍🙏🙂😊😀😃😄👌❤🎉✅")
_BESIDE = _EMOJI | frozenset(" \n\t.,!:;-)\ufe0f") | {chr(each) for each in range(0x1F3FB, 0x1F400)}


def says_thanks(wording: Wording) -> bool:
    """In a few words, or with a raised thumb alone."""
    words = [word for word in wording.words if word != "."]
    if not words:
        signs = set(wording.raw[:100])
        return bool(signs & _EMOJI) and signs <= _BESIDE
    return len(words) <= WORDS_MAX and _ONLY.fullmatch(" ".join(words)) is not None
