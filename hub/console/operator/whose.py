"""Whose these pages are: the operator's, for all agencies; a partner's, for its own agency and no other."""

from hub.console.page import Ask, missing
from hub.console.who import Role

SEEN = (Role.OPERATOR, Role.PARTNER)


def agencies(ask: Ask) -> tuple[str, ...]:
    """The agencies that somebody may see."""
    known = ask.desk.place.agencies()
    if ask.user.role is not Role.PARTNER:
        return known
    return tuple(code for code in known if code == ask.user.of)


def one(ask: Ask, code: str) -> str:
    """An agency of that code, if it is theirs to see."""
    if code not in agencies(ask):
        raise missing()
    return code


def owners(ask: Ask) -> tuple[str, ...]:
    """Whose quarantine somebody may see: agencies', and for those who act for the partnership teams' and the hub's."""
    if ask.user.role is Role.PARTNER:
        return agencies(ask)
    place = ask.desk.place
    return tuple(dict.fromkeys((*place.agencies(), *place.teams(), "HUB")))
