"""How to reach Kafka, and what its errors mean to the caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import errors as kafka_errors
from kafka.net.compat import KafkaNetClient

from warmline.errors import ConfigurationError, TooLargeError, UnavailableError, WarmlineError
from warmline.topics import DEAD_LETTERS

_CLIENT_ID = "warmline-client"
_RECONNECT_MAX_MS = 1000
"""As Kafka's own client: kafka-python would pause for up to half a minute after a short restart."""

_HANDED_OUT_AT_ONCE = 50
"""A member of a group must be back within five minutes: six seconds for each of them."""

_REQUEST_MAX_BYTES = DEAD_LETTERS.max_bytes + 1024 * 1024

_TOO_LARGE = (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError)
_REFUSED = (
    kafka_errors.AuthorizationError,
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.UnsupportedSaslMechanismError,
)


@dataclass(frozen=True, slots=True)
class Broker:
    """`bootstrap` is `host:port`, or several with commas between them. `security` holds
    kafka-python's options for TLS and SASL (`security_protocol`, `ssl_...`, `sasl_...`).
    `timeout_s` bounds every wait for an answer.
    """

    bootstrap: str
    security: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float = 30.0

    def producer(self) -> KafkaProducer:
        """Acknowledged by all in-sync replicas; its retries neither repeat nor reorder records."""
        timeout_ms = int(self.timeout_s * 1000)
        return self._connected(
            KafkaProducer,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=timeout_ms,
            request_timeout_ms=timeout_ms // 2,
            max_block_ms=timeout_ms,
            max_request_size=_REQUEST_MAX_BYTES,
            allow_auto_create_topics=False,
        )

    def consumer(self, group: str | None) -> KafkaConsumer:
        """Reads what is committed; its offsets are committed by us, after the work."""
        return self._connected(
            KafkaConsumer,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            allow_auto_create_topics=False,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=3_000,
            max_poll_records=_HANDED_OUT_AT_ONCE,
        )

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        """Closed at the end of the block; errors in the block become Warmline's."""
        admin = self._connected(KafkaAdminClient, request_timeout_ms=int(self.timeout_s * 1000))
        try:
            with self.answering():
                yield admin
        finally:
            admin.close()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turns kafka-python's errors into Warmline's, with what to look at."""
        try:
            yield
        except kafka_errors.KafkaError as error:
            raise self.explained(error) from error

    def explained(self, error: kafka_errors.KafkaError) -> WarmlineError:
        if isinstance(error, _TOO_LARGE):
            return TooLargeError("Kafka refuses the record: it is over the topic's size limit")
        if isinstance(error, _REFUSED):
            return ConfigurationError(
                f"Kafka at {self.bootstrap} refuses us ({error}): check user, password, "
                "certificates and access rights"
            )
        if isinstance(error, kafka_errors.UnknownTopicOrPartitionError):
            return ConfigurationError(
                f"a topic is missing on {self.bootstrap}: run `warmline topics apply`"
            )
        return UnavailableError(
            f"Kafka at {self.bootstrap} does not answer ({type(error).__name__}): check the "
            "address and that it runs; `warmline doctor` looks closer"
        )

    def _connected(self, client: Callable[..., Any], **options: Any) -> Any:
        """The constructors connect, and raise if they cannot within `timeout_s`. They leave sockets
        and a thread behind then, so what they opened is closed here."""
        opened: list[KafkaNetClient] = []

        def open_network(**configs: Any) -> KafkaNetClient:
            opened.append(KafkaNetClient(**configs))
            return opened[-1]

        try:
            return client(
                **self.security,
                bootstrap_servers=_addresses(self.bootstrap),
                client_id=_CLIENT_ID,
                reconnect_backoff_max_ms=_RECONNECT_MAX_MS,
                bootstrap_timeout_ms=int(self.timeout_s * 1000),
                kafka_client=open_network,
                **options,
            )
        except (ValueError, kafka_errors.KafkaError) as error:
            for network in opened:
                network.close()
            if isinstance(error, kafka_errors.KafkaError) and not isinstance(
                error, kafka_errors.KafkaConfigurationError
            ):
                raise self.explained(error) from error
            raise ConfigurationError(f"an option for Kafka is not usable: {error}") from error


def _addresses(bootstrap: str) -> list[str]:
    addresses = [address.strip() for address in bootstrap.split(",")]
    for address in addresses:
        if not re.fullmatch(r"\S+:\d{1,5}", address):
            raise ConfigurationError(f"{address!r} is no address of Kafka: give host:port")
    return addresses
