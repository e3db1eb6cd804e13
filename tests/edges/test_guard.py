"""Whom we guard ends with us, and nobody else does."""

import subprocess
import sys

import pytest

GUARDED = "import sys; from hub.edges.guard import Guard; one = Guard(int(sys.argv[1]))"


def gone(script, process):
    subprocess.run([sys.executable, "-c", script, str(process.pid)], check=True, timeout=30)


def test_a_process_ends_with_the_one_that_started_it():
    left = subprocess.Popen(["sleep", "60"])

    gone(GUARDED, left)

    assert left.wait(10) == -9


def test_a_guard_that_was_dismissed_ends_nobody():
    left = subprocess.Popen(["sleep", "60"])

    gone(f"{GUARDED}; one.dismiss()", left)

    with pytest.raises(subprocess.TimeoutExpired):
        left.wait(1)
    left.kill()
    left.wait()
