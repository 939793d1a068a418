"""How a subject speaks with `race.py`. Standard library only: it runs in an environment of its own.

`ready`, then it waits for a line; afterwards `{"count": …, "at": …}` whenever more is done, `at` in
seconds since 1970.
"""

from __future__ import annotations

import json
import sys
import threading
import time

EVERY_S = 0.1


class Progress:
    """Counts what is done; a thread tells it, so that the subject is not slowed."""

    def __init__(self) -> None:
        self.count = 0
        self.at = 0.0
        self._told = 0

    def done(self, count: int = 1) -> None:
        self.count += count
        self.at = time.time()

    def tell(self) -> None:
        if self.count != self._told:
            self._told = self.count
            print(json.dumps({"count": self._told, "at": self.at}), flush=True)

    def start(self) -> None:
        """Returns when the race begins."""
        print("ready", flush=True)
        sys.stdin.readline()
        threading.Thread(target=self._tell_again_and_again, daemon=True).start()

    def _tell_again_and_again(self) -> None:
        while True:
            time.sleep(EVERY_S)
            self.tell()
