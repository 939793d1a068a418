"""How a conversation is brought into each state that it can be in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from services.bot.handlers import Bot
from services.knowledge.base import KnowledgeBase
from tests.integration.bot.whole_system import System
from tests.unit.bot.build import article, asking_library
from warmline.events import AgentCommand
from warmline.events.work import Accept, Complete, SignIn


class _Broken(KnowledgeBase):
    def choose(self, *_: Any) -> Any:
        raise KeyError("broken")


State = Callable[[System, str], Awaitable[None]]


async def new(_: System, __: str) -> None:
    """Nothing was said yet."""


async def answered(system: System, c: str) -> None:
    await system.says(c, "where is my refund?")


async def answer_under_way(system: System, c: str) -> None:
    """Decided for the bot, which has not come to it."""
    await system.asks(c, "where is my refund?")


async def two_questions_under_way(system: System, c: str) -> None:
    """Both decided for the bot, which has come to neither."""
    await system.asks(c, "where is my refund?")
    await system.asks(c, "when does the refund come?")


async def asked_twice_answered_once(system: System, c: str) -> None:
    asked = [await system.asks(c, text) for text in ("where is my refund?", "and my refund?")]
    for decision in asked:
        await system.goes_on(decision)


async def in_draft(system: System, c: str) -> None:
    await system.asks(c, "extend please")


async def drafted(system: System, c: str) -> None:
    await system.says(c, "extend please")


async def asked_once(system: System, c: str) -> None:
    await system.says(c, "why this fee?")


async def asked_on_a_guess(system: System, c: str) -> None:
    await system.says(c, "maybe a fee?")


async def asked_twice(system: System, c: str) -> None:
    await system.says(c, "why this fee?")
    await system.says(c, "PL-20431")


async def asked_again_after_a_slip(system: System, c: str) -> None:
    await system.says(c, "why this fee?")
    await system.says(c, "the blue one")


async def intake_over(system: System, c: str) -> None:
    """Handed over, and people have not read it."""
    for text in ("why this fee?", "PL-20431"):
        await system.says(c, text)
    await system.bot.handle(await system.asks(c, "15 euros"))


async def fell_silent(system: System, c: str) -> None:
    await system.says(c, "why this fee?")
    await system.wait_is_over()


async def asked_on_a_later_matter(system: System, c: str) -> None:
    """The bot has answered one matter and waits for an answer about another."""
    await system.says(c, "where is my refund?")
    await system.says(c, "why this fee?")
    await system.says(c, "PL-20431")


async def earlier_answer_did_not_help(system: System, c: str) -> None:
    """Meanwhile the customer has reported the first, and people have not heard of the second."""
    await asked_on_a_later_matter(system, c)
    [decision] = await system.presses(c, "not_helped", "i1")
    await system.goes_on(decision)


async def earlier_matter_closed_meanwhile(system: System, c: str) -> None:
    """A person has dealt with the first before the second has reached people."""
    await earlier_answer_did_not_help(system, c)
    inquiry_id, epoch = await _taken(system, c)
    await _does(system, Complete(inquiry_id=inquiry_id, epoch=epoch))


async def left_while_asked(system: System, c: str) -> None:
    await asked_on_a_later_matter(system, c)
    await system.leaves(c)


async def left_before_the_question(system: System, c: str) -> None:
    decision = await system.asks(c, "why this fee?")
    await system.leaves(c)
    await system.goes_on(decision)
    system.given_up.add(decision.data.inquiry.inquiry_id)


async def came_back_after_leaving(system: System, c: str) -> None:
    await left_while_asked(system, c)
    system.now[0] += timedelta(seconds=1)
    await system.says(c, "why this fee?")


async def no_licence(system: System, c: str) -> None:
    await system.says(c, "closing my account")


async def no_topic(system: System, c: str) -> None:
    await system.says(c, "hm")


async def unknown_language(system: System, c: str) -> None:
    await system.says(c, "bonjour")


async def broken_knowledge(system: System, c: str) -> None:
    library = replace(asking_library(), knowledge=_Broken([article()]))
    broken = Bot(library, system.conversations, lambda: system.now[0])
    await system.spread(await broken.handle(await system.asks(c, "where is my refund?")))


async def waiting(system: System, c: str) -> None:
    await system.goes_on(await system.asks(c, "hello", button=True))


async def with_a_person(system: System, c: str) -> None:
    await waiting(system, c)
    await _taken(system, c)


async def closed_by_a_person(system: System, c: str) -> None:
    await waiting(system, c)
    inquiry_id, epoch = await _taken(system, c)
    await _does(system, Complete(inquiry_id=inquiry_id, epoch=epoch))


async def left(system: System, c: str) -> None:
    await waiting(system, c)
    await system.leaves(c)


async def _taken(system: System, c: str) -> tuple[str, int]:
    """Somebody signs in, takes the conversation and goes for a break."""
    inquiry_id = await system.open_work(c)
    assert inquiry_id is not None
    for agent_id in system.pool.rules.configuration.people:
        await _does(system, SignIn(), agent_id)
        work = await system.pool.work(inquiry_id)
        if work is not None and work.state == "offered":
            break
    assert work is not None
    assert work.agent_id is not None
    done = await _does(system, Accept(inquiry_id=inquiry_id, epoch=work.epoch), work.agent_id)
    return inquiry_id, done


async def _does(system: System, action: Any, agent_id: str | None = None) -> int:
    system.count += 1
    if agent_id is None:
        work = await system.pool.work(action.inquiry_id)
        assert work is not None
        agent_id = work.agent_id
    command = AgentCommand(
        command_id=f"k{system.count}", agent_id=cast(str, agent_id), action=action
    )
    return (await system.pool.act(command)).epoch


STATES: tuple[State, ...] = (
    new,
    answered,
    answer_under_way,
    two_questions_under_way,
    asked_twice_answered_once,
    in_draft,
    drafted,
    asked_once,
    asked_on_a_guess,
    asked_twice,
    asked_again_after_a_slip,
    intake_over,
    fell_silent,
    asked_on_a_later_matter,
    earlier_answer_did_not_help,
    earlier_matter_closed_meanwhile,
    left_while_asked,
    left_before_the_question,
    came_back_after_leaving,
    no_licence,
    no_topic,
    unknown_language,
    broken_knowledge,
    waiting,
    with_a_person,
    closed_by_a_person,
    left,
)
