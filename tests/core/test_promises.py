"""Promises over any history: what says nothing changes nothing, and of one source's versions the newest counts."""

from datetime import date, timedelta

from histories import HOUR, START, YEARS, events, histories
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import rules

from hub.core.decide import advance, step
from hub.core.events import AlertChange, Event, Notice
from hub.core.person import Person

IRRELEVANT = st.sampled_from(
    [
        ("attendance.marked", "SCHOOL", {"date": date(2026, 3, 2), "session": "AM", "code": "/"}),
        ("suspension.recorded", "SCHOOL", {"sessions": 4}),
        ("bail.changed", "GMP", {}),
        ("intervention.started", "YJS", {}),
    ]
)


def told(happened):
    person, answers = Person(), []
    for event in happened:
        person, made = step(person, "p-1", event, rules())
        answers += made
    return answers + advance(person, "p-1", person.clock + YEARS, rules())[1]


def alerts(answers):
    return [answer for answer in answers if isinstance(answer, AlertChange | Notice)]


@settings(max_examples=200)
@given(histories, st.lists(st.tuples(IRRELEVANT, st.integers(0, 9)), min_size=1, max_size=4))
def test_an_irrelevant_event_changes_no_alert(history, noise):
    happened = list(events(history))
    longer = list(happened)
    for number, ((kind, agency, fields), place) in enumerate(noise):
        place = min(place, len(longer) - 1)
        longer.insert(place + 1, Event(f"n-{number}", kind, agency, "r-9", longer[place].at, None, fields))

    assert alerts(told(longer)) == alerts(told(happened))


versions = st.lists(st.integers(200, 400), min_size=2, max_size=5, unique=True)


@given(versions.flatmap(lambda days: st.tuples(st.just(days), st.permutations(range(len(days))))))
def test_of_one_source_the_newest_version_counts_in_whatever_order_they_come(told_in):
    days, order = told_in

    def planned(arrived):
        person = Person()
        for hours, number in enumerate(arrived):
            fields = {"crd": date(2026, 1, 5) + timedelta(days=days[number])}
            at = START + hours * HOUR
            event = Event(f"e-{number}", "release_dates.changed", "HMPPS_PRISON", "r-1", at, number + 1, fields)
            person, _ = step(person, "p-1", event, rules())
        person, _ = advance(person, "p-1", START + 24 * HOUR, rules())
        living = {(one.stage, one.team, one.due_on, one.state) for one in person.alerts.values()}
        return person.plans["RELEASE/1"].basis, living

    assert planned(order) == planned(range(len(days)))
