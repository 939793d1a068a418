"""What a desk was at any moment: its people, and its files by version."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from warmline.events.base import Id, Note, Part, Payload
from warmline.events.inquiry import Channel

DeskOrder = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}-[0-9]{1,10}-[0-9]{1,6}$")]
"""Where a step stands in the order of its desk, over all topics and partitions: three numbers, compared one
after the other."""


class Held(Part):
    """Work that a person has, and the channel where the desk tells channels apart."""

    inquiry_id: Id
    state: Literal["offered", "accepted", "paused", "wrapping"]
    channel: Channel | None = None


class Avoided(Part):
    """Work that is not offered to a person again before `until`."""

    inquiry_id: Id
    until: AwareDatetime


class PersonState(Payload):
    """A person at the desk, whenever they come, go or change other than by their work, and every ten minutes.

    With the steps of `assignments` in between it tells what they held at any moment. `turn` grows with each
    offer to them, `turns` is the newest number of the whole desk; `recent` are the moments of their last
    offers where the desk limits these.
    """

    KIND: ClassVar[str] = "person_state"

    agent_id: Id
    presence: Literal["available", "busy", "break", "away", "signed_out"]
    reason: Note | None = None
    silent: bool = False
    drained: bool = False
    capacity: int = Field(ge=0)
    held: tuple[Held, ...] = ()
    avoids: tuple[Avoided, ...] = ()
    idle_since: AwareDatetime
    turn: int = Field(default=0, ge=0)
    turns: int = Field(default=0, ge=0)
    recent: tuple[AwareDatetime, ...] = ()
    config_version: str
    desk_order: DeskOrder | None = None


class DeskFiles(Payload):
    """The configuration that a version stands for, as JSON, without the names of people. Its shape belongs to
    the agents service and is no contract."""

    KIND: ClassVar[str] = "desk_files"

    version: Id
    desk: str
    people: str
