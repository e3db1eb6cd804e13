"""`hub plan`: one person's timeline as a table and as a picture, which say the same."""

import json
import re
from datetime import date, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smallhome import lived

from hub import topics
from hub.edges.reader import EmbeddedReader
from hub.inbox.picture import LOOKS, WIDTH, picture
from hub.inbox.timeline import Mark, marks, timeline
from hub.wiring import schemas

NOON = 1_800_446_400_000_000  # 20 January 2027, 12:00 UTC
DAY = 86_400_000_000
SVG = "{http://www.w3.org/2000/svg}"
STATES = (
    "PENDING",
    "RAISED",
    "ACKNOWLEDGED",
    "ESCALATED",
    "CLOSED",
    "SUPERSEDED",
    "CANCELLED",
    "SUPPRESSED",
    "SKIPPED",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("hub") / "home")


@pytest.fixture(scope="module")
def known(home):
    """The one person in that home: the hub's handle, the record's name, and a team's pseudonym."""
    reader, wire = EmbeddedReader(home / "hub.db"), schemas()
    (handle,) = {record.key.decode() for record in reader.scan(topics.CHANGES)}
    (record,) = {record.key.decode() for record in reader.scan(topics.intake("HMPPS_PRISON"))}
    pseudonym = next(wire.decode(record.value)[2]["person"] for record in reader.scan(topics.alerts("DWP")))
    return SimpleNamespace(handle=handle, record=f"hmpps-prison/{record}", pseudonym=pseudonym)


def a_step(number=0, **changes):
    step = {"alert": f"a-{number}", "person": "p-1", "kind": "RELEASE", "about": None, "episode": 1, "stage": "T8W"}
    step |= {"team": "PROB", "version": 1, "state": "PENDING", "was": None, "due_on": None, "due_at": NOON, "at": 0}
    step |= {
        "catch_up": False,
        "urgency": None,
        "reason": None,
        "rule": "R-T8W",
        "basis": date(2027, 3, 17),
        "answer": None,
    }
    return {**step, **changes}


def drawn(steps, days=()):
    text = picture("Plan", timeline(steps, True), days, {"PROB": "Probation"})
    return ElementTree.fromstring(text)  # noqa: S314 - our own


def symbols(svg):
    return [group for group in svg.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]


def test_a_timeline_says_when_to_whom_under_which_rule_and_why(hub, home, known):
    told = hub("plan", known.handle, "--at", "2027-01-22", "--home", home)
    rows = [line.split() for line in told.out.splitlines()[3:]]
    prob = [row for row in rows if "PROB" in row]

    assert told.code == 0
    assert "planned release 17 Mar 2027" in told.out
    assert "today 22 Jan 2027" in told.out
    assert [row[row.index("PROB") - 1] for row in prob] == ["T12W", "T8W", "T4W", "T2W", "T1W", "T2WD", "T0", "TDNA"]
    assert prob[1][:8] == ["20", "Jan", "2027", "Wed", "T8W", "PROB", "raised", "R-T8W"]
    assert prob[-1][:5] == ["18", "Mar", "2027", "14:00", "Thu"]
    assert "8 weeks before release (17 Mar 2027)" in told.out


def test_a_person_goes_by_handle_record_or_any_teams_pseudonym(hub, home, known):
    whole = hub("plan", known.handle, "--json", "--home", home).out

    for name in (known.handle[:10], known.record, known.pseudonym):
        assert hub("plan", name, "--json", "--home", home).out == whole
    assert json.loads(whole)["person"] == known.handle


@pytest.mark.parametrize(
    ("name", "code"),
    [("p-" + "0" * 32, 1), ("p-x", 1), ("", 1), ("NOBODY/r1.x", 2), ("GMP/r1.x", 1), ("p1.nothing", 1), ("jo", 1)],
)
def test_a_person_whom_nobody_knows_is_one_line_with_its_cure(hub, home, name, code):
    told = hub("plan", name, "--home", home)

    assert (told.code, told.out) == (code, "")
    assert len(told.err.strip().splitlines()) == 1
    assert "; hint: " in told.err


def test_the_picture_has_a_symbol_for_every_row_of_the_table(hub, home, known, tmp_path):
    file = tmp_path / "plan.svg"
    told = hub("plan", known.handle, "--svg", file, "--at", "2027-01-22", "--home", home)
    rows = [line.split() for line in told.out.splitlines()[3:]]
    svg = ElementTree.parse(file).getroot()  # noqa: S314

    titles = [group.find(f"{SVG}title").text for group in symbols(svg)]
    listed = sorted((row[row.index(team) - 1], team) for row in rows for team in ("PROB", "DWP") if team in row)
    assert sorted(tuple(title.split(", ")[:2]) for title in titles) == listed
    assert "Probation" in "".join(svg.itertext())
    assert known.handle not in file.read_text()


def test_replaced_before_anybody_saw_it_is_shown_on_request_only():
    steps = [a_step(0, state="SUPERSEDED", was="PENDING"), a_step(1, state="SUPERSEDED", was="RAISED")]
    skipped = [a_step(2, state="SKIPPED"), a_step(3, state="SKIPPED", stage="T12W")]

    assert [row.step["alert"] for row in timeline(steps + skipped)] == ["a-3", "a-1"]
    assert len(timeline(steps + skipped, every=True)) == 4


