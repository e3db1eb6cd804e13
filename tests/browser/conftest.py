"""A made-up hub with its console, in a process of its own, and a real browser that signs in to it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from smallhome import year

from hub import topics, wiring
from hub.edges.home import open_home
from hub.intake import redrive
from hub.log import Out

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # as root, in a container
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)


def chromium() -> str:
    found = os.environ.get("HUB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "chromium: not found; hint: sudo apt-get install chromium, or HUB_CHROMIUM names a browser"
    return found


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where pictures are kept to be looked at, if anywhere: to draw them takes a quarter of all that the walks do."""
    named = os.environ.get("HUB_SHOTS")
    return Path(named) if named else None


@pytest.fixture(scope="module")
def browser():
    """One for each file: while it is open, its event loop is this thread's."""
    with sync_playwright() as tools:
        made = tools.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """The home that `hub demo` leaves, of fewer people, and the hub's clock up to now: nothing falls due meanwhile."""
    folder, schemas = tmp_path_factory.mktemp("seen") / "home", wiring.schemas()
    with year(folder, 60) as ground:
        made, now = open_home(folder), time.time_ns() // 1000
        ground.append([Out(topics.intake(one), 0, b"k", b"Dear hub", ()) for one in made.agencies])  # for quarantine
        asked = redrive.request(["quarantine.school.v1/0/0"], "HUB_UPDATED", "another", now)
        ground.append([redrive.asked(schemas, asked)])  # for whoever agrees as the second person
        tick = schemas.encode("tick", {"at": now})
        ground.append([Out(topics.PERSON, number, None, tick, ()) for number in range(made.partitions)])
        ground.clocked()
    return folder


@contextmanager
def console(home: Path) -> Iterator[str]:
    """The address of `hub console --run` on *home*, while it runs."""
    command = [sys.executable, "-m", "hub", "console", "--run", "--home", str(home), "--listen", "127.0.0.1:0"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    running = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=clean)
    try:
        said = []
        while not (found := re.search(r"the console is at (\S+)", "".join(said))):
            said.append(running.stderr.readline())
            assert said[-1], said
        yield found[1]
    finally:
        running.terminate()
        _, rest = running.communicate(timeout=30)
    assert running.returncode == 0, [*said, rest]


@pytest.fixture(scope="session")
def address(home) -> Iterator[str]:
    with console(home) as made:
        yield made


@pytest.fixture(scope="module")
def signed_in(browser, address):
    """A page of somebody who signed in as they would, by clicking; one context each, kept to the end."""
    contexts = []

    def open_as(login: str, **how):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | how)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{address}/sign-in")
        page.get_by_role("button", name="Sign in").click()
        page.locator(f"button[value='{login}']").click()
        page.wait_for_url(f"{address}/**")
        return page

    yield open_as
    for context in contexts:
        context.close()
