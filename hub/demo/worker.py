"""The demo's worker in a process of its own, so that it can be killed: `python -m hub.demo.worker HOME BOOTSTRAP`."""

import logging
import sys
from pathlib import Path

from hub import settings, topics, wiring
from hub.edges.home import open_home
from hub.edges.stream import run, worker


def main(home: str, bootstrap: str) -> int:
    """Work until told to stop; the clock is the demo's to set."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    program, told = wiring.program(open_home(Path(home))), settings.read()
    made = worker(
        program,
        inputs=program.inputs,
        states=topics.STATES,
        partitions=program.partitions,
        bootstrap=bootstrap,
        app_id=told.app_id,
        instance_id="demo",  # a restarted worker takes its partitions back at once
        auth=told.auth,
    )
    return run(made)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
