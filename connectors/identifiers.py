"""
Check letters of the numbers agencies know people by: PNC id, CRO number, arrest/summons number, UPN, prisoner number.

Published records often carry letters that fail, so a bad letter is flagged and never a reason to drop a record.
"""

import re
from typing import NamedTuple

POLICE = "ZABCDEFGHJKLMNPQRTUVWXY"
SCHOOL = "ABCDEFGHJKLMNPQRTUVWXYZ"
PIVOT = 50  # a two-digit year from 50 on is 19xx: the oldest PNC ids in use are of the sixties
PNC = re.compile(r"(\d{4}|\d\d)/?(\d{1,7})([A-Z])", re.ASCII)
CRO = re.compile(r"(\d{1,6})/(\d\d)([A-Z])", re.ASCII)
CRO_FILE = re.compile(r"SF(\d\d)/(\d{1,6})([A-Z])", re.ASCII)
ASN = re.compile(r"(\d\d)[A-Z]?([0-9A-Z]{2})([0-9A-Z]{2})([0-9A-Z]{2})(\d{11})([A-Z])", re.ASCII)
UPN = re.compile(r"[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]", re.ASCII)
PRISONER = re.compile(r"[A-Z]\d{4}[A-Z]{2}", re.ASCII)


class Checked(NamedTuple):
    """A number in its one canonical form, and whether its letter fits."""

    canonical: str
    verified: bool


def _fits(digits: str, letter: str) -> bool:
    return POLICE[int(digits) % 23] == letter


def pnc(told: str) -> Checked | None:
    """
    Read a PNC id, long or short, padded or not; None when it has no such shape.

    >>> pnc("81/34U"), pnc("2008/359381C").verified, pnc("2001/0171310S").verified
    (Checked(canonical='1981/0000034U', verified=True), True, False)
    """
    told = told.strip().upper()
    long = "/" not in told and len(told) > 11  # without a slash, only twelve characters leave room for four of year
    shape = re.fullmatch(r"(\d{4})(\d{7})([A-Z])", told, re.ASCII) if long else _short_or_split(told)
    if shape is None:
        return None
    year, serial, letter = shape.groups()
    century = "" if len(year) == 4 else "19" if int(year) >= PIVOT else "20"
    return Checked(f"{century}{year}/{serial:0>7}{letter}", _fits(year[-2:] + serial.zfill(7), letter))


def _short_or_split(told: str) -> re.Match[str] | None:
    return PNC.fullmatch(told) if "/" in told else re.fullmatch(r"(\d\d)(\d{1,7})([A-Z])", told, re.ASCII)


def cro(told: str) -> Checked | None:
    """
    Read a CRO number, standard or file-only.

    >>> cro("65656/91H"), cro("SF05/482703J").verified, cro("85227/65G").verified
    (Checked(canonical='065656/91H', verified=True), True, False)
    """
    told = told.strip().upper()
    if shape := CRO_FILE.fullmatch(told):
        year, serial, letter = shape.groups()
        return Checked(told, _fits(year + serial, letter))
    if shape := CRO.fullmatch(told):
        serial, year, letter = shape.groups()
        return Checked(f"{serial:0>6}/{year}{letter}", _fits(year + serial.zfill(6), letter))
    return None


def asn(told: str) -> Checked | None:
    """
    Read an arrest/summons number; force and system count only when they are digits.

    >>> asn("1101ZD0100000448754K")
    Checked(canonical='1101ZD0100000448754K', verified=True)
    """
    told = re.sub(r"[\s/]", "", told.upper())
    shape = ASN.fullmatch(told)
    if shape is None:
        return None
    year, force, _, system, sequence, letter = shape.groups()
    counted = "".join(part for part in (force, system) if part.isdecimal())
    return Checked(told, _fits(counted + year + sequence, letter))


def upn(told: str) -> Checked | None:
    """
    Read a unique pupil number, permanent or temporary (ending in a letter).

    >>> upn("A950000178301").verified, upn("A123456789123").verified, upn("B801200005001").verified
    (True, False, True)
    """
    told = told.strip().upper()
    if not UPN.fullmatch(told):
        return None
    values = (int(char) if char.isdecimal() else SCHOOL.index(char) for char in told[1:])
    total = sum(place * value for place, value in enumerate(values, 2))
    return Checked(told, SCHOOL[total % 23] == told[0])


def prisoner(told: object) -> str | None:
    """
    Read a prisoner (NOMS) number; it has a shape and no check letter.

    >>> prisoner("A0001AA"), prisoner("AB1234E")
    ('A0001AA', None)
    """
    return told if isinstance(told, str) and PRISONER.fullmatch(told) else None
