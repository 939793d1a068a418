"""The file with the company's forms."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.intake.forms import Forms, load_forms
from services.knowledge.base import load_knowledge
from tests.unit.intake.test_filling import COMPANY, FORMS
from warmline.errors import ConfigurationError


def test_the_sample_forms_ask_for_all_that_its_articles_need() -> None:
    topics = {one["id"] for one in yaml.safe_load((COMPANY / "topics.yaml").read_text())["topics"]}
    assert FORMS.forms.keys() <= topics
    knowledge = load_knowledge(COMPANY / "knowledge")
    for topic in topics:
        needed = set(knowledge.facts_needed(topic))
        form = FORMS.forms.get(topic)
        assert needed <= set(form.required if form is not None else ())


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"forms": {"t": {"required": ["nothing"]}}}, "forms.t: no field 'nothing'"),
        ({"forms": {"t": {"required": ["a", "a"]}}}, "forms.t: a field is named twice"),
        ({"forms": {"t": {"required": ["a"] * 4}}}, "forms.t.required"),
        ({"order_numbers": ["(.*)+"]}, "order_numbers.0"),
        ({"version": 2}, "version"),
        ({"extra": 1}, "extra"),
        (
            {"fields": {"a": {"kind": "date", "label": {"en": "A"}, "question": {"en": "A?"}}}},
            "fields.a.again: missing in en",
        ),
    ],
)
def test_a_fault_in_the_forms_is_named(
    tmp_path: Path, change: dict[str, object], fault: str
) -> None:
    good: dict[str, object] = {
        "version": 1,
        "texts": {"en": FORMS.texts["en"].model_dump(mode="json")},
        "fields": {"a": {"kind": "text", "label": {"en": "A"}, "question": {"en": "A?"}}},
        "forms": {"t": {"required": ["a"]}},
    }
    assert Forms.model_validate(good)
    file = tmp_path / "intake.yaml"
    file.write_text(yaml.safe_dump(good | change))
    with pytest.raises(ConfigurationError, match=r"intake\.yaml") as error:
        load_forms(file)
    assert fault in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml: cannot be read"):
        load_forms(tmp_path / "none.yaml")
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_forms(bad)
    bad.write_text("a: [")
    with pytest.raises(ConfigurationError, match="not YAML"):
        load_forms(bad)
