"""
What went wrong, in one line and one number.

0 fine, 1 found a fault or refused, 2 usage, 3 cannot reach, 70 a fault of the hub's own, 130 interrupted.
"""

import sqlite3

FAULT, USAGE, UNREACHED, OURS, INTERRUPTED = 1, 2, 3, 70, 130

# By name, so that a quick command need not import what it cannot meet.
EXITS = {
    "hub.edges.home.HomeError": UNREACHED,
    "hub.edges.embedded.LogError": UNREACHED,
    "hub.edges.reader.ReadError": UNREACHED,
    "hub.edges.appending.AppendError": UNREACHED,
    "hub.edges.broker_jars.BrokerError": UNREACHED,
    "connectors.outbox.OutboxError": UNREACHED,
    "kafka.errors.KafkaError": UNREACHED,
    "aiokafka.errors.KafkaError": UNREACHED,
    "hub.place.PlaceError": USAGE,
    "hub.scenarios.ScenarioError": USAGE,
    "hub.settings.SettingsError": USAGE,
    "connectors.registry.UnknownConnectorError": USAGE,
}


class CommandError(Exception):
    """A command that ends here: `where: what; hint: cure`, and the exit code."""

    def __init__(self, text: str, code: int = FAULT) -> None:
        super().__init__(text)
        self.code = code


def explain(error: BaseException) -> tuple[str, int] | None:
    """
    The line and the exit code of an error that a reader can cure; None for one that only we can.

    >>> explain(CommandError("may.csv: not there; hint: check the name", 3))
    ('may.csv: not there; hint: check the name', 3)
    """
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    code = next((EXITS[name] for name in names if name in EXITS), None)
    if isinstance(error, CommandError):
        return str(error), error.code
    if any(name.endswith("errors.KafkaError") for name in names):
        hint = "is the broker up, and HUB_BOOTSTRAP or --bootstrap its address?"
        return f"kafka: {type(error).__name__}; hint: {hint}", UNREACHED
    if isinstance(error, sqlite3.Error):
        return f"hub.db: {type(error).__name__}; hint: is the disk full, or the file another user's?", UNREACHED
    if code is not None or (names[0].startswith(("hub.", "connectors.")) and "; hint: " in str(error)):
        return str(error), code or FAULT
    if isinstance(error, OSError):
        return _environment(error)
    return None


def _environment(error: OSError) -> tuple[str, int]:
    where = error.filename if isinstance(error.filename, str) else "system"
    what = (error.strerror or type(error).__name__).lower()
    code = UNREACHED if isinstance(error, ConnectionError | TimeoutError) else FAULT
    return f"{where}: {what}; hint: check the path, its permissions and the space on the disk", code
