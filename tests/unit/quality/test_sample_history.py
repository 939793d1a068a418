"""The sample company's history shows every state side by side, and one licence within reach."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.quality.company import load_terms
from services.quality.licensing import Cell, Standing, after, licence_of
from warmline.errors import ConfigurationError
from warmline.licence_history import read_history

SAMPLE = Path(__file__).parents[3] / "examples/paylater"
AT = datetime(2026, 11, 1, tzinfo=UTC)
HEAD = "topic,language,kind,right,wrong,confidence\n"


def test_every_state_is_shown_and_one_topic_is_close_to_a_licence() -> None:
    terms, standings = load_terms(SAMPLE), dict[Cell, Standing]()
    for piece in read_history(SAMPLE / "history.csv", AT):
        cell = Cell(piece.topic, piece.language)
        standings[cell] = after(standings, piece, terms)
    licences = {cell: licence_of(cell, each, terms) for cell, each in standings.items()}
    assert {each.state for each in licences.values()} == {
        "human_only",
        "draft",
        "licensed",
        "suspended",
    }
    assert all(each.sample == each.seeded for each in licences.values())
    close = licences[Cell("refund_status", "en")]
    assert close.state == "draft"
    assert close.missing is not None
    assert 0 < close.missing <= 15


def test_the_same_file_gives_the_same_ids() -> None:
    first, again = (
        [piece.evidence_id for piece in read_history(SAMPLE / "history.csv", AT)] for _ in range(2)
    )
    assert first == again
    assert len(set(first)) == len(first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic,language\n", "no column kind, right, wrong, confidence"),
        (HEAD + "a,en,rumour,1,0,1\n", "row 1: kind is one of"),
        (HEAD + "a,en,draft,many,0,1\n", "row 1: invalid literal"),
        (HEAD + "a,en,draft,1,0,1\na,EN,draft,1,0,1\n", "row 2: language"),
    ],
)
def test_a_bad_row_is_told_with_file_and_row(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "history.csv"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        list(read_history(file, AT))
