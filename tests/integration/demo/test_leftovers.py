"""A demonstration removes what earlier ones left behind, and nothing else."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient, NewTopic
from redis import Redis

from tests.servers import eventually
from warmline.client import Client, new_inquiry
from warmline.client.broker import Broker
from warmline.client.provisioning import apply
from warmline.demo.leftovers import Kept, only_one, remove_keys, remove_topics
from warmline.errors import ConfigurationError
from warmline.local.processes import Process
from warmline.topics import TOPICS

_OLD = "demo-0badcafe."


def test_topics_and_groups_of_earlier_runs_go_and_all_others_stay(
    kafka: str, unique_name: str
) -> None:
    broker = Broker(kafka)
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    others = [f"{unique_name}.inquiries", f"demo-{unique_name}.inquiries"]
    try:
        apply(broker, _OLD, partitions=1)
        admin.create_topics([NewTopic(name, 1, 1) for name in others])
        with Client(kafka, _OLD) as client:
            client.publish(new_inquiry("hello"))
            group = f"{_OLD}readers"
            next(iter(client.consume("inquiries", group=group)))
        assert remove_topics(broker) == len(TOPICS)
        left = eventually(
            lambda: (
                None
                if any(name.startswith(_OLD) for name in admin.list_topics() or [])
                else admin.list_topics()
            )
        )
        assert set(others) <= set(left or ())
        assert group not in [each["group_id"] for each in admin.list_groups()]
    finally:
        admin.close()


def test_desks_of_earlier_runs_go_and_all_others_stay(redis_url: str, unique_name: str) -> None:
    others = [
        f"wl:{{{unique_name}}}:work",
        "wl:{demo-of-mine}:work",
        f"{unique_name}-demo-0badcafe",
    ]
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        for number in range(2_500):
            redis.set(f"wl:{{demo-0badcafe}}:decision:{number}", "x")
        for key in others:
            redis.set(key, "x")
        assert remove_keys(redis_url) == 2_500
        assert redis.exists(*others) == len(others)


def test_what_was_kept_running_is_stopped_by_the_next_command(tmp_path: Path) -> None:
    sleeper = Process("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], tmp_path)
    sleeper.start()
    Kept(tmp_path, tmp_path).remember(["sleeper"], ["kafka"])
    later = Kept(tmp_path, tmp_path)
    assert later.stop() == ["kafka"]
    assert not sleeper.alive
    assert later.stop() is None


def test_a_second_demonstration_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    refused = threading.Event()

    def second() -> None:
        with pytest.raises(ConfigurationError, match="another demonstration"), only_one(tmp_path):
            pass
        refused.set()

    with only_one(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join()
    assert refused.is_set()
    with only_one(tmp_path):
        pass
