"""Whatever schema, agreements and event: only what an agreement names leaves, and one more forbid opens nothing."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from shipped import rules, schemas

from hub.core.calendar import HOUR
from hub.core.disclosure import disclose
from hub.core.events import Decision, Delivery, Event
from hub.core.person import Fact, Person, Slice
from hub.core.policy import FORMS, VOCABULARY, Clause, Effect, index
from hub.core.rules import Team
from hub.wire.answers import Wire
from hub.wire.recipients import Recipients

KINDS, AGENCIES, TEAMS = ("a.told", "b.told"), ("YJS", "GMP"), ("HOUS", "PROB", "SMS")
NOW, FIRST, LAST = 500_000 * HOUR, date(2020, 1, 1), date(2030, 1, 1)  # in January 2027
HANDLE = f"p-{'0' * 32}"
NAMES = ("age", "consent", "known", "protected")
names = st.text("abcdefgh", min_size=1, max_size=3)
values = st.one_of(
    st.booleans(), st.integers(0, 9), st.dates(FIRST, LAST), st.lists(names, max_size=3).map(tuple), names
)


def of(words):
    return st.lists(st.sampled_from(words), min_size=1, unique=True).map(tuple)


@st.composite
def clauses(draw, effect=None):
    named = sorted(draw(st.sets(st.sampled_from(NAMES), max_size=2)))
    when = tuple((name, draw(st.frozensets(st.sampled_from(VOCABULARY[name]), min_size=1))) for name in named)
    fields = draw(st.dictionaries(names, st.sampled_from(sorted(FORMS)), max_size=6))
    number = f"DSA-{draw(st.integers(100, 999))}"
    told = (f"{number}.1", number, effect or draw(st.sampled_from([Effect.PERMIT] * 3 + [Effect.FORBID])), "p", "g")
    about = (draw(of(KINDS)), draw(of(AGENCIES)), draw(of(TEAMS)))
    return Clause(*told, *about, when, tuple(sorted(fields.items())), FIRST, LAST, LAST)


@st.composite
def people(draw):
    facts = {"about:dob": Fact(None, 1, "e", {"value": draw(st.dates(date(1990, 1, 1), date(2016, 1, 1)))})}
    if draw(st.booleans()):
        facts["about:protected"] = Fact(None, 1, "e", {"value": draw(st.booleans())})
    if draw(st.booleans()):
        facts["consent:HOUS"] = Fact(None, 1, "e", {"given": draw(st.booleans()), "by": "SELF"})
    return Person({"YJS/r": Slice("YJS", facts)})


schema = st.frozensets(names, min_size=1, max_size=8)
agreements = st.lists(clauses(), min_size=1, max_size=6, unique_by=lambda clause: clause.id)


@st.composite
def events(draw, known):
    fields = draw(st.dictionaries(st.sampled_from(sorted(known)), values))
    return Event("e", draw(st.sampled_from(KINDS)), draw(st.sampled_from(AGENCIES)), "r", NOW, None, fields)


questions = schema.flatmap(lambda known: st.tuples(st.just(known), events(known)))


def world(known, found):
    teams = {code: Team(code, code, None, frozenset(KINDS), None) for code in TEAMS}
    return replace(
        rules(),
        vocabulary=dict.fromkeys(KINDS, known),
        clauses=index(found),
        teams=teams,
        subscribers=dict.fromkeys(KINDS, tuple(teams.values())),
    )


def told(person, event, made):
    decision, *deliveries = disclose(person, HANDLE, event, made, NOW, None)
    assert isinstance(decision, Decision)
    assert {one.team for one in deliveries} == {one.team for one in decision.outcomes if one.delivered}
    return deliveries


@given(questions, agreements, people())
def test_what_leaves_is_within_the_agreement_its_event_and_its_schema(asked, found, person):
    (known, event), clause = asked, {one.id: one for one in found}

    for one in told(person, event, world(known, found)):
        assert isinstance(one, Delivery)
        by = clause[one.clause]
        assert by.effect is Effect.PERMIT
        assert (one.subject, one.source) == (event.type, event.agency)
        assert (event.type in by.subjects, event.agency in by.sources, one.team in by.teams) == (True, True, True)
        assert one.fields.keys() <= dict(by.fields).keys() & event.fields.keys() & known
        bare = {name for name, form in by.fields if form == "keep" and name in event.fields}
        assert all(one.fields.get(name) == event.fields[name] for name in bare)


@given(questions, agreements, people())
def test_what_is_written_for_a_team_holds_no_other_field_either(asked, found, person):
    known, event = asked
    wire = Wire(schemas(), Recipients(bytes(32)), 2, 0)

    for one in told(person, event, world(known, found)):
        written = schemas().decode(wire.answer(one).value)[2]
        assert written["fields"].keys() == one.fields.keys()


@given(questions, agreements, people(), values)
def test_a_field_that_the_schema_does_not_know_is_delivered_to_nobody_and_nor_is_what_came_with_it(
    asked, found, person, value
):
    known, event = asked
    strange = replace(event, fields={**event.fields, "zzz": value})
    opened = [replace(one, fields=(*one.fields, ("zzz", "keep"))) for one in found]

    decision, *deliveries = disclose(person, HANDLE, strange, world(known, opened), NOW, None)

    assert deliveries == []
    assert {one.reason for one in decision.outcomes} == {"UNKNOWN_FIELD"}


@given(questions, agreements, people())
def test_a_field_that_was_renamed_leaves_under_neither_name(asked, found, person):
    known, event = asked
    new = {name: f"{name}2" for name in known}
    renamed = replace(event, fields={new[name]: value for name, value in event.fields.items()})

    for one in told(person, renamed, world(frozenset(new.values()), found)):
        assert one.fields == {}


@given(questions, agreements, clauses(Effect.FORBID), people())
def test_one_more_forbid_only_ever_closes(asked, found, forbid, person):
    known, event = asked
    before = {one.team: one for one in told(person, event, world(known, found))}
    after = {one.team: one for one in told(person, event, world(known, [*found, forbid]))}

    assert after.items() <= before.items()
    barred = not forbid.when and event.type in forbid.subjects and event.agency in forbid.sources
    assert not barred or after.keys().isdisjoint(forbid.teams)


@given(questions, agreements, people(), st.data())
def test_one_more_condition_only_ever_closes(asked, found, person, data):
    known, event = asked
    name = data.draw(st.sampled_from(NAMES))
    words = data.draw(st.frozensets(st.sampled_from(VOCABULARY[name]), min_size=1))
    permits = [one for one in found if one.effect is Effect.PERMIT]
    closer = [replace(one, when=(*one.when, (name, words))) if name not in dict(one.when) else one for one in permits]
    before = {one.team for one in told(person, event, world(known, permits))}

    assert {one.team for one in told(person, event, world(known, closer))} <= before


def test_these_worlds_do_tell_something():
    permit = Clause(
        "DSA-100.1", "DSA-100", Effect.PERMIT, "p", "g", KINDS, AGENCIES, TEAMS, (), (("a", "keep"),), FIRST, LAST, LAST
    )
    event = Event("e", "a.told", "YJS", "r", NOW, None, {"a": 1, "b": 2})

    assert [dict(one.fields) for one in told(Person(), event, world(frozenset("ab"), [permit]))] == [{"a": 1}] * 3
