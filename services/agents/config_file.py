"""Reads `desk.yaml`, `people.yaml` and, where there is one, `roster.yaml`; says in which line a fault is."""

from __future__ import annotations

from pathlib import Path

import yaml

from services.agents.config import Configuration, Desk, People
from services.agents.config_check import faults_of, faults_of_roster
from services.agents.roster import Roster
from services.runtime.yaml_file import fault_at, line_at, read_yaml
from warmline.errors import ConfigurationError

Place = tuple[str | int, ...]

DESK_FILE = "desk.yaml"
PEOPLE_FILE = "people.yaml"
ROSTER_FILE = "roster.yaml"


def load(folder: Path) -> Configuration:
    """Raises ConfigurationError with file, line and path for every fault found (at most ten)."""
    return load_files(folder / DESK_FILE, folder / PEOPLE_FILE, folder / ROSTER_FILE)


def load_files(
    desk_file: Path, people_file: Path, roster_file: Path | None = None
) -> Configuration:
    """As `load`, for files that stand elsewhere. The roster may be missing."""
    desk, desk_lines = read_yaml(desk_file, Desk)
    people, people_lines = read_yaml(people_file, People)
    faults = [
        fault_at(desk_file, desk_lines, place, what)
        if file is desk
        else fault_at(people_file, people_lines, place, what)
        for file, place, what in faults_of(desk, people)
    ]
    roster = None
    if roster_file is not None and roster_file.exists():
        roster, lines = read_yaml(roster_file, Roster)
        faults += [
            fault_at(roster_file, lines, place, what)
            for place, what in faults_of_roster(roster, people)
        ]
    if faults:
        raise ConfigurationError("\n".join(faults[:10]))
    return Configuration.of(desk, people, roster)


def line_of(file: Path, place: Place) -> int:
    """Where a path stands in a file that can be read."""
    tree = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return 1 if tree is None else line_at(tree, place)
