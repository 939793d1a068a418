"""The model in use. Its folder is looked at again and again; a new model is taken without a restart.

A decision is made with one model from beginning to end: a batch keeps the reader that it began with,
and what it read carries that model's version. A new model that cannot be trusted is refused with one
log line, and the old one goes on. Nothing but this module decides which model reads.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from services.router.metrics import MODEL, SWITCHES
from services.router.reading import TextReader, load_reader
from services.router.signals import Signals
from services.router.triage.store import CARD_FILE
from services.runtime.errors import ModelError
from services.runtime.telemetry import get_logger

log = get_logger(__name__)

Role = Literal["in_use", "shadow"]
Look = tuple[tuple[str, int, int, int], ...]
"""Names, inodes, sizes and times of a folder's files: it changes with any of them."""


class ModelInUse:
    """See `services.router.signals.Reader`. `folder` may be a symbolic link; only its target counts."""

    def __init__(self, folder: Path, languages: Sequence[str], role: Role = "in_use") -> None:
        """Raises ModelError where the folder holds no model that can be trusted."""
        self._folder = folder
        self._languages = tuple(languages)
        self._role: Role = role
        self._looked = _look(folder)
        self._reader = _load_copy(folder, languages)
        self._show(None)

    @property
    def reader(self) -> TextReader:
        """The one that reads now; hold on to it for as long as one model must be meant."""
        return self._reader

    @property
    def version(self) -> str:
        return self._reader.version

    def read(self, texts: Sequence[str]) -> list[Signals]:
        """All texts with the same model, whatever is switched meanwhile."""
        return self._reader.read(texts)

    def look_again(self) -> bool:
        """Takes a new model if there is one; True if so. Never raises for what the folder holds."""
        seen = _look(self._folder)
        if seen == self._looked or not any(name == CARD_FILE for name, *_ in seen):
            return False  # the same, or just being replaced
        self._looked = seen
        try:
            fresh = _load_copy(self._folder, self._languages)
        except ModelError as error:
            SWITCHES.labels(self._role, "refused").inc()
            log.error(
                "new model refused, the old one goes on",
                role=self._role, model=self.version, error=str(error),
            )  # fmt: skip
            return False
        old, self._reader = self._reader, fresh
        SWITCHES.labels(self._role, "switched").inc()
        self._show(old)
        log.info(
            "model switched", role=self._role, before=old.version, now=fresh.version,
            certificate=_certificate(fresh),
        )  # fmt: skip
        return True

    async def follow(self, every_s: float) -> None:
        """Endless: looks every `every_s` seconds, off the event loop."""
        while True:
            await asyncio.sleep(every_s)
            await asyncio.to_thread(self.look_again)

    def _show(self, old: TextReader | None) -> None:
        if old is not None:
            MODEL.labels(self._role, old.version, _certificate(old)).set(0)
        MODEL.labels(self._role, self.version, _certificate(self._reader)).set(1)


def _load_copy(folder: Path, languages: Sequence[str]) -> TextReader:
    """Maps a private copy: a file that is cut or overwritten in place would end or change whoever maps
    it. The copy is deleted at once; the mapping keeps it. Raises ModelError, naming `folder`."""
    with tempfile.TemporaryDirectory(prefix="warmline-model-") as private:
        try:
            copy = shutil.copytree(folder, Path(private) / "model")
            return load_reader(copy, languages)
        except ModelError as error:
            raise ModelError(str(error).replace(f"{private}/model", str(folder))) from None
        except (OSError, shutil.Error) as error:
            raise ModelError(
                f"cannot read the model {folder}: {error}; make one with `warmline train`"
            ) from error


def _look(folder: Path) -> Look:
    try:
        files = [(path.name, path.stat()) for path in folder.iterdir()]
    except OSError:
        return ()
    return tuple(
        sorted((name, each.st_ino, each.st_size, each.st_mtime_ns) for name, each in files)
    )


def _certificate(reader: TextReader) -> str:
    return reader.certificate.version if reader.certificate else "none"
