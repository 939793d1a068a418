"""Every known way in which Faust loses records, on a real broker: nothing is lost with the guard, and the
same scenario with that one guard taken away shows the loss that it prevents."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from services.runtime.processing import EXIT_FAIL_STOP
from tests.integration.runtime.echo import SLOW_S
from tests.integration.runtime.processes import Echo, wait_for_exit
from tests.servers import eventually
from warmline import dead_letters
from warmline.topics import DEAD_LETTERS

MakeEcho = Callable[..., Echo]

EIGHT = [f"number {n}" for n in range(8)]
IDS = {f"i{n}" for n in range(8)}


@pytest.fixture
def echo(kafka: str, unique_name: str) -> Iterator[MakeEcho]:
    made: list[Echo] = []

    def make(guard_off: str = "", topic_config: dict[str, str] | None = None, **env: str) -> Echo:
        service = Echo(kafka, f"{unique_name}-{len(made)}.", guard_off, env)
        service.create_topics(**(topic_config or {}))
        made.append(service)
        return service

    yield make
    for service in made:
        if service.process is not None and service.process.poll() is None:
            service.process.kill()
            service.process.wait()


def with_bad(text: str) -> list[str]:
    """Eight inquiries of which the fourth is `text`."""
    return [text if n == 3 else other for n, other in enumerate(EIGHT)]


def buried(service: Echo) -> list[tuple[str, str]]:
    """Stage and error class of each dead letter."""
    letters = []
    for record in service.records(DEAD_LETTERS):
        headers = dict(record.headers)
        error = headers[dead_letters.ERROR_CLASS].decode().rsplit(".", 1)[-1]
        letters.append((headers[dead_letters.STAGE].decode(), error))
    return letters


def test_a_handler_that_raises_loses_neither_its_record_nor_its_neighbours(echo: MakeEcho) -> None:
    service = echo()
    service.publish(with_bad("raise"))
    service.start()
    service.wait_for_commit(8)
    assert sorted(service.answered()) == sorted(IDS - {"i3"})
    assert buried(service) == [("handle", "ValueError")]


def test_without_the_catch_one_bad_record_halts_the_stream_until_the_watchdog_notices(
    echo: MakeEcho,
) -> None:
    service = echo("catch", WARMLINE_STALL_AFTER_S="4")
    service.publish(with_bad("raise"))
    process = service.start()
    service.wait_for_answers(3)
    service.publish(EIGHT, first=8)
    code, _ = wait_for_exit(process)
    assert code == EXIT_FAIL_STOP
    assert set(service.answered()) == {"i0", "i1", "i2"}
    assert buried(service) == []


def test_an_undecodable_record_becomes_a_dead_letter_with_its_bytes(echo: MakeEcho) -> None:
    service = echo()
    service.publish_raw(b"\xff{not json")
    service.publish(EIGHT)
    service.start()
    service.wait_for_commit(9)
    assert set(service.answered()) == IDS
    (letter,) = service.records(DEAD_LETTERS)
    assert letter.value == b"\xff{not json"
    assert letter.key == b"c"
    assert buried(service) == [("decode", "InvalidEventError")]


def test_with_fausts_own_decoding_an_undecodable_record_vanishes(echo: MakeEcho) -> None:
    service = echo("raw_bytes")
    service.publish_raw(b"\xff{not json")
    service.start()
    service.wait_for_commit(1)
    assert buried(service) == []


def test_an_output_that_the_broker_refuses_loses_no_other_output(echo: MakeEcho) -> None:
    service = echo(topic_config={"max.message.bytes": "1500"})
    service.publish(with_bad("huge"))
    service.start()
    service.wait_for_commit(8)
    assert set(service.answered()) == IDS - {"i3"}
    assert buried(service) == [("produce", "TooLargeError")]
    service.publish(["after the refusal"], first=8)
    service.wait_for_answers(8)
    assert "i8" in service.answered()


def test_without_awaited_deliveries_a_refused_output_takes_inputs_with_it(echo: MakeEcho) -> None:
    service = echo("await_deliveries", topic_config={"max.message.bytes": "1500"})
    service.publish(with_bad("huge"))
    service.start()
    service.wait_for_commit(8)
    assert "i3" not in service.answered()
    assert buried(service) == []


def test_a_fault_that_outlasts_the_retries_stops_the_process_and_loses_nothing(
    echo: MakeEcho,
) -> None:
    service = echo(WARMLINE_RETRY_FOR_S="0.5")
    process = service.start_ready()
    service.publish(["unavailable"])
    code, _ = wait_for_exit(process)
    assert code == EXIT_FAIL_STOP
    assert service.committed() == 1
    assert buried(service) == []


def test_without_the_fail_stop_such_a_fault_halts_the_stream_until_the_watchdog_notices(
    echo: MakeEcho,
) -> None:
    service = echo("fail_stop", WARMLINE_RETRY_FOR_S="0.5", WARMLINE_STALL_AFTER_S="4")
    process = service.start_ready()
    started = time.monotonic()
    service.publish(["unavailable"])
    code, _ = wait_for_exit(process)
    assert code == EXIT_FAIL_STOP
    assert time.monotonic() - started > 4
    assert service.answered() == ["i9000"]


def test_a_record_in_work_when_the_process_is_killed_is_processed_after_the_restart(
    echo: MakeEcho,
) -> None:
    service = echo(WARMLINE_BATCH_MAX="1")
    service.start_ready()
    service.publish(["slow", *EIGHT[1:]])
    eventually(lambda: lag_seen(service), 20)
    service.stop(signal.SIGKILL)
    assert service.committed() == 1
    service.start()
    assert set(service.wait_for_answers(9)) >= IDS


def test_with_two_at_once_the_record_in_work_is_acknowledged_by_its_neighbours_and_lost(
    echo: MakeEcho,
) -> None:
    service = echo("one_at_a_time", WARMLINE_BATCH_MAX="1")
    service.start_ready()
    service.publish(["stuck", *EIGHT[1:]])
    service.wait_for_answers(8)
    service.wait_for_commit(9)
    service.stop(signal.SIGKILL)
    service.start()
    service.publish(["after the restart"], first=8)
    eventually(lambda: "i8" in service.answered(), 30)
    assert "i0" not in service.answered()


def test_sigterm_waits_for_the_record_in_work(echo: MakeEcho) -> None:
    service = echo()
    process = service.start_ready()
    service.publish(["slow"])
    eventually(lambda: lag_seen(service), 20)
    process.send_signal(signal.SIGTERM)
    code, _ = wait_for_exit(process)
    assert code == 0
    assert "i0" in service.answered()
    assert service.committed() == 2


def test_without_waiting_for_streams_sigterm_abandons_the_record_in_work(echo: MakeEcho) -> None:
    service = echo("wait_for_streams")
    process = service.start_ready()
    service.publish(["slow"])
    eventually(lambda: lag_seen(service), 20)
    process.send_signal(signal.SIGTERM)
    wait_for_exit(process)
    assert "i0" not in service.answered()


def test_a_killed_process_takes_its_partitions_back_at_once(echo: MakeEcho) -> None:
    service = echo()
    service.start_ready()
    service.stop(signal.SIGKILL)
    service.publish(EIGHT)
    started = time.monotonic()
    service.start()
    service.wait_for_answers(9)
    with_guard_s = time.monotonic() - started

    unguarded = echo("static_membership")
    unguarded.start_ready()
    unguarded.stop(signal.SIGKILL)
    unguarded.publish(EIGHT)
    started = time.monotonic()
    unguarded.start()
    unguarded.wait_for_answers(9, timeout_s=120)
    assert with_guard_s < time.monotonic() - started


def test_nothing_is_missing_after_five_kills_at_any_moment(echo: MakeEcho) -> None:
    service = echo()
    service.start_ready()
    for number in range(5):
        service.publish([f"round {number}"] * 200, first=200 * number)
        service.wait_for_answers(200 * number + 20 * number + 2)
        service.stop(signal.SIGKILL)
        service.start()
    answered = service.wait_for_answers(1001, timeout_s=60)
    assert set(answered) == {"i9000", *(f"i{n}" for n in range(1000))}


def lag_seen(service: Echo) -> bool:
    """The slow record is in work: it is fetched, and for a moment nothing else can happen."""
    time.sleep(SLOW_S / 4)
    return len(service.answered()) == 1
