"""The port of the queue engine. `engine` keeps it in Redis, `memory` in plain Python: the same
rules twice, so that each can be checked against the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from services.agents.config import Configuration
from services.agents.work import Done, NewWork, Placed, QueueState, SignedIn, Ticked, Work
from warmline.events.work import AgentCommand

Left = Literal["abandoned", "held", "promised", "repeated", "nothing_waits"]


class Pool(Protocol):
    """Work and people of one desk. Every call is atomic and may be repeated after a failure."""

    async def configure(self) -> str | None:
        """Gives people who are signed in what a changed configuration says of them, unless other processes
        use another one: then its version is returned. Called at start, and again and again."""
        ...

    async def reconfigure(self, configuration: Configuration) -> None:
        """From now on this configuration counts, for people who are signed in as well. What waits
        keeps the rings that it came with."""
        ...

    async def enqueue(self, works: Sequence[NewWork]) -> list[Placed]:
        """Takes inquiries in, in this order. Raises ConflictError where one is refused; the others
        of the call are in, and asked for again they only say so."""
        ...

    async def act(self, command: AgentCommand) -> Done:
        """Carries out what a person does; a repeated `command_id` gives the first result again. Completing,
        declining, giving on and the end of a wrap-up tell what the person is offered next.

        Raises NotFoundError for an unknown person, queue or inquiry, StaleEpochError where somebody
        else has held the work since, ConflictError where the state does not allow it.
        """
        ...

    async def abandon(self, cause_id: str, conversation_id: str, left_ms: int) -> Left:
        """The customer has left: ends what waits, leaves what a person has accepted and who was
        promised a callback."""
        ...

    async def tick(self) -> Ticked:
        """Does what is due: lapsed offers, lost heartbeats, ended wrap-ups."""
        ...

    async def clear_closed_queues(self) -> int:
        """Takes what waits in a queue that is closed now, by its hours or by order, where it goes then;
        returns how many."""
        ...

    async def find_unstaffed(self) -> int:
        """Finds what waits while nobody is signed in who could take it, for the timers to look at again
        after a time of grace; returns how many."""
        ...

    async def person(self, agent_id: str) -> SignedIn | None:
        """None where the person is not signed in."""
        ...

    async def work(self, inquiry_id: str) -> Work | None:
        """The work that an inquiry is, or was lately, part of."""
        ...

    async def queues(self) -> list[QueueState]:
        """All queues of the configuration, in its order; then those that have been removed from it, as long
        as work waits there."""
        ...
