"""Fetches the jars that `deploy/kafka/pom.xml` lists, once per cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warmline.errors import ConfigurationError, ServerStartError
from warmline.local import programs
from warmline.local.progress import Progress

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "kafka"
_POM = DEPLOY / "pom.xml"
_MANIFEST = "manifest.json"
_FETCH_TIMEOUT_S = 600


def kafka_version() -> str:
    """The version of Kafka in the pom. Raises `ConfigurationError` outside a checkout."""
    try:
        pom = ET.parse(_POM).getroot()  # noqa: S314 - our own file
    except FileNotFoundError:
        raise ConfigurationError(
            f"{_POM} is missing: Kafka can only be started from a checkout of the project. "
            "Elsewhere, point Warmline to a Kafka that runs already."
        ) from None
    version = pom.findtext("{*}properties/{*}kafka.version")
    if not version:
        raise ConfigurationError(f"{_POM} has no property kafka.version")
    return version


def fetch_kafka_jars(cache: Path, progress: Progress) -> Path:
    """The folder `<cache>/kafka-<version>` with all jars, fetched by Maven unless it is complete.

    Several processes may ask at once: one fetches, the others wait. A fetch that breaks off leaves
    no half-filled folder under the final name. Raises `MissingProgramError` without Maven,
    `ServerStartError` if Maven fails.
    """
    # Absolute, because Maven takes a relative path from the folder of the pom.
    cache = cache.resolve()
    folder = cache / f"kafka-{kafka_version()}"
    if _complete(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "kafka.lock"):
        if not _complete(folder):
            progress(f"Fetching the jars of Kafka {kafka_version()} with Maven (43 MB, once)")
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}.fetching")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    _run_maven(unfinished)
    jar_bytes = {jar.name: jar.stat().st_size for jar in sorted(unfinished.glob("*.jar"))}
    if not any(name.startswith("kafka_") for name in jar_bytes):
        raise ServerStartError(f"Maven reported success but put no broker into {unfinished}")
    manifest = {"pom_sha256": _pom_sha256(), "jar_bytes": jar_bytes}
    (unfinished / _MANIFEST).write_text(json.dumps(manifest, indent=1))
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _run_maven(output: Path) -> None:
    command = [
        str(programs.require(programs.MAVEN)),
        "--batch-mode", "--quiet", "--strict-checksums", "-Dstyle.color=never",
        "--file", str(_POM), "dependency:copy-dependencies", f"-DoutputDirectory={output}",
        *_repository_argument(output.parent),
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_FETCH_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ServerStartError(
            f"Maven did not fetch Kafka's jars within {_FETCH_TIMEOUT_S} s. Is the network up?"
        ) from None
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[:6])
        raise ServerStartError(
            f"Maven could not fetch Kafka's jars. It said:\n{said}\n"
            "Behind a proxy or a mirror, say so in ~/.m2/settings.xml; the whole output: "
            f"`mvn -f {_POM} dependency:copy-dependencies`"
        )


def _repository_argument(cache: Path) -> list[str]:
    """Where Maven keeps what it fetched: `~/.m2`, or `cache` for a user without a home to write in.

    Java finds the home in the password file, whatever $HOME says.
    """
    try:
        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        home = None
    if home is not None and os.access(home, os.W_OK):
        return []
    return [f"-Dmaven.repo.local={cache / 'maven'}"]


def _complete(folder: Path) -> bool:
    """Whether every jar is there in full and belongs to the present pom."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        return manifest["pom_sha256"] == _pom_sha256() and all(
            (folder / name).stat().st_size == size for name, size in manifest["jar_bytes"].items()
        )
    except (FileNotFoundError, ValueError, KeyError):
        return False


def _pom_sha256() -> str:
    return hashlib.sha256(_POM.read_bytes()).hexdigest()


@contextmanager
def _locked(lock_file: Path) -> Iterator[None]:
    """Waits for the lock; the kernel gives it back if its holder dies."""
    with lock_file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
