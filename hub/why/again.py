"""What was tried before a decision and what would have turned it: the person's own log, decided once more."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hub import why
from hub.place import Place
from hub.words import Book, Told

if TYPE_CHECKING:
    from hub.core.person import Person
    from hub.core.policy import Ask, Index
    from hub.core.rules import Rules
    from hub.edges.reader import Reader
    from hub.engine import Program
    from hub.replay.moment import Moment

Row = dict[str, Any]
Lines = tuple[tuple[str, str], ...]
GONE = "not to be found again: that takes the hub's home, its leads' keys and the person's whole log"


class Why:
    """Decides once more what was decided, and looks at what the clauses asked of the person."""

    def __init__(self, place: Place, reader: "Reader", book: Book) -> None:
        self._place, self._reader, self._book = place, reader, book
        self._program = self._opened()
        self._moments: dict[str, Moment | None] = {}

    def lines(self, made: Row, one: Row) -> tuple[Lines, Row]:
        """
        What was tried for the team of outcome *one* of decision *made*, and what would have changed its answer.

        The second part is the same for programs: `tried` and `turns` are None where they cannot be found again.
        """
        if one["reason"] in why.FIRM:
            return (("otherwise", why.FIRM[one["reason"]]),), {"team": one["team"], "tried": [], "turns": []}
        found = self._found(made, one)
        if found is None:
            return (("tried", GONE),), {"team": one["team"], "tried": None, "turns": None}
        return self._told(made, one, *found)

    def _told(self, made: Row, one: Row, ask: "Ask", rules: "Rules") -> tuple[Lines, Row]:
        from hub.core.tried import tried, turns

        clauses = _clauses(made, one, rules)
        looked, sets = tried(ask, clauses), turns(ask, clauses)
        permits = sum(each.clause.effect.value == "permit" for each in looked)
        said = [
            why.clause(law.clause.id, law.clause.effect.value, law.unmet, law.facts, self._law(made, law.clause.id))
            for law in looked
        ]
        facts = {name: word for each in looked for name, word in each.facts.items()}
        lines = [("tried", line) for line in said] + ([("asked", why.asked(facts))] if facts else [])
        lines.append(("otherwise", why.turned(one["delivered"], one["reason"], sets, ask.on, permits)))
        shown = [
            {"clause": each.clause.id, "effect": each.clause.effect.value, "unmet": each.unmet, "asked": each.facts}
            for each in looked
        ]
        return tuple(lines), {"team": one["team"], "tried": shown, "turns": [dict(each) for each in sets]}

    def _law(self, made: Row, clause: str) -> Told:
        return self._book.clause(made["bundle"], clause) or {}

    def _found(self, made: Row, one: Row) -> "tuple[Ask, Rules] | None":
        """What was asked, if it leads to the very answer that was given."""
        from hub.core.disclosure import asked

        there = self._moment(made)
        if there is None or there.rules.hash != made["bundle"]:
            return None
        rules, happened = there.rules, None if made["source"] == "HUB" else there.happened
        for person in _persons(there, made):
            key = rules.teams[one["team"]], made["subject"], made["source"]
            ask = asked(person, made["at"], rules, *key, happened)
            if _same(ask, _clauses(made, one, rules), one):
                return ask, rules
        return None

    def _moment(self, made: Row) -> "Moment | None":
        from hub import topics
        from hub.replay.moment import moment
        from hub.wire.partitioner import partition_for

        program, name = self._program, made["id"]
        if program is not None and name not in self._moments:
            number = partition_for(made["person"].encode(), program.partitions)
            records = self._reader.scan(topics.PERSON, number)
            self._moments[name] = moment(program, records, made["person"], name)
        return self._moments.get(name)

    def _opened(self) -> "Program | None":
        from hub.edges.home import HomeError
        from hub.wiring import program

        try:
            return program(self._place.open(), past=True)
        except HomeError:
            return None


def _persons(there: "Moment", made: Row) -> "Iterator[Person]":
    """The person as they were when it was decided: an alert may have fallen due before the record that let it fire."""
    if made["source"] == "HUB":
        yield from (there.before, there.after) if made["at"] < there.after.clock else (there.after, there.before)
    else:
        yield there.after


def _same(ask: "Ask", clauses: "Index", one: Row) -> bool:
    from hub.core.policy import decide

    verdict = decide(ask, clauses)
    reason = "NO_CONSENT" if one["reason"] == "NO_CONSENT" and verdict.reason == "CONDITION:consent" else verdict.reason
    return (reason, verdict.clause and verdict.clause.id) == (one["reason"], one["clause"])


def _clauses(made: Row, one: Row, rules: "Rules") -> "Index":
    """What was looked at last: the agreements, or what holds while the glass is broken."""
    from hub.core.emergency import OPENED

    broken = one["grant"] and (one["delivered"] or made["subject"] == OPENED)
    return rules.emergency.clauses if broken else rules.clauses
