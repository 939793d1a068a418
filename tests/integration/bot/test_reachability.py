"""A person is one step away: from every state of a conversation, by every way to ask for one.

Router, bot and queue engine on a real Redis, with nobody signed in. For each state and each way a
conversation of its own is brought into the state, the customer asks, and the very next decision must
be people's; afterwards the conversation is open work in a queue (or still with its person), whatever the bot
was about to say is not said, every message that it has not answered has reached people, and who waits
in a queue has been told by when somebody will be there.
"""

from __future__ import annotations

import re

import pytest

from services.runtime.redis import RedisClients
from tests.integration.bot.conversation_states import STATES, State
from tests.integration.bot.whole_system import System, system_on
from warmline.events import Decision, Event

WAYS: dict[str, str] = {
    "button with a text": "bonjour, ça ne va pas",
    "button in feedback": "",
    "button on the first message": "",
    "did not help, on the first message": "",
    "english": "I want to talk to a person",
    "german": "Ich möchte mit einem Menschen sprechen",
    "one word": "person",
    "one german word": "Mensch",
    "misspelt": "hooman pls",
    "angry": "STOP. Get me a human being now!!!",
    "polite": "Would you be so kind as to put me through to a colleague?",
    "with an answer": "PL-20431, but I would rather talk to a person",
    "with a question": "where is my refund? let me speak to someone",
}


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_a_person_is_one_step_away(
    redis: RedisClients, unique_name: str, state: State
) -> None:
    for number, (way, text) in enumerate(WAYS.items()):
        for again in (False, True):
            system = system_on(redis, f"{unique_name[-20:]}-{number}-{again:d}")
            await state(system, "c")
            await _ask(system, state.__name__, way, text, again=again)


async def _ask(system: System, state: str, way: str, text: str, *, again: bool) -> None:
    """`again`: the bot then gets all its decisions once more, not only those it has not come to."""
    [before] = await system.conversations.read(["c"])
    late = [
        decision
        for decision in await _late(system, "c")
        if again or decision.data.inquiry.inquiry_id not in system.handled
    ]
    if not text:
        if state == "new":
            return  # there is nothing yet to give feedback on
        kind = "not_helped" if way.startswith("did not help") else "wants_person"
        on = system.decisions[0].inquiry.inquiry_id if way.endswith("first message") else None
        decisions = await system.presses("c", kind, on)
        assert decisions or before.owner in ("queue", "person"), (state, way)
    else:
        button = way == "button with a text"
        decisions = [await system.asks("c", text, button=button)]
    for decision in decisions:
        assert decision.data.route == "human", (state, way)
        await system.people.routed([decision])
    said = list(system.said.get("c", []))
    for decision in late:
        await system.spread(await system.bot.handle(decision))
    assert system.said.get("c", []) == said, (state, way, "the bot spoke afterwards")
    assert await system.open_work("c") is not None, (state, way)
    [after] = await system.conversations.read(["c"])
    assert after.owner in ("queue", "person"), (state, way)
    if after.owner == "queue" and not await system.is_staffed():
        told = await system.promised("c")
        assert told, (state, way, "nobody is there, and no moment was named")
        assert all(re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d \(UTC\)", each.text) for each in told)
    await system.wait_is_over()
    assert await system.unheard("c") == [], (state, way)


async def _late(system: System, conversation: str) -> list[Event[Decision]]:
    """Every decision for the bot so far, as if it came again or only now."""
    ids = [f"i{number}" for number in range(1, system.count + 1)]
    known = await system.conversations.recorded(ids)
    decisions = [Decision.model_validate_json(json) for json in known if json is not None]
    return [
        Event(f"d{decision.inquiry.inquiry_id}", "/test", decision.decided_at, decision)
        for decision in decisions
        if decision.route == "bot" and decision.inquiry.conversation_id == conversation
    ]
