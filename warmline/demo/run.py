"""The demonstration from start to end. Whatever it starts, it stops."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from warmline.client import Client
from warmline.client.broker import Broker
from warmline.demo import words
from warmline.demo.board import Board
from warmline.demo.company import SAMPLE_COMPANY, SAMPLE_INQUIRIES, require_checkout
from warmline.demo.customers import Customers
from warmline.demo.interrupts import ends_by_signal, undisturbed
from warmline.demo.leftovers import only_one
from warmline.demo.licences import WORSE, LicenceWatch, judge, show_licences
from warmline.demo.reading import Watch, read_back
from warmline.demo.samples import Sample, anew, read_samples
from warmline.demo.sending import Sending
from warmline.demo.stage import Stage
from warmline.demo.summary import conservation_line, show_summary
from warmline.events import Event
from warmline.local.stack import DEFAULT_FOLDER

_PER_S_MIN, _PUBLISHING_MAX_S = 40.0, 60.0
_LIMIT_S, _LIMIT_PER_INQUIRY_S = 120.0, 0.05
_TICK_S = 0.2
_LINGER_S = 2.0
"""After everything has ended: time for a second answer or outcome to show itself, if there is one."""


@dataclass(frozen=True)
class Options:
    """`data` None: the sample company's inquiries. `per_s` and `time_limit_s` None: by their number."""

    data: Path | None = None
    text_column: str | None = None
    per_s: float | None = None
    time_limit_s: float | None = None
    keep: bool = False


@dataclass(frozen=True)
class Scene:
    """Where a demonstration plays. `only`: these inquiries count, the topics hold others' too."""

    broker: Broker
    prefix: str
    logs: Path | str
    look_after: Callable[[], None]
    only: frozenset[str] | None = None


def run(options: Options, steps: Console, results: Console, folder: Path = DEFAULT_FOLDER) -> int:
    """0: every inquiry ended exactly once; 1: it did not. Raises WarmlineError where something does
    not start, and KeyboardInterrupt after Ctrl-C; either way nothing is left running.

    `folder` holds the servers' data, the logs and the model.
    """
    require_checkout()
    board = Board(steps)
    samples = _samples(options, board)
    with only_one(folder / "demo"), ends_by_signal():
        stage = Stage(board, folder, options.keep)
        stays = False
        try:
            stage.set_up(len(samples))
            scene = Scene(stage.broker, stage.prefix, stage.logs, stage.crew.look_after)
            code = _play(options, samples, scene, board, results)
            board.say(words.what_next(stage.logs))
            if options.keep:
                board.say(stage.leave_running())
            stays = options.keep
            return code
        except KeyboardInterrupt:
            board.say("\nInterrupted.")
            raise
        finally:
            if not stays:
                with undisturbed():
                    stage.clear()


def attach(options: Options, broker: Broker, prefix: str, steps: Console, results: Console) -> int:
    """Plays the same inquiries and customers on a system that runs already; starts and stops nothing.

    Its people answer, real or simulated. Returns as `run` does.
    """
    board = Board(steps)
    samples = anew(_samples(options, board, words.introduction_attached), str(uuid.uuid4()))
    only = frozenset(sample.inquiry.inquiry_id for sample in samples)
    scene = Scene(broker, prefix, "those of the running services", lambda: None, only)
    with ends_by_signal():
        return _play(options, samples, scene, board, results)


def stop_kept(steps: Console, folder: Path = DEFAULT_FOLDER) -> int:
    """Stops what a run with `keep` left running."""
    with only_one(folder / "demo"):
        board = Board(steps)
        stopped = Stage(board, folder, keep=False).stop_kept()
        board.say("Stopped." if stopped else "No demonstration was left running here.")
    return 0


def _samples(
    options: Options,
    board: Board,
    introduction: Callable[[int, str], str] = words.introduction,
) -> list[Sample]:
    file = options.data or SAMPLE_COMPANY / SAMPLE_INQUIRIES
    samples, bad = read_samples(file, options.text_column)
    source = "the sample company" if options.data is None else file.name
    board.say(introduction(len(samples), source))
    if bad:
        board.say(words.bad_lines(file, bad))
    return samples


def _play(
    options: Options, samples: Sequence[Sample], scene: Scene, board: Board, results: Console
) -> int:
    with Client(scene.broker.bootstrap, scene.prefix) as client:
        licences = LicenceWatch(board.say)
        ended = _until_all_have_ended(options, samples, scene, board, client, licences)
        tally = read_back(client, scene.prefix, scene.only)
    truths = {
        sample.inquiry.inquiry_id: sample.truth for sample in samples if sample.truth is not None
    }
    show_summary(results, tally, truths)
    show_licences(results, licences)
    found = tally.conservation()
    good = ended and found.holds
    style = "bold green" if good else "bold red"
    results.print(conservation_line(found), style=style, soft_wrap=True)
    return 0 if good else 1


def _until_all_have_ended(
    options: Options,
    samples: Sequence[Sample],
    scene: Scene,
    board: Board,
    client: Client,
    licences: LicenceWatch,
) -> bool:
    """False if the time was over before."""
    per_s = options.per_s or max(_PER_S_MIN, len(samples) / _PUBLISHING_MAX_S)
    slack_s = _LIMIT_S + len(samples) * _LIMIT_PER_INQUIRY_S
    limit_s = options.time_limit_s or len(samples) / per_s + slack_s
    board.say(words.publishing(len(samples), per_s, limit_s))
    sending = Sending(client, samples, per_s)
    worse = WORSE if options.data is None else frozenset()
    if worse:
        board.say(words.made_worse(worse))
    customers = Customers(client, worse)

    def see(event: Event[Any]) -> None:
        licences.see(event)
        judge(client, event, worse)
        customers.see(event)

    watch = Watch(scene.broker, scene.prefix, see, scene.only)
    with ExitStack() as threads:
        for thread in (watch, customers, sending):
            threads.callback(thread.stop)
            thread.start()
        deadline = time.monotonic() + limit_s
        with board.live(len(samples)) as show:
            over_at: float | None = None
            while over_at is None or time.monotonic() - over_at < _LINGER_S:
                scene.look_after()
                _raise_failures(sending, customers, watch)
                show(watch.tally)
                if time.monotonic() > deadline:
                    break
                if _all_ended(sending, watch):
                    over_at = over_at or time.monotonic()
                time.sleep(_TICK_S)
        if over_at is None:
            board.say(words.missing(watch.tally, scene.logs))
        return over_at is not None


def _all_ended(sending: Sending, watch: Watch) -> bool:
    """Nobody waits, either: a customer may want a person after the outcome was assumed."""
    tally = watch.tally
    open_work = tally.work["waiting"] + tally.work["with people"]
    all_published = not sending.is_alive() and tally.published >= sending.sent
    return all_published and tally.ended >= tally.asked and open_work == 0


def _raise_failures(*threads: Sending | Customers | Watch) -> None:
    for thread in threads:
        if thread.failure is not None:
            raise thread.failure
