"""Thousands of bad records among good ones: each bad one is kept with a reason, each good one decided."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from tests.e2e.bad_records import PRIVATE, Bad, bad_records, headers
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from warmline import dead_letters
from warmline.client import Client, new_inquiry
from warmline.events import Inquiry
from warmline.topics import DEAD_LETTERS, INQUIRIES, ROUTED_BOT, ROUTED_HUMAN

BAD = 10_000
GOOD = 500

TEXTS = (
    "Where is my refund?",
    "Wo bleibt meine Rückerstattung? 😀👩‍👩‍👧‍👦🏳️‍🌈",
    "before\x00after, and the whole C0 row: " + "".join(map(chr, range(1, 32))),
    "אני רוצה את הכסף שלי بازگشت وجه \u202eright to left\u202c \u200f",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞ \u0065\u0301",
    "返金はいつですか ขอเงินคืน ጤና ይስጥልኝ",
    "\ufeff\u200b\u2028 zero width and odd spaces \ufffd\uffff",
    '<script>alert("x")</script> {{7*7}} %s %n \\u0000 \'; DROP TABLE inquiries; --',
    "a" * 32_768,
    "\U0010ffff",
)

Position = tuple[int, int]


@dataclass
class Written:
    """What was written, by partition and offset."""

    bad: dict[Position, Bad] = field(default_factory=dict)
    good: dict[str, Inquiry] = field(default_factory=dict)


def good_inquiries() -> Iterator[Inquiry]:
    for number in range(GOOD):
        conversation = f"good-{number // 2}"
        yield new_inquiry(
            TEXTS[number % len(TEXTS)], inquiry_id=f"i{number}", conversation_id=conversation
        )


def write(router: ServiceProcess) -> Written:
    """The good ones spread evenly among the bad ones."""
    producer = KafkaProducer(
        bootstrap_servers=router.kafka, linger_ms=20, max_request_size=4 * 1024 * 1024
    )
    topic = router.prefix + INQUIRIES.name
    written = Written()
    good = good_inquiries()
    sent: list[tuple[Any, Bad]] = []
    for number, bad in enumerate(bad_records(BAD)):
        sent.append((producer.send(topic, key=bad.key, value=bad.value, headers=bad.headers), bad))
        for inquiry in itertools.islice(good, 1 if number % (BAD // GOOD) == 0 else 0):
            written.good[inquiry.inquiry_id] = inquiry
            producer.send(
                topic,
                key=inquiry.conversation_id.encode(),
                value=inquiry.model_dump_json().encode(),
                headers=headers(number),
            )
    producer.flush()
    for future, bad in sent:
        where = future.get(timeout=30)
        written.bad[where.partition, where.offset] = bad
    producer.close()
    assert len(written.good) == GOOD
    return written


def letters(router: ServiceProcess, client: Client) -> dict[Position, dead_letters.DeadLetter]:
    """By where the record came from; every letter exactly once."""
    found: dict[Position, dead_letters.DeadLetter] = {}
    for record in client.read(DEAD_LETTERS, from_beginning=True, to_end=True):
        letter = dead_letters.parse(record.key, record.value, record.headers)
        assert letter.topic == router.prefix + INQUIRIES.name
        assert (letter.partition, letter.offset) not in found
        found[letter.partition, letter.offset] = letter
    return found


def decided(client: Client) -> dict[str, Inquiry]:
    """What the decisions carry of each inquiry; each decided exactly once."""
    found: dict[str, Inquiry] = {}
    for topic in (ROUTED_BOT, ROUTED_HUMAN):
        for read in client.consume(topic.name, from_beginning=True, to_end=True):
            inquiry: Inquiry = read.event.data.inquiry
            assert inquiry.inquiry_id not in found
            found[inquiry.inquiry_id] = inquiry
    return found


def count(router: ServiceProcess) -> int:
    """How many records the router has written by now."""
    names = [router.prefix + topic.name for topic in (DEAD_LETTERS, ROUTED_BOT, ROUTED_HUMAN)]
    consumer = KafkaConsumer(bootstrap_servers=router.kafka)
    places = [
        TopicPartition(name, number)
        for name in names
        for number in consumer.partitions_for_topic(name)
    ]
    ends: dict[TopicPartition, int] = consumer.end_offsets(places)
    consumer.close()
    return sum(ends.values())


def test_ten_thousand_bad_records_harm_no_good_one(router: ServiceProcess, client: Client) -> None:
    assert router.process is not None
    pid = router.process.pid
    written = write(router)
    eventually(lambda: count(router) >= BAD + GOOD, 180)

    kept = letters(router, client)
    assert kept.keys() == written.bad.keys()
    for position, bad in written.bad.items():
        letter = kept[position]
        assert (letter.key, letter.value, list(letter.headers)) == (
            bad.key,
            bad.value,
            bad.headers,
        )
        assert bad.says in letter.reason
        assert PRIVATE not in letter.reason
        assert (letter.service, letter.stage, letter.replays) == ("router", "decode", 0)
    assert decided(client) == written.good

    assert router.process.poll() is None
    assert router.process.pid == pid
    assert PRIVATE not in router.log.read_text()
    assert router.end() == 0


def test_an_id_used_for_another_message_keeps_that_message(
    router: ServiceProcess, client: Client
) -> None:
    first = new_inquiry("Where is my refund?", inquiry_id="twice", conversation_id="c")
    other = new_inquiry("I was charged for nothing!", inquiry_id="twice", conversation_id="c")
    for inquiry in (first, first, other):
        client.publish(inquiry)
    eventually(lambda: letters(router, client), 60)
    (letter,) = letters(router, client).values()
    assert letter.value == other.model_dump_json().encode()
    assert "inquiry_id twice was used before for another message" in letter.reason
    assert letter.stage == "handle"
