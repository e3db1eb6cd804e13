"""The names of the hub's topics, in one place, and which of them a hub of given agencies and teams needs."""

from collections.abc import Iterable
from typing import NamedTuple

PERSON = "person.v1"
RULES = "rules.v1"
ACCESS = "access.v1"
REDRIVES = "redrives.v1"
REQUESTS = "access-requests.v1"
DECISIONS = "decisions.v1"
CHANGES = "alert-changes.v1"
LEAVES = "ledger.leaves.v1"
SALTS = "ledger.salts.v1"
ERASURES = "ledger.erasures.v1"
CHECKPOINTS = "ledger.checkpoints.v1"
COSIGNED = "ledger.cosigned.v1"
READS = "reads.v1"
RECEIPTS = "receipts.v1"
RESOLVE_STATE = "state.resolve.v1"
DECIDE_STATE = "state.decide.v1"
POSITIONS = "state.positions.v1"
CONNECTOR_POSITIONS = "connector.positions.v1"
OUTSIDE = 512 * 1024
INSIDE = 4 * 1024 * 1024
STATES = (RESOLVE_STATE, DECIDE_STATE, POSITIONS)


class Topic(NamedTuple):
    """
    A topic to be, kept for ever; *cleanup* is `delete` or `compact`, *max_bytes* bounds a batch.

    What comes from *outside* must not be larger, what the hub writes itself must be let in. A *stamped* topic's records
    carry the time they entered the log.
    """

    name: str
    partitions: int
    cleanup: str
    max_bytes: int | None = None
    outside: bool = False
    stamped: bool = False


def slug(code: str) -> str:
    """
    An agency's or team's code as part of a topic name.

    >>> slug("HMPPS_PRISON")
    'hmpps-prison'
    """
    return code.lower().replace("_", "-")


def intake(agency: str) -> str:
    """Where the connector of *agency* publishes."""
    return f"intake.{slug(agency)}.v1"


def acks(team: str) -> str:
    """Where *team* answers its alerts."""
    return f"acks.{slug(team)}.v1"


def alerts(team: str) -> str:
    """Where *team* reads its alerts."""
    return f"alerts.{slug(team)}.v1"


def deliveries(team: str) -> str:
    """Where *team* reads the events its agreements allow it."""
    return f"deliveries.{slug(team)}.v1"


def proofs(team: str) -> str:
    """Where *team* reads what shows that a decision behind what it was told is in the ledger."""
    return f"proofs.{slug(team)}.v1"


def quarantine(agency: str) -> str:
    """Where what *agency* sent, and the hub could not take, is kept as it came."""
    return f"quarantine.{slug(agency)}.v1"


def inputs(agencies: Iterable[str], teams: Iterable[str]) -> tuple[str, ...]:
    """Every topic the hub reads, in the order in which one batch of them is applied."""
    return (PERSON, *map(acks, teams), *map(intake, agencies))


def answers(agencies: Iterable[str], teams: Iterable[str]) -> tuple[str, ...]:
    """What a hub tells: to teams, to the IG lead, and to whoever sent what it could not take."""
    teams = tuple(teams)
    told = [name(team) for team in teams for name in (deliveries, alerts)]
    refused = [quarantine(owner) for owner in (*agencies, *teams, "HUB")]
    return DECISIONS, CHANGES, *told, *dict.fromkeys(refused)


def catalogue(agencies: Iterable[str], teams: Iterable[str], partitions: int) -> tuple[Topic, ...]:
    """Every topic of a hub; one partition count for all that are keyed."""
    agencies, teams = tuple(agencies), tuple(teams)
    logs = [PERSON, CHANGES, quarantine("HUB")]
    logs += [name(agency) for agency in agencies for name in (intake, quarantine)]
    logs += [name(team) for team in teams for name in (alerts, deliveries, acks, quarantine)]
    read = inputs(agencies, teams)
    kept = [_log(name, partitions, name in read) for name in dict.fromkeys(logs)]
    erasable = [_erasable(name, partitions) for name in (DECISIONS, *map(proofs, teams))]
    return (*kept, *erasable, *(Topic(name, partitions, "compact", max_bytes=INSIDE) for name in STATES), *_single())


def _log(name: str, partitions: int, read: bool) -> Topic:
    """
    What comes from outside is bounded where it enters; what it leads to has room for every row the engine can make.
    """
    outside = name.startswith(("intake.", "acks."))
    return Topic(name, partitions, "delete", OUTSIDE if outside else INSIDE, outside, read)


def _erasable(name: str, partitions: int) -> Topic:
    """Compacted by a key of each record, so that a tombstone takes away one of them and nothing else ever goes."""
    return Topic(name, partitions, "compact", INSIDE, stamped=True)


def _single() -> tuple[Topic, ...]:
    ledger = (Topic(LEAVES, 1, "delete", INSIDE), Topic(ERASURES, 1, "delete"), Topic(CHECKPOINTS, 1, "delete"))
    compacted = (
        Topic(RULES, 1, "compact"),
        Topic(CONNECTOR_POSITIONS, 1, "compact"),
        Topic(COSIGNED, 1, "compact"),
        _erasable(SALTS, 1),
    )
    asked = (Topic(ACCESS, 1, "delete"), Topic(REQUESTS, 1, "delete"), Topic(READS, 1, "delete"))
    return *compacted, *asked, Topic(REDRIVES, 1, "delete"), Topic(RECEIPTS, 1, "delete"), *ledger
