"""Schools: marks that disclose no custody, sanctions, placements, plans, and pupils out of other people's formats."""

import json
from collections.abc import Callable
from datetime import date

import pytest

from connectors.mapping import Mapped

Map = Callable[..., Mapped]
UPN = "A950000178301"


def kinds(mapped: Mapped) -> list[str]:
    assert not mapped.refused
    return [event.type for event in mapped.events]


def test_a_mark_is_told_with_its_session_in_order(schools: Map) -> None:
    mapped = schools(f"upn,date,session,code\n{UPN},2026-11-23,AM,/\n{UPN},2026-11-23,PM,\\\n")

    assert kinds(mapped) == ["attendance.marked"] * 2
    assert mapped.events[0].fields == {"date": date(2026, 11, 23), "session": "AM", "code": "/"}
    assert mapped.events[0].at < mapped.events[1].at


def test_detention_cannot_be_told_from_any_other_unavoidable_absence(schools: Map) -> None:
    marks = [schools(f"upn,date,session,code\n{UPN},2026-11-23,AM,Y{number}") for number in range(1, 8)]

    assert len({repr(mapped.events) for mapped in marks}) == 1
    assert marks[4].events[0].fields["code"] == "Y"


def test_sanctions_are_told_apart_by_category(schools: Map) -> None:
    table = "upn,category,start,end,sessions,reasons\n"
    mapped = schools(f"{table}{UPN},SUSP,2026-11-23,2026-11-25,5,PP DB\n{UPN},PERM,2026-11-26,,,OW\n")

    assert kinds(mapped) == ["suspension.recorded", "exclusion.permanent"]
    assert mapped.events[0].fields["reasons"] == ("PP", "DB")
    assert mapped.events[0].fields["sessions"] == 5
    assert mapped.events[1].fields == {"start": date(2026, 11, 26), "reasons": ("OW",)}


@pytest.mark.parametrize(("end", "ended"), [("2026-11-01", True), ("2027-07-20", False), ("", False)])
def test_a_placement_ends_only_once_its_end_has_come(schools: Map, end: str, ended: bool) -> None:
    mapped = schools(f"upn,placement,start,end\n{UPN},PUPIL_REFERRAL_UNIT,2026-09-01,{end}\n")

    assert kinds(mapped) == ["placement.started", *(["placement.ended"] if ended else [])]


def test_a_plan_begins_and_ends(schools: Map) -> None:
    mapped = schools(f"upn,plan,start,end\n{UPN},EHCP,2020-09-01,2026-10-01\n")

    assert kinds(mapped) == ["ehcp.active", "ehcp.ended"]
    assert mapped.events[1].fields == {"end": date(2026, 10, 1)}


def test_a_pupil_registers_once(schools: Map) -> None:
    table = f"upn,date_of_birth,sex,link_reference\n{UPN},2009-06-15,F,shared-1\n"
    first = schools(table)

    assert kinds(first) == ["person.registered"]
    assert set(first.events[0].fields) == {"dob", "sex", "link"}
    assert kinds(schools(table, memory=first.memory)) == []


def test_a_bad_check_letter_is_flagged_and_the_row_kept(schools: Map) -> None:
    mapped = schools("upn,date_of_birth\nA123456789123,2009-06-15\n")

    assert kinds(mapped) == ["person.registered"]
    assert "check letter" in mapped.notes[0]


def test_a_transfer_file_tells_who_its_pupils_are_and_no_name(schools: Map) -> None:
    ctf = f"""<?xml version="1.0"?><CTfile><Header/><CTFpupilData>
    <Pupil><UPN>{UPN}</UPN><Surname>PERSON</Surname><Forename>TEST</Forename><DOB>2009-06-15</DOB><Sex>F</Sex></Pupil>
    <Pupil><UPN>nonsense</UPN><DOB>2009-06-15</DOB></Pupil></CTFpupilData></CTfile>"""
    mapped = schools(ctf)

    assert [event.fields for event in mapped.events] == [{"dob": date(2009, 6, 15), "sex": "F"}]
    assert [one.where for one in mapped.refused] == ["in/Pupil[1]"]
    assert "PERSON" not in repr(mapped.events)


def test_one_pupil_is_one_record_in_every_format(schools: Map) -> None:
    answer = schools(json.dumps({"value": [{"UPN": UPN, "DOB": "2009-06-15", "Sex": "F"}]}))
    table = schools(f"upn,date_of_birth\n{UPN},2009-06-15\n")

    assert answer.events[0].record == table.events[0].record


def test_a_header_alone_is_a_quiet_day_and_a_strange_one_is_refused(schools: Map) -> None:
    assert kinds(schools("upn,date,session,code\n")) == []
    assert "columns" in str(schools("name,address\nx,y\n").refused[0])


@pytest.mark.parametrize("code", ["I", "M", "R"])
def test_health_and_belief_never_show_in_a_mark(schools: Map, code: str) -> None:
    mapped = schools(f"upn,date,session,code\nA950000178301,2026-11-23,AM,{code}\n")

    assert [event.fields["code"] for event in mapped.events] == ["AUTHORISED"]
