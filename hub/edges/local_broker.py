"""
The one place that finds a Kafka, or starts one: for the tests and for `hub demo --kafka`.

First `HUB_TEST_BOOTSTRAP`, then a container where an engine answers, then Apache's own jars on a Java.
It fails with the cure, and never pretends.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from hub.edges.broker_jars import KAFKA, BrokerError, cached, install_maven, jars, java
from hub.edges.guard import Guard

PATIENCE = 60.0  # seconds until a broker that starts must answer; 4 to 9 is usual
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "auto.create.topics.enable": "false",
    # What makes a test quick: few internal partitions, no wait for more members, stale transactions soon ended.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # A broker that is only slow, on a busy machine, is never taken for dead.
    "broker.session.timeout.ms": "30000",
}
CLUSTER = "Y3NwLWh1Yi1sb2NhbC1rZg"
HEAP = ("-Xms128m", "-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LOGGING = """rootLogger.level = INFO
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c{1})%n
"""


class Broker(Protocol):
    """A Kafka, however it was come by."""

    @property
    def bootstrap(self) -> str: ...
    @property
    def source(self) -> str: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...
    def close(self) -> None: ...


@contextlib.contextmanager
def broker(
    data_dir: Path | None = None, *, own: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[Broker]:
    """
    Lend a Kafka and take it back at the end.

    *own* asks for one that may be killed: `HUB_TEST_BOOTSTRAP` is passed over.
    *data_dir* keeps a local broker's log, *settings* override the broker's.
    """
    with tempfile.TemporaryDirectory(prefix="csp-hub-kafka-") as scratch:
        found = find(data_dir or Path(scratch), own=own, settings=settings or {})
        try:
            yield found
        finally:
            found.close()


def find(data_dir: Path, *, own: bool = False, settings: Mapping[str, str]) -> Broker:
    """Return the first Kafka to be had; its `source` says why an earlier one was passed over."""
    if own and (cached() or shutil.which("mvn")):
        return Local(data_dir, settings)  # of those that may be killed, the one that loses nothing by it: see `_bury`
    if (named := os.environ.get("HUB_TEST_BOOTSTRAP")) and not own:
        return Named(named)
    if reason := no_engine():
        return Local(data_dir, settings, f"no container: {reason}")
    try:
        return Container(settings)
    except Exception as error:  # whatever a container engine says, the jars are still to be had
        return Local(data_dir, settings, f"no container: {brief(error)}")


class Named:
    """A broker somebody else runs."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.source = f"HUB_TEST_BOOTSTRAP={bootstrap}"
        wait(bootstrap, lambda: None, patience=20)

    def kill(self) -> None:
        raise BrokerError(f"{self.source}: not ours to kill; hint: ask for `broker(own=True)`")

    restart = kill

    def close(self) -> None: ...


class Local:
    """A broker from Apache's jars: one process, on free loopback ports that it keeps through a restart."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None, why: str = "") -> None:
        self.java, self.jars = java(), jars()
        self.home = data_dir.resolve()
        self.home.mkdir(parents=True, exist_ok=True)
        port, controller = free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self.source = f"Kafka {KAFKA} from Maven's jars on {self.java}" + (f" ({why})" if why else "")
        self.controller = f"CONTROLLER://127.0.0.1:{controller}"
        self._configure(port, controller, settings or {})
        self._run("kafka.tools.StorageTool", "format", "-g", "-t", CLUSTER, "-c", str(self.home / "server.properties"))
        self._start()

    def kill(self) -> None:
        """End the broker at once, as a power cut would; the log and the ports stay."""
        self._stop(self.process.kill)

    def restart(self) -> None:
        """Start the broker on the same ports and log, ending it first if need be; return when it answers."""
        self.kill()
        self._bury()
        self._start()

    def _bury(self) -> None:
        """
        Have the controller alone, for a moment, declare the killed broker dead.

        Where the broker itself is told so while it loads, Kafka 4.3 can take the leaderless partitions for deleted
        ones and drop the commit markers it still owes them: what was committed last would never be read.
        """
        log = self.home / "broker.log"
        seen = log.stat().st_size
        alone = ("process.roles=controller", f"listeners={self.controller}", "broker.session.timeout.ms=500")
        self._launch(*(word for setting in alone for word in ("--override", setting)))
        until = time.monotonic() + 15  # a broker killed before it was alive has nothing to be buried
        while b"Fencing broker 1 " not in log.read_bytes()[seen:] and time.monotonic() < until:
            self._alive()
            time.sleep(0.1)
        time.sleep(0.5)  # said is not yet written, and unwritten it is waited for all over again
        self._stop(self.process.terminate)

    def _start(self) -> None:
        self._launch()
        try:
            wait(self.bootstrap, self._alive)
        except BaseException:
            self.kill()
            raise

    def _launch(self, *overrides: str) -> None:
        with (self.home / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command("kafka.Kafka", str(self.home / "server.properties"), *overrides),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is ours to answer, not the broker's
            )
        self.guard = Guard(self.process.pid)

    def close(self) -> None:
        """Stop the broker in good order, or by force after a while."""
        self._stop(self.process.terminate)

    def _stop(self, end: Callable[[], None]) -> None:
        end()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.guard.dismiss()

    def _alive(self) -> None:
        if (code := self.process.poll()) is not None:
            said = complaint((self.home / "broker.log").read_text(errors="replace"))
            raise BrokerError(f"kafka: ended with {code}, saying `{said}`; hint: read {self.home}/broker.log")

    def _configure(self, port: int, controller: int, settings: Mapping[str, str]) -> None:
        ours = {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},{self.controller}",
            "log.dirs": str(self.home / "data"),
        }
        lines = (SETTINGS | ours | dict(settings)).items()
        (self.home / "server.properties").write_text("".join(f"{key}={value}\n" for key, value in lines))
        (self.home / "log4j2.properties").write_text(LOGGING)

    def _command(self, *words: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self.home / 'log4j2.properties'}"
        return [str(self.java), *HEAP, logging, "-cp", f"{self.jars}/*", *words]

    def _run(self, *words: str) -> None:
        done = subprocess.run(self._command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            said = complaint(done.stdout + done.stderr)
            raise BrokerError(f"kafka: could not format {self.home}: `{said}`; hint: look at the settings, or empty it")


class Container:
    """A broker in a container, on a published loopback port that it keeps through a restart."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        from testcontainers.core.container import DockerContainer  # only the tests' group has it

        (port,) = free_ports(1)
        ours = {
            "controller.quorum.voters": "1@localhost:9093",
            "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093,INTERNAL://:9094",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},INTERNAL://localhost:9094",
            "inter.broker.listener.name": "INTERNAL",
            "broker.session.timeout.ms": "9000",  # a killed one is let in again only when this has passed
        }
        self.box = DockerContainer(image())
        ports: dict[str, Any] = self.box.ports
        ports["9092/tcp"] = ("127.0.0.1", port)  # loopback only, which `with_bind_ports` cannot say
        self.box.with_env("KAFKA_HEAP_OPTS", " ".join(HEAP))
        for key, value in (SETTINGS | ours | dict(settings)).items():
            self.box.with_env("KAFKA_" + key.upper().replace(".", "_"), value)
        self.bootstrap = f"127.0.0.1:{port}"
        self.source = f"container of {image()}"
        try:
            self.box.start()
            wait(self.bootstrap, self._alive)
        except BaseException:
            self.close()
            raise

    def kill(self) -> None:
        self.box.get_wrapped_container().kill()

    def restart(self) -> None:
        self.box.get_wrapped_container().restart()
        wait(self.bootstrap, self._alive)

    def close(self) -> None:
        self.box.stop()

    def _alive(self) -> None:
        self.box.reload()
        if self.box.status in ("exited", "dead"):
            raise BrokerError(f"{self.source}: ended; hint: see what `docker logs` says of it")


