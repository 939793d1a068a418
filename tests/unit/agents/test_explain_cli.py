"""What `warmline explain` prints for people: every line says which moment it is about."""

from __future__ import annotations

from typing import Any

from services.agents.api_explain import PEOPLE_MAX, body_of
from services.agents.explain import Candidate
from services.agents.explain_cli import lines_of
from services.agents.explaining import Explanation
from services.agents.moments import Moment
from services.agents.work import Work
from tests.unit.agents.build import START_MS
from warmline.events import Assignment

STEP: dict[str, Any] = {"inquiry_id": "i1", "conversation_id": "c1", "epoch": 1, "queue": "cards"}


def work(state: Any) -> Work:
    return Work("i1", "c1", state, "cards", "cards.en.i", None, "en", 0, START_MS, 1, 3, ("i1",))


def moment(seq: int, **more: Any) -> Moment:
    return Moment(
        **{
            "at_ms": START_MS,
            "seq": seq,
            "step": "offered",
            "queue": "cards",
            "ring": "ring 1",
            "needs": "language en",
            "agent_id": None,
            "by": None,
            "reason": None,
            "waited_ms": 0,
            "priority_min": 0,
            "config_version": "v1",
            **more,
        }
    )


def explanation(state: Any, *moments: Moment, **more: Any) -> Explanation:
    steps = (
        Assignment(**STEP, seq=1, step="enqueued", config_version="v1"),
        Assignment(
            **STEP, seq=2, step="offered", agent_id="bo", by="sue", reason="knows them",
            waited_ms=4200, config_version="v1",
        ),
    )  # fmt: skip
    return Explanation(
        at_ms=START_MS + 60_000,
        work=work(state),
        needs="language en",
        why="rule cards",
        reason="no_licence",
        config_version="v2",
        candidates=(Candidate("ada", False, False, ("not signed in",)),) if more == {} else (),
        steps=tuple((START_MS + number, step) for number, step in enumerate(steps)),
        moments=moments,
        **more,
    )


def test_each_moment_stands_below_its_step_and_now_at_the_end() -> None:
    chosen = (
        Candidate("bo", True, True, ("by order of sue",)),
        Candidate("ada", False, False, ("break: lunch", "full: 1 of 1")),
    )
    found = explanation(
        "offered",
        moment(
            1, step="enqueued", not_known="the configuration v1 is not known any more", needs=""
        ),
        moment(2, agent_id="bo", by="sue", priority_min=5, ring="ring 2", candidates=chosen),
    )
    assert list(lines_of(body_of(found))) == [
        "i1: offered in cards, needs language en",
        "why there: rule cards; a person, because of no_licence",
        "2026-09-21T14:13:20.000+00:00  enqueued after 0.0 s  desk v1",
        "    put in line then: cards, ring 1",
        "      not known: the configuration v1 is not known any more",
        "2026-09-21T14:13:20.001+00:00  offered bo by order of sue after 4.2 s (knows them)  desk v1",
        "    offered to bo then: cards, ring 2, 5 min ahead; needs language en",
        "      bo: by order of sue",
        "      ada: break: lunch; full: 1 of 1",
        "now, 2026-09-21T14:14:20.000+00:00, by desk v2:",
        "  ada: not signed in",
    ]


def test_what_is_left_out_is_counted() -> None:
    many = tuple(
        Candidate(f"p{number:04}", False, False, ("not signed in",))
        for number in range(PEOPLE_MAX + 7)
    )
    lines = list(
        lines_of(body_of(explanation("completed", moment(1, candidates=many), left_out=4)))
    )
    assert "the first 4 moments are not explained: too many" in lines
    assert "      and 7 more" in lines
    assert sum("p0" in line for line in lines) == PEOPLE_MAX
    assert not any(line.startswith("now,") for line in lines), "it is over"
