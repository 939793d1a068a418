"""One or more full examples of every payload, from which the golden files are written.

Together the examples of a payload set every field that it has.
"""

from __future__ import annotations

from tests.contract.examples.conversations import CONVERSATIONS
from tests.contract.examples.people import PEOPLE
from tests.contract.examples.quality import QUALITY
from warmline.events import Payload

EXAMPLES: dict[str, tuple[Payload, ...]] = {**CONVERSATIONS, **PEOPLE, **QUALITY}
"""By topic."""
