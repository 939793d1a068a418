"""Labelled files of any usual shape, and faults that name file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.router.triage.dataset import BadLine, Columns, Example, lines, read_examples
from warmline.errors import ConfigurationError


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,topic,language\nwhere is it,delivery,en\n"),
        ("a.csv", "Message;Intent;Lang\nwhere is it;delivery;en-GB\n"),
        ("a.tsv", "id\tlabel\tquestion\tlocale\n1\tdelivery\twhere is it\ten_US\n"),
        ("a.jsonl", '{"text": "where is it", "topic": "delivery", "language": "en", "more": 1}\n'),
    ],
)
def test_the_usual_shapes_are_read_without_options(tmp_path: Path, name: str, content: str) -> None:
    assert read_examples(written(tmp_path, name, content)) == [
        Example("where is it", "delivery", "en")
    ]


def test_columns_can_be_named_and_a_language_given_for_all(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "q,l,topic\nwo ist es,delivery,x\n")
    columns = Columns(text="q", topic="l", spoken="de")
    assert read_examples(path, columns) == [Example("wo ist es", "delivery", "de")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,language\nhello,en\n", "no column topic or intent or label.*--topic-column"),
        ("text,topic\nhello,a\n", "--language"),
        ("text,topic,language\nhello,,en\n", "line 2: the topic is empty"),
        ("text,topic,language\n", "has no rows"),
        ("text,topic,language\nhello,a,en,more\n", "line 2: 4 fields"),
    ],
)
def test_a_fault_names_the_file_and_what_to_do(tmp_path: Path, content: str, said: str) -> None:
    path = written(tmp_path, "a.csv", content)
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_examples(path)
    assert str(path) in str(caught.value)


def test_a_bad_line_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    good = '{"text": "hello", "topic": "a", "language": "en"}'
    path = written(tmp_path, "a.jsonl", f'{good}\nnot json\n{{"text": "no topic"}}\n{good}\n')
    read = list(lines(path, Columns()))
    assert [isinstance(line, BadLine) for line in read] == [False, True, True, False]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.csv"):
        read_examples(tmp_path / "none.csv")
