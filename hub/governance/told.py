"""
What the answer to one question tells a team: which fields, in which form, or only that something happened.

Two answers are asked for: the agreements' own, and the one while the glass is broken, when the clauses for emergencies
hold beside them.
"""

from collections.abc import Iterable
from typing import NamedTuple

from hub.core.disclosure import STANDING
from hub.core.emergency import LEADS, OPENED
from hub.core.policy import DROP, Ask, Verdict, decide
from hub.core.rules import Rules
from hub.governance.space import Key

ACK = "alert.ack"
BAND = "band"
SILENT = frozenset({DROP, BAND})  # forms that tell nothing: a band that begins nowhere is none
FULLER = {"month": frozenset({"year"})}  # a form tells what coarser ones tell, and `keep` tells everything


class Piece(NamedTuple):
    """One field in one form, a band with where each begins; without a name, that the thing happened at all."""

    field: str = ""
    form: str = ""


HAPPENED = Piece()
Told = frozenset[Piece]
NOTHING: Told = frozenset()


def told(rules: Rules | None, ask: Ask, broken: bool = False) -> Told:
    """What the answer to *ask* discloses under *rules*, where the glass is *broken* for the team, or not."""
    if rules is None or ask.on > rules.valid_until or not hears(rules, (ask.subject, ask.source, ask.team), broken):
        return NOTHING
    verdict = _verdict(rules, ask, broken)
    if not verdict.allowed or verdict.clause is None:
        return NOTHING
    known = _known(rules, ask.subject)
    fields = (field for field in verdict.clause.fields if known is None or field[0] in known)
    kept = (Piece(name, _form(rules, name, form)) for name, form in fields)
    return frozenset({HAPPENED, *(piece for piece in kept if piece.form not in SILENT)})


def _verdict(rules: Rules, ask: Ask, broken: bool) -> Verdict:
    if ask.subject == OPENED:
        return decide(ask, rules.emergency.clauses)
    verdict = decide(ask, rules.clauses)
    return rules.emergency.verdict(ask, verdict) if broken and not alert(ask.subject) else verdict


def hears(rules: Rules, key: Key, broken: bool = False) -> bool:
    """Whether the question arises: a member hears of the subject, and the source may state it."""
    subject, source, code = key
    team = rules.teams.get(code)
    if subject == OPENED:
        return team is not None and broken and source == LEADS
    if team is None or alert(subject):
        return team is not None
    stated = subject == ACK or subject in rules.publishes.get(source, ())
    return (
        stated
        and subject in rules.vocabulary
        and (subject in team.subscribes or (broken and key in rules.emergency.clauses))
    )


def alert(subject: str) -> bool:
    """Whether it is an alert of the hub's; what a team answers is an event."""
    return subject.startswith("alert.") and subject != ACK


def _known(rules: Rules, subject: str) -> Iterable[str] | None:
    """The fields there can be of an event or of how things stand; of an alert, whatever is named."""
    return STANDING if subject == OPENED else rules.vocabulary.get(subject)


def _form(rules: Rules, name: str, form: str) -> str:
    return " ".join(map(str, (BAND, *rules.bands.get(name, ())))) if form == BAND else form


def covers(one: Piece, other: Piece) -> bool:
    """
    Whether whoever is told *one* is told *other* by it.

    >>> covers(Piece("crd", "keep"), Piece("crd", "year")), covers(Piece("crd", "year"), Piece("crd", "keep"))
    (True, False)
    """
    if one == other:
        return True
    fuller = one.form == "keep" or other.form in FULLER.get(one.form, ())
    return one.field == other.field != "" and (fuller or _finer(one.form, other.form))


def _finer(one: str, other: str) -> bool:
    """Whether the bands *one* begin wherever the bands *other* do: `band 10 16 18` tells what `band 16` does."""
    (name, *edges), (coarse, *fewer) = one.split(), other.split()
    return name == coarse == BAND and {*fewer} <= {*edges}


def beyond(here: Told, there: Told) -> Told:
    """What is told *here* and not, as fully, *there*."""
    return frozenset(piece for piece in here if not any(covers(one, piece) for one in there))
