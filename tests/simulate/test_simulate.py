"""The simulated year: the same for the same seed, in real disorder, and judged so that a wrong hub is found out."""

from collections import Counter
from dataclasses import replace

import yaml
from shipped import rules

from hub.core.calendar import HOUR
from hub.core.clocks import Hours
from hub.scenarios import run
from hub.simulate.compare import judge
from hub.simulate.example import case, shrunk
from hub.simulate.run import REVISED, Options, canonical, history

YEAR = Options(people=60, seed=3)
RELEASE = ("RELEASE",)


def lives():
    return [history(YEAR, number) for number in range(YEAR.people)]


def later(wrong):
    """Rules of which one stage is a day wrong."""
    stages = tuple(
        replace(stage, offset=stage.offset + 1) if stage.name == wrong else stage for stage in rules().release
    )
    return replace(rules(), release=stages)


def test_the_same_seed_makes_the_same_year_and_another_seed_another():
    again = [canonical(history(YEAR, number)[0]) for number in range(5)]
    other = [canonical(history(replace(YEAR, seed=4), number)[0]) for number in range(5)]

    assert again == [canonical(arrivals) for arrivals, _ in lives()[:5]]
    assert not set(again) & set(other)


def test_events_are_heard_in_an_order_and_number_in_which_they_did_not_happen():
    counts = sum((told for _, told in lives()), start=Counter())

    assert min(counts[way] for way in ("out of order", "late", "sent twice", "sent twice under a new id")) > 0


def test_the_certificate_counts_what_was_taken_back():
    counts = sum((history(YEAR, number)[1] for number in range(300)), start=Counter())

    assert counts.keys() >= {*REVISED.values(), "release dates told anew"}


def test_hub_and_oracle_agree_on_people_most_of_whom_were_taken_for_others():
    year = replace(YEAR, people=100, merged=1.0)
    told = [history(year, number) for number in range(year.people)]
    counts = sum((counted for _, counted in told), start=Counter())

    assert counts["records merged"] > year.people / 2
    assert [
        number for number, (arrivals, _) in enumerate(told) if not judge(arrivals, year.until, rules()).agrees
    ] == []


def test_a_stage_that_is_a_day_wrong_is_missed_and_uncalled_for():
    found = [judge(arrivals, YEAR.until, later("T2W"), RELEASE) for arrivals, _ in lives()]

    assert any("T2W" in {seen.stage for seen in verdict.missed} for verdict in found)
    assert any("T2W" in {seen.stage for seen in verdict.uncalled} for verdict in found)


def test_a_level_above_that_hears_too_late_is_found_out():
    clocks = replace(rules().clocks, own_hours={"PROB": Hours(9 * HOUR, 12 * HOUR)})
    found = [judge(arrivals, YEAR.until, replace(rules(), clocks=clocks), RELEASE) for arrivals, _ in lives()[:20]]
    missed = {what for verdict in found for seen in verdict.missed for _, what in seen.life}

    assert "level 1" in missed


def test_teams_answer_in_every_way_there_is():
    told = [arrival.event for arrivals, _ in lives() for arrival in arrivals if arrival.event.type == "alert.ack"]

    assert {event.fields["answer"] for event in told} == {"ACCEPTED", "ALREADY_HELD", "NOT_OURS", "OPENED"}


def test_a_disagreement_is_written_as_a_small_case_that_shows_it():
    arrivals = next(told for told, _ in lives() if not judge(told, YEAR.until, later("T2W"), RELEASE).agrees)
    small = shrunk(arrivals, YEAR.until, later("T2W"), RELEASE)
    (told,) = yaml.safe_load(case("small", small, YEAR.until, RELEASE))["scenarios"]

    assert len(small) <= len(arrivals)
    assert any("T2W" in line for line in run(told, later("T2W")).differences)
