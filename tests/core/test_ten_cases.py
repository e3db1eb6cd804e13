"""Ten cases whose dates look wrong and are right; DECISIONS.md says why of each ("Ten cases read by hand")."""

from datetime import date

import pytest
from shipped import rules

from hub.scenarios import history

PRISON = {"agency": "HMPPS_PRISON"}
ADULT, SIXTEEN = {"dob": "1990-05-05"}, {"dob": "2010-05-05"}

NEED = {
    **PRISON,
    "at": "2027-06-14T10:00+01:00",
    "type": "needs.flagged",
    "fields": {"substance": True, "consent": ["SMS"]},
}


def dates(at, **fields):
    return {**PRISON, "at": at, "type": "release_dates.changed", "fields": fields}


def opened(at, agency, service):
    return {"at": at, "agency": agency, "type": "service.opened", "fields": {"service": service}}


CASES = {
    "after Easter": (
        ADULT,
        [dates("2026-11-02T09:00+00:00", seq=1, crd="2027-03-29")],
        "2026-11-03T09:00+00:00",
        {("T0", "PROB"): ("PENDING", "2027-03-24"), ("TDNA", "PROB"): ("PENDING", "2027-03-25")},
    ),
    "a child's New Year": (
        SIXTEEN,
        [dates("2026-08-03T09:00+01:00", seq=1, mtd="2027-01-01", sentence="DTO")],
        "2026-08-04T09:00+01:00",
        {("T0", "YJS"): ("PENDING", "2026-12-29"), ("T2WD", "YJS"): ("PENDING", "2026-12-23")},
    ),
    "four weeks from the day of return": (
        ADULT,
        [
            {
                **PRISON,
                "at": "2027-02-01T10:00+00:00",
                "type": "person.received",
                "fields": {"reason": "ADMISSION", "movement": "RECALL", "return_to_custody": "2027-02-01"},
            },
            dates("2027-02-01T11:00+00:00", seq=1, recall="FTR_28", prrd="2027-02-28", cumulative_served_days=200),
        ],
        "2027-02-01T12:00+00:00",
        {("T0", "PROB"): ("PENDING", "2027-02-25"), ("T4W", "PROB"): ("RAISED", "2027-02-01")},
    ),
    "an appointment after Christmas": (
        ADULT,
        [dates("2026-08-03T09:00+01:00", seq=1, confirmed="2026-12-24", crd="2026-12-24")],
        "2026-08-04T09:00+01:00",
        {("T0", "PROB"): ("PENDING", "2026-12-24"), ("TDNA", "PROB"): ("PENDING", "2026-12-29")},
    ),
    "later, and only what is new": (
        ADULT,
        [
            dates("2026-11-02T09:00+00:00", seq=1, crd="2027-04-14"),
            dates("2027-03-22T09:00+00:00", seq=2, crd="2027-05-12"),
        ],
        "2027-03-22T10:00+00:00",
        {
            ("T8W", "PROB"): ("SKIPPED", "2027-03-17"),
            ("T4W", "PROB"): ("SKIPPED", "2027-04-14"),
            ("T2W", "PROB"): ("PENDING", "2027-04-28"),
        },
    ),
    "half a year before the end of August": (
        {"dob": "2009-08-31", "yjs_order_past_18": True},
        [opened("2026-06-01T09:00+01:00", "MCC_CHILDRENS", "CIN")],
        "2026-06-02T09:00+01:00",
        {("T6M", "YJS"): ("PENDING", "2027-02-26"), ("T18", "YJS"): ("PENDING", "2027-08-31")},
    ),
    "fifteen days early": (
        ADULT,
        [
            dates("2026-11-02T09:00+00:00", seq=1, crd="2027-06-30"),
            {
                **PRISON,
                "at": "2027-06-15T10:00+01:00",
                "type": "needs.flagged",
                "fields": {"substance": True, "consent": ["SMS"]},
            },
            {**PRISON, "at": "2027-06-15T11:00+01:00", "type": "person.released", "fields": {"reason": "RELEASED"}},
        ],
        "2027-06-15T11:30+01:00",
        {("T0U", "PROB"): ("RAISED", None), ("T0U", "SMS"): ("PENDING", None)},
    ),
    "fourteen days early": (
        ADULT,
        [
            dates("2026-11-02T09:00+00:00", seq=1, crd="2027-06-30"),
            {
                **PRISON,
                "at": "2027-06-15T10:00+01:00",
                "type": "needs.flagged",
                "fields": {"substance": True, "consent": ["SMS"]},
            },
            {**PRISON, "at": "2027-06-16T11:00+01:00", "type": "person.released", "fields": {"reason": "RELEASED"}},
        ],
        "2027-06-16T11:30+01:00",
        {("T0U", "PROB"): ("RAISED", None), ("T0U", "SMS"): ("RAISED", None)},
    ),
    "out of school before sixteen": (
        {"dob": "2010-08-31"},
        [opened("2026-01-12T09:00+00:00", "SCHOOL", "AP_PLACEMENT")],
        "2026-01-13T09:00+00:00",
        {("C0", "SEND"): ("PENDING", "2026-06-26"), ("C90", "SEND"): ("PENDING", "2026-03-27")},
    ),
    "out of school at sixteen and ten months": (
        {"dob": "2010-09-01"},
        [opened("2026-09-07T09:00+01:00", "SCHOOL", "AP_PLACEMENT")],
        "2026-09-08T09:00+01:00",
        {("C0", "SEND"): ("PENDING", "2027-06-25"), ("C90", "SEND"): ("PENDING", "2027-03-25")},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_date_that_looks_wrong_is_right(name):
    person, events, until, expected = CASES[name]
    last = {}
    for change in history({"events": events, "as_of": until, "person": person, "expected": []}, rules()):
        if change.kind != "CORRECTION":
            last[change.stage, change.team] = change

    for (stage, team), (state, due) in expected.items():
        found = last[stage, team]
        told = found.due_on or rules().calendar.local_date(found.due_at)
        assert (found.state, told) == (state, date.fromisoformat(due) if due else told), (stage, team)
