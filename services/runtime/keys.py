"""Every Redis key, built here and nowhere else.

One hash tag per desk, so that Redis Cluster keeps a desk's keys on one shard and a Lua script may
touch several of them. Scripts receive their keys in KEYS and build none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["conversations", "desk", "ledger"]
"""What Redis holds, by who rebuilds it from Kafka: router and bot, the agents workers, quality."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one desk."""

    desk: str

    def _key(self, *parts: str) -> str:
        return ":".join((f"wl:{{{self.desk}}}", *parts))

    def conversation(self, conversation_id: str) -> str:
        """Hash: owner, epoch, inquiry_id, topic, agent_id, answered_ms, answers, intake, asked, left_ms. Who
        may speak, and who did."""
        return self._key("conversation", conversation_id)

    def turns(self, conversation_id: str) -> str:
        """List of JSON turns, oldest first, capped."""
        return self._key("turns", conversation_id)

    def decision(self, cause_id: str) -> str:
        """String: the first decision for an inquiry (or for a feedback event), as JSON."""
        return self._key("decision", cause_id)

    def bot_reply(self, inquiry_id: str) -> str:
        """String: the id of the one answer that the bot may give to this inquiry."""
        return self._key("bot_reply", inquiry_id)

    def intake_due(self) -> str:
        """Sorted set: conversations that owe the bot an answer, by when people take over (ms)."""
        return self._key("intake_due")

    def applied(self, part: Part) -> str:
        """Hash: `topic/partition` to the offset of the next record, and since when Redis has lost nothing;
        for the desk also the last entry published."""
        return self._key("applied", part)

    def lookups(self, inquiry_id: str) -> str:
        """String: what other systems have said of this inquiry (JSON)."""
        return self._key("lookups", inquiry_id)

    # The optional language model.

    def model_call(self, call_id: str) -> str:
        """String: what became of this call (JSON), empty while nobody knows."""
        return self._key("model_call", call_id)

    def model_hour(self, hour: int) -> str:
        """String: tokens taken in this hour since 1970."""
        return self._key("model_hour", str(hour))

    def model_conversation(self, conversation_id: str) -> str:
        """String: tokens that this conversation has taken."""
        return self._key("model_conversation", conversation_id)

    # The ledger of the quality service.

    def ledger(self, conversation_id: str) -> str:
        """Hash: version and record (JSON) of what is known of a conversation's inquiries."""
        return self._key("ledger", conversation_id)

    def ledger_due(self) -> str:
        """Sorted set: conversation ids by the moment (milliseconds) of their next look."""
        return self._key("ledger_due")

    def visits(self, customer_id: str) -> str:
        """Hash: version and record (JSON) of a customer's inquiries within the window of returns."""
        return self._key("visits", customer_id)

    def visits_due(self) -> str:
        """Sorted set: customer ids by the moment (milliseconds) of their next look."""
        return self._key("visits_due")

    def audit(self, inquiry_id: str) -> str:
        """Hash: version and record (JSON) of the audit of the bot's answer to an inquiry."""
        return self._key("audit", inquiry_id)

    def audits_open(self) -> str:
        """Sorted set: inquiries whose audits wait for marks, by the moment at which they expire."""
        return self._key("audits_open")

    def standings(self) -> str:
        """Hash: what stands for every topic and language (JSON), and the next offset of `evidence`."""
        return self._key("standings")

    def evidence(self, evidence_id: str) -> str:
        """String: there once this piece of evidence has counted."""
        return self._key("evidence", evidence_id)

    # Human work (services/agents). The first nine are what every transition of the queue engine gets.

    def work(self) -> str:
        """Hash: inquiry id to open work."""
        return self._key("work")

    def people(self) -> str:
        """Hash: agent id to signed-in person."""
        return self._key("people")

    def serves(self) -> str:
        """Hash: agent id to the classes of work that the person can serve."""
        return self._key("serves")

    def waiting(self) -> str:
        """Sorted set: waiting work, by class."""
        return self._key("waiting")

    def heads(self) -> str:
        """Sorted set: class to the score of its first waiting work."""
        return self._key("heads")

    def free(self) -> str:
        """Sorted set: people with a free slot, by class."""
        return self._key("free")

    def due(self) -> str:
        """Sorted set: what the timers must look at, and when."""
        return self._key("due")

    def outbox(self) -> str:
        """Stream: steps of human work that are not published yet."""
        return self._key("outbox")

    def desk_state(self) -> str:
        """Hash: running numbers and the configuration's version; also a channel's name."""
        return self._key("desk")

    def classes(self) -> str:
        """Hash: class of work to what it asks for."""
        return self._key("classes")

    def relay(self) -> str:
        """String: the token of the one process that publishes the outbox."""
        return self._key("relay")

    def tally(self, start_ms: int) -> str:
        """Hash: `queue|what` to a number, of the half hour that begins then."""
        return self._key("tally", str(start_ms))

    def sampler(self) -> str:
        """String: the token of the one process that samples who is at work."""
        return self._key("sampler")

    def teller(self) -> str:
        """String: the token of the one process that tells customers how long they will wait."""
        return self._key("teller")

    def command(self, command_id: str) -> str:
        """String: the first result of a person's command."""
        return self._key("command", command_id)

    def judged(self, inquiry_id: str) -> str:
        """String: the command that has judged what was proposed for this message."""
        return self._key("judged", inquiry_id)

    def seen(self, cause_id: str) -> str:
        """String: the work that an event ended up in."""
        return self._key("seen", cause_id)

    def ended(self, inquiry_id: str) -> str:
        """String: the last record of work that is over, or what the inquiry joined."""
        return self._key("ended", inquiry_id)

    def details(self, inquiry_id: str) -> str:
        """String: what a person reads of an inquiry."""
        return self._key("details", inquiry_id)

    def set_aside(self) -> str:
        """Stream: steps that no topic could carry; an operator looks at them."""
        return self._key("set_aside")
