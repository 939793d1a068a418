"""How a service's process begins and ends: with one clear line instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from pydantic import ValidationError

from services.runtime.settings import ServiceSettings
from warmline.errors import ConfigurationError

S = TypeVar("S", bound=ServiceSettings)

EXIT_CONFIGURATION = 78
"""EX_CONFIG: starting again without a change will not help."""


def run_main(main: Callable[[], None]) -> None:
    """Runs `main`; a fault in settings or files ends the process with code 78 and one line that says
    what, where and what to do."""
    try:
        main()
    except ConfigurationError as error:
        _give_up(str(error))
    except ValidationError as error:
        _give_up(settings_faults(error))


def settings_of(kind: type[S], **values: str) -> S:
    """Of a command that reads a service's settings, with what it was told instead of the environment's.
    Raises ConfigurationError with every fault."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(settings_faults(error)) from None


def settings_faults(error: ValidationError) -> str:
    """Which variable is wrong and why, without its value."""
    return "; ".join(
        f"WARMLINE_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )


def _give_up(message: str) -> NoReturn:
    print(f"warmline: cannot start: {message}", file=sys.stderr)
    raise SystemExit(EXIT_CONFIGURATION)
