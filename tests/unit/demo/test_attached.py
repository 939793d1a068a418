"""A demonstration on a system that others use too, and that asks for a token."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.unit.demo.stories import answered, dead_letter, decided, ended, event, inquiry, stepped
from warmline.demo.company import SAMPLE_COMPANY
from warmline.demo.samples import anew, read_samples
from warmline.demo.tally import Tally


def test_only_its_own_inquiries_are_counted() -> None:
    tally = Tally(only={"mine"})
    for position, key in enumerate(("theirs", "mine", "theirs-too")):
        tally.add(event(inquiry(key)), (0, position))
        for of_it in (decided(key), answered(key), stepped("enqueued", 1, key)):
            tally.add(of_it)
        tally.add(ended("assumed", key))
    tally.add_unreadable((0, 9))
    tally.add_dead_letter(dead_letter(offset=0), None, of_inquiry=True)
    tally.add_dead_letter(dead_letter(offset=0), "theirs", of_inquiry=False)
    found = tally.conservation()
    assert (found.published, found.answered, found.dead_lettered) == (1, 1, 0)
    assert found.holds
    assert (tally.routes.total(), tally.answers.total(), tally.outcomes.total()) == (1, 1, 1)
    assert (tally.work["waiting"], tally.dead_letters, tally.ended) == (1, 0, 1)


def test_its_own_dead_letter_is_counted() -> None:
    tally = Tally(only={"mine"})
    tally.add(event(inquiry("mine")), (0, 4))
    tally.add_dead_letter(dead_letter(offset=4), None, of_inquiry=True)
    assert tally.conservation().dead_lettered == 1
    assert tally.dead_letters == 1


def test_samples_under_new_ids_differ_in_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = [{"text": text, "conversation_id": "c-1"} for text in ("Where is it?", "And now?")]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    samples, _ = read_samples(file)
    first, second = anew(samples, "run-1"), anew(samples, "run-2")
    ids = {sample.inquiry.inquiry_id for sample in (*samples, *first, *second)}
    conversations = {sample.inquiry.conversation_id for sample in (*samples, *first, *second)}
    assert len(ids) == 6
    assert len(conversations) == 3
    identity = {"inquiry_id", "conversation_id"}
    for before, after in zip(samples, first, strict=True):
        assert after.truth == before.truth
        assert after.inquiry.model_dump(exclude=identity) == before.inquiry.model_dump(
            exclude=identity
        )


def test_simulated_people_send_the_token_and_give_up_where_it_is_refused() -> None:
    with _api_that_refuses() as (url, asked):
        people = subprocess.run(
            [sys.executable, "-m", "warmline.demo.people", url, str(SAMPLE_COMPANY), "1"],
            env={"WARMLINE_API_TOKEN": "not-it"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert asked
    assert set(asked) == {"Bearer not-it"}
    assert people.returncode == 1
    assert "set WARMLINE_API_TOKEN" in people.stderr


@contextmanager
def _api_that_refuses() -> Iterator[tuple[str, list[str | None]]]:
    """Its address, and the Authorization headers that it has seen."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()
