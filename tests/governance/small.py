"""Small random policies: two subjects, two sources, two teams, three attributes and nine days."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from hypothesis import strategies as st
from shipped import rules

from hub.core.emergency import LEADS, OPENED, Emergency
from hub.core.policy import VOCABULARY, Clause, Effect, index
from hub.core.rules import Team
from hub.governance.space import assignments

DAY, FIRST = timedelta(1), date(2026, 1, 1)
DAYS = [FIRST + more * DAY for more in range(9)]
SUBJECTS, SOURCES, TEAMS = ("needs.flagged", "alert.RELEASE"), ("YJS", "HUB"), ("HOUS", "CSC")
FIELDS, FORMS = ("lha", "homeless"), ("keep", "month", "year", "band", "drop")
NAMED = ("age", "consent")  # what clauses ask about
OTHER = "custody"  # what they do not
ASSIGNED = tuple(assignments((*NAMED, OTHER)))
KEYS = tuple(product((*SUBJECTS, OPENED), (*SOURCES, LEADS), TEAMS))

days = st.sampled_from(DAYS)


def some(words, least=1):
    return st.lists(st.sampled_from(words), min_size=least, max_size=len(words), unique=True).map(tuple)


@st.composite
def clauses(draw, subjects=SUBJECTS, sources=SOURCES):
    named = sorted(draw(some(NAMED, 0)))
    when = tuple((name, frozenset(draw(some(VOCABULARY[name])))) for name in named)
    fields = tuple((name, draw(st.sampled_from(FORMS))) for name in sorted(draw(some(FIELDS, 0))))
    number = draw(st.integers(1, 99))
    effect = draw(st.sampled_from([Effect.PERMIT, Effect.PERMIT, Effect.FORBID]))
    head = (f"DSA-900.{number:02}", "DSA-900", effect, "a test", "a gateway")
    about = (draw(some(subjects)), draw(some(sources)), draw(some(TEAMS)))
    return Clause(*head, *about, when, fields, draw(days), draw(days), draw(days))


@st.composite
def policies(draw):
    """The shipped rules with other clauses, emergencies, subscriptions, publishers, known fields and last day."""
    urgent = clauses((SUBJECTS[0], OPENED), (SOURCES[0], LEADS))
    kinds = {kind: frozenset(draw(some(FIELDS))) for kind in draw(some(SUBJECTS[:1], 0))}
    teams = {code: Team(code, code, None, frozenset(draw(some(SUBJECTS, 0))), None) for code in draw(some(TEAMS))}
    return replace(
        rules(),
        clauses=index(draw(st.lists(clauses(), min_size=1, max_size=4))),
        emergency=Emergency(1, frozenset(), index(draw(st.lists(urgent, max_size=2)))),
        teams=teams,
        publishes={"YJS": frozenset(draw(some(SUBJECTS[:1], 0)))},
        vocabulary=kinds,
        bands={"lha": draw(st.sampled_from([(), (10,), (16,), (10, 16)]))},
        valid_until=draw(st.sampled_from([*DAYS[4:], date.max])),
    )
