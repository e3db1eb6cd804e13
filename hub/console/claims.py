"""Who somebody is here, by what the provider says of them."""

import hmac
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from hub.console.oidc import RefusedError
from hub.console.who import Role, User
from hub.settings import SignIn


def user(
    claims: Mapping[str, Any], told: SignIn, key: bytes, teams: Collection[str], agencies: Collection[str]
) -> User:
    """
    The user of checked *claims*; RefusedError for who has no role here, or more than one.

    The id is a keyed hash of issuer and subject: the same person has the same one, and nobody is named in the log.

    >>> claims = {"sub": "1", "name": "A. Made-Up", "roles": ["team.hous", "newsletter"]}
    >>> who = user(claims, SignIn("https://login.example", "hub", "s"), b"key", ["HOUS"], [])
    >>> who.role.value, who.of, who.label
    ('TEAM', 'HOUS', 'A. Made-Up')
    """
    held = {found for word in _words(claims, told.roles) if (found := _role(word))}
    if len(held) != 1:
        raise RefusedError("more than one role" if held else "no role")
    ((role, code),) = held
    those = {Role.TEAM: teams, Role.PARTNER: agencies}.get(role)
    code = code or "".join(_words(claims, told.team)[:1])
    code = code.upper().replace("-", "_")
    if those is not None and code not in those:
        raise RefusedError("no such team" if role is Role.TEAM else "no such agency")
    who = hmac.new(key, f"{told.issuer}\n{claims['sub']}".encode(), sha256).hexdigest()[:24]
    label = str(claims.get("name") or claims.get("preferred_username") or "You")
    return User(f"u-{who}", role, code if those is not None else None, label)


def _role(word: str) -> tuple[Role, str] | None:
    """
    The role that a word of the claim names, and the code behind the dot.

    >>> _role("Team.hous"), _role("lead"), _role("newsletter")
    ((<Role.TEAM: 'TEAM'>, 'hous'), (<Role.LEAD: 'LEAD'>, ''), None)
    """
    name, _, code = word.partition(".")
    return (Role(name.upper()), code) if name.upper() in Role.__members__ else None


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    """
    What a claim says, as words; a dot leads into it, unless the name itself has one.

    >>> _words({"realm_access": {"roles": ["lead"]}}, "realm_access.roles")
    ['lead']
    >>> _words({"roles": {"lead": False}}, "roles"), _words({"roles": 1}, "roles")
    ([], [])
    """
    found: Any = claims
    for part in [name] if name in claims else name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
