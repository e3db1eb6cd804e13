"""A signal that is to stop the hub does so whatever it is in the middle of."""

import os
import signal
import threading
import time

import pytest

from hub.cli.run_hub import stopping


def send(count):
    for _ in range(count):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.0001)


@pytest.mark.timeout(10)
def test_no_signal_is_lost_on_who_waits_for_it():
    with stopping() as stop:
        storm = threading.Thread(target=send, args=(60,))
        storm.start()
        while storm.is_alive():
            stop.wait(0)  # here a handler that takes the event's own lock never returns

        assert stop.wait(5)


def test_before_and_after_a_signal_means_what_it_did():
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
    with stopping() as stop:
        assert not stop.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stop.wait(5)

    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)] == before
