"""Logs: facts on stderr, as key=value or JSON, by HUB_LOG and HUB_LOG_FORMAT; stdout is the answer's alone."""

import logging
from typing import Any

from hub import settings
from hub.cli.screen import BESIDE

PERSONAL = frozenset({"name", "forename", "surname", "dob", "date_of_birth", "address", "postcode", "payload", "value"})
OFF = logging.CRITICAL + 10
CLIENTS = ("kafka", "aiokafka", "faust", "mode", "asyncio")


def start(level: str = "warning") -> None:
    """Send every log to stderr from *level* on, unless HUB_LOG says otherwise."""
    import structlog

    told = settings.read()
    number = OFF if (told.log or level) == "off" else getattr(logging, (told.log or level).upper())
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    told_off = [_silence] if number == OFF else []
    shared: list[Any] = [*told_off, structlog.stdlib.add_log_level, stamp, _refuse, _named(told.instance_id)]
    structlog.configure(
        processors=[*shared, _renderer(told.log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(min(number, logging.CRITICAL)),
        logger_factory=lambda *_: structlog.PrintLogger(BESIDE),
        cache_logger_on_first_use=False,
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(told.log_format)],
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)
    # Unasked, the command says what they would in a line of its own; at debug and info they log keys and values.
    for client in CLIENTS:
        logging.getLogger(client).setLevel(max(number, logging.WARNING) if told.log else OFF)


class _Stderr(logging.Handler):
    """Writes to whatever stderr is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=BESIDE)


def _renderer(form: str) -> Any:
    import structlog

    if form == "json":
        return structlog.processors.JSONRenderer()
    order = ["timestamp", "level", "worker", "event"]
    return structlog.processors.KeyValueRenderer(key_order=order, drop_missing=True, repr_native_str=False)


def _named(worker: str | None) -> Any:
    """
    Facts say which worker tells them, where several are.

    >>> _named("hub-a-1")(None, "", {"event": "batch committed"})
    {'event': 'batch committed', 'worker': 'hub-a-1'}
    """
    return lambda _, __, fact: {**fact, "worker": worker} if worker else fact


def _silence(_: Any, __: str, ___: Any) -> Any:
    import structlog

    raise structlog.DropEvent


def _refuse(_: Any, __: str, fact: Any) -> Any:
    """
    A fact that carries personal data is told without it.

    >>> _refuse(None, "", {"event": "published", "dob": "2001-01-01"})
    {'event': 'published', 'dob': '(kept back)'}
    """
    return {name: "(kept back)" if name in PERSONAL else value for name, value in fact.items()}
