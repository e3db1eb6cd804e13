"""A person's plan as a timeline: every alert that was, is or will be, when and why, from the steps in the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hub import words
from hub.inbox.items import OVER

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One alert on the timeline, as its newest step in the log has it."""

    step: Told

    @property
    def at(self) -> datetime:
        """When it falls or fell due, on London's clocks."""
        return (words.EPOCH + timedelta(microseconds=self.step["due_at"])).astimezone(words.LONDON)

    @property
    def on(self) -> date:
        """The civil date of that."""
        return self.at.date()

    @property
    def unseen(self) -> bool:
        """Whether it was replaced or let go before its team saw it: of interest to whoever traces a change."""
        return self.step["state"] in {"SUPERSEDED", "CANCELLED"} and self.step["was"] == "PENDING"

    @property
    def what(self) -> tuple[str, ...]:
        """What it is a version of."""
        return tuple(str(self.step[name]) for name in ("kind", "about", "episode", "stage", "team"))

    @property
    def why(self) -> str:
        """What the stage says, the date that it rests on, and what came of it if there is more to say."""
        said, basis = words.stage(self.step["stage"]), self.step["basis"]
        answer, reason = self.step["answer"], self.step["reason"]
        resting = f"{said} ({words.day(basis)})" if basis else said
        late = " (late: its day had gone)" if self.step["catch_up"] and self.step["state"] not in OVER else ""
        came = [*([words.answered(answer)] if answer else []), *([words.because(reason)] if reason else [])]
        return "; ".join([f"{resting}{late}", *came])


def timeline(changes: Iterable[Told], every: bool = False) -> list[Row]:
    """
    The rows of one person's steps, which come in the order of the log.

    *every* keeps what nobody ever saw: what was replaced while it was planned, and what was passed over because another
    version of it says more.
    """
    newest: dict[str, Told] = {}
    for change in changes:
        newest[change["alert"]] = change
    rows = list(map(Row, newest.values()))
    if not every:
        told = {row.what: row for row in rows if not row.unseen and row.step["state"] != "SKIPPED"}
        skipped = {row.what: row for row in rows if row.step["state"] == "SKIPPED" and row.what not in told}
        rows = [row for row in rows if not row.unseen and row.step["state"] != "SKIPPED"] + list(skipped.values())
    return sorted(rows, key=lambda row: (row.step["due_at"], row.step["stage"], row.step["team"], row.step["version"]))


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that everything hangs on: today, a planning date, the 18th birthday; *key* says which of them."""

    key: str
    on: date
    label: str


def marks(today: date, eighteenth: date | None, plans: Iterable[tuple[str, date]]) -> list[Mark]:
    """
    The days to mark, in order; *plans* are names of living plans, such as RELEASE/1, with the dates they rest on.

    >>> [mark.label for mark in marks(date(2026, 1, 1), date(2026, 9, 9), [("TRANSITION/1", date(2026, 9, 9))])]
    ['today', '18th birthday']
    """
    made = [Mark("today", today, "today")]
    made += [Mark("eighteenth", eighteenth, "18th birthday")] if eighteenth else []
    for name, on in plans:
        kind = name.partition("/")[0]
        if on != eighteenth:
            made.append(Mark("plan", on, PLANS.get(kind, words.happening(f"alert.{kind}").removesuffix(" alert"))))
    return sorted(set(made), key=lambda mark: (mark.on, mark.key, mark.label))


PLANS = {
    "RELEASE": "planned release",
    "RELEASED": "released",
    "HOSP": "to hospital",
    "CLIFF_EDGE": "support ends",
    "PROTECTED": "protected",
}
