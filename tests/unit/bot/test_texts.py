from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from services.bot.app import load_what_is_sound, tell_of_faults
from services.bot.texts import load_texts
from warmline.errors import ConfigurationError

EXAMPLE = Path(__file__).parents[3] / "examples" / "paylater" / "texts.yaml"


def test_the_sample_companys_texts_are_read() -> None:
    texts = load_texts(EXAMPLE)
    assert texts.keys() == {"en", "de"}
    assert "automated assistant" in texts["en"].disclosure


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version: 1\ntexts: {}\n", ":2: texts: "),
        (b"version: 2\ntexts: {}\n", ":1: version: "),
        (b"version: 1\ntexts: {en: {disclosure: I am a bot.}}\n", ":2: texts.en.handing_over: "),
        (b"version: 1\ntexts: {english: {}}\n", ":2: texts.english"),
        (b"version: [", ":1: not YAML"),
        (b"version: \xff", "not UTF-8"),
    ],
)
def test_a_fault_says_where_it_is(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "texts.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        load_texts(file)
    assert str(caught.value).startswith(f"{file}:")
    assert says in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_texts(tmp_path / "texts.yaml")


def test_every_fault_of_a_company_is_told_and_counted_and_none_stops_the_bot(
    tmp_path: Path,
) -> None:
    (tmp_path / "texts.yaml").write_text("version: 1\ntexts: " + "[" * 20_000)
    (tmp_path / "intake.yaml").write_text("version: 2\n")
    library, faults = load_what_is_sound(tmp_path)
    assert (library.texts, library.forms, library.knowledge.articles) == ({}, None, ())
    assert {part for part, _ in faults} == {"knowledge", "texts", "intake"}
    assert any("texts.yaml: nested too deeply" in what for _, what in faults)
    tell_of_faults(faults)
    told = {
        part: REGISTRY.get_sample_value("warmline_bot_company_faults", {"part": part})
        for part in ("knowledge", "texts", "lookups")
    }
    assert told == {"knowledge": 1, "texts": 1, "lookups": 0}
