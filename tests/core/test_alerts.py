"""Over any history: one alert an id, nothing on superseded facts, and all who were told are told of the end."""

from datetime import date

import pytest
from histories import START, YEARS, events, histories, lived, prison
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shipped import rules

from hub.core.decide import advance, step
from hub.core.events import AlertChange, Decision, Event, Notice
from hub.core.life import OVER, SEEN
from hub.core.person import Person
from hub.core.timers import next_due

ENDED = {"SUPERSEDED", "CANCELLED"}
AT_LARGE = prison("person.movement", reason="UNLAWFULLY_AT_LARGE")
DATES = [prison("release_dates.changed", crd=date(2026, 1, day)) for day in (21, 20)]
FINAL = ENDED | {"SKIPPED", "SUPPRESSED", "CLOSED"}


def changes(answers):
    return [answer for answer in answers if isinstance(answer, AlertChange)]


@given(histories)
def test_an_alert_that_has_ended_never_comes_back(history):
    ended = set()
    for change in changes(lived(events(history))[1]):
        if change.was == "SUPERSEDED":  # the date moved back while it settled
            ended.discard(change.alert)
        assert change.alert not in ended
        if change.state in FINAL:
            ended.add(change.alert)


@given(histories)
def test_nothing_is_raised_twice_and_every_raise_has_its_decision_and_notice(history):
    _, answers = lived(events(history))
    raised = [c.alert for c in changes(answers) if c.state == "RAISED" and c.was != "SUPERSEDED" and not c.repeats]
    notices = [answer for answer in answers if isinstance(answer, Notice)]
    first = [notice.alert for notice in notices if not notice.level and not notice.repeats]
    allowed = [d.id for d in answers if isinstance(d, Decision) and d.source == "HUB" and d.outcomes[0].delivered]

    assert len(raised) == len(set(raised))
    assert sorted(raised) == sorted(mark for mark in first if mark in raised)
    copies = {notice.kind for notice in notices if notice.alert not in raised}
    assert copies <= {"ESCALATION", "CLIFF_EDGE"}
    assert sorted(notice.decision for notice in notices) == sorted(allowed)
    assert len(allowed) == len(set(allowed))


@settings(max_examples=300)
@given(histories)
@example((date(1990, 5, 5), [(0, DATES[0]), (1, DATES[1]), (0, AT_LARGE)]))
def test_every_team_whose_alert_ended_is_told_otherwise(history):
    _, answers = lived(events(history))
    steps = changes(answers)
    for number, change in enumerate(steps):
        if change.state in ENDED and change.was == "RAISED" and change.kind != "CORRECTION":
            told = [s for s in steps if s.team == change.team and s.state == "RAISED" and s.at >= change.at]
            same = [
                s for s in steps[number:] if (s.kind, s.team, s.episode) == (change.kind, change.team, change.episode)
            ]
            back = any(s.basis == change.basis and s.state in {"PENDING", "SKIPPED", *SEEN} for s in same[1:])
            freed = any(
                (s.stage, s.state, s.team, s.episode) == ("T0U", "RAISED", change.team, change.episode)
                for s in steps[:number]  # they were told of the release itself while it was held against the plan
            )
            rested = any(  # at large: the correction waited for their return until the day was history
                (s.kind, s.team, s.reason) == ("CORRECTION", change.team, "EPISODE_CLOSED") for s in steps[number:]
            )
            assert told or back or freed or rested, f"{change.team} still believes in {change.kind} {change.stage}"


