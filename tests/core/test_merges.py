"""Two people held for one, and parted again: each has the plan they would have had, and who was told is told."""

from collections import Counter
from datetime import date

from histories import HOUR, START, histories
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lives import at
from shipped import rules

from hub.core.decide import advance, arrive, await_slice, leave, replan, step
from hub.core.events import AlertChange, Event
from hub.core.person import Person, Slice
from hub.core.release import at_large
from hub.core.view import view

OVER = START + 20_000 * HOUR


def told(history, who):
    dob, happened = history
    at = START
    yield Event(f"{who}-0", "person.registered", "HMPPS_PRISON", who, at, None, {"dob": dob})
    for number, (hours, (kind, agency, fields)) in enumerate(happened, 1):
        at += hours * HOUR
        yield Event(f"{who}-{number}", kind, agency, who, at, None, fields)


def lived(events):
    person, answers = Person(), []
    for event in events:
        person, made = step(person, "p-a", event, rules())
        answers += made
    return person, answers


def joined(one, other, at):
    """*one* with every record of *other*."""
    for record in other.slices:
        _, part, _ = leave(other, "p-b", record, "p-a", rules(), at)
        one, _, _ = arrive(await_slice(one, record), "p-a", record, part, rules(), at)
    return one


def parted(one, records, at):
    answers = []
    for record in records:
        one, _, made = leave(one, "p-a", record, "p-b", rules(), at)
        answers += made
    return one, answers


def plans(person, at):
    """The day of each plan of anybody that is still to come, or of a release that came: what is over needs no plan."""
    today = rules().calendar.local_date(at)
    meant = {name: plan for name, plan in person.plans.items() if plan.teams or not name.startswith("TRANSITION")}
    named = ((name.partition("/")[0], plan.basis) for name, plan in meant.items() if plan.basis)
    return {(name.removesuffix("D"), day) for name, day in named if day >= today or name.startswith("RELEASE")}


def pending(person):
    return {(a.kind, a.stage, a.team, a.due_on) for a in person.alerts.values() if a.state == "PENDING" and a.due_on}


@settings(max_examples=200)
@given(histories, histories, st.integers(5, 3000))  # past the hold: a release accepted by then stays so
def test_merged_and_split_again_a_person_has_the_plan_they_would_have_had(mine, others, hours):
    alone, _ = lived(told(mine, "a"))
    other, _ = lived(told(others, "b"))
    at = max(alone.clock, other.clock) + hours * HOUR
    alone, _ = advance(alone, "p-a", at, rules())
    alone, _ = replan(alone, "p-a", rules(), at)  # a birthday may have come meanwhile
    assume(not at_large(view(alone, rules())))  # whose plan rests, and is made whole on return
    split, _ = parted(joined(alone, other, at), other.slices, at)

    assert plans(split, at) == plans(alone, at)
    muted = {team for plan in split.plans.values() for team in plan.muted}  # laid out again when consent comes
    assert pending(split) >= {row for row in pending(alone) if row[2] not in muted}


@settings(max_examples=200)
@given(histories, histories, st.integers(1, 3000))
def test_whoever_was_told_of_the_wrong_person_is_told_so(mine, others, hours):
    alone, _ = lived(told(mine, "a"))
    other, _ = lived(told(others, "b"))
    at = max(alone.clock, other.clock) + hours * HOUR
    alone, _ = advance(alone, "p-a", at, rules())
    _, answers = parted(joined(alone, other, at), other.slices, at)
    steps = [answer for answer in answers if isinstance(answer, AlertChange)]
    ended = {step.team for step in steps if step.reason == "WRONG_PERSON" and step.was == "RAISED"}
    withdrawn = [step.team for step in steps if step.stage == "WITHDRAWN_WRONG_PERSON" and step.state == "RAISED"]
    raised = Counter(step.alert for step in steps if step.state == "RAISED" and step.was != "SUPERSEDED")

    assert set(raised.values()) <= {1}
    assert ended <= set(withdrawn) | {step.team for step in steps if step.stage == "CLOSE_DO_NOT_CONTACT"}
    assert not [step for step in steps if step.stage == "CANCEL"]
    assert [step.team for step in steps if step.stage == "IDENTITY_SPLIT"] in ([], ["IG_LEAD"])


def test_a_split_that_no_alert_rested_on_leaves_every_alert_as_it_was():
    mine = [
        Event("a-0", "person.registered", "HMPPS_PRISON", "a", START, None, {"dob": date(1990, 5, 5)}),
        Event("a-1", "release_dates.changed", "HMPPS_PRISON", "a", START, None, {"crd": date(2026, 3, 18)}),
    ]
    alone, _ = lived(mine)
    other = Person({"SCHOOL/b": Slice("SCHOOL")})
    split, answers = parted(joined(alone, other, START + HOUR), other.slices, START + HOUR)

    assert {k: a for k, a in split.alerts.items() if a.kind != "REVIEW"} == dict(alone.alerts)
    assert [step.stage for step in answers if isinstance(step, AlertChange)] == ["IDENTITY_SPLIT"]


def test_a_split_tells_nobody_of_a_birthday_that_had_passed_before_they_were_concerned():
    mine = [
        Event("a-0", "person.registered", "GMP", "a", at("2026-02-08 09:00"), None, {"dob": date(2008, 5, 13)}),
        Event("a-1", "service.opened", "SCHOOL", "a", at("2026-04-17 11:00"), None, {"service": "SAFE_TASKFORCE"}),
        Event("a-2", "person.received", "HMPPS_PRISON", "a", at("2026-07-25 03:00"), None, {"reason": "ADMISSION"}),
    ]
    older = Event(
        "b-0", "person.registered", "HMPPS_PRISON", "b", at("2026-03-25 18:00"), None, {"dob": date(2004, 11, 13)}
    )
    alone, (other, _) = lived(mine)[0], lived([older])
    _, answers = parted(joined(alone, other, at("2026-09-07 11:00")), other.slices, at("2026-10-05 18:00"))

    assert {step.kind for step in answers if isinstance(step, AlertChange)} == {"REVIEW"}


def test_a_split_within_a_hold_tells_nobody_for_what_only_the_other_record_said():
    released = at("2026-09-01 08:07")
    mine = [
        Event(
            "a-0", "person.registered", "HMPPS_PRISON", "a", at("2026-03-02 09:00"), None, {"dob": date(1968, 4, 20)}
        ),
        Event("a-1", "consent.given", "PROBATION", "a", at("2026-03-02 09:00"), None, {"teams": ("SMS",)}),
    ]
    others = [
        Event("b-0", "needs.flagged", "HMPPS_PRISON", "b", at("2026-03-04 13:46"), None, {"substance": True}),
        Event(
            "b-1", "release_dates.changed", "HMPPS_PRISON", "b", at("2026-07-13 07:37"), 1, {"crd": date(2027, 2, 8)}
        ),
    ]
    other = lived(others)[0]
    one = joined(lived(mine)[0], other, at("2026-07-31 11:17"))
    one, _ = step(
        one,
        "p-a",
        Event("a-2", "person.released", "HMPPS_PRISON", "a", released, None, {"reason": "RELEASED"}),
        rules(),
    )
    _, answers = parted(one, other.slices, released + HOUR)

    assert [
        (one.stage, one.was)
        for one in answers
        if isinstance(one, AlertChange) and one.team == "SMS" and one.stage == "T0U"
    ] == [("T0U", "PENDING")]
