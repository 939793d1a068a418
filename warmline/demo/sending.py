"""Publishes the inquiries at a steady rate, beside everything else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

from warmline.client import Client, Delivery, Failure
from warmline.demo.samples import Sample
from warmline.errors import WarmlineError
from warmline.events import Inquiry

_IN_FLIGHT = 20
_BURST_S = 0.1
"""What falls due within this time is sent together, which is much cheaper than one by one."""

_STOP_TIMEOUT_S = 10.0


class Sending(threading.Thread):
    """`sent` counts what Kafka has acknowledged. `failure` says why it stopped early. At most
    `in_flight` are unacknowledged: with fewer than all, the rate falls where Kafka is slow."""

    def __init__(
        self,
        client: Client,
        samples: Sequence[Sample],
        per_s: float,
        *,
        in_flight: int = _IN_FLIGHT,
    ) -> None:
        super().__init__(name="sending", daemon=True)
        self.sent = 0
        self.failure: WarmlineError | None = None
        self._client = client
        self._samples = samples
        self._per_s = per_s
        self._in_flight = in_flight
        self._stop_asked = threading.Event()

    def run(self) -> None:
        try:
            self._client.publish_many(
                self._paced(), on_delivery=self._delivered, max_in_flight=self._in_flight
            )
        except WarmlineError as error:
            self.failure = error

    def stop(self) -> None:
        self._stop_asked.set()
        if self.is_alive():
            self.join(_STOP_TIMEOUT_S)

    def _paced(self) -> Iterator[Inquiry]:
        began = time.monotonic()
        burst = max(1, round(self._per_s * _BURST_S))
        for index, sample in enumerate(self._samples):
            wait_s = began + index / self._per_s - time.monotonic()
            if index % burst == 0 and wait_s > 0 and self._stop_asked.wait(wait_s):
                return
            yield sample.inquiry

    def _delivered(self, delivery: Delivery | Failure) -> None:
        if isinstance(delivery, Failure):
            self.failure = delivery.error
        else:
            self.sent += 1
