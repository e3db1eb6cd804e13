"""The withheld register: who got nothing is in it with a reason, and with whoever is to decide where nobody has."""

from collections import Counter
from dataclasses import replace
from datetime import date

from histories import START, YEARS, events, histories
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import rules

from hub import glossary
from hub.core.decide import advance, step
from hub.core.events import AlertChange, Decision, Delivery, Event, Notice
from hub.core.person import Person
from hub.core.policy import VOCABULARY, Clause, Effect, index
from hub.core.withheld import PLAIN, REASONS

TEAMS = tuple(rules().teams)
EVENTS = ("release_dates.changed", "person.released", "person.received", "needs.flagged")
KINDS = (*EVENTS, "alert.RELEASE", "alert.REVIEW")
FORMS = (("crd", "year"), ("homeless", "yes_no"), ("prison", "keep"), ("window_from", "month"))
days = st.sampled_from([date(2025, 1, 1), date(2026, 3, 1), date(2026, 9, 1), date(2090, 1, 1)])
conditions = st.sampled_from(sorted(VOCABULARY)).flatmap(
    lambda name: st.sets(st.sampled_from(VOCABULARY[name]), min_size=1).map(lambda words: ((name, frozenset(words)),))
)
some = st.lists(
    st.builds(
        Clause,
        st.integers(1, 999).map(lambda number: f"DSA-900.{number}"),
        st.just("DSA-900"),
        st.sampled_from([Effect.PERMIT, Effect.PERMIT, Effect.FORBID]),
        st.just("a test"),
        st.just("CDA-1998-S115: a test"),
        st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True).map(tuple),
        st.just(("HMPPS_PRISON", "YJS", "HUB")),
        st.lists(st.sampled_from(TEAMS), min_size=1, max_size=4, unique=True).map(tuple),
        st.just(()) | conditions,
        st.lists(st.sampled_from(FORMS), max_size=3, unique=True).map(lambda told: tuple(sorted(told))),
        *(days, days, days),
    ),
    max_size=12,
    unique_by=lambda clause: clause.id,
)
subscriptions = st.dictionaries(st.sampled_from(EVENTS), st.sets(st.sampled_from(TEAMS)))
strange = st.lists(st.sampled_from([{"crd": date(2026, 9, 9), "shoe_size": 9}, {"crd": date(2026, 9, 9)}]), max_size=2)


def in_force(clauses, asked):
    teams = rules().teams
    subscribers = {kind: tuple(teams[code] for code in sorted(codes)) for kind, codes in asked.items()}
    return replace(rules(), clauses=index(clauses), subscribers=subscribers)


def lived(history, more, made):
    person, answers = Person(), []
    told = list(events(history))
    for number, fields in enumerate(more):
        told.append(Event(f"x-{number}", EVENTS[0], "HMPPS_PRISON", "r-1", START + number, number, fields))
    for event in told:
        person, some = step(person, "p-1", event, made)
        answers += some
    return answers + advance(person, "p-1", person.clock + YEARS, made)[1]


def of(answers, kind):
    return [answer for answer in answers if isinstance(answer, kind)]


@settings(max_examples=80)
@given(histories, strange, some, subscriptions)
def test_delivered_and_withheld_are_together_whoever_asked_to_be_told(history, more, clauses, asked):
    made = in_force(clauses, asked)
    answers = lived(history, more, made)
    counted, subscribed, delivered = Counter(), 0, 0
    for decision in of(answers, Decision):
        if decision.source != "HUB":
            teams = [team.code for team in made.subscribers.get(decision.subject, ())]
            assert [one.team for one in decision.outcomes] == teams
        subscribed += len(decision.outcomes)
        delivered += sum(one.delivered for one in decision.outcomes)
        counted.update(one.reason for one in decision.outcomes if not one.delivered)

    assert None not in counted
    assert delivered + counted.total() == subscribed
    assert delivered == len(of(answers, Delivery)) + len(of(answers, Notice))


@settings(max_examples=80)
@given(histories, strange, some, subscriptions)
def test_each_outcome_says_by_what_it_was_shared_or_why_not_and_who_is_to_decide(history, more, clauses, asked):
    made = in_force(clauses, asked)
    known = {clause.id: clause for clause in clauses}
    for one in (one for decision in of(lived(history, more, made), Decision) for one in decision.outcomes):
        law = known.get(one.clause)
        assert (one.agreement, one.purpose, one.gateway) == (
            (law.agreement, law.purpose, law.gateway) if law else (None, None, None)
        )
        assert one.kept == (law.fields if one.delivered else ())
        assert one.delivered == (one.reason is None)
        assert one.owner == (None if one.delivered else made.owners.get(one.reason))
        assert one.reason is None or one.reason in REASONS


def test_no_alert_is_told_or_withheld_without_a_decision_of_its_own():
    homeless = (1, ("needs.flagged", "HMPPS_PRISON", {"homeless": True}))
    dated = (1, ("release_dates.changed", "HMPPS_PRISON", {"crd": date(2026, 9, 9)}))
    answers = lived((date(1990, 5, 5), [homeless, dated]), (), rules())
    told = {decision.event: decision.outcomes[0] for decision in of(answers, Decision) if decision.source == "HUB"}
    raised = {one.alert for one in of(answers, AlertChange) if one.state == "RAISED"}
    withheld = {one.alert for one in of(answers, AlertChange) if one.state == "SUPPRESSED"}

    assert raised
    assert withheld
    assert all(told[alert].delivered for alert in raised)
    assert all(told[alert].reason for alert in withheld)


def test_every_reason_has_words_and_the_shipped_owners_are_of_reasons_that_want_a_decision():
    assert set(PLAIN) <= glossary.REASONS.keys()
    assert not {"FORBIDDEN", "NO_CONSENT", "CONDITION:age", "REPEATED", "ERASED"} & rules().owners.keys()
