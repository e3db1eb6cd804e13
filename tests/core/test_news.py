"""What an alert says that its team did not know: which way a date went, and whether all of it is new."""

from datetime import UTC, date, datetime

from histories import HOUR, events, histories, lived, prison
from hypothesis import example, given
from shipped import rules

from hub.core.decide import advance, step
from hub.core.events import AlertChange, Event, Notice
from hub.core.person import Person


def instant(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def told(*days):
    """What probation itself is told of an adult whose release date is published anew: (instant, date) each time."""
    person, answers = Person(), []
    facts = [("person.registered", "2026-03-02T08:00", {"dob": date(1990, 5, 5)})]
    facts += [("release_dates.changed", at, {"crd": day}) for at, day in days]
    for number, (kind, at, fields) in enumerate(facts):
        event = Event(f"e-{number}", kind, "HMPPS_PRISON", "r-1", instant(at), None, fields)
        person, made = step(person, "p-1", event, rules())
        answers += made
    _, made = advance(person, "p-1", instant("2027-12-31T12:00"), rules())
    return [one for one in answers + made if isinstance(one, Notice) and one.team == "PROB" and not one.level]


def test_the_first_alert_says_that_all_is_new_and_the_next_do_not():
    first, *others = told(("2026-03-02T09:00", date(2026, 7, 15)))

    assert (first.stage, first.changed, first.previous_due) == ("T12W", ("NEW_RECIPIENT",), None)
    assert {one.changed for one in others} == {()}


def test_a_date_that_went_later_is_told_with_when_the_last_alert_was_due():
    made = told(("2026-03-02T09:00", date(2026, 7, 15)), ("2026-05-26T09:00", date(2026, 8, 12)))
    (moved,) = [one for one in made if one.stage == "DATE_MOVED"]
    before, again = (one for one in made if one.stage == "T8W")

    assert (moved.changed, moved.previous_due) == (("DUE_LATER",), before.due)
    assert (again.changed, again.previous_due) == (("DUE_LATER",), before.due)
    assert before.due < again.due


def test_a_date_that_came_earlier_is_told_so():
    made = told(("2026-03-02T09:00", date(2026, 7, 15)), ("2026-05-01T09:00", date(2026, 6, 24)))

    assert next(one for one in made if one.stage == "DATE_MOVED").changed == ("DUE_EARLIER",)


def test_a_move_that_waits_is_told_once_against_what_was_believed():
    made = told(
        *(("2026-03-02T09:00", date(2026, 7, 15)), ("2026-05-26T09:00", date(2026, 8, 12))),
        ("2026-05-26T10:00", date(2026, 6, 24)),
    )
    moved = [one for one in made if one.stage == "DATE_MOVED"]

    assert [one.changed for one in moved] == [("DUE_EARLIER",)]
    assert moved[0].previous_due == next(one for one in made if one.stage == "T8W").due


def test_an_alert_names_its_rule_its_bundle_and_its_due_time_on_londons_clocks():
    first = told(("2026-03-02T09:00", date(2026, 7, 15)))[0]

    assert (first.rule, first.bundle, first.due_local) == ("R-T12W", rules().hash, "2026-04-22T09:00:00+01:00")
    assert first.asks == rules().actions["PREPARE_RELEASE_PLAN"]


def dated(day):
    return prison("release_dates.changed", crd=date(2026, 1, day))


def is_history(change):
    """28 days after its day a plan is over, and who was told of it knows of nothing."""
    return change.basis is not None and change.at >= rules().calendar.instant(change.basis, 9) + 28 * 24 * HOUR


@given(histories)
@example((date(1990, 5, 5), [(0, dated(5)), (673, prison("release_dates.changed", recall="STANDARD")), (0, dated(6))]))
def test_a_team_is_new_to_what_it_was_never_told_and_only_then_unless_it_heard_of_an_end(history):
    answers = lived(events(history))[1]
    notices = {answer.alert: answer for answer in reversed(answers) if isinstance(answer, Notice)}  # the first of each
    known, ended = set(), False
    for one in answers:
        if not isinstance(one, AlertChange):
            continue
        ended = ended or one.state == "CANCELLED" or (one.kind == "CORRECTION" and one.stage != "DATE_MOVED")
        ended = ended or (one.state == "CLOSED" and is_history(one))
        if one.state == "RAISED" and one.kind != "CORRECTION" and one.was != "SUPERSEDED":  # not what stands again
            mark, new = (one.kind, one.episode, one.team), "NEW_RECIPIENT" in notices[one.alert].changed
            assert new or mark in known
            assert not new or mark not in known or ended
            known.add(mark)


@given(histories)
def test_every_notice_says_what_it_asks_in_words(history):
    assert all(answer.asks for answer in lived(events(history))[1] if isinstance(answer, Notice))
