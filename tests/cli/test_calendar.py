"""A team's calendar: read back by a parser, right in winter and summer, and with nothing of anybody in it."""

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar
from shipped import rules
from smallhome import lived

from hub.cli.main import main
from hub.inbox.ical import calendar
from hub.inbox.items import Item
from hub.wire.recipients import Recipients

LONDON = ZoneInfo("Europe/London")
JULY, JANUARY = 1_782_900_000_000_000, 1_800_435_600_000_000  # 1 July 2026 11:00 BST, 20 January 2027 09:00 GMT
MINUTE = 60_000_000
handles = st.binary(min_size=16, max_size=16).map(lambda raw: f"p-{raw.hex()}")
codes = st.from_regex(r"[a-z][a-z_]{5,15}", fullmatch=True)
values = st.one_of(st.booleans(), st.dates().map(str), st.from_regex(r"[A-Z][A-Z0-9_]{7,15}", fullmatch=True))


def an_alert(state="RAISED", since=JULY, **changes):
    told = {
        "id": f"a-{'0' * 31}1",
        "level": 0,
        "repeats": 0,
        "kind": "RELEASE",
        "stage": "T8W",
        "due": JULY,
        "raised": JULY,
    }
    told |= {"action": "REFER_FOR_HOUSING", "asks": "Make, or take on, the housing referral.", "ack_by": None}
    told |= {"person": "p1.x", "fields": {}, "link": f"/alerts/a-{'0' * 31}1", "clause": "DSA-002.1"}
    return Item("HOUS", {**told, **changes}, state, since)


def read(*items, base=""):
    return Calendar.from_ical(calendar("HOUS", items, base))


def event(*items, base=""):
    (one,) = read(*items, base=base).events
    return one


def test_an_alert_is_an_event_with_what_is_asked_its_reference_and_a_link():
    one = event(an_alert(level=2, repeats=1), base="https://hub.example")

    assert one["summary"] == "Make, or take on, the housing referral (a-00000000)"
    assert one["uid"] == f"a-{'0' * 31}1"
    assert one["sequence"] == 3
    assert one["url"] == f"https://hub.example/alerts/a-{'0' * 31}1"
    assert (one["status"], one["transp"]) == ("CONFIRMED", "TRANSPARENT")
    assert "url" not in event(an_alert())


@pytest.mark.parametrize("due", [JULY, JANUARY])
def test_it_begins_when_it_is_due_on_londons_clocks_and_says_which_they_are(due):
    made = read(an_alert(due=due))
    (one,) = made.events
    start = one["dtstart"].dt

    assert one["dtstart"].params["TZID"] == "Europe/London"
    assert start.astimezone(UTC) == datetime.fromtimestamp(due / 1e6, UTC)
    assert start.utcoffset() == timedelta(hours=due == JULY)
    assert [zone["tzid"] for zone in made.timezones] == ["Europe/London"]


@given(st.integers(838_857_600, 2_145_916_800))
@example(1_774_745_999)  # 29 March 2026, 00:59:59 UTC
@example(1_774_746_000)
@example(1_792_889_999)  # 25 October 2026, 00:59:59 UTC
@example(1_792_890_000)
def test_the_clock_changes_in_the_file_are_londons(second):
    """From November 1996 to 2037, by the rule that the file itself carries."""
    (zone,) = read(an_alert()).timezones
    moment = datetime.fromtimestamp(second, UTC)

    assert offset(zone, moment) == moment.astimezone(LONDON).utcoffset()


