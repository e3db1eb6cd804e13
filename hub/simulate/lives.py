"""
Made-up lives as their agencies would tell them, one after the other in good order; the disorder comes later.

Shares are invented so that every rule is met often; they say nothing about any real population.
"""

from collections.abc import Callable, Mapping
from datetime import date
from random import Random

from hub.core.events import Event, Value
from hub.simulate.life import DAY, Life, days
from hub.simulate.oracle.days import HOUR, eligible, instant
from hub.simulate.supports import services

PRISONS = ("MDI", "LEI", "FNI", "HHI", "RSI", "FHI")
CONSENTED = ("HOUS", "SMS", "RECONNECT", "VCSE")
MOVES = frozenset({"person.received", "person.released", "person.movement"})
ENDS: tuple[tuple[str, dict[str, Value]], ...] = (
    ("person.died", {}),
    ("person.movement", {"reason": "RELEASED_TO_HOSPITAL"}),
    ("legal_status.changed", {"new": "REMAND"}),
    ("person.released", {"reason": "RELEASED", "detail": "REMOVED_FROM_UK"}),
)


MERGED = 0.1
Story = Callable[[Life], None]


def live(number: int, seed: int, first: date, length: int, merged: float = MERGED) -> Life:
    """The life of the person of this number in the year of this seed; *merged* is the share of those of two records."""
    roll = Random(f"csp-hub simulate {seed} {number}")  # noqa: S311 - made-up people, no secret
    youngest, oldest, story = roll.choices([line[1:] for line in STORIES], [line[0] for line in STORIES])[0]
    born = first - days(roll.randint(youngest * 365, oldest * 365 + 364))
    life = Life(number, first, length, roll, born)
    story(life)
    if born > first - days(25 * 365) and life.some(0.2):
        enforced(life)
    if life.some(merged / 2):
        _mistaken(life)
    elif life.some(merged / 2):
        _twinned(life)
    life.told.sort(key=lambda event: event.at)
    opening = life.told[0].at if life.told else instant(first, 9)
    agency = life.told[0].agency if life.told else "SCHOOL"
    life.told.insert(0, Event(f"s-{number}-r", "person.registered", agency, "A.0", opening, None, _about(life)))
    return life


def _about(life: Life) -> Mapping[str, Value]:
    return {"dob": life.born}


def _mistaken(life: Life) -> None:
    """Probation's record of somebody else is taken for this person's, and in most lives found not to be."""
    day = life.day(20, 200)
    life.speaks_of = "B"
    for number in range(life.roll.randint(1, 3)):
        needs: dict[str, Value] = {"homeless": life.some(0.6), "substance": life.some(0.5), "lha": "MANCHESTER"}
        agreed = tuple(team for team in CONSENTED[:2] if life.some(0.7)) or ("HOUS",)
        when = life.at(day + days(life.roll.randint(-15, 30) + number))
        life.tell(when, "PROBATION", "needs.flagged", **needs, consent=agreed)
    life.speaks_of = "A"
    life.prison(life.at(day), "person.merged", kept="A", removed="B")
    if life.some(0.7):
        life.prison(life.at(day + days(life.roll.randint(1, 60))), "person.unmerged", a="A", b="B")


def _twinned(life: Life) -> None:
    """The prison has two records of one person, or believes so for a while: two whole sentences, merged and parted."""
    born = life.born if life.some(0.5) else life.first - days(life.roll.randint(17 * 365, 40 * 365))
    other = Life(life.number, life.first, life.length, life.roll, born, number_told=life.number_told, speaks_of="B")
    life.roll.choice((sentenced, remanded))(other)
    other.told = sorted((event for event in other.told if event.agency == "HMPPS_PRISON"), key=lambda event: event.at)
    if other.told and life.some(0.7):
        other.tell(other.told[0].at, "HMPPS_PRISON", "person.registered", dob=born)
    life.told, life.number_told = [*life.told, *other.told], other.number_told
    day = life.day(20, 250)
    life.prison(life.at(day), "person.merged", kept="A", removed="B")
    if life.some(0.7):
        life.prison(life.at(day + days(life.roll.randint(1, 60))), "person.unmerged", a="A", b="B")


# adults


def sentenced(life: Life) -> None:
    """From the reception desk to the gate, with what moves the date on the way."""
    day = life.day(0, max(0, life.length - 60))
    _sentence(life, day, {})
    _support(life, day)


def care_leaver(life: Life) -> None:
    life.tell(life.at(life.first), "MCC_CHILDRENS", "care_status.changed", new="FORMER_RELEVANT")
    sentenced(life)


