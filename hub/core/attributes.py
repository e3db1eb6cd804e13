"""
What agreements may ask of a person: the closed vocabulary, worked out for one team at one instant.

What cannot be known is None, and refuses.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hub.core import release, services
from hub.core.calendar import DAY
from hub.core.person import Fact, Person
from hub.core.rules import Rules, Team
from hub.core.view import (
    CHILD,
    View,
    age_band,
    care_status,
    consents,
    ehcp,
    home_authority,
    in_custody,
    looked_after,
    order_on,
    protected,
    runs,
    yes,
)

Word = str | None
SEXES = {"F": "female", "M": "male"}
STATUSES = {  # the prison's words for a legal status; any other is not known
    "REMAND": "remand",
    "CONVICTED_UNSENTENCED": "unsentenced",
    "SENTENCED": "sentenced",
    "INDETERMINATE_SENTENCE": "sentenced",
    "RECALL": "recalled",
    "IMMIGRATION_DETAINEE": "detained",
    "CIVIL_PRISONER": "detained",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the agreements are asked about: a person as seen on the day *on*; *happened* is None for an alert."""

    person: Person
    seen: View
    rules: Rules
    on: date
    happened: int | None = None


class Attributes(Mapping[str, Word]):
    """
    The words of the vocabulary for one team.

    Nothing is worked out before a clause asks, and what is so for every team only once: *shared* is for all teams.
    """

    __slots__ = ("asked", "shared", "team")

    def __init__(self, shared: dict[str, Word], asked: Asked, team: Team) -> None:
        self.shared, self.asked, self.team = shared, asked, team

    def __getitem__(self, name: str) -> Word:
        own = OF_TEAM.get(name)
        if own is not None:
            return own(self)
        if name not in self.shared:
            self.shared[name] = STANDING[name](self.asked)
        return self.shared[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*STANDING, *OF_TEAM))

    def __len__(self) -> int:
        return len(STANDING) + len(OF_TEAM)


def _consent(told: Attributes) -> Word:
    return yes(consents(told.asked.seen, told.team.code, told["age"] in CHILD))


def _known(told: Attributes) -> Word:
    """Whether the team's own agency holds a record of this person."""
    return yes(any(part.agency == told.team.agency for part in told.asked.person.slices.values()))


def _case(told: Attributes) -> Word:
    """Whether the team holds an open service, or its agency an order, or did; unknown of a team that tells of none."""
    asked, team = told.asked, told.team
    spells = services.held(asked.seen, asked.on, asked.rules)
    mine = [spell for code, spell in spells if _whose(code, spell.fact, asked.rules) == team.code]
    ended = [spell.closed is not None and spell.closed < asked.on for spell in mine]
    if team.agency is not None:
        orders = (fact.fields for _, fact in asked.seen.named("order") if fact.fields.get("by") == team.agency)
        ended += [not runs(order, asked.on) for order in orders]
    if (
        not ended
        and team.agency is None
        and all(kind.team != team.code for kind in asked.rules.services.kinds.values())
    ):
        return None
    return "none" if not ended else "closed" if all(ended) else "open"


def _whose(code: str, fact: Fact, rules: Rules) -> Word:
    kind = services.kind_of(code, fact, rules)
    return None if kind is None else kind.team


def _resident(told: Attributes) -> Word:
    """Whether the person lives in the team's own authority."""
    lives, ours = home_authority(told.asked.seen), told.asked.rules.home_authority
    return None if lives is None else yes(lives == (told.team.authority or ours))


def _age_at_event(asked: Asked) -> Word:
    if asked.happened is None:
        return None
    return age_band(asked.seen.age(asked.rules.calendar.local_date(asked.happened)))


def _age_at_release(asked: Asked) -> Word:
    """By the date that is planned on; once released, by the day of that."""
    dates = release.planning_date(asked.seen, asked.rules)
    if dates is not None:
        return age_band(asked.seen.age(dates.day))
    freed = _freed(asked.seen)
    return age_band(asked.seen.age(asked.rules.calendar.local_date(freed))) if freed else None


def _freed(seen: View) -> int:
    """When the person was last released, if that was no error; else 0."""
    freed = seen.last("release")
    return 0 if seen.at("release_in_error") >= freed else freed


def _custody(asked: Asked) -> Word:
    held = any(name.startswith(("received:", "released:", "dates:")) for name in asked.seen.facts)
    return yes(in_custody(asked.seen)) if held else None


def _legal_status(asked: Asked) -> Word:
    """The newest of what courts and prisons say of it; a licence ends with its last day."""
    seen = asked.seen
    told: list[tuple[int, Word]] = []
    if "legal_status" in seen.facts:
        told.append((seen.at("legal_status"), STATUSES.get(str(seen.get("legal_status", "new")))))
    if "remand" in seen.facts:
        told.append((seen.at("remand"), "remand"))
    if "received:RECALL" in seen.facts:
        told.append((seen.at("received:RECALL"), "recalled"))
    dates = seen.custody.dates
    if dates is not None and "recall" in dates.fields:
        told.append((dates.at, "recalled"))
    freed = seen.moved("release")
    if freed is not None and _freed(seen):
        told.append((freed[0], _after(freed[1].licence, freed[2].fields.get("licence"), seen, asked.on)))
    return max(told, key=lambda one: one[0], default=(0, None))[1]


def _after(meant: bool | None, said: object, seen: View, on: date) -> Word:
    """The status of who was released: on licence until its last day, or free; None where nobody said which."""
    licence = said if isinstance(said, bool) else meant
    if licence is None:
        return None
    end = services.supervision_end(seen)
    return "licence" if licence and (end is None or on < end + DAY) else "none"


def _care(asked: Asked) -> Word:
    return care_status(asked.seen) or ("LOOKED_AFTER" if looked_after(asked.seen) else None)


def _order(asked: Asked) -> Word:
    """Whether an order runs: one whose last day has passed is over, though nobody said so."""
    return yes(order_on(asked.seen, asked.on)) if asked.seen.named("order") else None


def _ehcp(asked: Asked) -> Word:
    plan = ehcp(asked.seen)
    return None if plan is None else yes(plan)


STANDING: Mapping[str, Callable[[Asked], Word]] = {
    "age": lambda asked: age_band(asked.seen.age(asked.on)),
    "age_at_event": _age_at_event,
    "age_at_release": _age_at_release,
    "custody": _custody,
    "legal_status": _legal_status,
    "care": _care,
    "order": _order,
    "ehcp": _ehcp,
    "protected": lambda asked: yes(protected(asked.person)),
    "sex": lambda asked: SEXES.get(str(asked.seen.about("sex"))),
}
OF_TEAM: Mapping[str, Callable[[Attributes], Word]] = {
    "consent": _consent,
    "known": _known,
    "case": _case,
    "resident": _resident,
}
