"""Brokers for the scenarios that ill-treat one: behind a proxy, on a small disk, and three of them together."""

import resource
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient

from hub.edges.broker_jars import jars, java
from hub.edges.local_broker import CLUSTER, Local, free_ports, wait

NODES = (1, 2, 3)
REPLICATED = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "broker.session.timeout.ms": "6000",  # another takes over: being taken for dead does no harm here
    "controller.quorum.election.timeout.ms": "2000",
    "controller.quorum.fetch.timeout.ms": "4000",
}


class Proxied(Local):
    """A broker with a second door, advertised at *proxy*, the port of whoever stands before it."""

    def __init__(self, data_dir: Path) -> None:
        *_, self.door, self.proxy = free_ports(4)
        super().__init__(data_dir)

    def _configure(self, port: int, controller: int, settings: Mapping[str, str]) -> None:
        here = f"PLAINTEXT://{self.bootstrap}"
        doors = {
            "listeners": f"{here},PROXIED://127.0.0.1:{self.door},{self.controller}",
            "advertised.listeners": f"{here},PROXIED://127.0.0.1:{self.proxy}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT",
        }
        super()._configure(port, controller, {**settings, **doors})


class Node(Local):
    """One of three brokers, not started yet; all three are controllers too."""

    def __init__(self, data_dir: Path, number: int, ports: Mapping[int, tuple[int, int]]) -> None:
        self.java, self.jars = java(), jars()
        self.home = data_dir / f"node-{number}"
        self.home.mkdir(parents=True)
        port, controller = ports[number]
        self.bootstrap = f"127.0.0.1:{port}"
        self.source = f"node {number} of {len(ports)}"
        self.controller = f"CONTROLLER://127.0.0.1:{controller}"
        voters = ",".join(f"{node}@127.0.0.1:{ports[node][1]}" for node in ports)
        told = {**REPLICATED, "node.id": str(number), "controller.quorum.voters": voters}
        self._configure(port, controller, told)
        self._run("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(self.home / "server.properties"))

    def start(self) -> None:
        self._launch()

    def ready(self) -> None:
        wait(self.bootstrap, self._alive)

    def restart(self) -> None:
        """Start it again; there are others to lead meanwhile, so that nothing has to be buried."""
        self.start()
        self.ready()


class Cluster:
    """Three brokers, each with every record."""

    def __init__(self, data_dir: Path) -> None:
        free = free_ports(2 * len(NODES))
        ports = {node: (free[2 * index], free[2 * index + 1]) for index, node in enumerate(NODES)}
        self.nodes = {node: Node(data_dir, node, ports) for node in NODES}
        self.bootstrap = ",".join(node.bootstrap for node in self.nodes.values())
        for node in self.nodes.values():
            node.start()
        for node in self.nodes.values():
            node.ready()

    def leader(self, topic: str, number: int) -> int:
        """The node that leads a partition."""
        return self._look(topic, number)["leader_id"]

    def in_sync(self, topic: str, number: int) -> int:
        """How many nodes have every record of it."""
        return len(self._look(topic, number)["isr_nodes"])

    def _look(self, topic: str, number: int) -> Any:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            (told,) = admin.describe_topics([topic])
        finally:
            admin.close()
        return next(part for part in told["partitions"] if part["partition_index"] == number)

    def close(self) -> None:
        for node in self.nodes.values():
            node.kill()  # in good order, the last would wait for a quorum that is gone


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Have *folder* be a disk of its own, in memory; or say that this cannot be had here."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True
    ).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill the disk of *folder* to the last byte, and return the file to remove."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(65_536)):
            pass
    return ballast


def limit_files(broker: Local, size: int) -> None:
    """Let *broker* write no file beyond *size* bytes: to it, a disk that is full."""
    resource.prlimit(broker.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
