"""`topics`, `publish` and `tail` on a real broker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Warmline
from warmline.topics import TOPICS


def test_topics_are_listed_created_and_listed_again(warmline: Warmline, unique_name: str) -> None:
    before = warmline("topics", "list", "--json")
    assert before.code == 1
    assert {topic["differences"][0] for topic in before.json} == {"missing"}

    applied = warmline("topics", "apply", "--partitions", "3")
    assert applied.code == 0
    assert applied.out.count("created") == len(TOPICS)
    assert f"{unique_name}.inquiries" in applied.out

    after = warmline("topics", "list", "--json")
    assert after.code == 0
    (inquiries,) = [topic for topic in after.json if topic["topic"].endswith(".inquiries")]
    assert (inquiries["partitions"], inquiries["readers"]) == (3, ["router"])
    again = warmline("topics", "apply", "--json")
    assert {change["action"] for change in again.json} == {"unchanged"}


@pytest.mark.usefixtures("prefix")
def test_a_file_is_published_and_its_bad_lines_told(warmline: Warmline, tmp_path: Path) -> None:
    file = tmp_path / "questions.csv"
    file.write_text("text,label\nWo ist mein Geld?,refund\n,empty\nHello [bold],x\n")
    done = warmline("publish", str(file))
    assert done.code == 1
    assert "line 3: text: the text is empty" in done.err
    assert done.out.startswith("2 published")
    assert done.out.rstrip().endswith("1 bad lines")

    shown = warmline("tail", "inquiries", "--from-beginning", "--count", "2", "--json")
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert {event["data"]["text"] for event in events} == {"Wo ist mein Geld?", "Hello [bold]"}
    assert "refund" not in shown.out


@pytest.mark.usefixtures("prefix")
def test_a_file_published_twice_has_the_same_ids_unless_fresh_ones_are_wanted(
    warmline: Warmline, tmp_path: Path
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"text": "hello"}\n')
    for options in ((), (), ("--fresh-ids",)):
        assert warmline("publish", str(file), *options).code == 0
    shown = warmline("tail", "inquiries", "--from-beginning", "--count", "3", "--json")
    ids = [json.loads(line)["id"] for line in shown.out.splitlines()]
    assert sorted(ids.count(one) for one in ids) == [1, 2, 2]


@pytest.mark.usefixtures("prefix")
def test_a_pipe_is_published(warmline: Warmline) -> None:
    done = warmline("publish", "-", "--json", stdin=b'{"body": "hello"}\nnonsense\n')
    assert done.code == 1
    assert done.json == {
        "published": 1,
        "refused": 0,
        "bad_lines": [{"line": 2, "reason": "not JSON at column 1"}],
    }


@pytest.mark.usefixtures("prefix")
def test_tail_shows_a_line_for_people_and_bad_records_with_their_reason(
    warmline: Warmline, kafka: str, prefix: str
) -> None:
    from warmline.client import Client, new_inquiry

    with Client(kafka, prefix) as client:
        client.publish(new_inquiry("My [red]card[/] is\ngone", conversation_id="c"))
        client.republish(f"{prefix}inquiries", b"c", b"junk", [])
    shown = warmline("tail", "inquiries", "--from-beginning", "--count", "2")
    assert shown.code == 0
    first, second = shown.out.splitlines()
    assert first.endswith("chat My [red]card[/] is gone")
    assert "not JSON" in second
    assert f"{prefix}inquiries on {kafka}" in shown.err


def test_publishing_to_a_topic_that_is_not_there_says_how_to_make_it(warmline: Warmline) -> None:
    done = warmline("publish", "-", stdin=b'{"text": "hello"}\n')
    assert done.code == 1
    assert "warmline topics apply" in done.err
