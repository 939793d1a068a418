"""The triage model of the sample company: trained once, and again only if its sources change."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from warmline.demo.company import CHECKOUT, SAMPLE_COMPANY, UTTERANCES
from warmline.errors import ServerStartError
from warmline.local.processes import Process

_TRIAGE = CHECKOUT / "services" / "router" / "triage"
_POLL_S = 0.05


class Training:
    """Training, in a process of its own: this package knows nothing of the services, and servers
    can start meanwhile."""

    def __init__(self, models: Path, logs: Path) -> None:
        self.folder = models / f"paylater-{_fingerprint()}"
        self._unfinished = self.folder.with_suffix(".unfinished")
        self.process = Process(
            "train",
            [sys.executable, "-m", "services.router.train", str(SAMPLE_COMPANY / UTTERANCES),
             "--out", str(self._unfinished)],
            logs,
            cwd=CHECKOUT,
            die_with_parent=True,
        )  # fmt: skip

    @property
    def known(self) -> bool:
        return self.folder.is_dir()

    def start(self) -> None:
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.process.log_file.unlink(missing_ok=True)
        self.process.start()

    def finish(self) -> None:
        """Returns when it has ended. Raises ServerStartError with the end of its log."""
        while self.process.alive:
            time.sleep(_POLL_S)
        if self.process.exit_code != 0 or not self._unfinished.is_dir():
            raise ServerStartError(
                f"the triage model could not be trained. Its log, {self.process.log_file}, "
                f"ends with:\n{self.process.log_tail()}"
            )
        for old in self.folder.parent.glob("paylater-*"):
            if old != self._unfinished:
                shutil.rmtree(old)
        self._unfinished.rename(self.folder)


def _fingerprint() -> str:
    """Of everything that the model follows from."""
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _sources() -> Iterator[Path]:
    yield SAMPLE_COMPANY / UTTERANCES
    yield from sorted(_TRIAGE.glob("*.py"))