def test_the_newest_step_of_an_alert_is_what_it_is():
    (row,) = timeline([a_step(), a_step(state="RAISED"), a_step(state="ACKNOWLEDGED", answer="ALREADY_HELD")])

    assert (row.step["state"], row.why) == (
        "ACKNOWLEDGED",
        "8 weeks before release (17 Mar 2027); the team already has it",
    )


def test_what_is_withheld_says_why():
    (row,) = timeline([a_step(state="SUPPRESSED", reason="NO_CONSENT")])

    assert row.why.endswith("; the person has not agreed to it, or no longer does")


def test_days_to_mark_are_today_the_birthday_and_each_plan_once():
    plans = [
        ("RELEASE/1", date(2027, 3, 17)),
        ("TRANSITION/1", date(2027, 9, 9)),
        ("CLIFF_EDGE/20271001/CSC", date(2027, 10, 1)),
    ]
    made = marks(date(2027, 1, 22), date(2027, 9, 9), plans)

    assert [mark.label for mark in made] == ["today", "planned release", "18th birthday", "support ends"]


def test_every_state_has_a_shape_and_a_colour_of_its_own():
    looks = [look.shape for look in LOOKS.values()]
    shapes = [re.sub('"#[0-9a-f]+"', "", shape) for shape in looks]

    assert LOOKS.keys() >= set(STATES)
    assert len(set(looks)) == len(looks)
    assert len(set(shapes)) >= len(looks) - 1  # planned and told are one circle, open and filled


def test_a_state_of_a_newer_hub_is_drawn_under_its_own_name():
    assert "handed on" in "".join(drawn([a_step(state="HANDED_ON")]).itertext())


def test_a_picture_names_itself_and_describes_every_alert_for_whoever_cannot_see_it():
    svg = drawn([a_step()], [Mark("today", date(2027, 1, 2), "today")])

    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby").split() == [svg.find(f"{SVG}title").get("id"), svg.find(f"{SVG}desc").get("id")]
    assert "today 2 Jan 2027" in svg.find(f"{SVG}desc").text
    assert "20 Jan 2027 T8W for PROB: planned, not told yet" in svg.find(f"{SVG}desc").text


def test_a_picture_of_nothing_says_so():
    assert "Nothing is planned" in "".join(drawn([], [Mark("today", date(2027, 1, 2), "today")]).itertext())


many_steps = st.lists(
    st.tuples(st.integers(0, 700), st.sampled_from(STATES), st.sampled_from(["PROB", "YJS", "HOUS"])),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60)
@given(many_steps)
def test_no_label_hides_another_and_all_lie_in_the_picture(told):
    steps = [a_step(n, due_at=NOON + days * DAY, state=state, team=team) for n, (days, state, team) in enumerate(told)]
    svg = drawn(steps, [Mark("today", date(2027, 1, 2), "today")])

    boxes = {}
    for group in symbols(svg):
        x, y = map(float, re.findall(r"[-\d.]+", group.get("transform")))
        text = group.find(f"{SVG}text")
        width = len(text.find(f"{SVG}tspan").text) * 8.8 + 40
        left, right = (x - 11 - width, x + 7) if text.get("text-anchor") == "end" else (x - 7, x + 11 + width)
        assert left > 0
        assert right < WIDTH
        assert y < float(svg.get("height"))
        assert all(right <= start or end <= left for start, end in boxes.setdefault(y, []))
        boxes[y].append((left, right))
    assert len(symbols(svg)) == len(told)


def test_a_picture_holds_no_script_nothing_from_elsewhere_and_no_markup_from_the_log():
    text = picture("<b>&", timeline([a_step(team='"><script>', stage="<i>", rule="&")], True), [], {})
    svg = ElementTree.fromstring(text)  # noqa: S314

    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= {
        "svg",
        "style",
        "title",
        "desc",
        "rect",
        "path",
        "circle",
        "g",
        "text",
        "tspan",
    }
    assert not re.findall(r"href|url\(|<script|on\w+=", text.replace('xmlns="http://www.w3.org/2000/svg"', ""))


def test_a_whole_life_is_as_legible_as_a_month():
    for days in (20, 400, 3000):
        svg = drawn([a_step(0), a_step(1, due_at=NOON + days * DAY, stage="T0")])
        months = [text for text in svg.iter(f"{SVG}text") if text.text in {"Jan", "Feb", "Apr", "Jul", "Oct"}]
        assert 1 <= len(months) <= 26
    assert (date(2027, 1, 20) + timedelta(days=3000)).year == 2035


def test_a_birthday_of_long_ago_leaves_the_rest_its_room():
    today, adult = Mark("today", date(2027, 1, 2), "today"), Mark("eighteenth", date(2003, 5, 9), "18th birthday")
    steps = [a_step(0), a_step(1, due_at=NOON + 60 * DAY, stage="T0")]

    assert ElementTree.tostring(drawn(steps, [adult, today])) == ElementTree.tostring(drawn(steps, [today]))
