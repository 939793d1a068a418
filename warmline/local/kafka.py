"""One Kafka broker, its own controller too (KRaft), on loopback ports with its data in a folder."""

from __future__ import annotations

import base64
import subprocess
import uuid
from pathlib import Path
from string import Template

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from warmline.errors import ServerStartError
from warmline.local import programs
from warmline.local.kafka_jars import DEPLOY, fetch_kafka_jars
from warmline.local.ports import LOOPBACK, accepts
from warmline.local.processes import Process
from warmline.local.progress import Progress
from warmline.local.readiness import wait_until_ready

_READY_TIMEOUT_S = 90.0
_STOP_TIMEOUT_S = 30.0
_ANSWER_TIMEOUT_MS = 2_000
_FORMAT_TIMEOUT_S = 60

# Ready in 2.3 s instead of 3.4 s, and half the CPU time for the first 200,000 records, because the
# optimising compiler does not compete with the services for the cores.
_JAVA_FLAGS = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class KafkaBroker:
    """A broker in `folder`, its jars in `cache`; `kill` and `start` again keep ports and data."""

    def __init__(
        self,
        folder: Path,
        cache: Path,
        port: int,
        controller_port: int,
        *,
        die_with_parent: bool = False,
    ) -> None:
        self.port = port
        self.controller_port = controller_port
        self._folder = folder.resolve()
        self._cache = cache.resolve()
        self._config = self._folder / "server.properties"
        self._data = self._folder / "data"
        self._meta = self._data / "meta.properties"
        self._process = Process("kafka", ["java"], self._folder, die_with_parent=die_with_parent)

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def start(self, progress: Progress) -> None:
        """Returns when the broker answers a metadata request; does nothing if it runs.

        Fetches the jars and formats the storage the first time. Raises `MissingProgramError`, or
        `ServerStartError` with the end of the broker's log.
        """
        if self.pid is None:
            java = str(programs.require(programs.JAVA))
            jars = fetch_kafka_jars(self._cache, progress)
            self._write_config()
            self._format_storage(java, jars, progress)
            self._process.argv = [*_java_command(java, jars), "kafka.Kafka", str(self._config)]
            progress("Starting Kafka")
            self._process.start()
        wait_until_ready(self._process, self._answers, _READY_TIMEOUT_S)

    def stop(self) -> None:
        self._process.stop(_STOP_TIMEOUT_S)

    def kill(self) -> None:
        """As a crash: SIGKILL."""
        self._process.kill()

    def _write_config(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        template = Template((DEPLOY / "server.properties").read_text())
        self._config.write_text(
            template.substitute(
                host=LOOPBACK,
                port=self.port,
                controller_port=self.controller_port,
                data=self._data,
            )
        )

    def _format_storage(self, java: str, jars: Path, progress: Progress) -> None:
        if self._meta.exists():
            return
        progress("Formatting Kafka's storage")
        command = [
            *_java_command(java, jars), "kafka.tools.StorageTool", "format",
            f"--cluster-id={_new_cluster_id()}", "--config", str(self._config),
        ]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_FORMAT_TIMEOUT_S
        )
        if done.returncode != 0:
            raise ServerStartError(
                f"Kafka could not format its storage in {self._data}:\n{done.stdout}{done.stderr}"
            )

    def _answers(self) -> bool:
        # The client leaves sockets open when it cannot connect, so it is asked only if it can.
        if not accepts(self.port):
            return False
        try:
            client = KafkaAdminClient(
                bootstrap_servers=self.bootstrap,
                bootstrap_timeout_ms=_ANSWER_TIMEOUT_MS,
                request_timeout_ms=_ANSWER_TIMEOUT_MS,
            )
        except KafkaError:
            return False
        try:
            cluster = client.describe_cluster()
            # A broker of somebody else's on our port would answer too.
            return bool(cluster["brokers"]) and cluster["cluster_id"] == self._cluster_id()
        except KafkaError:
            return False
        finally:
            client.close()

    def _cluster_id(self) -> str | None:
        """The one that the storage was formatted with."""
        for line in self._meta.read_text().splitlines():
            if line.startswith("cluster.id="):
                return line.removeprefix("cluster.id=")
        return None


def _java_command(java: str, jars: Path) -> list[str]:
    log_config = f"-Dlog4j2.configurationFile={DEPLOY / 'log4j2.properties'}"
    return [java, *_JAVA_FLAGS, log_config, "-cp", f"{jars}/*"]


def _new_cluster_id() -> str:
    """22 characters of URL-safe base64, as Kafka's own tool makes them."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
