"""
What a person's records say together, as the rules and the agreements read it: attributes, statuses, open services.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from hub.core.birth import Birth, birth
from hub.core.calendar import age_on, birthday
from hub.core.events import Value
from hub.core.movements import Movement, meaning
from hub.core.person import Fact, Person, Slice
from hub.core.policy import AGE_BANDS, AGES, band
from hub.core.rules import Rules

MOVES = ("released:", "received:", "movement:", "legal_status")


class Custody(NamedTuple):
    """
    What is told of custody: the last movement of each effect, the last time received, and the dates told last.

    *told* says whether there is anything of it at all.
    """

    moves: Mapping[str, tuple[int, Movement, Fact]]
    received: int
    dates: Fact | None
    told: bool


@dataclass(frozen=True)
class View:
    """
    The union of a person's slices as the rules read it at one instant: one fact a name, the newest of any record.

    What follows from many facts and is asked often is worked out when it is first asked.

    >>> View({"about:homeless": Fact(None, 1, "e", {"value": True})}).about("homeless")
    True
    """

    facts: Mapping[str, Fact]
    parts: tuple[Slice, ...] = ()
    rules: Rules | None = None
    now: int = 0

    def get(self, name: str, key: str = "value") -> Value:
        """One field of one fact, or None."""
        fact = self.facts.get(name)
        return None if fact is None else fact.fields.get(key)

    def about(self, key: str) -> Value:
        """One registered attribute or flagged need, or None."""
        fact = self.facts.get(f"about:{key}")
        return None if fact is None else fact.fields.get("value")

    def at(self, name: str) -> int:
        """When the fact happened, or 0 when unknown."""
        fact = self.facts.get(name)
        return 0 if fact is None else fact.at

    def named(self, prefix: str) -> list[tuple[str, Fact]]:
        """The facts whose names begin with `prefix:`, with that prefix removed."""
        start = f"{prefix}:"
        return [(name.removeprefix(start), fact) for name, fact in self.facts.items() if name.startswith(start)]

    def moved(self, effect: str) -> tuple[int, Movement, Fact] | None:
        """The last movement with this *effect*: when, what it means, and the fact."""
        return self.custody.moves.get(effect)

    def means(self, fact: Fact) -> str:
        """The effect of one movement."""
        return meaning(fact.fields, {} if self.rules is None else self.rules.movements).effect

    def last(self, *effects: str) -> int:
        """When a movement last had one of these *effects*, or 0."""
        made, last = self.custody.moves, 0
        for effect in effects:
            if effect in made and made[effect][0] > last:
                last = made[effect][0]
        return last

    @cached_property
    def custody(self) -> Custody:
        """What is told of custody."""
        known = {} if self.rules is None else self.rules.movements
        moves: dict[str, tuple[int, Movement, Fact]] = {}
        received, dates = 0, None
        for name, fact in self.facts.items():
            if name.startswith(MOVES):
                what = meaning(fact.fields, known)
                held = moves.get(what.effect)
                if held is None or (held[0], held[2].id) < (fact.at, fact.id):
                    moves[what.effect] = (fact.at, what, fact)
                if name.startswith("received:") and fact.at > received:
                    received = fact.at
            elif name.startswith("dates:") and (dates is None or (dates.at, dates.id) < (fact.at, fact.id)):
                dates = fact
        return Custody(moves, received, dates, bool(moves) or dates is not None)

    @cached_property
    def birth(self) -> Birth | None:
        """The date of birth to plan on, and how sure it is (rule K7)."""
        law = None if self.rules is None else self.rules.law
        return birth(self.parts or (Slice("", self.facts),), law)

    @property
    def born(self) -> date | None:
        """The date of birth to plan on."""
        return None if self.birth is None else self.birth.day

    @cached_property
    def eighteenth(self) -> date | None:
        """The legal 18th birthday."""
        return None if self.born is None else birthday(self.born, 18)

    def age(self, day: date) -> int | None:
        """Completed years on *day*, None when the date of birth is unknown; whose age is disputed is a child."""
        if self.birth is None:
            return None
        years = age_on(self.birth.day, day)
        return min(years, 17) if self.birth.disputed else years


def view(person: Person, rules: Rules | None = None, now: int = 0) -> View:
    """
    The person's facts over all records; a tie between records goes to the greater event id.

    *rules* say what movements mean and which date of birth is believed, *now* is the instant at which they are read.
    """
    slices = tuple(person.slices.values())
    if len(slices) == 1:
        return View(slices[0].facts, slices, rules, now)
    facts: dict[str, Fact] = {}
    for part in slices:
        for name, fact in part.facts.items():
            held = facts.get(name)
            if held is None or (fact.at, fact.id) > (held.at, held.id):
                facts[name] = fact
    return View(facts, slices, rules, now)


def looked_after(seen: View) -> bool:
    """Looked after: by care status, or by remand to youth detention (LASPO 2012 s.104)."""
    return care_status(seen) in {"LOOKED_AFTER", "ELIGIBLE"} or on_remand(seen)


def on_remand(seen: View) -> bool:
    """
    Refused bail as a child, and so looked after until release, another legal status, or 18 (LASPO 2012 s.104).

    It is the age at the remand that decides (rule J6): at 18 the status neither arises nor goes on.
    """
    remanded = seen.get("legal_status", "new") == "REMAND"
    at = max(seen.at("remand"), seen.at("legal_status") if remanded else 0)
    out = seen.last("release", "removed")
    freed = 0 if seen.at("release_in_error") >= out else out
    if at == 0 or freed > at or (not remanded and seen.at("legal_status") > at):
        return False
    if seen.rules is None or seen.eighteenth is None:
        return True
    day = seen.rules.calendar.local_date
    return day(at) < seen.eighteenth and (seen.now == 0 or day(seen.now) < seen.eighteenth)


def care_status(seen: View) -> str | None:
    """
    ELIGIBLE, RELEVANT, FORMER_RELEVANT, LOOKED_AFTER ..., as told, else derived from the days looked after.

    Thirteen weeks since 14, some of it after 16, makes an eligible child (Care Planning Regulations 2010, reg. 40).
    """
    told = seen.get("care_status", "new") or seen.about("care_status")
    if isinstance(told, str):
        return told
    days = seen.about("lac_days_since_14")
    return "ELIGIBLE" if isinstance(days, int) and days >= 91 and seen.about("lac_after_16") is True else None


def home_authority(seen: View) -> Value:
    """The authority the person last lived in, as a partner told it; a nominated housing authority is another thing."""
    return seen.get("residence", "authority")


def has_ehcp(seen: View) -> bool:
    """An education, health and care plan is in force."""
    return ehcp(seen) is True


def ehcp(seen: View) -> bool | None:
    """Whether an education, health and care plan is in force; None when nobody said."""
    state, flag = seen.get("ehcp", "state"), seen.about("ehcp")
    return state == "OPEN" if state is not None else flag if isinstance(flag, bool) else None


def open_service(seen: View, names: Iterable[str]) -> bool:
    """Any of the services *names* is open, or closing but not closed."""
    return any(seen.get(f"service:{name}", "state") in {"OPEN", "CLOSURE_PLANNED"} for name in names)


def order_past(seen: View, day: date) -> bool:
    """A youth justice order runs past *day*."""
    if seen.about("yjs_order_past_18") is True:
        return True
    orders = (fact.fields for _, fact in seen.named("order") if fact.fields["state"] == "OPEN")
    return any(not isinstance(end := order.get("end"), date) or end > day for order in orders)


def order_on(seen: View, day: date) -> bool:
    """An order of the court, by whomever it is supervised, runs on *day*."""
    return any(runs(fact.fields, day) for _, fact in seen.named("order"))


def runs(order: Mapping[str, Value], day: date) -> bool:
    """Whether nobody ended an *order*, and it goes on to *day* at least, or without an end."""
    end = order.get("end")
    return order["state"] == "OPEN" and (not isinstance(end, date) or end >= day)


def in_custody(seen: View) -> bool:
    """Received into custody, or given a release date, and not released since; who was removed is only by a return."""
    received, dates = seen.last("admission", "transfer"), seen.custody.dates
    if seen.last("removed") > max(received, seen.last("release")):
        return False
    entered = received if dates is None else max(received, dates.at)
    return entered > 0 and entered >= seen.last("release", "removed")


CHILD = frozenset(AGE_BANDS[: AGES.index(18) + 1])


def age_band(age: int | None) -> str | None:
    """
    The band of an age, or None when unknown.

    >>> age_band(17), age_band(30)
    ('16_to_17', '25_and_over')
    """
    return None if age is None else band(age, AGES)


def protected(person: Person) -> bool:
    """Whether any record marks the person as protected: only the record that set the mark can lift it (rule B3)."""
    for part in person.slices.values():
        mark = part.facts.get("about:protected")
        if mark is not None and mark.fields.get("value") is True:
            return True
    return False


def consents(seen: View, team: str, child: bool) -> bool:
    """
    The person's own consent, or a parent's for a child, not withdrawn since from this team or from everybody (C1-C3).
    """
    consent, everybody = seen.facts.get(f"consent:{team}"), seen.facts.get("consent:*")
    if consent is None or consent.fields.get("given") is not True:
        return False
    if everybody is not None and everybody.at >= consent.at:
        return False
    return consent.fields.get("by", "SELF") == "SELF" or child


def parental(seen: View) -> frozenset[str]:
    """The teams for which a parent consented, not the person; the birthday at 18 ends it (rule C3)."""
    given = ((team, fact.fields) for team, fact in seen.named("consent") if fact.fields.get("given") is True)
    return frozenset(team for team, fields in given if fields.get("by", "SELF") != "SELF")


def withdrawn(seen: View, teams: Iterable[str]) -> frozenset[str]:
    """Those of *teams* from which consent was withdrawn, or from everybody, and not given since (rule C2)."""
    own = dict(seen.named("consent"))
    if not own:
        return frozenset()
    everybody = own.pop("*", None)
    taken = {name for name, fact in own.items() if fact.fields.get("given") is not True}
    if everybody is not None:
        taken |= {team for team in teams if team not in own or own[team].at <= everybody.at}
    return frozenset(taken)


def yes(claim: bool) -> str:
    """
    The word agreements use for a truth.

    >>> yes(True)
    'yes'
    """
    return "yes" if claim else "no"
