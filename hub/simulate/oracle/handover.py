"""Who was asked to carry on, and what they said: referrals and the answers that belong to them (section 3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from hub.core.events import Event
from hub.simulate.oracle.days import day_of, next_working
from hub.simulate.oracle.facts import happened

NO_REPLY_DAYS = 10
BEST = ("NONE", "NO_REPLY", "DECLINED", "REFERRED", "ACCEPTED")  # of several handovers the furthest counts
AGENCIES = {
    "PROBATION": frozenset({"PROB"}),
    "NHS_CAMHS": frozenset({"MH"}),
    "SCHOOL": frozenset({"SEND"}),
    "MCC_CHILDRENS": frozenset({"CSC", "LCPA"}),
}
NAMES = {
    **dict.fromkeys(("AMHS", "NHS_AMHS", "ADULT_MENTAL_HEALTH"), "MH"),
    **dict.fromkeys(("COLLEGE", "POST_16"), "SEND"),
    "ADULT_SOCIAL_CARE": "ASC",
    "LEAVING_CARE": "LCPA",
    "ANOTHER_YJS": "YJS",
}
CARERS = frozenset({"ASC", "LCPA", "VCSE"})
RECEIVERS = {
    **dict.fromkeys(("CIN", "CP"), CARERS),
    **dict.fromkeys(("CLA", "REMAND_LAC"), frozenset({"LCPA", "ASC"})),
    **dict.fromkeys(("EARLY_HELP", "PA", "CSH"), frozenset({"ASC", "VCSE"})),
    "CAMHS": frozenset({"MH", "ASC"}),
    "YJS_ORDER": frozenset({"PROB", "VCSE", "YJS"}),
    "AP_PLACEMENT": frozenset({"SEND", "VCSE"}),
    "SAFE_TASKFORCE": frozenset({"SEND", "VCSE", "YJS"}),
    "EHCP": frozenset({"ASC"}),
    "SUPERVISION": frozenset({"VCSE"}),
}


@dataclass(slots=True)
class Asked:
    """One referral, and the answers that belong to it."""

    event: Event
    answers: list[Event] = field(default_factory=list)

    def state(self, today: date) -> str:
        """The newest answer, or whether one is still to be waited for."""
        if self.answers:
            return "ACCEPTED" if self.answers[-1].type == "referral.accepted" else "DECLINED"
        day = day_of(happened(self.event))
        for _ in range(NO_REPLY_DAYS):
            day = next_working(day)
        return "NO_REPLY" if today >= day else "REFERRED"


def teams(word: object) -> frozenset[str]:
    """The teams that the name of a receiver or an agency stands for."""
    name = str(word or "")
    return AGENCIES.get(name) or frozenset({NAMES.get(name, name)})


def matched(told: Iterable[Event]) -> tuple[list[Asked], list[Event]]:
    """Every referral with its answers, and the answers about a service that nobody had asked for."""
    made: list[Asked] = []
    unasked: list[Event] = []
    for event in told:
        if event.type == "referral.made":
            made = [one for one in made if one.answers or _what(one.event) != _what(event)] + [Asked(event)]
            continue
        mine = [one for one in made if _about(event, one) and _answers(event, one, made)]
        latest = {_what(one.event): one for one in mine}
        for one in latest.values():
            one.answers.append(event)
        if not mine and "service" in event.fields:
            unasked.append(event)
    return made, unasked


def _what(event: Event) -> tuple[object, ...]:
    return event.agency, event.fields.get("service"), event.fields.get("to")


def _about(answer: Event, asked: Asked) -> bool:
    one, other = answer.fields.get("service"), asked.event.fields.get("service")
    return one is None or other is None or one == other


def _answers(answer: Event, asked: Asked, made: list[Asked]) -> bool:
    """Whoever was asked answers; the agency that asked may tell of it too."""
    to = teams(asked.event.fields.get("to"))
    theirs, own = bool(teams(answer.agency) & to), answer.agency == asked.event.agency
    if "to" in answer.fields:
        return bool(teams(answer.fields["to"]) & to) and (theirs or own)
    return theirs or (own and not any(teams(answer.agency) & teams(one.event.fields.get("to")) for one in made))


def handover(
    name: str, team: str, since: int, by: str, told: tuple[list[Asked], list[Event]], today: date
) -> tuple[str, int]:
    """How far the handover of a service is, held *since* and last told of *by* an agency, and when it came to that."""

    def runs(agency: str) -> bool:
        return agency in (by, team) or team in AGENCIES.get(agency, ())

    states = [("NONE", 0)]
    for one in told[0]:
        event = one.event
        here, to = event.fields.get("service"), event.fields.get("to")
        mine = here == name if here else runs(event.agency) and (not to or teams(to) & RECEIVERS[name])
        if mine and happened(event) >= since:
            states.append((one.state(today), happened((one.answers or [event])[-1])))
    for event in told[1]:
        takes = bool(teams(event.agency) & RECEIVERS[name]) or runs(event.agency)
        if takes and event.fields["service"] == name and happened(event) >= since:
            states.append(("ACCEPTED" if event.type == "referral.accepted" else "DECLINED", happened(event)))
    return max(states, key=lambda state: (BEST.index(state[0]), state[1]))
