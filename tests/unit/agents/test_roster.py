"""Who is planned when, and what is wrong with a roster's file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.agents.config_file import load
from services.agents.memory import MemoryPool
from services.agents.reload import reload_changes
from services.agents.roster import Roster
from tests.unit.agents.build import START_MS
from tests.unit.agents.test_config import write
from warmline.cli.app import run
from warmline.errors import ConfigurationError

ROSTER = """version: 1
time_zone: Europe/Berlin
weeks:
  ada: {sun: ["01:00-03:30"], mon: ["09:00-12:30", "13:00-24:00"]}
days:
  - {who: ada, day: 2026-12-21}
  - {who: bo, day: 2026-12-21, planned: ["22:00-24:00"]}
"""


def at(text: str) -> int:
    """A moment of UTC, as milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        ("2026-11-30 07:59", set()),
        ("2026-11-30 08:00", {"ada"}),  # 9 o'clock in Berlin
        ("2026-11-30 11:29", {"ada"}),
        ("2026-11-30 11:30", set()),  # lunch
        ("2026-11-30 22:59", {"ada"}),
        ("2026-11-30 23:00", set()),  # Tuesday there
        ("2026-07-06 07:00", {"ada"}),  # summer time
        ("2026-12-21 10:00", set()),  # a day off
        ("2026-12-21 21:30", {"bo"}),
        ("2026-10-25 01:15", {"ada"}),  # the hour from two to three comes twice
        ("2026-10-25 02:29", {"ada"}),
        ("2026-10-25 02:30", set()),
    ],
)
def test_who_is_planned_follows_the_local_clock_and_the_day(moment: str, who: set[str]) -> None:
    roster = Roster.model_validate(
        {
            "version": 1,
            "time_zone": "Europe/Berlin",
            "weeks": {"ada": {"sun": ["01:00-03:30"], "mon": ["09:00-12:30", "13:00-24:00"]}},
            "days": [
                {"who": "ada", "day": "2026-12-21"},
                {"who": "bo", "day": "2026-12-21", "planned": ["22:00-24:00"]},
            ],
        }
    )
    assert roster.planned(at(moment)) == who


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ROSTER, ":7: days.1.who: no 'bo' in people.yaml"),
        (ROSTER.replace("09:00-", "09:10-"), ":4: weeks.ada.mon.0: 09:10-12:30: a roster counts"),
        (ROSTER.replace("Berlin", "Atlantis"), ":2: time_zone: no time zone 'Europe/Atlantis'"),
        (ROSTER.replace("{who: bo", "{who: ada"), "days: ada has 2026-12-21 twice"),
        (ROSTER.replace("weeks", "week"), ":3: week: Extra inputs are not permitted"),
    ],
)
def test_a_fault_in_a_roster_is_told_with_line_and_path(
    tmp_path: Path, text: str, fault: str
) -> None:
    (write(tmp_path) / "roster.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as error:
        load(tmp_path)
    assert fault in str(error.value)
    assert "roster.yaml:" in str(error.value)


def test_a_roster_is_checked_and_changes_no_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = load(write(tmp_path)).version
    (tmp_path / "roster.yaml").write_text(ROSTER.partition("days:")[0])
    assert load(tmp_path).version == before
    assert run(["config", "check", str(tmp_path)]) == 0
    assert "roster of 1 people" in capsys.readouterr().out


async def test_a_roster_that_appears_is_taken_into_use(tmp_path: Path) -> None:
    pool = MemoryPool(load(write(tmp_path)), lambda: START_MS)
    following = asyncio.create_task(reload_changes(pool, tmp_path, look_every_s=0.01))
    await asyncio.sleep(0)
    (tmp_path / "roster.yaml").write_text(ROSTER.partition("days:")[0])
    async with asyncio.timeout(10):
        while pool.desk.configuration.roster is None:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.01)
    following.cancel()
    assert pool.desk.configuration.roster.who() == {"ada"}
