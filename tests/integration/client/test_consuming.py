"""Where `consume` begins, where it ends, and what it does with what it has read."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread

import pytest

from tests.servers import eventually
from warmline.client import BadRecord, Client, Received, new_inquiry
from warmline.client.broker import Broker
from warmline.errors import ConfigurationError, InvalidEventError
from warmline.topics import INQUIRIES


def _texts(received: list[Received]) -> list[str]:
    return [one.event.data.text for one in received]


def _publish(client: Client, *texts: str) -> None:
    for text in texts:
        client.publish(new_inquiry(text, conversation_id="c"))


def test_without_a_group_it_begins_at_the_call(client: Client) -> None:
    _publish(client, "before")
    events = client.consume("inquiries", idle_timeout_s=20)
    _publish(client, "after")
    assert next(events).event.data.text == "after"


def test_from_the_beginning_to_the_end_of_now(client: Client) -> None:
    _publish(client, "one", "two")
    events = client.consume("inquiries", from_beginning=True, to_end=True)
    _publish(client, "later")
    assert _texts(list(events)) == ["one", "two"]


def test_an_empty_topic_ends_at_once_where_the_end_is_asked_for(client: Client) -> None:
    assert list(client.consume("inquiries", from_beginning=True, to_end=True)) == []


def test_it_ends_when_it_is_idle(client: Client) -> None:
    _publish(client, "one")
    assert _texts(list(client.consume("inquiries", from_beginning=True, idle_timeout_s=1))) == [
        "one"
    ]


def test_it_ends_after_the_event_that_was_waited_for(client: Client) -> None:
    _publish(client, "one", "two", "three")
    events = client.consume(
        "inquiries", from_beginning=True, until=lambda received: received.event.data.text == "two"
    )
    assert _texts(list(events)) == ["one", "two"]


def test_an_event_tells_where_it_was_and_when(client: Client) -> None:
    written = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    delivery = client.publish(new_inquiry("hello"), time=written, traceparent=trace)
    (received,) = client.consume("inquiries", from_beginning=True, to_end=True)
    assert (received.topic, received.partition, received.offset) == (
        "inquiries",
        delivery.partition,
        delivery.offset,
    )
    assert (received.event.id, received.event.source) == (delivery.event_id, "platform")
    assert (received.event.time, received.event.traceparent) == (written, trace)
    assert received.timestamp > written


def test_a_group_goes_on_where_it_was(client: Client, unique_name: str) -> None:
    _publish(client, "one", "two", "three")
    first = client.consume(
        "inquiries", group=unique_name, until=lambda received: received.event.data.text == "two"
    )
    assert _texts(list(first)) == ["one", "two"]
    assert _texts(list(client.consume("inquiries", group=unique_name, idle_timeout_s=2))) == [
        "three"
    ]


def test_what_was_in_hand_when_it_stopped_comes_again(client: Client, unique_name: str) -> None:
    _publish(client, "one", "two", "three")
    for received in client.consume("inquiries", group=unique_name):
        if received.event.data.text == "two":
            break
    del received
    again = client.consume("inquiries", group=unique_name, idle_timeout_s=2)
    assert _texts(list(again)) == ["two", "three"]


def test_progress_is_committed_while_the_member_waits(
    client: Client, kafka: str, unique_name: str
) -> None:
    """Otherwise a kill after a quiet night would repeat the evening's work."""
    _publish(client, "one")
    waiting = Thread(
        target=list, args=(client.consume("inquiries", group=unique_name, idle_timeout_s=8),)
    )
    waiting.start()

    def committed() -> int:
        with Broker(kafka).admin() as admin:
            offsets = admin.list_group_offsets({unique_name: None})[unique_name]
            return sum(mark.offset for mark in offsets.values() if mark.offset > 0)

    eventually(lambda: committed() == 1, timeout_s=20)
    assert waiting.is_alive()
    waiting.join()


def test_members_of_a_group_share_the_partitions(
    client: Client, kafka: str, prefix: str, unique_name: str
) -> None:
    """Several may read one of them twice while partitions move; together they read every one."""
    inquiries = [new_inquiry(f"question {number}") for number in range(300)]
    read: list[set[str]] = [set(), set()]

    def member(number: int) -> None:
        with Client(kafka, prefix) as own:
            for received in own.consume("inquiries", group=unique_name, idle_timeout_s=5):
                read[number].add(received.event.data.inquiry_id)

    members = [Thread(target=member, args=(number,)) for number in (0, 1)]
    for thread in members:
        thread.start()
    client.publish_many(inquiries[:100])
    eventually(lambda: len(read[0] | read[1]) == 100, timeout_s=30)
    client.publish_many(inquiries[100:])
    for thread in members:
        thread.join(timeout=60)
    assert read[0] | read[1] == {inquiry.inquiry_id for inquiry in inquiries}
    assert read[0]
    assert read[1]


def test_a_bad_record_is_raised_with_its_place(client: Client, prefix: str) -> None:
    partition, offset = client.republish(f"{prefix}inquiries", b"c", b"not json", [])
    with pytest.raises(InvalidEventError, match=rf"inquiries {partition}@{offset}: .*not JSON"):
        list(client.consume("inquiries", from_beginning=True, to_end=True))


def test_a_bad_record_is_handed_over_and_reading_goes_on(client: Client, prefix: str) -> None:
    _publish(client, "one")
    client.republish(f"{prefix}inquiries", b"c", b"not json", [("x", b"1")])
    _publish(client, "two")
    bad: list[BadRecord] = []
    events = client.consume("inquiries", from_beginning=True, to_end=True, on_bad=bad.append)
    assert _texts(list(events)) == ["one", "two"]
    (one,) = bad
    assert (one.record.key, one.record.value, one.record.headers) == (
        b"c",
        b"not json",
        (("x", b"1"),),
    )


def test_a_bad_record_that_was_raised_stays_undone(
    client: Client, prefix: str, unique_name: str
) -> None:
    client.republish(f"{prefix}inquiries", b"c", b"not json", [])
    for _ in range(2):
        with pytest.raises(InvalidEventError):
            next(client.consume("inquiries", group=unique_name, idle_timeout_s=20))


def test_an_open_reader_is_closed_with_the_client(kafka: str, prefix: str) -> None:
    with Client(kafka, prefix) as client:
        reader = client.read(INQUIRIES, from_beginning=True)
    assert list(reader) == []


def test_a_topic_that_is_missing_is_told(kafka: str) -> None:
    with (
        Client(kafka, "no-such-prefix.") as client,
        pytest.raises(ConfigurationError, match=r"no topic no-such-prefix\.inquiries"),
    ):
        client.consume("inquiries")


def test_only_topics_of_the_table_are_republished_to(client: Client) -> None:
    with pytest.raises(ConfigurationError, match="none of Warmline's topics"):
        client.republish("inquiries", b"k", b"v", [])
