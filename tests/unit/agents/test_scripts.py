"""Each Lua script says what it takes, and takes what it says; nothing builds a key by itself."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import count

import pytest

from services.agents.scripts import DESK_KEYS, SCRIPT_KEYS, SHARED, library_text, script_text

FOLDER = files("services.agents").joinpath("lua")
NAMES = sorted(SCRIPT_KEYS)
SHARED_KEYS = 9


def header(name: str) -> str:
    text = FOLDER.joinpath(f"{name}.lua").read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("--") or line.startswith("-- include:"):
            break
        lines.append(line.removeprefix("--"))
    return "\n".join(lines)


def declared(name: str, what: str) -> dict[str, str]:
    """Index (`3`, or `11..` for any number from there) to the name after it."""
    found = re.findall(rf"^ {what}\[([\d.]+)\]:? ([\w ]+|.)", header(name), re.MULTILINE)
    return dict(found)


def used(name: str, what: str) -> set[int]:
    text = re.sub(r"--.*", "", script_text(name))
    return {int(index) for index in re.findall(rf"{what}\[(\d+)\]", text)}


def test_every_script_has_a_table_entry_and_a_caller() -> None:
    scripts = {entry.name.removesuffix(".lua") for entry in FOLDER.iterdir() if entry.is_file()}
    assert scripts == {*SCRIPT_KEYS, "hold_relay", "tally"}


def test_the_library_has_every_script_and_every_shared_part_once() -> None:
    text = library_text()
    assert {f"{name}.lua" for name in SHARED} == {
        e.name for e in FOLDER.joinpath("shared").iterdir()
    }
    assert sorted(re.findall(r"^register\('(\w+)'", text, re.MULTILINE)) == NAMES
    assert text.count("local function begin(name)") == 1
    assert "-- include:" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_header_names_the_keys_that_the_caller_passes(name: str) -> None:
    says = declared(name, "KEYS")
    passed = SCRIPT_KEYS[name]
    if passed[:9] == DESK_KEYS:
        assert says.pop("1..9", None) == "the desk"
        passed = passed[9:]
        numbers = count(10)
    else:
        numbers = count(1)
    for number, key in zip(numbers, passed, strict=False):
        if key.startswith("*"):
            assert says.pop(f"{number}..") == "conversation"
        else:
            assert says.pop(str(number)).strip() == key
    assert says == {}


@pytest.mark.parametrize("name", NAMES)
def test_no_script_uses_a_key_or_argument_that_its_header_does_not_name(name: str) -> None:
    for what in ("KEYS", "ARGV"):
        says = set(declared(name, what))
        if "1..9" in says:
            says |= {str(number) for number in range(1, SHARED_KEYS + 1)}
        assert {str(index) for index in used(name, what)} <= says


@pytest.mark.parametrize("name", NAMES)
def test_the_header_says_what_holds_afterwards_and_what_comes_back(name: str) -> None:
    text = header(name)
    assert "\n returns: " in text
    assert "Afterwards" in text or "Changes nothing." in text


@pytest.mark.parametrize("name", NAMES)
def test_no_script_builds_a_key(name: str) -> None:
    """The first argument of a command is a key from KEYS, so that a cluster can send it to one shard."""
    text = re.sub(r"--.*", "", script_text(name))
    calls = re.findall(r"redis\.call\('(\w+)'(?:,\s*([^,)]+))?", text)
    for command, key in calls:
        if command != "TIME":
            assert re.fullmatch(
                r"[A-Z]+|KEYS\[[^]]+\]|key|conversation|turns|ended|details", key
            ), key
