"""Where a release and an 18th birthday meet: who leads, what changes when one passes the other, and who is a child."""

from datetime import date

import pytest
from shipped import rules

from hub.core import release
from hub.core.decide import advance, step
from hub.core.events import AlertChange, Event, Notice
from hub.core.person import Person
from hub.core.routing import Circumstances, routed
from hub.core.view import looked_after, view

ADULT = date(2026, 9, 9)
BORN = date(2008, 9, 9)
DAY = 24 * 3_600_000_000


def at(day, hour=9):
    return rules().calendar.instant(day, hour)


def told(day, kind, agency="HMPPS_PRISON", hour=9, **fields):
    return Event(f"{kind}-{day}-{hour}-{fields.get('crd')}", kind, agency, f"r-{agency}", at(day, hour), None, fields)


def lived(*events, until):
    person, answers = Person(), []
    for event in events:
        person, made = step(person, "p-1", event, rules())
        answers += made
    person, made = advance(person, "p-1", at(until, 23), rules())
    return person, answers + made


CHILD = told(date(2026, 1, 5), "person.registered", dob=BORN)


@pytest.mark.parametrize(
    ("crd", "leads", "primary"),
    [
        (date(2026, 3, 5), {"YJS"}, None),
        (date(2026, 3, 10), {"YJS", "PROB"}, "YJS"),
        (date(2026, 9, 8), {"YJS", "PROB"}, "YJS"),
        (date(2026, 9, 9), {"YJS", "PROB"}, "PROB"),
        (date(2027, 3, 9), {"YJS", "PROB"}, "PROB"),
        (date(2027, 3, 10), {"PROB"}, None),
    ],
)
def test_within_six_months_of_18_both_lead_and_the_day_itself_says_who_first(crd, leads, primary):
    seen = view(
        lived(CHILD, told(date(2026, 1, 5), "release_dates.changed", crd=crd), until=date(2026, 1, 5))[0], rules()
    )
    teams = routed(rules().routes["release"], Circumstances(seen, crd, True, rules()))

    assert teams & {"YJS", "PROB"} == leads
    assert release.primary(seen, release.planning_date(seen, rules()).day, rules()) == primary


def test_a_date_that_passes_the_birthday_is_a_new_version_with_the_other_lead_first_and_moves_no_birthday():
    before = told(date(2026, 3, 2), "release_dates.changed", crd=date(2026, 9, 2))
    after = told(date(2026, 7, 20), "release_dates.changed", crd=date(2026, 9, 16))
    person, answers = lived(CHILD, before, after, until=date(2026, 9, 16))
    notices = [note for note in answers if isinstance(note, Notice) and note.team in {"PROB", "YJS"}]
    version = {change.alert: change.version for change in answers if isinstance(change, AlertChange)}
    firsts = {(version[note.alert], note.fields.get("primary")) for note in notices if note.kind == "RELEASE"}
    ended = {c.state for c in answers if isinstance(c, AlertChange) and c.kind == "TRANSITION" and c.state != "CLOSED"}

    assert firsts == {(1, "YJS"), (2, "PROB")}
    assert ended <= {"PENDING", "RAISED", "SKIPPED", "ESCALATED"}
    assert person.plans["TRANSITION/1"].version == 1


@pytest.mark.parametrize(
    ("crd", "asked"), [(date(2026, 12, 9), True), (date(2026, 12, 16), False), (date(2026, 9, 2), False)]
)
def test_youth_justice_is_asked_whether_a_short_stay_past_18_is_worth_a_move(crd, asked):
    _, answers = lived(CHILD, told(date(2026, 1, 5), "release_dates.changed", crd=crd), until=date(2026, 3, 9))
    six = [note for note in answers if isinstance(note, Notice) and note.stage == "T6M"]
    prompted = {note.team for note in six if "HOLD_IN_YOUTH_ESTATE" in note.fields.get("prompts", ())}

    assert {note.team for note in six} >= {"YJS", "PROB"}
    assert prompted == ({"YJS"} if asked else set())


def test_housing_learns_that_a_care_leaver_is_the_authoritys_own_duty():
    events = [
        told(date(2026, 1, 5), "person.registered", dob=date(2005, 5, 5), care_status="FORMER_RELEVANT"),
        told(date(2026, 1, 5), "needs.flagged", homeless=True, consent=("HOUS",)),
        told(date(2026, 1, 5), "release_dates.changed", crd=date(2026, 3, 3)),
    ]
    _, answers = lived(*events, until=date(2026, 1, 6))
    housing = [note for note in answers if isinstance(note, Notice) and note.team == "HOUS"]
    leaving = {note.stage for note in answers if isinstance(note, AlertChange) and note.team == "LCPA"}

    assert [note.fields["care_leaver"] for note in housing if note.kind == "RELEASE"] == [True]
    assert leaving >= {"T12W", "T8W", "T2W", "T0"}


@pytest.mark.parametrize(
    ("crd", "adults"), [(date(2026, 9, 8), set()), (date(2026, 9, 9), {"RECONNECT", "DWP", "ASC"})]
)
def test_services_for_adults_switch_on_on_the_birthday(crd, adults):
    needs = told(date(2026, 1, 5), "needs.flagged", health=True, care_needs=True)
    seen = view(lived(CHILD, needs, until=date(2026, 1, 5))[0], rules())
    teams = routed(rules().routes["release"], Circumstances(seen, crd, True, rules()))

    assert teams & {"RECONNECT", "DWP", "ASC"} == adults


@pytest.mark.parametrize(
    ("events", "now", "status"),
    [
        ([told(date(2026, 9, 8), "remand.youth_detention", "COURT")], date(2026, 9, 8), True),
        ([told(date(2026, 9, 8), "remand.youth_detention", "COURT")], date(2026, 9, 9), False),
        ([told(date(2026, 9, 9), "remand.youth_detention", "COURT")], date(2026, 9, 9), False),
        ([told(date(2026, 8, 3), "legal_status.changed", "COURT", new="REMAND")], date(2026, 8, 4), True),
        ([told(date(2026, 8, 3), "legal_status.changed", "COURT", new="SENTENCED")], date(2026, 8, 4), False),
        (
            [
                told(date(2026, 8, 3), "remand.youth_detention", "COURT"),
                told(date(2026, 8, 5), "person.released", reason="RELEASED", detail="BAIL"),
            ],
            date(2026, 8, 6),
            False,
        ),
    ],
    ids=["child", "then 18", "at 18", "by the court", "sentenced", "bailed"],
)
def test_a_remand_makes_a_child_looked_after_by_the_age_at_the_remand_until_it_ends(events, now, status):
    person, _ = lived(CHILD, *events, until=now)

    assert looked_after(view(person, rules(), at(now, 12))) is status
