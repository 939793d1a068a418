"""Where reading a followed topic begins."""

from __future__ import annotations

import pytest

from services.runtime.following import _between


@pytest.mark.parametrize(
    ("beginning", "offset", "end", "begins", "why"),
    [
        (0, 5, 10, 5, "goes on where it was"),
        (0, 10, 10, 10, "nothing new"),
        (7, 5, 10, 7, "retention has removed what came next"),
        (0, 50, 10, 0, "the topic was made anew"),
        (3, 0, 10, 3, "from the first record that is left"),
    ],
)
def test_reading_begins_where_nothing_is_missed(
    beginning: int, offset: int, end: int, begins: int, why: str
) -> None:
    assert _between(beginning, offset, end) == begins, why
