"""What one team is told, from whom, under which clause, in which form; what it asked for and is not told, and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hub import words
from hub.core.policy import DROP
from hub.core.rules import LEAD
from hub.glossary import FORMS, KINDS
from hub.reports.agreement import agencies, conditions
from hub.words import Told

ALERT = "alert."
NOBODY_SPEAKS = "No agreement speaks of it, and what no agreement allows is not told."


@dataclass(frozen=True, slots=True)
class Permit:
    """One clause that lets a team be told: what it says, from whom, only where, each field with its form."""

    clause: str
    agreement: str
    title: str
    says: str
    source: str
    where: str
    fields: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]
    until: date


@dataclass(frozen=True, slots=True)
class Subscription:
    """One kind of alert or event; *means* says in a sentence when it comes."""

    subject: str
    name: str
    means: str
    permits: tuple[Permit, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """What a team asked to be told of and is not: why, and who decides."""

    subject: str
    name: str
    why: str
    decides: str


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """All of it; *offered* is what the agreements would allow and the team has not asked for."""

    alerts: tuple[Subscription, ...]
    events: tuple[Subscription, ...]
    refused: tuple[Refused, ...]
    offered: tuple[Subscription, ...]


def subscriptions(bundle: Told, team: str, today: date) -> Subscriptions:
    """What *team* gets under the rules of *bundle*, as on *today*."""
    asked = bundle["teams"].get(team, {}).get("subscribes", ())
    permits: dict[str, list[Permit]] = {}
    for one in bundle["clauses"]:
        if one["effect"] == "permit" and team in one["teams"] and _stands(one, today):
            for subject in one["subjects"]:
                permits.setdefault(subject, []).append(_permit(one, bundle))
    made = {subject: _subscription(subject, found) for subject, found in sorted(permits.items(), key=_order)}
    alerts = tuple(one for subject, one in made.items() if subject.startswith(ALERT))
    events = tuple(one for subject, one in made.items() if subject in asked)
    offered = tuple(one for subject, one in made.items() if not subject.startswith(ALERT) and subject not in asked)
    refused = tuple(_refused(subject, team, bundle, today) for subject in sorted(asked) if subject not in permits)
    return Subscriptions(alerts, events, refused, offered)


def _order(found: tuple[str, list[Permit]]) -> tuple[int, str]:
    kind = found[0].removeprefix(ALERT)
    return (list(KINDS).index(kind) if kind in KINDS else len(KINDS)), found[0]


def _stands(clause: Told, today: date) -> bool:
    starts, ends, review = (date.fromisoformat(clause[name]) for name in ("starts", "ends", "review_by"))
    return starts <= today <= min(ends, review)


def _subscription(subject: str, permits: Iterable[Permit]) -> Subscription:
    name = words.happening(subject)
    return Subscription(subject, name[0].upper() + name[1:], KINDS.get(subject.removeprefix(ALERT), ""), tuple(permits))


def _permit(clause: Told, bundle: Told) -> Permit:
    sources = [code for code in clause["sources"] if code != "HUB"]
    fields = {name: form for name, form in clause["fields"].items() if form != DROP}
    return Permit(
        clause["id"],
        clause["agreement"],
        clause["title"],
        clause["says"],
        agencies(sources, bundle) if sources else "the hub, from what the agencies state",
        conditions(clause["when"]) if clause["when"] else "",
        tuple((words.fieldname(name), FORMS.get(form, form)) for name, form in sorted(fields.items(), key=_named)),
        tuple(sorted(words.fieldname(name) for name, form in clause["fields"].items() if form == DROP)),
        min(date.fromisoformat(clause["ends"]), date.fromisoformat(clause["review_by"])),
    )


def _named(field: tuple[str, str]) -> str:
    return words.fieldname(field[0]).lower()


def _refused(subject: str, team: str, bundle: Told, today: date) -> Refused:
    forbid = next(_forbids(subject, team, bundle, today), None)
    reason = "NO_AGREEMENT" if forbid is None else "FORBIDDEN"
    owner = _decides(bundle, reason)
    why = NOBODY_SPEAKS if forbid is None else f"{forbid['id']} forbids it: {forbid['says']}"
    name = words.happening(subject)
    return Refused(subject, name[0].upper() + name[1:], why, owner)


def _forbids(subject: str, team: str, bundle: Told, today: date) -> Iterator[Told]:
    """The clauses that forbid it whoever states it, and whatever the person's circumstances."""
    told = bundle["publishes"]
    tell = {code for code in bundle["agencies"] if subject in (*told.get(code, ()), *told.get("*", ()))}
    for one in bundle["clauses"]:
        named = subject in one["subjects"] and team in one["teams"] and tell <= set(one["sources"])
        if one["effect"] == "forbid" and not one["when"] and named and _stands(one, today):
            yield one


def _decides(bundle: Told, reason: str) -> str:
    owner = bundle["accountability"]["review"].get(reason, "IG_LEAD")
    named: Mapping[str, Told] = bundle["teams"]
    return str(named[owner]["name"]) if owner in named else "the information governance lead"


def concerned(bundle: Told, kind: str, stage: str, team: str) -> tuple[str, ...]:
    """
    The other teams that a stage of *kind* may concern under the rules, by name; whether any was told is not in it.

    LEAD in a stage's list stands for the two services that lead, as in policies/stages.yaml.
    """
    stages = bundle.get("stages", {})
    named = [code for rows in stages.values() for one in rows if one["name"] == stage for code in one["teams"]]
    codes = dict.fromkeys(code for name in named for code in (LEAD if name == "LEAD" else (name,)))
    permitted = {code for one in bundle["clauses"] if f"{ALERT}{kind}" in one["subjects"] for code in one["teams"]}
    names = bundle["teams"]
    return tuple(str(names[code]["name"]) for code in codes if code in names and code in permitted and code != team)
