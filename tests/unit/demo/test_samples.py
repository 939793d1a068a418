"""What is published of a file, and what is kept back for the summary."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmline.demo.company import SAMPLE_COMPANY, SAMPLE_INQUIRIES
from warmline.demo.samples import Truth, read_samples
from warmline.errors import ConfigurationError

_LABELLED = {
    "text": "Ich will einen Menschen sprechen",
    "topic": "complaint_service",
    "language": "de",
    "wants_person": True,
    "customer": "c7",
    "channel": "email",
}


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_are_not_published(tmp_path: Path) -> None:
    [sample], bad = read_samples(_file(tmp_path, "a.jsonl", json.dumps(_LABELLED)))
    assert bad == []
    assert sample.truth == Truth("complaint_service", "de", True)
    inquiry = sample.inquiry
    assert (inquiry.text, inquiry.customer_id, inquiry.channel) == (
        _LABELLED["text"],
        "c7",
        "email",
    )
    assert (inquiry.locale, inquiry.wants_person, inquiry.attributes) == (None, False, {})
    published = inquiry.model_dump_json()
    assert "complaint_service" not in published
    assert '"de"' not in published


def test_a_csv_with_another_taxonomy_has_no_truth(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.csv", 'Question,label\n"Where, please?",card\nWhen?,fee\n')
    samples, bad = read_samples(path)
    assert [sample.inquiry.text for sample in samples] == ["Where, please?", "When?"]
    assert [sample.truth for sample in samples] == [None, None]
    assert len({sample.inquiry.inquiry_id for sample in samples}) == 2
    assert bad == []


def test_lines_that_are_no_inquiries_are_told_and_the_others_stay(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.jsonl", '{"text": "one"}\nnot json\n{"text": ""}\n{"text": "two"}\n')
    samples, bad = read_samples(path)
    assert [sample.inquiry.text for sample in samples] == ["one", "two"]
    assert [line.line for line in bad] == [2, 3]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "colour,size\nred,1\n"), ("a.jsonl", '{"colour": "red", "size": 1}\n')],
)
def test_without_a_text_column_the_columns_are_listed(
    tmp_path: Path, name: str, content: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"colour, size.*--text-column"):
        read_samples(_file(tmp_path, name, content))


def test_the_text_column_can_be_named(tmp_path: Path) -> None:
    [sample], _ = read_samples(_file(tmp_path, "a.csv", "colour,size\nred,1\n"), "Colour")
    assert sample.inquiry.text == "red"


@pytest.mark.parametrize("content", ["", "text\n"])
def test_a_file_without_inquiries_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigurationError, match="holds no inquiry"):
        read_samples(_file(tmp_path, "a.csv", content))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read nowhere\.csv: No such file"):
        read_samples(Path("nowhere.csv"))


def test_the_sample_company_has_600_labelled_inquiries() -> None:
    samples, bad = read_samples(SAMPLE_COMPANY / SAMPLE_INQUIRIES)
    assert len(samples) == 600
    assert bad == []
    assert all(sample.truth is not None for sample in samples)
    assert len({sample.inquiry.inquiry_id for sample in samples}) == 600
