"""Files that commands read, and standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from warmline.errors import ConfigurationError


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """`-` is standard input. Raises ConfigurationError where the file cannot be opened; a fault of whoever
    reads or prints meanwhile is not taken for one of the file."""
    if file == "-":
        yield cast(BinaryIO, sys.stdin.buffer)
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - closed below, where errors are ours no more
    except OSError as error:
        raise ConfigurationError(f"cannot read {file}: {error.strerror}") from None
    with source:
        yield source
