"""Installs Debian packages without starting the services that they bring."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# Debian's hook to forbid that a package starts its service: exit code 101 means "not allowed".
_POLICY = Path("/usr/sbin/policy-rc.d")
_FORBID = "#!/bin/sh\n# Present only while Warmline installs packages.\nexit 101\n"
_INSTALL_TIMEOUT_S = 900


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_command(packages: Sequence[str]) -> str:
    return " ".join(["apt-get", *_install_arguments(packages)])


def install_packages(packages: Sequence[str]) -> str:
    """Returns the end of what apt-get said; whether it worked shows in what is installed then."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = ""
    with _no_services_started():
        for arguments in (["update"], _install_arguments(packages)):
            done = subprocess.run(
                ["apt-get", "--quiet", "--yes", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=_INSTALL_TIMEOUT_S,
            )
            said += done.stdout
    return "\n".join(said.splitlines()[-12:])


def _install_arguments(packages: Sequence[str]) -> list[str]:
    return ["install", "--no-install-recommends", *packages]


@contextmanager
def _no_services_started() -> Iterator[None]:
    """The package `redis-server` would start a Redis of its own. A policy that is there stays."""
    try:
        with _POLICY.open("x") as policy:
            policy.write(_FORBID)
    except FileExistsError:
        yield
        return
    try:
        _POLICY.chmod(0o755)
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
