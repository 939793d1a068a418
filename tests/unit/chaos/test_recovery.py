"""From a restart to the first new effect of what was restarted."""

from __future__ import annotations

from tests.chaos.recovery import Pulse, recovery_s
from tests.chaos.system import Restart
from tests.unit.chaos.history import at, history, reply, step


def test_it_ends_with_the_first_new_effect_and_a_repeat_is_none() -> None:
    before, after = reply("r1", 1, 0), reply("r2", 1, 9)
    repeat = reply("r1", 1, 5)
    assert recovery_s(history(before, repeat, after), [Restart("bot", at(4))]) == [("bot", 5.0)]


def test_what_others_do_does_not_count() -> None:
    records = (
        reply("r1", 1, 5, by="person", agent_id="ada"),
        step(1, "enqueued", 2, 6),
        step(2, "accepted", 3, 7, agent_id="ada"),
    )
    restarts = [Restart(target, at(4)) for target in ("bot", "agents-worker", "agents-api")]
    assert recovery_s(history(*records), restarts) == [
        ("bot", None),
        ("agents-worker", 2.0),
        ("agents-api", 3.0),
    ]


def test_only_something_new_is_a_sign_of_life() -> None:
    pulse = Pulse()
    answer = reply("r1", 1, 5).event
    pulse.see(answer, at(5))
    assert pulse.beats_since("bot", at(4))
    assert not pulse.beats_since("bot", at(6))
    pulse.see(answer, at(7))
    assert not pulse.beats_since("bot", at(6))
    assert not pulse.beats_since("router", at(4))
