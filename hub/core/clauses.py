"""
The clauses of a bundle made ready: without what their gateways bar, and without what their teams may not know.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hub.core.emergency import OPENED, Emergency, emergency
from hub.core.gateways import bases, lawful, statutes
from hub.core.minimum import Minimum, narrowed
from hub.core.policy import DROP, Clause, Effect, Index, index


def permitted(bundle: Mapping[str, Any]) -> Index:
    """What the agreements allow and forbid."""
    found = lawful(index(map(clause, bundle["clauses"])), statutes(bundle), bases(bundle["clauses"]))
    return narrowed(found, _minimum(bundle["minimum"]))


def broken(bundle: Mapping[str, Any]) -> Emergency:
    """What holds while the glass is broken, bound in the same way; how things stand is no event, and has no class."""
    told = bundle["emergency"]
    found = index(map(clause, told["clauses"]))
    opened = {key: some for key, some in found.items() if key[0] == OPENED}
    events = {key: some for key, some in found.items() if key[0] != OPENED}
    made = {**opened, **lawful(events, statutes(bundle), bases(told["clauses"]))}
    return emergency(told, narrowed(made, _minimum(bundle["minimum"])))


def _minimum(table: Mapping[str, Any]) -> Mapping[str, Minimum]:
    return {team: Minimum(frozenset(line["may"]), frozenset(line["never"])) for team, line in table.items()}


def clause(made: Mapping[str, Any]) -> Clause:
    """One clause, as a bundle has it."""
    return Clause(
        id=made["id"],
        agreement=made["agreement"],
        effect=Effect(made["effect"]),
        purpose=made["purpose"],
        gateway=made["gateway"],
        subjects=tuple(made["subjects"]),
        sources=tuple(made["sources"]),
        teams=tuple(made["teams"]),
        when=tuple((name, frozenset(allowed)) for name, allowed in sorted(made["when"].items())),
        fields=tuple((name, form) for name, form in sorted(made["fields"].items()) if form != DROP),
        starts=date.fromisoformat(made["starts"]),
        review_by=date.fromisoformat(made["review_by"]),
        ends=date.fromisoformat(made["ends"]),
    )
