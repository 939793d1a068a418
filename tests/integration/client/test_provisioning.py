"""The topic table becomes topics, as often as it is applied."""

from __future__ import annotations

from kafka.admin import ConfigResource

from tests.servers import eventually
from warmline.client.broker import Broker
from warmline.client.provisioning import apply, inspect
from warmline.topics import TOPICS


def test_missing_topics_are_created_as_the_table_says(kafka: str, unique_name: str) -> None:
    broker = Broker(kafka)
    prefix = f"{unique_name}."
    assert {state.name for state in inspect(broker, prefix) if state.missing} == {
        prefix + topic.name for topic in TOPICS
    }
    assert {change.action for change in apply(broker, prefix)} == {"created"}
    for state in inspect(broker, prefix):
        assert state.partitions == state.topic.partitions
        assert state.config == {**state.config, **state.topic.config()}
        assert state.differences == []


def test_applying_again_changes_nothing(kafka: str, unique_name: str) -> None:
    apply(Broker(kafka), unique_name)
    assert {change.action for change in apply(Broker(kafka), unique_name)} == {"unchanged"}


def test_partitions_are_added_where_a_topic_may_have_many(kafka: str, unique_name: str) -> None:
    broker = Broker(kafka)
    apply(broker, unique_name, partitions=2)
    changes = {change.name: change for change in apply(broker, unique_name, partitions=4)}
    assert changes[f"{unique_name}inquiries"].details == ("partitions 2 → 4",)
    assert changes[f"{unique_name}licences"].action == "unchanged"
    states = {state.topic.name: state for state in inspect(broker, unique_name)}
    assert states["inquiries"].partitions == 4
    assert states["licences"].partitions == 1


def test_partitions_are_never_taken_away(kafka: str, unique_name: str) -> None:
    broker = Broker(kafka)
    apply(broker, unique_name, partitions=4)
    assert {change.action for change in apply(broker, unique_name, partitions=2)} == {"unchanged"}
    assert next(state.partitions for state in inspect(broker, unique_name)) == 4


def test_a_setting_that_somebody_changed_is_found_and_mended(kafka: str, unique_name: str) -> None:
    broker = Broker(kafka)
    apply(broker, unique_name)
    name = f"{unique_name}licences"
    with broker.admin() as admin:
        admin.alter_configs([ConfigResource("topic", name, {"cleanup.policy": "delete"})])
    differing = eventually(
        lambda: [state for state in inspect(broker, unique_name) if state.differences]
    )
    assert [(state.name, state.differences) for state in differing] == [
        (name, ["cleanup.policy=delete, wanted compact"])
    ]
    changed = [change for change in apply(broker, unique_name) if change.action == "changed"]
    assert [(change.name, change.details) for change in changed] == [
        (name, ("cleanup.policy delete → compact",))
    ]
    assert not any(state.differences for state in inspect(broker, unique_name))
