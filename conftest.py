"""What is logged while a test or an example runs goes to stderr, as from the command: stdout is the answer's alone."""

import sys

import pytest
import structlog


@pytest.fixture(autouse=True)
def facts_on_stderr() -> None:
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