@given(histories)
def test_after_a_death_nobody_hears_anything_but_the_end(history):
    told = list(events(history))
    death = Event("e-x", "person.died", "HMPPS_PRISON", "r-1", told[-1].at, None, {})
    person = Person()
    for event in told:
        person, _ = step(person, "p-1", event, rules())
    person, answers = step(person, "p-1", death, rules())
    later = Event(
        "e-z", "release_dates.changed", "HMPPS_PRISON", "r-1", told[-1].at + 1, None, {"crd": date(2027, 1, 6)}
    )
    person, news = step(person, "p-1", later, rules())
    _, late = advance(person, "p-1", person.clock + YEARS, rules())

    notices = [answer for answer in answers if isinstance(answer, Notice)]

    assert {notice.stage for notice in notices if notice.kind != "ESCALATION"} <= {"CLOSE_DO_NOT_CONTACT"}
    assert {notice.action for notice in notices if notice.kind == "ESCALATION"} <= {OVER}
    assert not [answer for answer in news + late if isinstance(answer, Notice)]


@given(histories, st.integers(0, 9))
def test_an_event_that_no_rule_reads_changes_no_alert(history, place):
    told = list(events(history))
    at = told[min(place, len(told) - 1)].at
    mark = Event("e-y", "attendance.marked", "SCHOOL", "r-9", at, None, {"code": "N"})
    more = [*told[: place + 1], mark, *told[place + 1 :]]

    assert changes(lived(more)[1]) == changes(lived(told)[1])


@given(histories)
def test_a_resent_event_answers_nothing(history):
    person, _ = lived(())
    for event in events(history):
        person, _ = step(person, "p-1", event, rules())
        assert step(person, "p-1", event, rules()) == (person, [])


RELEASED = Event("e-1", "person.released", "HMPPS_PRISON", "r-1", START + 9, None, {"reason": "RELEASED"})
PLANNED = [
    Event("e-0", "person.registered", "HMPPS_PRISON", "r-1", START, None, {"dob": date(1990, 5, 5)}),
    Event("e-1", "release_dates.changed", "HMPPS_PRISON", "r-1", START + 1, None, {"crd": date(2026, 2, 9)}),
]


def moved(number, prison, at=START + 90, record="r-1"):
    fields = {"reason": "TRANSFERRED", "prison": prison}
    return Event(f"e-{number}", "person.received", "HMPPS_PRISON", record, at, None, fields)


@pytest.mark.parametrize(
    ("moves", "times"),
    [
        ([moved(2, "RSI"), moved(3, "MDI")], 2),
        ([moved(3, "MDI"), moved(2, "RSI")], 1),
        ([moved(2, "RSI"), moved(3, "RSI")], 1),
        ([moved(2, "RSI"), moved(3, "RSI", record="r-2")], 1),
        ([moved(2, "RSI"), moved(3, "RSI", START + 91)], 2),
    ],
    ids=["to two prisons", "the one that counts first", "told twice", "told of two records", "at two instants"],
)
def test_of_transfers_at_one_instant_a_lead_hears_of_each_contact_once(moves, times):
    _, answers = lived([*PLANNED, *moves])

    told = [c for c in changes(answers) if c.stage == "CONTACT_CHANGED" and c.state == "RAISED"]
    assert {change.team for change in told} == {"PROB"}
    assert len({change.alert for change in told}) == len(told) == times


RETURNED = Event("e-2", "person.received", "HMPPS_PRISON", "r-1", START + 90, None, {"reason": "ADMISSION"})


@pytest.mark.parametrize("order", [(RELEASED, RETURNED), (RETURNED, RELEASED)], ids=["in order", "out of order"])
def test_a_return_opens_an_episode_whatever_was_told_first(order):
    person = Person()
    for event in order:
        person, _ = step(person, "p-1", event, rules())

    assert person.episode == 2


@given(histories)
def test_in_the_end_nothing_of_any_alert_is_kept_or_due(history):
    person, _ = lived(events(history))

    assert not person.alerts
    assert next_due(person) is None


@given(histories)
def test_every_level_of_an_alert_hears_once_and_none_after_an_answer_or_the_end(history):
    level = {}
    for change in changes(lived(events(history))[1]):
        held = level.get(change.alert, 0)
        if change.state == "ESCALATED" and not change.repeats and change.was != "SUPERSEDED":
            assert change.level == held + 1
        level[change.alert] = 99 if change.state in {"ACKNOWLEDGED", *FINAL} - {"SUPERSEDED"} else change.level
