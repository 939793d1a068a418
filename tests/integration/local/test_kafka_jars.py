"""Kafka's jars: fetched once, again when incomplete, by one of many at a time."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import JARS_CACHE
from warmline.errors import ServerStartError
from warmline.local.kafka_jars import fetch_kafka_jars, kafka_version
from warmline.local.progress import silent


@pytest.fixture
def counting_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven that takes the jars from the checkout's cache, and the file with a line per call."""
    jars = fetch_kafka_jars(JARS_CACHE, print)
    calls = tmp_path / "calls"
    script = (
        f'echo "$@" >> {calls}\n'
        'for argument; do case "$argument" in -DoutputDirectory=*) '
        f'cp {jars}/*.jar "${{argument#*=}}" ;; esac; done'
    )
    _put_maven(tmp_path, monkeypatch, script)
    return calls


def _put_maven(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    maven = folder / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text(f"#!/bin/sh\n{script}\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}{os.pathsep}{os.environ['PATH']}")


def _count(calls: Path) -> int:
    return len(calls.read_text().splitlines())


def test_many_at_once_fetch_once(counting_maven: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        folders = list(threads.map(lambda _: fetch_kafka_jars(tmp_path, silent), range(4)))
    assert set(folders) == {tmp_path / f"kafka-{kafka_version()}"}
    assert _count(counting_maven) == 1


def test_a_jar_that_is_cut_off_is_fetched_again(counting_maven: Path, tmp_path: Path) -> None:
    folder = fetch_kafka_jars(tmp_path, silent)
    jar = next(folder.glob("kafka_*.jar"))
    whole = jar.stat().st_size
    os.truncate(jar, whole // 2)
    assert fetch_kafka_jars(tmp_path, silent) == folder
    assert jar.stat().st_size == whole
    assert _count(counting_maven) == 2


def test_jars_of_another_pom_are_replaced(counting_maven: Path, tmp_path: Path) -> None:
    manifest_file = fetch_kafka_jars(tmp_path, silent) / "manifest.json"
    manifest = json.loads(manifest_file.read_text())
    manifest_file.write_text(json.dumps({**manifest, "pom_sha256": "of another"}))
    fetch_kafka_jars(tmp_path, silent)
    assert _count(counting_maven) == 2


def test_a_relative_cache_is_taken_from_the_working_directory(
    counting_maven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = fetch_kafka_jars(Path("cache"), silent)
    assert folder == tmp_path / "cache" / f"kafka-{kafka_version()}"
    assert f"-DoutputDirectory={tmp_path}/cache/" in counting_maven.read_text()


def test_a_fetch_without_a_broker_is_not_taken_for_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put_maven(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(ServerStartError, match="put no broker"):
        fetch_kafka_jars(tmp_path / "cache", silent)


def test_what_maven_says_is_passed_on_and_no_folder_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put_maven(tmp_path, monkeypatch, "echo '[ERROR] Unknown host'; exit 1")
    with pytest.raises(ServerStartError, match="Unknown host"):
        fetch_kafka_jars(tmp_path / "cache", silent)
    assert not (tmp_path / "cache" / f"kafka-{kafka_version()}").exists()
