"""What the desk's file and a licence allow together, and who falls into the comparison group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from services.router.holdout import Holdout, position, share_that_people_can_cope_with
from services.router.licences import Licences
from services.router.rules import decide
from tests.unit.router.test_rules import NEW, POLICY, SURE, inquiry
from warmline.events import Licence

TOPIC = "due_date"


def licence(state: str, **more: object) -> Licence:
    values = {"topic": TOPIC, "language": "en", "state": state, "reason": "test", **more}
    return Licence.model_validate(values)


def known(*some: Licence) -> Licences:
    licences = Licences(POLICY)
    for each in some:
        licences.give(each)
    return licences


@pytest.mark.parametrize(
    ("state", "route", "mode", "code"),
    [
        ("human_only", "human", None, "no_licence"),
        ("draft", "bot", "draft", "draft"),
        ("suspended", "bot", "draft", "draft"),
        ("licensed", "bot", "answer", "licensed"),
    ],
)
def test_a_licence_decides_what_the_bot_may_do(
    state: str, route: str, mode: str | None, code: str
) -> None:
    verdict = decide(inquiry(), NEW, SURE, known(licence(state)).applied(SURE.topic, "en"))
    assert (verdict.route, verdict.mode, verdict.reasons[0].code) == (route, mode, code)


def test_without_a_licence_people_answer() -> None:
    assert decide(inquiry(), NEW, SURE, known().applied(SURE.topic, "en")).route == "human"


def test_a_licence_in_one_language_says_nothing_about_another() -> None:
    assert known(licence("licensed")).applied(TOPIC, "de").of(TOPIC).bot == "human_only"  # type: ignore[union-attr]


@pytest.mark.parametrize("topic", [each.id for each in POLICY.topics])
@pytest.mark.parametrize("state", ["human_only", "draft", "licensed", "suspended"])
def test_a_licence_never_allows_more_than_the_desks_file(topic: str, state: str) -> None:
    order = ["human_only", "draft", "licensed"]
    before, after = POLICY.of(topic), known(licence(state, topic=topic)).applied(topic, "en")
    restricted = after.of(topic)
    assert before is not None
    assert restricted is not None
    assert order.index(restricted.bot) <= order.index(before.bot)


@pytest.mark.parametrize(("given", "asked"), [(0.5, POLICY.threshold), (0.97, 0.97)])
def test_the_higher_threshold_counts(given: float, asked: float) -> None:
    applied = known(licence("licensed", threshold=given)).applied(TOPIC, "en")
    assert applied.threshold == asked


def test_the_last_record_counts() -> None:
    licences = known(licence("licensed", version=3), licence("suspended", version=4))
    assert licences.applied(TOPIC, "en").of(TOPIC).bot == "draft"  # type: ignore[union-attr]


def test_the_comparison_group_takes_only_what_the_bot_would_answer_alone() -> None:
    held = decide(
        inquiry(), NEW, SURE, known(licence("licensed")).applied(TOPIC, "en"), held_out=True
    )
    assert (held.route, held.reasons[0].code) == ("human", "holdout")
    drafted = decide(
        inquiry(), NEW, SURE, known(licence("draft")).applied(TOPIC, "en"), held_out=True
    )
    assert drafted.mode == "draft"


def test_the_comparison_group_is_a_random_share() -> None:
    held = sum(Holdout(0.05, "1", 5).holds(f"conversation-{number}") for number in range(20_000))
    assert stats.binomtest(held, 20_000, 0.05).pvalue > 0.001
    places = [position(f"conversation-{number}", "1") for number in range(5000)]
    assert stats.kstest(places, "uniform").pvalue > 0.001


@given(name=st.text(min_size=1), share=st.floats(0, 0.5), smaller=st.floats(0, 1))
def test_a_smaller_share_takes_from_those_of_a_larger_one(
    name: str, share: float, smaller: float
) -> None:
    if Holdout(share * smaller, "1", 5).holds(name):
        assert Holdout(share, "1", 5).holds(name)


def test_another_seed_draws_another_group() -> None:
    names = [f"c{number}" for number in range(2000)]
    one, other = ({n for n in names if Holdout(0.5, seed, 5).holds(n)} for seed in "12")
    assert 0.3 < len(one & other) / len(one) < 0.7


@given(waiting=st.integers(0, 1000), people=st.integers(0, 100))
def test_load_only_ever_shrinks_the_comparison_group(waiting: int, people: int) -> None:
    share = share_that_people_can_cope_with(0.05, waiting, people, 5)
    assert 0 <= share <= 0.05
    assert share == 0 if waiting >= 5 * people else share > 0


def test_a_shrunk_comparison_group_says_so(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def said() -> str:
        """Wherever logs go to: other tests may have configured that."""
        text = capsys.readouterr().out + caplog.text
        caplog.clear()
        return text

    caplog.set_level("INFO")
    holdout = Holdout(0.05, "1", 5)
    holdout.adjust(waiting=40, people=10)
    assert holdout.current == pytest.approx(0.01)
    assert "shrinks" in said()
    holdout.adjust(waiting=0, people=10)
    assert holdout.current == 0.05
    assert "is whole" in said()
