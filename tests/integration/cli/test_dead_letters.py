"""`dead-letters`: what went wrong, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.integration.cli.conftest import Warmline
from warmline.client import Client
from warmline.client.reading import Record
from warmline.dead_letters import REPLAYS, build_headers, parse
from warmline.errors import ContractError, InvalidEventError, TooLargeError
from warmline.topics import DEAD_LETTERS, INQUIRIES


@pytest.fixture
def client(kafka: str, prefix: str) -> Client:
    return Client(kafka, prefix)


def _bury(
    client: Client, prefix: str, value: bytes, error: ContractError, *, topic: str = ""
) -> None:
    headers = build_headers(
        [("ce_id", b"e-1"), ("raw", b"\xff")],
        topic=topic or f"{prefix}inquiries",
        partition=1,
        offset=7,
        service="router",
        stage="decode",
        error=error,
        at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    )
    client.republish(f"{prefix}{DEAD_LETTERS.name}", b"c-1", value, headers)


def _inquiries(client: Client) -> list[Record]:
    return list(client.read(INQUIRIES, from_beginning=True, to_end=True))


def test_they_are_listed_with_the_reason(warmline: Warmline, client: Client, prefix: str) -> None:
    with client:
        _bury(client, prefix, b"junk", InvalidEventError("the value is not JSON"))
        _bury(client, prefix, b"x" * 5000, TooLargeError("5000 bytes, the limit is 4000"))
    shown = warmline("dead-letters", "list")
    assert shown.code == 0
    assert "InvalidEventError" in shown.out
    assert f"{prefix}inquiries 1@7" in shown.out
    assert "5000 bytes, the limit is 4000" in shown.out
    assert "junk" not in shown.out
    listed = warmline("dead-letters", "list", "--error", "TooLarge", "--json").json
    assert [(one["number"], one["service"], one["replays"]) for one in listed] == [
        ("0:1", "router", 0)
    ]
    assert len(warmline("dead-letters", "list", "--limit", "1", "--json").json) == 1
    assert warmline("dead-letters", "list", "--topic", "replies", "--json").json == []


def test_one_is_shown_with_what_it_held(warmline: Warmline, client: Client, prefix: str) -> None:
    with client:
        _bury(client, prefix, '{"text": "Grüße"'.encode(), InvalidEventError("not JSON"))
    shown = warmline("dead-letters", "show", "0:0", "--json").json
    assert (shown["key"], shown["value"]) == ("c-1", '{"text": "Grüße"')
    assert shown["headers"] == [["ce_id", "e-1"], ["raw", "base64:/w=="]]
    assert '{"text": "Grüße"' in warmline("dead-letters", "show", "0:0").out
    missing = warmline("dead-letters", "show", "0:9")
    assert missing.code == 1
    assert "no dead letter 0:9" in missing.err


def test_a_replayed_record_is_the_original_with_a_count(
    warmline: Warmline, client: Client, prefix: str
) -> None:
    with client:
        _bury(client, prefix, b"\xffjunk", InvalidEventError("not JSON"))
        done = warmline("dead-letters", "replay", "0:0", "--yes")
        assert (done.code, done.out) == (0, "1 replayed\n")
        (record,) = _inquiries(client)
        assert (record.key, record.value) == (b"c-1", b"\xffjunk")
        assert record.headers == (("ce_id", b"e-1"), ("raw", b"\xff"), (REPLAYS, b"1"))


def test_a_record_that_comes_back_again_and_again_is_seen(
    warmline: Warmline, client: Client, prefix: str
) -> None:
    with client:
        _bury(client, prefix, b"junk", InvalidEventError("not JSON"))
        warmline("dead-letters", "replay", "--all", "--yes")
        (record,) = _inquiries(client)
        again = parse(
            record.key,
            record.value,
            build_headers(
                list(record.headers),
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                service="router",
                stage="decode",
                error=InvalidEventError("not JSON"),
                at=record.timestamp,
            ),
        )
        assert again.replays == 1


def test_nothing_is_sent_without_consent(warmline: Warmline, client: Client, prefix: str) -> None:
    with client:
        _bury(client, prefix, b"junk", InvalidEventError("not JSON"))
        refused = warmline("dead-letters", "replay", "--all", stdin=b"n\n")
        assert refused.code == 1
        assert "Send 1 back to their topics?" in refused.err
        assert _inquiries(client) == []
        assert warmline("dead-letters", "replay", "--all", stdin=b"y\n").code == 0
        assert len(_inquiries(client)) == 1


def test_a_forged_topic_is_not_written_to(warmline: Warmline, client: Client, prefix: str) -> None:
    with client:
        _bury(client, prefix, b"junk", InvalidEventError("x"), topic="somebody-elses")
        _bury(client, prefix, b"junk", InvalidEventError("x"))
        done = warmline("dead-letters", "replay", "--all", "--yes")
        assert done.code == 1
        assert "0:0 stays: somebody-elses is none of Warmline's topics" in done.err
        assert done.out == "1 replayed\n"


def test_what_is_no_dead_letter_is_skipped_and_told(
    warmline: Warmline, client: Client, prefix: str
) -> None:
    with client:
        client.republish(f"{prefix}{DEAD_LETTERS.name}", b"k", b"v", [])
        _bury(client, prefix, b"junk", InvalidEventError("not JSON"))
    listed = warmline("dead-letters", "list", "--json")
    assert [one["number"] for one in listed.json] == ["0:1"]
    assert "0:0 is skipped: not a dead letter" in listed.err
