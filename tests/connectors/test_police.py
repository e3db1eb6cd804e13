"""Police: our own rows, and court results as they reach the police."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from connectors.mapping import Mapped

Map = Callable[..., Mapped]
AT = "2026-11-23T22:15:00Z"

RESULT = """<DC:ResultedCaseMessage xmlns:DC="http://www.dca.gov.uk/xmlschemas/libra"><DC:Session>
<DC:CourtHearing><DC:Hearing><DC:DateOfHearing>2026-11-23</DC:DateOfHearing>
<DC:TimeOfHearing>10:00:00</DC:TimeOfHearing></DC:Hearing></DC:CourtHearing>
<DC:Case><DC:Defendant><DC:ProsecutorReference>{asn}</DC:ProsecutorReference>
<DC:PersonName><DC:PersonFamilyName>TEST PERSON</DC:PersonFamilyName></DC:PersonName>
<DC:Birthdate>1996-07-09</DC:Birthdate>
<DC:Gender>1</DC:Gender><DC:BailStatus>{bail}</DC:BailStatus></DC:Defendant></DC:Case></DC:Session></DC:ResultedCaseMessage>"""


def row(event: str, **more: Any) -> str:
    return json.dumps({"event": event, "at": AT, "person_ref": "TEST-0001", **more})


def kinds(mapped: Mapped) -> list[str]:
    assert not mapped.refused
    return [event.type for event in mapped.events]


def test_each_kind_of_row_tells_its_own_event(police: Map) -> None:
    rows = [
        row("arrest", force="06", offence_group="ROBBERY", ward="E05011368"),
        row("charge", force="GMP", offence_group="DRUGS", court_date="2026-12-01"),
        row("custody_release", force="06", outcome="BAILED"),
        row("bail", status="CONDITIONAL", start="2026-11-23", end="2027-02-23"),
        row("safeguarding", scheme="OPERATION_ENCOMPASS", date="2026-11-23", child_present=True),
        row("enforcement", measure="COMMUNITY_PROTECTION_WARNING", ward="E05011368"),
    ]
    mapped = police("\n".join(rows))

    assert kinds(mapped) == [
        "arrest.recorded",
        "charge.recorded",
        "custody.released",
        "bail.changed",
        "safeguarding.noticed",
        "enforcement.taken",
    ]
    assert mapped.events[1].fields == {"force": "06", "offence_group": "DRUGS", "court_date": date(2026, 12, 1)}
    assert mapped.events[4].fields["child_present"] is True


def test_csv_and_json_say_the_same(police: Map) -> None:
    table = f"event,at,person_ref,force,ward\r\narrest,{AT},TEST-0001,06,\r\n"

    assert police(table).events == police(row("arrest", force="06")).events


def test_a_bad_row_is_refused_by_its_line_and_the_rest_goes_on(police: Map) -> None:
    rows = [f"{AT},TEST-1,06", "yesterday,TEST-2,06", f"{AT},TEST-3", f"{AT},TEST-4,06"]
    mapped = police("event,at,person_ref,force\n" + "".join(f"arrest,{row}\n" for row in rows))

    assert len(mapped.events) == 2
    assert [one.where for one in mapped.refused] == ["in:3", "in:4"]


def test_free_text_has_no_way_in(police: Map) -> None:
    mapped = police(row("arrest", force="06", offence_group="hit TEST PERSON"))

    assert not mapped.events
    assert "TEST PERSON" not in str(mapped.refused[0])


def test_a_bad_check_letter_is_flagged_and_the_row_kept(police: Map) -> None:
    good, bad = (police(f"event,at,pnc_id,force\narrest,{AT},{pnc},06") for pnc in ("81/34U", "81/34V"))

    assert kinds(good) == kinds(bad) == ["arrest.recorded"]
    assert not good.notes
    assert "check letter" in bad.notes[0]


def test_one_pnc_id_is_one_record_however_written(police: Map) -> None:
    records = {
        police(f"event,at,pnc_id,force\narrest,{AT},{pnc},06").events[0].record for pnc in ("81/34U", "1981/0000034U")
    }

    assert len(records) == 1


def test_who_it_is_about_is_told_once(police: Map) -> None:
    told = row("arrest", force="06", date_of_birth="2009-06-15", sex="M", link_reference="shared-1")
    first = police(told)

    assert kinds(first) == ["person.registered", "arrest.recorded"]
    assert kinds(police(told, memory=first.memory)) == ["arrest.recorded"]


def test_a_later_file_corrects_and_a_version_outranks_it(police: Map) -> None:
    early, late = (police(row("bail", status="CONDITIONAL"), as_of=at).events[0] for at in (1, 2))
    versioned = police(row("bail", status="CONDITIONAL", version=7)).events[0]

    assert early.id == late.id
    assert (early.seq, late.seq, versioned.seq) == (1, 2, 7)


def test_a_court_result_tells_the_bail_status_and_no_offence(police: Map) -> None:
    mapped = police(RESULT.format(asn="1101ZD0100000448754K", bail="B"))

    assert kinds(mapped) == ["person.registered", "bail.changed"]
    assert mapped.events[0].fields == {"dob": date(1996, 7, 9), "sex": "M"}
    assert mapped.events[1].fields == {"status": "CONDITIONAL"}
    assert "TEST PERSON" not in repr(mapped)


def test_a_court_result_in_route_data_is_found(police: Map) -> None:
    inside = RESULT.format(asn="1101ZD0100000448754K", bail="U").replace("&", "&amp;").replace("<", "&lt;")

    assert (
        kinds(police(f"<RouteData><DataStreamContent> {inside} </DataStreamContent></RouteData>"))[1] == "bail.changed"
    )


def test_a_court_result_without_bail_tells_none(police: Map) -> None:
    mapped = police(RESULT.format(asn="1101ZD0100000448754K", bail="A"))

    assert kinds(mapped) == ["person.registered"]


def test_strangers_are_refused_by_name(police: Map) -> None:
    street = "Crime ID,Month,Reported by,Falls within\nx,2026-10,y,z\n"

    assert "about no person" in str(police(street).refused[0])
    assert "PNC enquiry" in str(police('{"matchRegex": "CXE01", "response": ""}').refused[0])
