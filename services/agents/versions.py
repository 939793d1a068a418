"""A configuration as it is published, so that what was decided by it can be explained later, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import ValidationError

from services.agents.config import Configuration, Desk, People
from services.agents.steps import SOURCE
from services.runtime.handling import Output, Publisher
from services.runtime.telemetry import get_logger
from warmline.errors import ContractError
from warmline.events.desk import DeskFiles
from warmline.events.envelope import Event, event_id
from warmline.topics import DESK_FILES

log = get_logger(__name__)


async def publish_files(publisher: Publisher, configuration: Configuration, at: datetime) -> None:
    """Files that no topic can carry must not stop the desk."""
    try:
        await publisher.publish([files_of(configuration, at)])
    except ContractError as error:
        log.warning(
            "the desk's files cannot be published: what they decide cannot be explained later",
            version=configuration.version,
            error=str(error),
        )


def files_of(configuration: Configuration, at: datetime) -> Output:
    """The names of people are left out: nobody is chosen by their name."""
    ids = People(
        version=1,
        people=tuple(
            each.model_copy(update={"name": each.id}) for each in configuration.people.values()
        ),
    )
    files = DeskFiles(
        version=configuration.version,
        desk=configuration.desk.model_dump_json(),
        people=ids.model_dump_json(exclude={"supervisors"}),
    )
    return Output(DESK_FILES, Event(event_id(files.version, "desk_files"), SOURCE, at, files))


def configuration_of(files: DeskFiles) -> Configuration | None:
    """None where an older version of Warmline wrote files of another shape."""
    try:
        desk = Desk.model_validate_json(files.desk)
        people = People.model_validate_json(files.people)
    except ValidationError:
        return None
    return replace(Configuration.of(desk, people), version=files.version)
