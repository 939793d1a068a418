"""Which texts are nothing but thanks or a nod."""

from __future__ import annotations

import pytest

from services.router.triage.saying_thanks import says_thanks
from services.router.triage.wording import read

THANKS = """\
Thanks!
thank you so much
Thanks, that helped a lot! 👍🏽
ok thx
Yes, it did.
cheers mate
great, that helps
Perfect. Thank you very much!!
got it
👍
🙏 👍🏻
yes, that helped, thanks
ja, hat mir sehr geholfen
Danke
danke schön :)
Vielen Dank!!
super, das hat mir geholfen
alles klar, danke
passt
Danke Ihnen!
Perfekt, vielen Dank
DANKESCHÖN ❤️"""

MORE = """\
?
…
no
no thanks
thanks for nothing
thanks, but where is my refund?
not ok
yes please
yes, a person
ok, and when?
that did not help
thanks a lot, useless bot
danke, aber wann kommt das Geld?
nein danke
ja bitte
hat nicht geholfen
danke für nichts
yes
yes thanks
ja
ja, danke
yep, thank you
👎
👍 but when
help
that helped nobody
great, another bill
gut, dann zum Anwalt"""


@pytest.mark.parametrize("text", THANKS.splitlines())
def test_thanks_and_nods_are_heard_however_they_are_marked(text: str) -> None:
    assert says_thanks(read(text))


@pytest.mark.parametrize("text", ["", *MORE.splitlines()])
def test_what_says_more_is_none(text: str) -> None:
    assert not says_thanks(read(text))
