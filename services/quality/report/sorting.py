"""All lines in order, however many there are, in the memory of a few: runs on disk, then a merge.

The same lines give the same sequence in whatever order they were added, each once. The runs stand
in a folder of the operating system's for temporary files that only its user can read, and are gone
when the block ends.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

RUN_LINES = 100_000
"""Held in memory at once: about 25 MB of lines."""


class SortedLines:
    """Use as a block: `add` lines that end with a line break, then iterate once."""

    def __init__(self, run_lines: int = RUN_LINES) -> None:
        self._run_lines = run_lines
        self._held: list[str] = []
        self._folder = tempfile.TemporaryDirectory(prefix="warmline-report-")
        self._runs: list[Path] = []

    def add(self, line: str) -> None:
        self._held.append(line)
        if len(self._held) >= self._run_lines:
            self._write_run()

    def __iter__(self) -> Iterator[str]:
        self._held.sort()
        with ExitStack() as opened:
            runs = [opened.enter_context(run.open(encoding="utf-8")) for run in self._runs]
            last = ""
            for line in heapq.merge(*runs, self._held):
                if line != last:
                    yield line
                    last = line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def _write_run(self) -> None:
        self._held.sort()
        path = Path(self._folder.name) / f"run-{len(self._runs)}"
        with path.open("w", encoding="utf-8") as run:
            run.writelines(self._held)
        self._runs.append(path)
        self._held = []
