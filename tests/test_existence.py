"""
Existence is information: whoever may not have an event cannot learn that there was one.

Two logs differ by one event. All that a team can read is compared after every step, byte for byte: its records, their
keys, headers, ids, offsets, order and times, and at which step each came to be. Where the event is one that is planned
on, the clock ticks just before it, as it does every second where anything may fall due.
"""

from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import policies, schemas
from smallhub import OPENER, SmallHub, at, told

from hub import topics
from hub.core.events import Event
from hub.core.person import REMEMBERED
from hub.edges.embedded import EmbeddedLog, Worker
from hub.engine import Program
from hub.wire.recipients import Recipients

AGENCIES, TEAMS = tuple(policies()["agencies"]), tuple(policies()["teams"])
WILLING = ("HOUS", "SMS", "VCSE", "RECONNECT")
ORDER, JUNE, JULY = date(2027, 3, 1), date(2026, 6, 10), date(2026, 7, 1)
STORY = (
    *(
        told(f"reg-{code}", "person.registered", "p", "2026-02-02T09:00", code, dob=date(2008, 9, 9), link="l-p")
        for code in AGENCIES
    ),
    told("q", "person.registered", "q", "2026-02-02T09:05", dob=date(1990, 5, 5), link="l-q"),
    told(1, "order.started", "p", "2026-02-02T10:00", "YJS", type="DTO", end=ORDER),
    told(2, "person.received", "p", "2026-02-02T11:00", reason="ADMISSION", prison="MDI"),
    told(3, "release_dates.changed", "p", "2026-02-03T09:00", crd=JUNE, prison="MDI"),
    told(4, "release_dates.changed", "q", "2026-02-03T10:00", crd=JULY, prison="MDI"),
    "2026-02-03T12:00",
    told(5, "consent.given", "p", "2026-02-04T09:00", teams=WILLING),
    told(6, "needs.flagged", "p", "2026-02-04T10:00", homeless=True, substance=True, vcse_match=True, care_needs=True),
    told(7, "service.opened", "p", "2026-02-04T11:00", "MCC_CHILDRENS", service="CIN", start=date(2025, 1, 1)),
    *("2026-03-01T09:30", "2026-04-20T09:30"),
    told(8, "release_dates.changed", "p", "2026-04-28T09:00", crd=date(2026, 6, 17), prison="MDI"),
    *("2026-05-08T09:30", "2026-06-02T12:00"),
    told(9, "person.released", "p", "2026-06-17T09:00", reason="RELEASED", licence=True),
    *("2026-06-20T12:00", "2026-08-12T12:00", "2026-09-10T12:00", "2026-12-10T12:00"),
)
MOMENTS = ("2026-02-05T11:00", "2026-04-28T08:00", "2026-06-01T10:00", "2026-06-18T11:00", "2026-08-20T10:00")
EXTRA = (
    ("arrest.recorded", "GMP", {"offence_group": "VIOLENCE", "ward": "E05"}),
    ("charge.recorded", "GMP", {"offence_group": "VIOLENCE"}),
    ("custody.released", "GMP", {"outcome": "NFA"}),
    ("bail.changed", "GMP", {"status": "BAIL"}),
    ("safeguarding.noticed", "GMP", {"scheme": "ENCOMPASS"}),
    ("enforcement.taken", "GMP", {"measure": "CPW"}),
    ("attendance.marked", "SCHOOL", {"date": JUNE, "session": "AM", "code": "/"}),
    ("suspension.recorded", "SCHOOL", {"start": JUNE}),
    ("exclusion.permanent", "SCHOOL", {"start": JUNE}),
    ("nrm.referred", "MCC_CHILDRENS", {"as_child": True}),
    ("needs.flagged", "NHS_CAMHS", {"mental_health": True}),
    ("person.movement", "HMPPS_PRISON", {"reason": "COURT", "movement": "OUT"}),
    ("intervention.started", "YJS", {"intervention": "KNIFE"}),
    ("appointment.attended", "PROBATION", {"kind": "INITIAL"}),
    ("accommodation.confirmed", "HOUS", {"kind": "PRS"}),
    ("care_status.changed", "MCC_CHILDRENS", {"new": "LOOKED_AFTER"}),
    ("residence.changed", "MCC_CHILDRENS", {"authority": "MANCHESTER"}),
    ("service.opened", "NHS_CAMHS", {"service": "CAMHS", "start": date(2025, 1, 1)}),
    ("service.closed", "NHS_CAMHS", {"service": "CAMHS"}),
    ("referral.made", "NHS_CAMHS", {"to": "MH", "service": "CAMHS"}),
    ("referral.declined", "ASC", {"to": "ASC", "service": "CIN"}),
    ("consent.withdrawn", "PROBATION", {"teams": ("SMS",)}),
)
# What an event about the person may change for whom it is not told to: an alert of their own, under its own clause.
DESK = {"CSP_DUTY"}  # hears which team has left an alert unanswered (DSA-008)
LEARNS = {
    "arrest.recorded": DESK,  # YJS is asked to offer help, and does not answer
    "charge.recorded": DESK,
    "enforcement.taken": DESK | {"YJS"},
    "nrm.referred": DESK,
    "appointment.attended": DESK | {"PROB", "YJS"},  # the alert that asked for it is over
    "accommodation.confirmed": DESK
    | {"PROB", "YJS", "CSC", "HOUS"},  # the field `accommodation`; HOUS was asked for it
    "care_status.changed": {"PROB", "YJS", "CSC"},  # the field `care`
    "service.opened": DESK | {"MH", "PROB", "YJS"},  # how many end together (DSA-010.4); that one ends, unnamed
    "service.closed": DESK | {"MH", "PROB", "YJS"},
    "residence.changed": {"SEND"},  # the field `home_authority`
    "referral.declined": DESK | {"CSC", "ASC", "PROB"},  # the handover, of those whose service ends or begins
    "consent.withdrawn": DESK | {"SMS", "PROB", "YJS"},  # leads are told that a way has closed, not which
}