def offset(zone, moment):
    """RFC 5545, section 3.6.5: the onset that came last; onsets are on the clocks that were right until then."""
    onsets = []
    for part in zone.walk():
        if part.name in {"STANDARD", "DAYLIGHT"}:
            rule = part["rrule"]
            assert (rule["FREQ"], [str(day) for day in rule["BYDAY"]]) == (["YEARLY"], ["-1SU"])
            for year in (moment.year - 1, moment.year):
                last = datetime(year, rule["BYMONTH"][0], 31, part["dtstart"].dt.hour, tzinfo=UTC)  # both have 31 days
                sunday = last - timedelta(days=(last.weekday() + 1) % 7)
                onsets.append((sunday - part["tzoffsetfrom"].td, part["tzoffsetto"].td))
    return max((at, after) for at, after in onsets if at <= moment)[1]


def test_a_clock_is_how_long_the_event_lasts():
    assert event(an_alert())["dtend"].dt - event(an_alert())["dtstart"].dt == timedelta(minutes=30)
    assert event(an_alert(ack_by=JULY + 120 * MINUTE))["dtend"].dt.astimezone(UTC).hour == 12


@pytest.mark.parametrize(
    ("state", "status"),
    [
        *(("RAISED", "CONFIRMED"), ("ACKNOWLEDGED", "CONFIRMED"), ("CLOSED", "CONFIRMED"), ("HANDED_ON", "CONFIRMED")),
        *(("SUPERSEDED", "CANCELLED"), ("CANCELLED", "CANCELLED")),
    ],
)
def test_what_was_withdrawn_is_cancelled_and_stays_the_same_event(state, status):
    one = event(an_alert(state, since=JULY + MINUTE))

    assert (one["status"], one["uid"]) == (status, f"a-{'0' * 31}1")
    assert one["dtstamp"].dt == one["last-modified"].dt == datetime.fromtimestamp(JULY / 1e6 + 60, UTC)


def test_it_is_well_formed_rings_no_bell_and_is_the_same_each_time():
    text = calendar("HOUS", [an_alert(), an_alert(id="a-2" + "0" * 31)])

    assert text == calendar("HOUS", [an_alert(id="a-2" + "0" * 31), an_alert()])
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert text.count(b"\n") == text.count(b"\r\n")
    assert b"VALARM" not in text
    assert [name for name in ("prodid", "version", "method") if name not in Calendar.from_ical(text)] == []


def test_a_calendar_of_nothing_is_a_calendar():
    assert read().events == []


@given(handles, st.dictionaries(codes, values, min_size=1, max_size=6), st.sampled_from(sorted(rules().actions)))
def test_no_pseudonym_handle_field_or_value_is_ever_in_it(handle, fields, action):
    pseudonym = Recipients(bytes(32)).seal("HOUS", handle)
    asks = rules().actions[action]
    text = calendar("HOUS", [an_alert(person=pseudonym, fields=fields, asks=asks)], "https://hub.example").decode()
    plain = re.sub(r"\r\n ", "", text)  # unfolded

    assert pseudonym[3:] not in plain
    assert handle[2:] not in plain
    known = calendar("HOUS", [an_alert(asks=asks)], "https://hub.example").decode()
    assert plain == re.sub(r"\r\n ", "", known)  # whoever it is about, and whatever is said of them


def test_the_command_writes_what_the_team_was_told(tmp_path, capsys, monkeypatch):
    home, file = lived(tmp_path / "home"), tmp_path / "dwp.ics"
    monkeypatch.setenv("HUB_URL", "https://hub.example/")
    capsys.readouterr()

    assert main(["alerts", "calendar", "dwp", "--out", str(file), "--home", str(home)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["alerts", "list", "--team", "DWP", "--json", "--home", str(home)]) == 0
    rows = json.loads(capsys.readouterr().out)

    events = Calendar.from_ical(file.read_bytes()).events
    assert sorted(one["uid"] for one in events) == sorted(row["id"] for row in rows)
    assert {str(one["url"]) for one in events} == {f"https://hub.example{row['link']}" for row in rows}
    assert not any(row["person"][3:] in file.read_text() for row in rows)

    assert main(["alerts", "calendar", "DWP", "--home", str(home)]) == 0
    assert capsys.readouterr().out.startswith("BEGIN:VCALENDAR")
