"""Errors of the running services, added to the tree in `warmline.errors`.

WarmlineError
├── RefusedError              a command that the state does not allow: stale, late, unknown (never retriable)
│   ├── StaleEpochError       somebody else has owned the conversation since
│   ├── NotFoundError         no such inquiry, agent or queue
│   └── ConflictError         the thing is not in the state that the command needs
├── LostWritesError           Redis no longer has what it had                              (stops the process)
└── ModelError                a model file that is missing, damaged or foreign              (never retriable)
"""

from __future__ import annotations

import traceback

from warmline.errors import ConfigurationError, WarmlineError


class RefusedError(WarmlineError):
    """A command is refused, and why; nothing has changed."""


class StaleEpochError(RefusedError):
    """The sender's epoch is older than the conversation's: somebody else has owned it since."""


class NotFoundError(RefusedError):
    """No such inquiry, agent or queue."""


class ConflictError(RefusedError):
    """The thing is not in the state that the command needs, such as an offer that has lapsed."""


class LostWritesError(WarmlineError):
    """Redis no longer has what it had: the process stops, and the next start rebuilds it from Kafka."""


class ModelError(ConfigurationError):
    """A model folder that is missing, damaged or not ours; there is never a silent default."""


def fault(error: Exception) -> dict[str, str]:
    """For a log: class and place; the message may quote the customer."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return {"error": type(error).__name__, "at": f"{frame.filename}:{frame.lineno}"}
