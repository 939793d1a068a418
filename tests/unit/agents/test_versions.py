"""A configuration is published without names and read again as what it decided by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.agents.versions import configuration_of, files_of, publish_files
from services.runtime.handling import Output
from tests.unit.agents.build import START, configuration
from warmline.errors import TooLargeError
from warmline.events.desk import DeskFiles
from warmline.topics import DESK_FILES

WRITTEN = configuration({"ada": {"skills": {"cards": 3}}}, supervisors=("sue",))


def test_what_was_published_is_the_same_configuration_without_names() -> None:
    output = files_of(WRITTEN, START)
    assert output.topic is DESK_FILES
    assert isinstance(output.event.data, DeskFiles)
    assert output == files_of(WRITTEN, START), "published twice it is one event"
    read = configuration_of(output.event.data)
    assert read is not None
    assert (read.version, read.desk) == (WRITTEN.version, WRITTEN.desk)
    ada = WRITTEN.people["ada"]
    assert read.people == {"ada": ada.model_copy(update={"name": "ada"})}
    assert "Ada" not in output.event.data.people
    assert "Sue" not in output.event.data.people


def test_files_of_another_shape_are_no_configuration() -> None:
    files = files_of(WRITTEN, START).event.data
    assert isinstance(files, DeskFiles)
    assert configuration_of(files.model_copy(update={"desk": '{"version": 9}'})) is None
    assert configuration_of(files.model_copy(update={"people": "no JSON"})) is None


class Refuses:
    """A broker that takes no record of this size."""

    def __init__(self) -> None:
        self.asked: list[Output] = []

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.asked += outputs
        raise TooLargeError("9 MiB")


async def test_files_that_no_topic_can_carry_do_not_stop_the_desk() -> None:
    refuses = Refuses()
    await publish_files(refuses, replace(WRITTEN, version="v"), START)
    assert [each.event.data.version for each in refuses.asked] == ["v"]  # type: ignore[attr-defined]
