"""A worker that must not go on ends, and says why if anybody listens."""

import subprocess
import sys

from hub.edges.failstop import EXIT

BLOCKED = """
import sys, threading, time
from hub.cli import logs
from hub.edges.failstop import StreamError, fail

logs.start("info")

def watch():
    time.sleep(0.5)
    fail(StreamError("stuck"))

threading.Thread(target=watch).start()
while True:
    sys.stderr.write("." * 65536)
"""
SAYS = 'from hub.edges.failstop import StreamError, fail; fail(StreamError("partition 3: gone"))'


def test_it_ends_though_nobody_reads_what_it_says():
    with subprocess.Popen([sys.executable, "-c", BLOCKED], stderr=subprocess.PIPE) as worker:
        assert worker.wait(30) == EXIT


def test_it_says_why():
    ended = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == EXIT
    assert "partition 3: gone" in ended.stdout + ended.stderr