class WholeHub(SmallHub):
    """Every agency and every team of the shipped policies."""

    def __init__(self):
        recipients = Recipients(bytes(32))
        self.program = Program(schemas(), recipients, 2, AGENCIES, TEAMS, OPENER, recipients.salt())
        self.log = EmbeddedLog(":memory:", 2, durable=False, clock=lambda: at("2030-01-01T00:00") * 1000)
        self.worker = Worker(self.log, self.program)
        self.activate(policies())

    def reads(self, team):
        """All there is in the topics that *team* may read."""
        return tuple(record for name in (topics.alerts, topics.deliveries) for record in self.log.scan(name(team)))


def read(story):
    """What each team has read after each step, a text being a tick; and the hub."""
    hub, seen = WholeHub(), []
    for step in story:
        hub.tick(step) if isinstance(step, str) else hub.publish(step)
        seen.append({team: hub.reads(team) for team in TEAMS})
    return seen, hub


def moment(step):
    return at(step) if isinstance(step, str) else step.at


def around(story, when, ticks=True):
    """What comes before and after that moment, at which the clock may tick too."""
    before = [step for step in story if moment(step) <= at(when)]
    return [*before, when] if ticks else before, list(story[len(before) :])


@cache
def as_ever(when):
    """What each team reads of the whole story, with a tick at that moment."""
    before, after = around(STORY, when)
    return read([*before, *after])[0]


def learnt(story, when, *extra, ticks=True, seen=lambda records: records):
    """
    The teams that read otherwise, or at another step, for the *extra* events; and those that were told of them.

    *seen* is what of the records is compared.
    """
    before, after = around(story, when, ticks)
    plain = as_ever(when) if story is STORY and ticks else read([*before, *after])[0]
    with_it, hub = read([*before, *extra, *after])
    told_of = hub.decisions()
    may = {o["team"] for event in extra for o in told_of[event.id]["outcomes"] if o["delivered"]}
    same = [*with_it[: len(before)], *with_it[len(before) + len(extra) :]]
    pairs = list(zip(plain, same, strict=True))
    return {team for team in TEAMS if any(seen(one[team]) != seen(other[team]) for one, other in pairs)} - may, may


