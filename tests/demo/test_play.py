"""What a made-up year must show, and must never show."""

import fcntl
import json
from collections import Counter

import pytest

from connectors.registry import connector
from hub import topics
from hub.core.calendar import Calendar
from hub.demo import sources
from hub.demo.lives import world
from hub.demo.play import DemoError, Options, run
from hub.edges.home import HomeError, create, open_home
from hub.wire.codec import decode_event


def decoded(year, topic):
    return [year.program.schemas.decode(record.value)[2] for record in year.ground.scan(topic)]


def published(year):
    """Every event any connector published, re-sent ones again."""
    names = [topics.intake(agency) for agency in year.program.agencies]
    names += [topics.acks(team) for team in year.program.teams]
    return [decode_event(year.program.schemas, record.value) for name in names for record in year.ground.scan(name)]


def test_the_same_seed_gives_the_same_digest_and_another_another(play_year):
    once, again, other = play_year(25, 3), play_year(25, 3), play_year(25, 4)

    assert once.told.digest == again.told.digest
    assert once.told.digest["all"] != other.told.digest["all"]


def test_every_published_event_has_exactly_one_decision(year):
    decided = Counter(one["event"] for one in decoded(year, topics.DECISIONS) if one["source"] != "HUB")

    assert set(decided.values()) == {1}
    assert decided.keys() == {event.id for event in published(year)}


def test_delivered_and_withheld_are_together_the_subscribed_teams(year):
    (bundle,) = year.told.book.bundles.values()
    subscribed = {
        kind: {t for t, told in bundle["teams"].items() if kind in told["subscribes"]} for kind in bundle["vocabulary"]
    }

    for one in decoded(year, topics.DECISIONS):
        teams = [outcome["team"] for outcome in one["outcomes"]]
        assert len(set(teams)) == len(teams)
        if one["source"] != "HUB":
            assert set(teams) == subscribed[one["subject"]]


def test_a_tick_never_overtakes_an_event(year):
    seen = set()
    for partition in range(year.program.partitions):
        clock = 0
        for record in year.ground.scan(topics.PERSON):
            if record.partition != partition:
                continue
            kind, _, values = year.program.schemas.decode(record.value)
            if kind == "tick":
                clock = values["at"]
            elif kind != "rules.activated" and values["id"] not in seen:
                seen.add(values["id"])
                assert values["at"] >= clock


def test_nothing_that_names_anybody_is_in_any_byte_of_the_log(year):
    files = sorted(year.options.home.glob("hub.db*"))
    log = b"".join(file.read_bytes() for file in files)
    people = [one for one, _ in world(year.options.people, year.options.seed, Calendar(frozenset(), (0,), (0,)))]

    found = [name for one in people for name in one.identifiers if name.encode() in log]

    assert files
    assert not found
    assert b"Testperson" not in log
    assert b"TESTPERSON" not in log


def test_a_small_year_shows_every_kind_of_alert_to_several_teams(year):
    teams = {
        kind: {team for (one, team), count in year.told.alerts.items() if one == kind and count}
        for kind, _ in year.told.alerts
    }

    assert teams.pop("REVIEW") == {"YJS"}  # a question goes to the one team that can answer
    assert teams.pop("CLIFF_EDGE")  # and a service that ends to whoever closes it
    assert teams.pop("OFFER_OF_SUPPORT")
    assert {kind: len(found) >= 4 for kind, found in teams.items()} == dict.fromkeys(
        ("RELEASE", "TRANSITION", "CORRECTION"), True
    )


def test_a_small_year_shows_refusals_of_many_sorts(year):
    assert year.told.suppressed["HOUS", "NO_CONSENT"]
    assert len([reason for reason, count in year.told.withheld.items() if count]) >= 5
    assert all(sent.refused for sent in year.played.sent.values())
    assert year.told.quarantined == 0


def test_what_was_said_twice_is_decided_once(year):
    assert sum(sent.resent for sent in year.played.sent.values()) > 5
    assert sum(sent.repeated for sent in year.played.sent.values()) > 5


def test_every_broken_input_is_refused_and_nothing_else(year):
    refused = {agency: sent.refused for agency, sent in year.played.sent.items()}

    assert refused == {agency: len(broken) for agency, broken in sources.BROKEN.items()}


def test_each_agency_speaks_a_format_its_connector_reads():
    assert {connector(spoken).AGENCY for spoken in sources.FOLDERS.values()} == set(sources.FOLDERS)


def test_a_real_home_is_never_overwritten(home):
    create(home, ["GMP"], ["PROB"])

    with pytest.raises(HomeError, match="a real hub's home"):
        run(Options(home=home, people=1))


def test_a_folder_with_something_else_in_it_is_left_alone(home):
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")

    with pytest.raises(HomeError, match="not empty"):
        run(Options(home=home, people=1))


def test_a_home_that_a_hub_is_at_work_in_is_left_alone(home):
    create(home, ["GMP"], ["PROB"], synthetic=True)
    with (home / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(HomeError, match="a hub runs here"):
            run(Options(home=home, people=1))


def test_a_synthetic_home_is_rebuilt(home, capsys):
    run(Options(home=home, people=9, seed=5))
    first = capsys.readouterr().out
    run(Options(home=home, people=9, seed=5))

    assert digest_line(first) == digest_line(capsys.readouterr().out)
    assert open_home(home).synthetic


def test_json_is_one_document_and_nothing_else(home, capsys):
    run(Options(home=home, people=9, seed=5, json=True))
    told = json.loads(capsys.readouterr().out)

    assert told["people"] == 9
    assert len(told["digest"]["all"]) == 64
    assert told["alerts"]


def test_too_many_people_are_refused_with_the_cure(home):
    with pytest.raises(DemoError, match="hint"):
        run(Options(home=home, people=0))


def digest_line(shown):
    return next(line for line in shown.splitlines() if line.startswith("Digest"))