def remanded(life: Life) -> None:
    """Held for trial, and let out or sentenced."""
    day = life.day(0, max(0, life.length - 60))
    at = life.at(day)
    life.prison(at, "person.received", reason="ADMISSION")
    life.prison(life.soon(at), "legal_status.changed", new="REMAND")
    _support(life, day)
    out = day + days(life.roll.randint(5, 90))
    if life.some(0.4):
        life.prison(life.at(out), "person.released", reason="RELEASED", detail="BAIL", licence=False)
    elif life.some(0.5):
        life.prison(life.at(out), "person.movement", reason="SENT_TO_COURT")
        life.prison(life.at(out) + 2 * HOUR, "person.released", reason="RELEASED", detail="TIME_SERVED", licence=True)
    else:
        life.prison(life.at(out), "legal_status.changed", new="SENTENCED")
        _dated(life, life.at(out) + DAY, out + days(life.roll.randint(20, 200)), {})


def _support(life: Life, day: date) -> None:
    """Needs, and who may be told of them."""
    if not life.some(0.8):
        return
    at = life.at(day + days(life.roll.randint(0, 20)))
    agreed = tuple(team for team in CONSENTED if life.some(0.5))
    needs: dict[str, Value] = {"homeless": life.some(0.5), "substance": life.some(0.4), "health": life.some(0.2)}
    needs |= {"care_needs": life.some(0.1), "vcse_match": life.some(0.15)}
    if life.some(0.8):
        needs["lha"] = "MANCHESTER" if life.some(0.8) else "SALFORD"
    life.prison(at, "needs.flagged", **needs, **({"consent": agreed} if agreed and life.some(0.7) else {}))
    if life.some(0.3):
        teams = tuple(team for team in CONSENTED if life.some(0.5)) or ("HOUS",)
        life.tell(life.at(day + days(life.roll.randint(5, 90))), "PROBATION", "consent.given", teams=teams)
    if life.some(0.1):
        when = life.at(day + days(life.roll.randint(20, 120)))
        life.tell(when, "PROBATION", "consent.withdrawn", teams=(life.roll.choice(CONSENTED),))
    if life.some(0.1):
        life.prison(life.at(day + days(life.roll.randint(20, 120))), "needs.flagged", homeless=life.some(0.5))
    if needs["homeless"] and life.some(0.5):
        life.tell(life.at(day + days(life.roll.randint(20, 200))), "PROBATION", "accommodation.confirmed")
    if life.some(0.2):
        life.tell(life.at(day + days(life.roll.randint(30, 200))), "PROBATION", "appointment.attended")


def _sentence(life: Life, day: date, more: Mapping[str, Value]) -> None:
    at = life.at(day)
    life.prison(at, "person.received", reason="ADMISSION", prison=life.roll.choice(PRISONS))
    _dated(
        life, life.soon(at), day + days(life.roll.choice((15, 40, 100, 100, 200, 300)) + life.roll.randint(0, 60)), more
    )