def but_names(records):
    """The records with each opaque name as the number of its first appearance: a hash tells nothing else."""
    names, made = {}, []
    for record in records:
        values = schemas().decode(record.value)[2]
        for part in ("id", "decision", "link"):
            values[part] = names.setdefault(values.get(part), len(names))
        headers = [(name, value) for name, value in record.headers if name != "ce_id"]
        made.append((record._replace(value=b"", headers=()), headers, values))
    return made


FORGOTTEN = [extra for extra in EXTRA if extra[0] not in REMEMBERED]  # decided, and planned on by nobody
stories = st.sets(st.sampled_from([number for number, step in enumerate(STORY) if not isinstance(step, str)][11:])).map(
    lambda gone: tuple(step for number, step in enumerate(STORY) if number not in gone)
)
ages = st.sampled_from([-40 * 86_400, -3_600, 0, 1, 3_600, 40 * 86_400]).map(lambda seconds: seconds * 1_000_000)


@settings(max_examples=30)
@given(stories, st.sampled_from(MOMENTS), st.sampled_from(FORGOTTEN), ages)
def test_who_may_not_have_an_event_reads_what_they_would_read_without_it(story, when, extra, age):
    kind, agency, fields = extra
    told_of = Event("x", kind, agency, "p", at(when) - age, None, fields)  # its clock may even be ahead of what follows
    others, _ = learnt(story, when, told_of, ticks=False)

    assert others == set()


@pytest.mark.parametrize("extra", [one for one in EXTRA if one not in FORGOTTEN], ids=lambda extra: extra[0])
def test_what_is_planned_on_is_learnt_by_alerts_alone_and_by_those_whose_alerts_they_are(extra):
    kind, agency, fields = extra

    for when in MOMENTS[1:4]:
        others, _ = learnt(STORY, when, Event("x", kind, agency, "p", at(when), None, fields))
        assert others <= LEARNS.get(kind, set())


def test_who_is_told_reads_it_so_that_a_difference_would_be_seen():
    before, after = around(STORY, MOMENTS[1])
    arrested = told("x", "arrest.recorded", "p", MOMENTS[1], "GMP", ward="E05")
    plain = as_ever(MOMENTS[1])
    with_it, _ = read([*before, arrested, *after])

    assert plain[-1]["YJS"] != with_it[-1]["YJS"]
    assert len(plain[-1]["HOUS"]) > 10


@pytest.mark.parametrize("crd", [date(2026, 7, 8), date(2026, 6, 3)])
def test_a_date_that_moves_and_moves_back_leaves_no_gap_for_whom_nothing_was_told(crd):
    there = told("x", "release_dates.changed", "p", "2026-04-20T10:00", crd=crd, prison="MDI")
    back = told("y", "release_dates.changed", "p", "2026-04-20T11:00", crd=JUNE, prison="MDI")

    others, told_of = learnt(STORY, "2026-04-20T09:59", there, back, seen=but_names)

    assert (others, told_of) == (set(), {"PROB", "YJS"})


def test_of_a_health_service_that_ends_alone_no_others_hear_than_its_lead_and_the_desk():
    story = [step for step in STORY if isinstance(step, str) or step.type != "service.opened"]
    opened = told("x", "service.opened", "p", MOMENTS[0], "NHS_CAMHS", service="CAMHS", start=date(2025, 1, 1))

    others, _ = learnt(story, MOMENTS[0], opened)

    assert "MH" in others
    assert others <= LEARNS["service.opened"]


def test_what_is_refused_is_read_by_nobody():
    before, after = around(STORY, MOMENTS[1])
    plain = as_ever(MOMENTS[1])
    with_it, hub = read([*before, told("x", "arrest.recorded", "p", MOMENTS[1], "SCHOOL", ward="E05"), *after])

    assert hub.quarantined("SCHOOL")
    assert with_it[len(before)] == with_it[len(before) - 1]
    assert with_it[-1] == plain[-1]
