"""A line of a list of decisions: in words, and as files and programs have it."""

from typing import Any

from hub import words
from hub.projection.ask import Row
from hub.words import Book


def line(row: Row, law: Book) -> dict[str, Any]:
    """One row in words."""
    told, clause = row.told, law.clause(row.bundle, row.told.clause)
    delivered = told.outcome == "delivered"
    says = f"{told.clause}: {clause['says']}" if clause and clause.get("says") else told.clause or ""
    return {
        "at": row.at,
        "decision": row.decision,
        "subject": row.subject,
        "source": row.source,
        "team": law.team(row.bundle, told.team),
        "code": told.team,
        "delivered": delivered,
        "why": says if delivered else words.reason(told.reason, clause),
        "owner": told.owner,
        "grant": told.grant,
    }


def plain(row: Row) -> dict[str, Any]:
    """One row by its columns, its instant in UTC microseconds and its fields each with their form."""
    told = row.told
    by = {
        name: getattr(told, name) for name in ("agreement", "clause", "purpose", "gateway", "reason", "owner", "grant")
    }
    about = {"decision": row.decision, "source": row.source, "type": row.subject, "event": row.event}
    whom = {"team": told.team, "outcome": told.outcome}
    return {"at": row.at, **about, **whom, **by, "fields": dict(sorted(told.kept.items())), "bundle": row.bundle}
