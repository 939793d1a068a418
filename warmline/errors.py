"""Every error of Warmline, and whether trying again can help.

WarmlineError
├── ContractError            a record or a message that breaks the contract   (never retriable)
│   ├── UnknownEventError    no such type, or a version that this release does not read
│   ├── InvalidEventError    wrong or missing fields, key or envelope
│   └── TooLargeError        over a size limit
├── ConfigurationError       a file or a setting that must be mended first    (never retriable)
│   └── MissingProgramError  Java, Maven or Redis is not installed
└── UnavailableError         Kafka, Redis or another server does not answer   (retriable)
    └── ServerStartError     a server that was started here did not come up
"""

from __future__ import annotations

from typing import ClassVar


class WarmlineError(Exception):
    """`retriable` says whether the same call may succeed later without anybody changing anything."""

    retriable: ClassVar[bool] = False


class ContractError(WarmlineError):
    """A record that no retry will make valid: it belongs into `dead-letters`."""


class UnknownEventError(ContractError):
    """A type that is not in the topic table, or a version that this release does not read."""


class InvalidEventError(ContractError):
    """The envelope, the key or a field is missing or wrong."""


class TooLargeError(ContractError):
    """A record or a text over its limit."""


class ConfigurationError(WarmlineError):
    """A setting or a file of the operator's that has to be mended; the message says where."""


class UnavailableError(WarmlineError):
    """A server did not answer in time; nothing is known to be lost."""

    retriable: ClassVar[bool] = True


class MissingProgramError(ConfigurationError):
    """A program that has to be installed; the message holds the command that does it."""


class ServerStartError(UnavailableError):
    """A server of our own did not come up; the message holds what it said last."""
