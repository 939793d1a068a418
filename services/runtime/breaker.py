"""A circuit breaker: a server that has failed is left alone for a while, so that nobody waits for it.

Per process and in memory: each replica learns of an outage at the price of one failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """One failure opens it for `rest_s`, each further one in a row for twice as long, up to `rest_max_s`.
    Afterwards one call is let through at a time; its success closes it."""

    def __init__(
        self,
        rest_s: float = 30.0,
        rest_max_s: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest_s = rest_s
        self._rest_max_s = rest_max_s
        self._clock = clock
        self._failures = 0
        self._is_on_trial = False
        self._open_until = 0.0

    def allows(self) -> bool:
        """Whether to call now. While nobody knows how a trial ends, there is no second one."""
        if self._failures == 0:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._is_on_trial = True
        self._open_until = now + self._rest_s
        return True

    def failed(self) -> None:
        """Calls that were under way when it opened say nothing new."""
        if self._failures > 0 and not self._is_on_trial:
            return
        rest_s = self._rest_s * 2.0 ** min(self._failures, 32)
        self._failures += 1
        self._is_on_trial = False
        self._open_until = self._clock() + min(rest_s, self._rest_max_s)

    def worked(self) -> None:
        self._failures = 0
        self._is_on_trial = False
