"""Random histories of one person: what a prison, a court and the services might say, in an order nobody planned."""

from datetime import date, timedelta

from hypothesis import strategies as st
from shipped import rules

from hub.core.decide import advance, step
from hub.core.events import Event
from hub.core.person import Person

START = 1_767_600_000_000_000  # 5 January 2026, 08:00 UTC
HOUR = 3_600_000_000
YEARS = 20_000 * HOUR


def prison(kind, **fields):
    return kind, "HMPPS_PRISON", fields


days = st.integers(0, 400).map(lambda number: date(2026, 1, 5) + timedelta(days=number))
dates = st.builds(lambda crd: prison("release_dates.changed", crd=crd), days)
none = st.just(prison("release_dates.changed", recall="STANDARD"))
hdc = st.builds(lambda crd, day: prison("release_dates.changed", crd=crd, hdcad=day), days, days)
needs = st.builds(
    lambda homeless, teams: prison("needs.flagged", homeless=homeless, consent=tuple(sorted(teams))),
    st.booleans(),
    st.sets(st.sampled_from(["HOUS", "SMS"])),
)
moves = st.sampled_from(
    [
        prison("person.released", reason="RELEASED"),
        prison("person.released", reason="RELEASED", detail="BAIL", licence=False),
        prison("person.released", reason="TRANSFERRED", prison="FHI"),
        prison("person.released", reason="TEMPORARY_ABSENCE_RELEASE"),
        prison("person.received", reason="ADMISSION"),
        prison("person.received", reason="TRANSFERRED", prison="RSI"),
        prison("person.received", reason="TRANSFERRED", prison="MDI"),
        prison("person.movement", reason="RELEASED_TO_HOSPITAL"),
        prison("person.movement", reason="UNLAWFULLY_AT_LARGE"),
        prison("person.movement", reason="SENT_TO_COURT"),
        prison("person.released", reason="RELEASED", detail="REMOVED_FROM_UK"),
        prison("person.received", reason="RETURN_FROM_COURT"),
        prison("release.in_error"),
        prison("legal_status.changed", new="REMAND"),
        ("order.started", "YJS", {"type": "YRO", "end": date(2027, 6, 1)}),
        ("order.ended", "YJS", {"type": "YRO"}),
        ("consent.withdrawn", "PROBATION", {"teams": ("HOUS",)}),
        ("person.dob_corrected", "MCC_CHILDRENS", {"new": date(2008, 3, 1)}),
    ]
)
answers = st.builds(
    lambda team, stage, answer: ("alert.ack", team, {"stage": stage, "answer": answer}),
    st.sampled_from(["PROB", "YJS", "HOUS", "DWP"]),
    st.sampled_from(["T12W", "T8W", "T2W", "T0U", "T6M"]),
    st.sampled_from(["ACCEPTED", "NOT_OURS"]),
)
upkeep = st.sampled_from(
    [
        ("consent.given", "PROBATION", {"teams": ("HOUS",)}),
        ("consent.withdrawn", "PROBATION", {}),
        ("accommodation.confirmed", "HOUS", {}),
        ("appointment.attended", "PROBATION", {}),
    ]
)
deaths = st.just(prison("person.died"))
waits = st.one_of(st.integers(0, 5), st.integers(0, 40 * 24))
happenings = st.tuples(waits, st.one_of(dates, dates, dates, none, hdc, needs, moves, moves, answers, upkeep, deaths))
born = st.sampled_from([date(1990, 5, 5), date(2008, 9, 9), date(2010, 2, 1)])
histories = st.tuples(born, st.lists(happenings, min_size=1, max_size=9))


def events(history):
    dob, told = history
    yield Event("e-0", "person.registered", "HMPPS_PRISON", "r-1", START, None, {"dob": dob})
    at = START
    for number, (hours, (kind, agency, fields)) in enumerate(told, 1):
        at += hours * HOUR
        yield Event(f"e-{number}", kind, agency, "r-1", at, None, fields)


def lived(told):
    person, answers = Person(), []
    for event in told:
        person, made = step(person, "p-1", event, rules())
        answers += made
    person, made = advance(person, "p-1", person.clock + YEARS, rules())
    return person, answers + made