def _dated(life: Life, at: int, due: date, more: Mapping[str, Value]) -> None:
    """Dates given, revised for one in five, confirmed for most, and the way out."""
    if life.some(0.15):
        more = {**more, "served_days_at_release": life.roll.choice((10, 20, 27, 28, 90))}
    name = "mtd" if more.get("sentence") == "DTO" else "crd"
    told: dict[str, Value] = {**more, name: due}
    if life.some(0.3):
        told[life.roll.choice(("sled", "led", "sed"))] = due + days(life.roll.choice((20, 60, 120, 300)))
    if name == "crd" and life.some(0.2):
        told["hdced"] = due - days(45)
    life.dates(at, **told)
    inside = max(1, (instant(due) - at) // DAY)
    while life.some(0.2):
        when = at + life.roll.randint(0, inside) * DAY + life.roll.randint(1, 600) * (HOUR // 60)
        shift = life.roll.choice((-40, -14, -7, -3, -1, 1, 2, 7, 14, 28, 60))
        moved = due + days(shift)
        if instant(moved) <= when:
            continue
        life.dates(when, **{**told, name: moved})
        if life.some(0.2):  # a slip of the pen, taken back within hours
            life.dates(when + life.roll.randint(5, 300) * (HOUR // 60), **told)
        else:
            due, told = moved, {**told, name: moved}
        at, inside = when, max(1, (instant(due) - when) // DAY)
    if name == "crd" and life.some(0.1) and inside > 60:
        due = due - days(45)
        told = {**told, "hdcad": due}
        at = at + (inside - 60) * DAY // 2
        life.dates(at, **told)
        inside = max(1, (instant(due) - at) // DAY)
    _inside(life, at, inside)
    _out(life, at, due, told)


def _inside(life: Life, at: int, inside: int) -> None:
    """What happens between the walls and frees nobody."""

    def some_time() -> int:
        return at + life.roll.randint(1, inside) * DAY - life.roll.randint(1, 300) * (HOUR // 60)

    if life.some(0.12):
        when = some_time()
        life.prison(when, "person.released", reason="TRANSFERRED", prison=life.roll.choice(PRISONS))
        life.prison(when + 3 * HOUR, "person.received", reason="TRANSFERRED", prison=life.roll.choice(PRISONS))
    if life.some(0.08):
        when = some_time()
        life.prison(when, "person.released", reason="TEMPORARY_ABSENCE_RELEASE")
        life.prison(when + 8 * HOUR, "person.received", reason="TEMPORARY_ABSENCE_RETURN")
    if life.some(0.08):
        when = some_time()
        life.prison(when, "person.movement", reason="SENT_TO_COURT")
        if life.some(0.8):
            back = life.roll.choice((7, 7, 7, 30))
            life.prison(when + back * HOUR, "person.received", reason="RETURN_FROM_COURT")


def _out(life: Life, at: int, due: date, told: Mapping[str, Value]) -> None:
    """How it ends: as planned, early, late, by mistake, elsewhere, or not at all."""
    fate = life.roll.random()
    gate = due
    while not eligible(gate):
        gate -= days(1)
    late = instant(gate) - 14 * DAY
    if fate < 0.08:
        kind, fields = ENDS[int(fate * 50)]
        when = life.soon(at, 24 * 30)
        life.told = [event for event in life.told if event.agency != "HMPPS_PRISON" or event.at < when]
        life.prison(when, kind, **fields)
    elif fate < 0.10:
        when = life.soon(at, 24 * 40)
        back = when + life.roll.randint(1, 30) * DAY
        life.told = [event for event in life.told if event.type not in MOVES or not when - DAY < event.at < back]
        life.prison(when, "person.movement", reason="UNLAWFULLY_AT_LARGE")
        life.prison(back, "person.received", reason="ADMISSION")
    elif fate < 0.13 and instant(gate) - at > 30 * DAY:
        when = life.soon(at, 24 * 10)
        life.told = [event for event in life.told if event.type not in MOVES or event.at < when - DAY]
        life.prison(when, "person.released", reason="RELEASED")
        if life.some(0.6):
            life.prison(when + life.roll.randint(30, 400) * (HOUR // 60), "release.in_error")
            life.prison(when + 2 * DAY, "person.received", reason="ADMISSION")
    elif fate < 0.16:
        life.dates(life.soon(at, 24 * 30), recall="STANDARD")
    else:
        if life.some(0.6) and late > at:
            slip = days(life.roll.randint(1, 12)) if life.some(0.1) else days(0)
            life.dates(late, **{**told, "confirmed": gate + slip})
            if slip and life.some(0.6):
                life.dates(late + life.roll.randint(1, 90) * HOUR, **{**told, "confirmed": gate})
        gate += days(life.roll.choice((0, 0, 0, 0, 0, 0, -1, -4, -9, 1, 3)))
        if instant(gate) > at:
            out = instant(gate, 9) + life.roll.randint(-60, 120) * (HOUR // 60)
            life.told = [event for event in life.told if event.type not in MOVES or event.at < out]
            life.prison(out, "person.released", reason="RELEASED")
            if life.some(0.15):
                _recalled(life, gate + days(life.roll.randint(3, 60)))


def _recalled(life: Life, day: date) -> None:
    at = life.at(day)
    life.prison(at, "person.received", reason="ADMISSION", movement="RECALL", return_to_custody=day)
    until = day + days(life.roll.choice((13, 27, 55)))
    life.dates(life.soon(at, 10), prrd=until, recall="FTR", cumulative_served_days=life.roll.choice((20, 100, 300)))
    if life.some(0.2):
        life.dates(life.soon(at, 24 * 10) + DAY, recall="STANDARD")
    else:
        gate = until
        while not eligible(gate):
            gate -= days(1)
        life.prison(instant(gate, 10), "person.released", reason="RELEASED")


# children


def on_order(life: Life) -> None:
    """A youth order, in many lives one that outlasts childhood."""
    day = life.day(0, 200)
    end = day + days(life.roll.randint(90, 700))
    life.tell(life.at(day), "YJS", "order.started", type=life.roll.choice(("YRO", "REFERRAL_ORDER")), end=end)
    _young(life)
    if life.some(0.1):
        life.tell(life.at(day + days(life.roll.randint(20, 200))), "YJS", "order.ended", type="YRO")


def detained(life: Life) -> None:
    """A detention and training order: half of it inside, among other children."""
    day = life.day(0, max(0, life.length - 60))
    _sentence(life, day, {"sentence": "DTO"})
    if life.some(0.5):
        life.tell(life.at(day), "YJS", "order.started", type="DTO", end=day + days(360))
    _young(life)


def refused_bail(life: Life) -> None:
    """Remanded to youth detention, and so looked after until a court disposes of it, or until 18."""
    day = life.day(0, 250)
    life.tell(life.at(day), "YJS", "remand.youth_detention", basis="LASPO_s104")
    over = life.at(day + days(life.roll.randint(5, 120)))
    if life.some(0.4):
        life.tell(over, "YJS", "legal_status.changed", new=life.roll.choice(("SENTENCED", "CONVICTED_UNSENTENCED")))
    elif life.some(0.6):
        life.prison(over, "person.released", reason="RELEASED", detail="BAIL", licence=False)
    if life.some(0.4):
        after = over + life.roll.randint(-3, 10) * DAY
        life.tell(after, "MCC_CHILDRENS", "care_status.changed", new=life.roll.choice(("RELEVANT", "LOOKED_AFTER")))
    _young(life)


def supported(life: Life) -> None:
    """A child with services, some of which somebody will have to carry on."""
    _young(life)
    if life.some(0.2):
        life.tell(life.at(life.day(0, 200)), "MCC_CHILDRENS", "nrm.referred", as_child=True)


def _young(life: Life) -> None:
    if life.some(0.4):
        status = life.roll.choice(("LOOKED_AFTER", "ELIGIBLE", "RELEVANT"))
        life.tell(life.at(life.day(0, 200)), "MCC_CHILDRENS", "care_status.changed", new=status)
    if life.some(0.3):
        life.tell(life.at(life.day(0, 200)), "SCHOOL", "ehcp.active", plan="EHCP")
    services(life)
    if life.some(0.15):
        life.tell(life.at(life.day(0, 200)), "YJS", "needs.flagged", homeless=True, care_needs=life.some(0.5))
        if life.some(0.7):
            by = life.roll.choice(("PARENT", "SELF"))
            life.tell(life.at(life.day(0, 200)), "YJS", "consent.given", teams=("HOUS",), given_by=by)
    if life.some(0.1):
        right = life.born + days(life.roll.choice((-183, -61, -30, 30, 61, 183)))
        day = life.at(life.day(10, 300))
        life.tell(day, "MCC_CHILDRENS", "person.dob_corrected", old=life.born, new=right, evidence="BIRTH_CERT")


def enforced(life: Life) -> None:
    """Police act against somebody young, once or again, and some agree to be known to whoever may help."""
    day = life.day(0, 250)
    for _ in range(life.roll.choice((1, 1, 2, 3))):
        kind = life.roll.choice(("arrest.recorded", "charge.recorded", "enforcement.taken"))
        life.tell(life.at(day), "GMP", kind)
        day += days(life.roll.choice((0, 3, 20, 40, 89, 92, 120)))
    for teams in (("ENG",), ("VCSE", "SMS"), ("RECONNECT",)):
        if life.some(0.4):
            life.tell(life.at(day - days(life.roll.randint(-20, 60))), "GMP", "consent.given", teams=teams)
    if life.some(0.15):
        team = life.roll.choice(("ENG", "VCSE", "SMS"))
        life.tell(life.at(day + days(life.roll.randint(0, 30))), "GMP", "consent.withdrawn", teams=(team,))
    if life.some(0.5):
        needs = {"vcse_match": life.some(0.5), "substance": life.some(0.4), "health": life.some(0.3)}
        life.tell(life.at(day - days(life.roll.randint(0, 60))), "PROBATION", "needs.flagged", **needs)
    if life.some(0.2):
        life.tell(
            life.at(day - days(30)),
            "PROBATION",
            "order.started",
            type="SSO",
            end=day + days(life.roll.randint(-20, 200)),
        )


STORIES: tuple[tuple[int, int, int, Story], ...] = (
    # share, youngest, oldest, what happens to them
    (40, 19, 60, sentenced),
    (8, 18, 24, care_leaver),
    (10, 18, 55, remanded),
    (5, 16, 17, sentenced),
    (12, 14, 17, on_order),
    (10, 15, 17, detained),
    (15, 15, 17, supported),
    (8, 13, 24, enforced),
    (5, 14, 17, refused_bail),
)