def image() -> str:
    """Return the image a container is made of; `HUB_KAFKA_IMAGE` names another."""
    return os.environ.get("HUB_KAFKA_IMAGE", f"apache/kafka:{KAFKA}")


def no_engine() -> str:
    """Return why no container can be started here, or nothing when one can be tried."""
    try:
        import docker  # comes with testcontainers
        import testcontainers.core.container  # noqa: F401
    except ImportError:
        return "testcontainers is not installed"
    try:
        docker.from_env(timeout=5).ping()
    except Exception:  # a missing socket, a refused one and a proxy's answer are all the same to us
        return "no Docker engine answers"
    return ""


def wait(bootstrap: str, alive: Callable[[], None], patience: float = PATIENCE) -> None:
    """Return when the broker answers a client; *alive* raises when there is nothing left to wait for."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        alive()
        if _listens(bootstrap) and _answers(bootstrap):
            return
        time.sleep(0.1)
    raise BrokerError(f"{bootstrap}: no Kafka answered in {patience:.0f} s; hint: see that it runs and listens there")


def _listens(bootstrap: str) -> bool:
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
    except OSError:
        return False
    return True


def _answers(bootstrap: str) -> bool:
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        client: Any = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=5000)
    except KafkaError:
        return False
    try:
        return bool(client.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        client.close()


def free_ports(count: int) -> list[int]:
    """
    Return loopback ports nobody listens on, below those the system hands out for outgoing connections.

    So that nobody takes them while a killed broker is away:

    >>> all(20_000 <= port < 32_000 for port in free_ports(3))
    True
    """
    start = os.getpid() * 61 % 10_000  # two test runs at once look in different places
    ports = (20_000 + (start + step) % 12_000 for step in range(12_000))
    return [port for port, _ in zip(filter(_is_free, ports), range(count), strict=False)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def complaint(said: str) -> str:
    """
    Return the last line of what a JVM said that tells what was wrong.

    >>> complaint("INFO fine\\nCaused by: ConfigException: no such port\\n\\tat kafka.Kafka.main")
    'Caused by: ConfigException: no such port'
    """
    lines = [line.strip() for line in said.splitlines() if "ERROR" in line or "Exception" in line]
    return next(reversed(lines), "nothing")


def brief(error: BaseException) -> str:
    """
    Return the first line of what *error* says.

    >>> brief(ValueError("no such image\\nmore"))
    'no such image'
    """
    return next(iter(str(error).splitlines()), type(error).__name__)


def prepare() -> str:
    """Have a broker's parts ready, so that no test waits for a download, and say what they are."""
    if named := os.environ.get("HUB_TEST_BOOTSTRAP"):
        return f"the one at {named}"
    if not no_engine():
        import docker

        engine = docker.from_env()
        with contextlib.suppress(docker.errors.DockerException):
            if not engine.images.list(image()):
                engine.images.pull(image())
            if shutil.which("mvn"):
                jars()  # for the tests that kill a broker
            return f"a container of {image()}"
    if not cached() and not shutil.which("mvn"):
        install_maven()
    return f"Kafka {KAFKA} from {jars()} on {java()}"


if __name__ == "__main__":
    try:
        print(f"broker: {prepare()}")
    except BrokerError as error:
        sys.exit(str(error))
