"""What `publish` and `publish_many` promise, on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from kafka.admin import ConfigResource

from tests.servers import eventually, running_kafka
from warmline.client import (
    Client,
    Delivery,
    Failure,
    PublishingStoppedError,
    new_inquiry,
)
from warmline.client.broker import Broker
from warmline.client.provisioning import apply
from warmline.errors import ConfigurationError, TooLargeError, UnavailableError
from warmline.events import Erasure, Feedback, Inquiry, Outcome
from warmline.local.kafka import KafkaBroker


def _all(client: Client, topic: str = "inquiries") -> list[Any]:
    return [
        received.event.data for received in client.consume(topic, from_beginning=True, to_end=True)
    ]


def test_what_publish_returned_for_is_there(client: Client, prefix: str) -> None:
    inquiry = new_inquiry("Wo ist mein Geld? 😀\x00\u202e", attributes={"order": "A-1"})
    delivery = client.publish(inquiry)
    assert delivery.topic == f"{prefix}inquiries"
    assert _all(client) == [inquiry]


def test_every_kind_that_platforms_send_goes_to_its_topic(client: Client) -> None:
    feedback = Feedback(feedback_id="f", conversation_id="c", kind="helped")
    erasure = Erasure(erasure_id="e", customer_id="u")
    client.publish(feedback)
    client.publish(erasure)
    assert _all(client, "feedback") == [feedback]
    assert _all(client, "customers.erasure") == [erasure]


def test_what_platforms_do_not_send_is_refused(client: Client) -> None:
    outcome = Outcome(inquiry_id="i", conversation_id="c", kind="assumed", by="bot")
    with pytest.raises(ConfigurationError, match="platforms do not publish Outcome"):
        client.publish(outcome)


def test_publishing_twice_is_recognised(client: Client) -> None:
    inquiry = new_inquiry("hello", inquiry_id="my-1")
    first, second = client.publish(inquiry), client.publish(inquiry)
    assert first.event_id == second.event_id
    assert len(_all(client)) == 2
    once = client.consume("inquiries", from_beginning=True, to_end=True, once=True)
    assert [received.event.data for received in once] == [inquiry]


def test_a_conversation_stays_in_order(client: Client) -> None:
    conversation = [
        new_inquiry(f"message {number}", conversation_id="c-1", inquiry_id=str(number))
        for number in range(200)
    ]
    deliveries: list[Delivery | Failure] = []
    client.publish_many(conversation, on_delivery=deliveries.append)
    assert {delivery.partition for delivery in deliveries if isinstance(delivery, Delivery)} in (
        {0},
        {1},
    )
    assert _all(client) == conversation


def test_many_are_delivered_and_each_is_reported_in_order(client: Client) -> None:
    inquiries = [new_inquiry(f"question {number}") for number in range(2_500)]
    seen: list[Delivery | Failure] = []
    report = client.publish_many(inquiries, on_delivery=seen.append)
    assert (report.delivered, report.failed, report.failures) == (2_500, 0, ())
    assert [one.payload for one in seen] == inquiries
    assert {one.inquiry_id for one in _all(client)} == {one.inquiry_id for one in inquiries}


def test_no_more_than_agreed_are_in_flight(client: Client) -> None:
    taken = settled = most = 0

    def inquiries() -> Iterator[Inquiry]:
        nonlocal taken, most
        for number in range(500):
            taken += 1
            most = max(most, taken - settled)
            yield new_inquiry(f"question {number}")

    def count(_: Delivery | Failure) -> None:
        nonlocal settled
        settled += 1

    client.publish_many(inquiries(), on_delivery=count, max_in_flight=20)
    assert settled == 500
    assert most <= 20


def test_one_that_kafka_refuses_does_not_hinder_the_others(
    client: Client, kafka: str, prefix: str
) -> None:
    with Broker(kafka).admin() as admin:
        admin.alter_configs(
            [ConfigResource("topic", f"{prefix}inquiries", {"max.message.bytes": "4000"})]
        )
    eventually(lambda: _refused(client, new_inquiry("x" * 8000)))
    good = [new_inquiry(f"question {number}", conversation_id="c") for number in range(40)]
    too_large = new_inquiry("x" * 8000, conversation_id="c")
    report = client.publish_many([*good[:20], too_large, *good[20:]])
    assert (report.delivered, report.failed) == (40, 1)
    (failure,) = report.failures
    assert failure.payload == too_large
    assert isinstance(failure.error, TooLargeError)
    assert [inquiry for inquiry in _all(client) if inquiry.conversation_id == "c"] == good


def _refused(client: Client, inquiry: Inquiry) -> bool:
    try:
        client.publish(inquiry)
    except TooLargeError:
        return True
    return False


def test_a_topic_that_is_missing_is_told_at_once(kafka: str) -> None:
    with (
        Client(kafka, "no-such-prefix.") as client,
        pytest.raises(
            ConfigurationError, match=r"no topic no-such-prefix.inquiries .*topics apply"
        ),
    ):
        client.publish(new_inquiry("hello"))


@pytest.fixture(scope="module")
def mortal_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    with running_kafka(tmp_path_factory.mktemp("mortal")) as broker:
        yield broker


@pytest.fixture
def broker(mortal_kafka: KafkaBroker, unique_name: str) -> KafkaBroker:
    """To be killed and started again."""
    apply(Broker(mortal_kafka.bootstrap), unique_name, partitions=2)
    return mortal_kafka


def test_a_broker_that_dies_in_the_middle_stops_it_and_nothing_is_lost(
    broker: KafkaBroker, unique_name: str
) -> None:
    inquiries = [new_inquiry(f"question {number}") for number in range(400)]
    taken = 0

    def until_killed() -> Iterator[Inquiry]:
        nonlocal taken
        for inquiry in inquiries:
            if taken == 200:
                broker.kill()
            taken += 1
            yield inquiry

    with Client(broker.bootstrap, unique_name, timeout_s=4) as client:
        with pytest.raises(
            PublishingStoppedError, match=r"delivered before: (1\d\d|200)"
        ) as stopped:
            client.publish_many(until_killed(), max_in_flight=50)
        report = stopped.value.report
        del stopped
        assert 100 <= report.delivered <= 200
        assert all(isinstance(failure.error, UnavailableError) for failure in report.failures)
        assert taken <= 300
        broker.start(print)
        assert client.publish_many(inquiries).delivered == 400
        events = client.consume("inquiries", from_beginning=True, to_end=True, once=True)
        arrived = [received.event.data.inquiry_id for received in events]
    assert sorted(arrived) == sorted(inquiry.inquiry_id for inquiry in inquiries)


def test_a_client_survives_an_outage(broker: KafkaBroker, unique_name: str) -> None:
    with Client(broker.bootstrap, unique_name, timeout_s=3) as client:
        client.publish(new_inquiry("before"))
        broker.kill()
        with pytest.raises(UnavailableError, match="does not answer"):
            client.publish(new_inquiry("meanwhile", inquiry_id="again"))
        broker.start(print)
        client.publish(new_inquiry("meanwhile", inquiry_id="again"))
        texts = {inquiry.text for inquiry in _all(client)}
    assert texts == {"before", "meanwhile"}


def test_a_short_outage_is_not_noticed(broker: KafkaBroker, unique_name: str) -> None:
    """A restart within the time-out only takes time."""
    with Client(broker.bootstrap, unique_name, timeout_s=60) as client:
        client.publish(new_inquiry("before"))
        broker.stop()
        publishing = Thread(target=client.publish, args=(new_inquiry("during"),))
        publishing.start()
        broker.start(print)
        publishing.join()
        assert [inquiry.text for inquiry in _all(client)].count("during") == 1
