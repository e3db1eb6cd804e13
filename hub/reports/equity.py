"""
Do the promises fall on some more than on others? Shares by group, from what alerts told teams of people, and no more.

The hub holds no ethnicity, religion or disability, and guesses none. What it can split by is what agreements let
an alert say: an age or an 18th birthday, a care status, the authority somebody lives in. Where no alert said it, it is
not known. A year at a time, for months are too small, and periods that overlap would tell the difference.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from typing import Any, NamedTuple

from hub.core.rules import LEAD
from hub.reports.commitments import Case, Step
from hub.reports.figures import Bundle, agreed, counted, number
from hub.reports.promises import PROMISES
from hub.reports.small import shown
from hub.reports.split import Row, Split, split

BANDS = ((25, "25 and over"), (18, "18 to 24"), (16, "16 to 17"), (10, "10 to 15"), (0, "under 10"))
ADULT, CHILD, UNKNOWN = "18 or over, no age told", "under 18, no age told", "not known"
CARE, NO_CARE = "looked after or leaving care", "no care status told"
LEAVERS = frozenset({"LOOKED_AFTER", "ELIGIBLE", "RELEVANT", "FORMER_RELEVANT"})
NOT_HELD = ("ethnicity", "religion", "nationality", "disability", "sexual orientation")
NOT_TOLD = (
    "Agencies tell the hub the sex of some people and the ward that some live in, but no agreement lets an alert say"
    " them, so nothing is said by them."
)
FIELDS = ("age", "eighteenth", "care", "care_leaver", "home_authority")  # of alerts, by which groups are told
BY_LEAD = {frozenset(LEAD[:1]): ADULT, frozenset(LEAD[1:]): CHILD}
FEW = 30  # cases of a group below which a difference is said to rest on few


class Notice(NamedTuple):
    """What an alert told a team of a person: which alert, on which day, and the agreed fields."""

    alert: str
    team: str
    on: date
    fields: Mapping[str, Any]


@dataclass(slots=True)
class Person:
    """What alerts told of one person that they can be grouped by."""

    ages: list[tuple[date, int]] = field(default_factory=list)
    eighteenth: date | None = None
    care: bool = False
    area: str = ""
    leads: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Equity:
    """
    One promise by one attribute: shares by group, each with what it means beside all others that are shown.

    *spoken* is whether the promise itself may be spoken of in numbers.
    """

    promise: str
    title: str
    split: Split
    says: tuple[str, ...]
    spoken: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """One way in which people differ that the hub can tell, how many cases each group has, and the promises by it."""

    title: str
    people: tuple[tuple[str, str], ...]
    promises: tuple[Equity, ...]

    @property
    def known(self) -> bool:
        """Whether it was told of anybody."""
        return any(name != UNKNOWN for name, _ in self.people)


def people(steps: Iterable[Step], notices: Iterable[Notice], authorities: Mapping[str, str]) -> dict[str, Person]:
    """What was told of each person, by the hub's handle; *authorities* are those of teams of other areas."""
    whose, found = dict[str, str](), defaultdict[str, Person](Person)
    for step in steps:
        whose[step.alert] = step.person
        if step.kind == "RELEASE" and step.team in LEAD:
            found[step.person].leads.add(step.team)
    for told in sorted(notices, key=lambda one: (one.on, one.alert, one.team)):
        if told.alert in whose:
            _learn(found[whose[told.alert]], told, authorities)
    return dict(found)


def _learn(person: Person, told: Notice, authorities: Mapping[str, str]) -> None:
    age, birthday, care, leaver, home = (told.fields.get(name) for name in FIELDS)
    if isinstance(age, int):
        person.ages.append((told.on, age))
    if isinstance(birthday, str):
        person.eighteenth = date.fromisoformat(birthday)
    person.care = person.care or care in LEAVERS or leaver is True
    person.area = str(home or authorities.get(told.team) or person.area)


