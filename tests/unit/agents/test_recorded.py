"""How much has to be read to know the people at some moments."""

from __future__ import annotations

from services.agents.recorded import spans_of


def test_moments_close_to_each_other_are_read_together() -> None:
    assert spans_of([], 100) == []
    assert spans_of([1000], 100) == [((900, 1000), [0])]
    assert spans_of([1000, 1050, 1150, 5000], 100) == [
        ((900, 1150), [0, 1, 2]),
        ((4900, 5000), [3]),
    ]
