"""A Redis Cluster of three masters, each with a replica, on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from tests.servers import eventually
from warmline.local.ports import LOOPBACK, free_port

NODE_TIMEOUT_MS = 800


@dataclass
class Cluster:
    """`ports` of all nodes; a killed one stays dead."""

    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def ports(self) -> list[int]:
        return [port for port, process in self.processes.items() if process.poll() is None]

    @property
    def url(self) -> str:
        return "redis-cluster://" + ",".join(f"{LOOPBACK}:{port}" for port in self.ports)

    def master_of(self, desk: str) -> int:
        """The port of the node that serves a desk now."""
        slot = key_slot(f"{{{desk}}}".encode())
        for port in self.ports:
            for first, last, master, *_ in self._ask(port, "CLUSTER SLOTS"):
                if first <= slot <= last:
                    return int(master[1])
        raise AssertionError(f"nobody serves slot {slot}")

    def kill(self, port: int) -> None:
        """As a crash: SIGKILL."""
        self.processes[port].kill()
        self.processes[port].wait()

    def is_whole(self) -> bool:
        """Every slot is served, and every master has the replica it should have."""
        try:
            for port in self.ports:
                info = self._ask(port, "CLUSTER INFO")
                if info["cluster_state"] != "ok" or info["cluster_known_nodes"] != str(
                    len(self.ports)
                ):
                    return False
                role = self._ask(port, "ROLE")
                linked = role[2] if role[0] == b"master" else role[3] == b"connected"
                if not linked:
                    return False
        except RedisError:
            return False
        return True

    def _ask(self, port: int, command: str) -> Any:
        with Redis(host=LOOPBACK, port=port, socket_timeout=2) as client:
            return client.execute_command(command)


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        for _ in range(6):
            _start(cluster, folder, free_port())
        eventually(lambda: all(_answers(port) for port in cluster.ports), 20)
        addresses = [f"{LOOPBACK}:{port}" for port in cluster.ports]
        create = ["redis-cli", "--cluster", "create", *addresses, "--cluster-replicas", "1"]
        subprocess.run([*create, "--cluster-yes"], check=True, capture_output=True)
        eventually(cluster.is_whole, 30)
        yield cluster
    finally:
        for port in cluster.ports:
            cluster.kill(port)


def _start(cluster: Cluster, folder: Path, port: int) -> None:
    data = folder / str(port)
    data.mkdir(parents=True)
    settings = {
        "port": port,
        "cluster-port": free_port(),
        "bind": LOOPBACK,
        "dir": data,
        "cluster-enabled": "yes",
        "cluster-config-file": "nodes.conf",
        "cluster-node-timeout": NODE_TIMEOUT_MS,
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    arguments = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
    log = (data / "log").open("wb")
    cluster.processes[port] = subprocess.Popen(["redis-server", *arguments], stdout=log, stderr=log)
    log.close()


def _answers(port: int) -> bool:
    try:
        with Redis(host=LOOPBACK, port=port, socket_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False
