"""Check letters against published vectors."""

import pytest

from connectors.identifiers import asn, cro, pnc, prisoner, upn


@pytest.mark.parametrize(
    ("told", "canonical"),
    [
        ("81/34U", "1981/0000034U"),
        ("02/73319Z", "2002/0073319Z"),
        ("033Y", "2003/0000003Y"),
        ("67/9893091D", "1967/9893091D"),
    ],
)
def test_a_pnc_id_has_one_canonical_form(told: str, canonical: str) -> None:
    assert pnc(told) == (canonical, True)


@pytest.mark.parametrize("told", ["2008/359381C", "1992/338596N", "2006/499998R", "2008/332474F", "2012/394773H"])
def test_a_long_pnc_id_may_be_unpadded(told: str) -> None:
    checked = pnc(told)

    assert checked is not None
    assert checked.verified


@pytest.mark.parametrize("told", ["20030011985Z", "20120052494O", "2001/0171310S", "12/394773I", "2000/0448754K"])
def test_a_pnc_id_with_a_bad_letter_is_read_and_flagged(told: str) -> None:
    checked = pnc(told)

    assert checked is not None
    assert not checked.verified


@pytest.mark.parametrize("told", ["", "/", "TEST", "1/2/3", "١٢/34U", "2012/12345678X"])
def test_what_is_no_pnc_id_is_none(told: str) -> None:
    assert pnc(told) is None


@pytest.mark.parametrize(
    ("told", "verified"),
    [("65656/91H", True), ("065656/91H", True), ("SF05/482703J", True), ("SF83/50058Z", True), ("85227/65G", False)],
)
def test_a_cro_number_is_checked_standard_or_file_only(told: str, verified: bool) -> None:
    checked = cro(told)

    assert checked is not None
    assert checked.verified is verified


def test_an_arrest_summons_number_is_checked() -> None:
    good, bad = asn("1101ZD0100000448754K"), asn("1101ZD0100000448754L")

    assert good is not None
    assert good.verified
    assert bad is not None
    assert not bad.verified
    assert asn("TEST") is None


@pytest.mark.parametrize("told", ["B801200005001", "A950000178301", "H243278544154", "R674123101121"])
def test_a_good_upn_is_verified(told: str) -> None:
    assert upn(told) == (told, True)


@pytest.mark.parametrize("told", ["A801200005001", "A123456789123"])
def test_a_upn_with_a_bad_letter_is_flagged(told: str) -> None:
    assert upn(told) == (told, False)


def test_a_temporary_upn_ends_in_a_letter() -> None:
    checked = upn("A95000017830A")

    assert checked is not None
    assert upn("I950000178301") is None


def test_a_prisoner_number_has_a_shape_and_no_more() -> None:
    assert prisoner("A0001AA") == "A0001AA"
    assert [prisoner(one) for one in ("A1", "a0001aa", "A0001AA\n", None, 7)] == [None] * 5
