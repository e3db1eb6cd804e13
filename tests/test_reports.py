"""What a person may read of themselves: all of it but what policy leaves out, and that is counted."""

from hypothesis import given
from hypothesis import strategies as st

from hub.reports.subject import statement
from hub.words import Book

DAY = 24 * 3_600_000_000
SUBJECTS = ("arrest.recorded", "alert.RELEASE", "person.released")
TEAMS = ("HOUS", "CUSTODIAN")
outcomes = st.builds(
    lambda team, reason: {
        "team": team,
        "delivered": reason is None,
        "reason": reason,
        "kept": {},
        "owner": None,
        "grant": None,
        **dict.fromkeys(("agreement", "clause", "purpose", "gateway")),
    },
    st.sampled_from(TEAMS),
    st.sampled_from([None, "FORBIDDEN", "NO_CONSENT"]),
)
decisions = st.lists(
    st.builds(
        lambda number, subject, at, some: {
            "id": f"d-{number}",
            "person": "p-1",
            "subject": subject,
            "event": "e",
            "source": "GMP",
            "bundle": "",
            "at": at * DAY,
            "outcomes": some,
        },
        *(st.integers(0, 999), st.sampled_from(SUBJECTS), st.integers(0, 300), st.lists(outcomes, max_size=3)),
    ),
    max_size=6,
)
EXEMPT = (
    {"subjects": ["arrest.recorded"], "days": 180},
    {"reasons": ["FORBIDDEN"]},
    {"teams": ["CUSTODIAN"], "subjects": ["alert.RELEASE"]},
)


def barred(made, one, now):
    return (
        (made["subject"] == "arrest.recorded" and now - made["at"] < 180 * DAY)
        or one["reason"] == "FORBIDDEN"
        or (one["team"], made["subject"]) == ("CUSTODIAN", "alert.RELEASE")
    )


@given(decisions)
def test_what_is_left_out_is_counted_and_all_else_is_told_in_its_order(made):
    now = 300 * DAY
    told = statement(made, Book(), {}, lambda *_: [], EXEMPT, now)
    every = [(decision, one) for decision in made for one in decision["outcomes"]]
    open_to_them = [(decision["id"], one["team"]) for decision, one in every if not barred(decision, one, now)]

    assert sorted((line.decision, line.team) for line in told.lines) == sorted(open_to_them)
    assert len(told.lines) + told.left_out == len(every)
    assert [line.at for line in told.lines] == sorted(line.at for line in told.lines)
    assert len(told.told) + len(told.withheld) == len(told.lines)
