"""Everybody in the demo is plainly made up, and still fits the shapes that real systems check."""

from datetime import date

import pytest

from connectors.identifiers import prisoner, upn
from hub.demo.people import Made


@pytest.mark.parametrize("number", [1, 421, 9_999, 10_000, 99_999])
def test_numbers_fit_their_shapes_and_belong_to_nobody(number):
    one = Made(number, date(2010, 5, 17), "F")

    assert prisoner(one.prisoner) == one.prisoner
    assert upn(one.pupil).verified
    assert one.pupil[4:8] == "0000"
    assert "Testperson" in one.forename
    assert one.surname == "Example"


def test_no_two_people_share_a_number():
    people = [Made(number, date(2010, 5, 17), "F") for number in range(1, 99_999, 7)]

    for name in ("prisoner", "pupil", "link", "case", "nominal"):
        assert len({getattr(one, name) for one in people}) == len(people)
