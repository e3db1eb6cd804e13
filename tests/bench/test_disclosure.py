"""The job under the hub answers as the plain job does, whatever the cut, the crash and the hour."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bench import disclosure
from hub.bench.partition import Disclosure, _cut, _encoded
from hub.bench.side import digest, event_of, median
from hub.log import Record

ROWS = disclosure.events(2_000)
IDS = ["", "\0", "\2a", "a", "x" * 64, "y" * 9000, "é", *(f"e{number}" for number in range(9))]


def answered(rows, cuts, restarts=frozenset()):
    """The answers to *rows* in batches of the sizes in *cuts*, started anew before the batches in *restarts*."""
    job, outs, kept, start = Disclosure(0, "r"), [], {}, 0
    while start < len(rows):
        size = cuts[len(outs) % len(cuts)]
        if len(outs) in restarts:
            job = Disclosure(0, "r")
            job.restore([(topic, key, row) for (topic, key), row in kept.items()])
        part = rows[start : start + size]
        batch = job.apply([Record("r-in", 0, start + at, key, value, (), 0) for at, (key, value) in enumerate(part)])
        job.accept(batch)
        kept |= batch.rows
        outs.append(batch.outs)
        start += size
    return [(out.topic.removeprefix("r-"), out.value) for made in outs for out in made]


def test_the_answers_are_those_of_the_plain_job():
    count = len(ROWS)

    assert digest(answered(ROWS, [500])) == disclosure.wanted(ROWS, frozenset({count}))[count]


def test_one_wrong_answer_shows():
    answers = answered(ROWS, [500])
    right = digest(answers)

    assert digest(answers[1:]) != right
    assert digest([*answers, answers[7]]) != right
    assert digest([("to-police", answers[1][1]), answers[0], *answers[2:]]) != right


@settings(max_examples=20)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=5), st.frozensets(st.integers(0, 30)))
def test_neither_the_cut_nor_a_restart_shows(cuts, restarts):
    assert answered(ROWS[:600], cuts, restarts) == answered(ROWS[:600], [600])


texts = st.text(max_size=70)
values = st.fixed_dictionaries(
    dict.fromkeys(disclosure.TEXTS, texts)
    | {name: st.integers(-(2**63), 2**63 - 1) for name in ("at", "seq")}
    | {"attrs": st.dictionaries(texts, texts, max_size=70)}
)


@given(values)
def test_an_event_is_cut_as_it_is_decoded(event):
    data = disclosure.encode("event", event)

    assert _cut(data) in (None, _encoded(event))


def test_an_event_of_the_usual_shape_is_cut_at_once():
    for _, data in ROWS:
        assert _cut(data) == _encoded(disclosure.decode("event", data))


@settings(max_examples=2000)
@given(st.sampled_from(ROWS[:50]), st.lists(st.tuples(st.integers(0, 140), st.binary(max_size=2)), max_size=3))
def test_bytes_that_are_no_event_are_never_cut(row, faults):
    data = row[1]
    for place, wrong in faults:
        data = data[:place] + wrong + data[place + 1 :]

    pieces = _cut(data)

    assert pieces is None or pieces == _encoded(disclosure.decode("event", data))


@given(st.lists(st.sampled_from(IDS), max_size=40))
def test_a_person_remembers_the_newest_events_whatever_their_ids(ids):
    job, plain = Disclosure(0, "r"), disclosure.Plain()
    event = disclosure.decode("event", ROWS[0][1])
    rows = [disclosure.encode("event", event | {"id": id}) for id in ids]

    for at, value in enumerate(rows):
        batch = job.apply([Record("r-in", 0, at, b"p", value, (), 0)])
        job.accept(batch)
        assert [out.value for out in batch.outs] == [disclosure.encode(*made[1:]) for made in plain.step(b"p", value)]
    for key, (seq, recent) in plain.people.items():
        assert job.people[key] == disclosure.encode("state", {"seq": seq, "recent": recent})


def test_what_was_applied_is_skipped():
    job = Disclosure(0, "r")
    records = [Record("r-in", 0, at, key, value, (), 0) for at, (key, value) in enumerate(ROWS[:50])]
    job.accept(job.apply(records))

    assert not job.apply(records).outs


def test_an_agreement_counts_from_its_first_moment_to_before_its_end():
    facts = disclosure.FACTS["agreements"][0] | {"from": 10, "to": 20}
    event = disclosure.decode("event", ROWS[0][1]) | {"agency": "prison", "type": facts["types"][0]}

    def told(at):
        job = Disclosure(0, "r", [facts])
        value = disclosure.encode("event", event | {"at": at})
        return len(job.apply([Record("r-in", 0, 0, b"p", value, (), 0)]).outs) - 1

    assert [told(at) for at in (9, 10, 19, 20)] == [0, 1, 1, 0]


def test_agreements_about_other_events_change_no_answer():
    job, many = disclosure.Plain(), disclosure.Plain(disclosure.agreements(200))

    assert [many.step(*row) for row in ROWS[:300]] == [job.step(*row) for row in ROWS[:300]]


def test_an_answer_is_traced_to_its_event():
    (output, value), *_ = answered(ROWS[:1], [1])

    assert event_of(output, value) == disclosure.decode("event", ROWS[0][1])["id"]


def test_one_wrong_run_makes_the_median_wrong():
    runs = [{"events_per_s": speed, "verified": speed != 3} for speed in random.sample(range(5), 5)]

    assert median(runs) == {"verified": False, "events_per_s": 2}