def age(person: Person, on: date) -> str:
    """
    The band of an age on a day: from the 18th birthday, else the age told nearest to it, else by who leads a release.

    >>> age(Person(eighteenth=date(2026, 11, 14)), date(2026, 11, 13)), age(Person(leads={"PROB"}), date(2026, 1, 1))
    ('16 to 17', '18 or over, no age told')
    """
    years = None
    if person.eighteenth is not None:
        years = 18 + on.year - person.eighteenth.year - ((on.month, on.day) < _month(person.eighteenth))
    elif person.ages:
        day, told = min(person.ages, key=lambda one: (abs(one[0] - on), one))
        years = told + (on - day).days // 365 if on >= day else told - (day - on).days // 365
    if years is not None:
        return next((band for least, band in BANDS if years >= least), UNKNOWN)
    return BY_LEAD.get(frozenset(person.leads), UNKNOWN)


def _month(day: date) -> tuple[int, int]:
    return day.month, day.day


def care(person: Person, on: date) -> str:
    """Whether any alert told that somebody is, or was, looked after."""
    return CARE if person.care else NO_CARE


def area(person: Person, on: date) -> str:
    """The authority that somebody lives in, as an alert told it."""
    return person.area or UNKNOWN


ATTRIBUTES: Mapping[str, Callable[[Person, date], str]] = {"Age": age, "Care": care, "Home authority": area}


def attributes(cases: Sequence[Case], known: Mapping[str, Person], rules: Bundle, least: int) -> list[Attribute]:
    """Every promise by every attribute, for *cases* of one year; groups too small to be shown are named only."""
    nobody = Person()
    made = []
    for title, group in ATTRIBUTES.items():
        grouped = [(case, group(known.get(case.person, nobody), case.on)) for case in cases]
        promises = tuple(_promise(name, title, grouped, rules, least) for name in PROMISES)
        made.append(Attribute(title, _people(grouped, least), tuple(one for one in promises if one is not None)))
    return made


def _people(grouped: Iterable[tuple[Case, str]], least: int) -> tuple[tuple[str, str], ...]:
    """How many people of each group the cases are about; somebody who grew older counts where they were last."""
    newest: dict[str, tuple[date, str]] = {}
    for case, name in grouped:
        newest[case.person] = max(newest.get(case.person, (date.min, "")), (case.on, name))
    counts: dict[str, int] = defaultdict(int)
    for _, name in newest.values():
        counts[name] += 1
    made = shown(counts, least, secret=any(0 < count < least for count in counts.values()))
    return tuple((name, made.parts[name]) for name in sorted(counts))


def _promise(name: str, title: str, grouped: Sequence[tuple[Case, str]], rules: Bundle, least: int) -> Equity | None:
    promise = PROMISES[name]
    mine = [(case, group) for case, group in grouped if case.promise == name]
    if not mine or agreed(rules, name, max(case.on for case, _ in mine)) is None:
        return None
    told = [*counted(promise, mine)]
    if len({group for group, _ in told}) < 2:
        return None  # of one age, say: there is nobody to compare with
    sums = [sum(kept for _, kept in told), sum(not kept for _, kept in told)]
    spoken = bool(told) and not any(0 < one < least for one in sums)
    made = split(title, told, least, spoken)
    return Equity(name, promise.title, made, tuple(_beside(row, made.rows) for row in made.rows), spoken)


def _beside(row: Row, rows: Sequence[Row]) -> str:
    """How the share of a group compares with that of the other groups shown, and whether chance could explain it."""
    kept, of = number(row.kept) or 0, number(row.of) or 0
    others = [other for other in rows if other is not row]
    rest_kept, rest = (
        sum(number(mark) or 0 for mark in marks) for marks in ([o.kept for o in others], [o.of for o in others])
    )
    if not of or not rest:
        return "no other group is large enough to compare with"
    gap, pooled = kept / of - rest_kept / rest, (kept + rest_kept) / (of + rest)
    spread = 1.96 * sqrt(pooled * (1 - pooled) * (1 / of + 1 / rest))
    points = round(100 * abs(gap))
    if not points:
        return "the same as the others"
    way = "more" if gap > 0 else "less"
    told = f"{points} {'point' if points == 1 else 'points'} {way} than the others"
    if abs(gap) <= spread:
        return f"{told}; chance alone could make such a gap"
    few = ", but it rests on few cases" if min(of, rest) < FEW else ""
    return f"{told}; chance alone seldom makes such a gap{few}"
