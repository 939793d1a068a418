"""How far a group is. What a broker says just after its start cannot be had on demand, so it is played here;
`tests/chaos` restarts a real one."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from services.runtime import rereading
from services.runtime.settings import ServiceSettings
from warmline.errors import UnavailableError

SETTINGS = ServiceSettings(topic_prefix="t.")
FIRST, SECOND = TopicPartition("t.inquiries", 0), TopicPartition("t.inquiries", 1)


class Admin:
    """Answers as the client does: what the broker has not read yet is left out, without an error."""

    def __init__(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        self.offsets = offsets

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def describe_topics(self) -> list[dict[str, Any]]:
        ours = {"topic": "t.inquiries", "partitions": [{"partition": 0}, {"partition": 1}]}
        return [ours, {"topic": "somebody.elses", "partitions": [{"partition": 0}]}]

    async def list_consumer_group_offsets(
        self, group: str, *, partitions: list[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        assert (group, partitions) == ("g", [FIRST, SECOND])
        return self.offsets


async def committed(
    monkeypatch: pytest.MonkeyPatch, offsets: dict[TopicPartition, OffsetAndMetadata]
) -> rereading.Committed:
    monkeypatch.setattr(rereading, "AIOKafkaAdminClient", lambda **_: Admin(offsets))
    return await rereading.committed_by(SETTINGS, "g")


async def test_a_broker_that_does_not_know_the_group_yet_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UnavailableError) as raised:
        await committed(monkeypatch, {})
    assert raised.value.retriable


async def test_partitions_without_an_acknowledgement_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {FIRST: OffsetAndMetadata(7, ""), SECOND: OffsetAndMetadata(-1, "")}
    assert await committed(monkeypatch, known) == {("inquiries", 0): 7}
