"""
A team's answer to an alert: what it may say, checked alike for every way in, and the event that it becomes.

Opening an alert is no answer, and whoever answers is a role, never a name.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from hub.core.events import Event
from hub.core.identity import identity

ANSWERS = {"accepted": "ACCEPTED", "not-ours": "NOT_OURS", "already-held": "ALREADY_HELD"}
ROLE = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
COMMAND, CONSOLE, API = (
    "ack",
    "console",
    "api",
)  # where an answer was given: its id follows from that, and so tells it again


class AnswerError(Exception):
    """An answer that may not be sent; *field* is what is wrong with it, the text says why and the cure."""

    def __init__(self, field: str, what: str, hint: str) -> None:
        super().__init__(f"{what}; hint: {hint}")
        self.field, self.what, self.hint = field, what, hint


def answer(
    told: Mapping[str, Any],
    team: str,
    said: Mapping[str, str | None],
    reasons: Collection[str] | None,
    at: int,
    way: str = COMMAND,
    key: str | None = None,
) -> Event:
    """
    What *team* answers to the alert that it was *told*: *said* has `answer`, `role` and, if not theirs, `reason`.

    *reasons* are those that the rules in force know, for they would record any other as OTHER; None without rules.
    With a *key* in the place of the time, an answer sent again is the same.

    >>> told = {"id": "a-1", "stage": "T8W", "person": "p1.x"}
    >>> answer(told, "HOUS", {"answer": "accepted", "role": "duty-officer"}, None, 5).fields
    {'answer': 'ACCEPTED', 'role': 'DUTY_OFFICER', 'alert': 'a-1', 'stage': 'T8W'}
    """
    word = said.get("answer") or ""
    if word not in ANSWERS:
        raise AnswerError("answer", "missing", f"one of {', '.join(ANSWERS)}")
    fields = {"answer": ANSWERS[word], "role": _code("role", said.get("role") or "", "DUTY_OFFICER")}
    reason = said.get("reason")
    if word != "not-ours" and reason:
        raise AnswerError("reason", f"not for {word}", "leave it out: only not-ours has one")
    if word == "not-ours":
        fields["reason"] = _reason(reason or "", reasons)
    fields |= {"alert": told["id"], "stage": told["stage"]}
    return Event(
        _mark(way, team, fields, at if key is None else key), "alert.ack", team, told["person"], at, None, fields
    )


def by_console(given: Mapping[str, Any]) -> bool:
    """Whether an answer in the log was given in the console: only then is this its id."""
    return bool(given["id"] == _mark(CONSOLE, given["team"], given, given["at"]))


def _mark(way: str, team: str, fields: Mapping[str, Any], at: int | str) -> str:
    return identity(way, team, f"{fields['alert']}/{fields['answer']}/{at}")


def _code(field: str, told: str, example: str) -> str:
    code = told.strip().upper().replace("-", "_")
    if not ROLE.fullmatch(code):
        raise AnswerError(field, "not a code", f"write letters and `_`, such as {example}, never a name")
    return code


def _reason(told: str, known: Collection[str] | None) -> str:
    if not told:
        raise AnswerError("reason", "missing for not-ours", "say why with a code such as OTHER_AREA")
    code = _code("reason", told, "OTHER_AREA")
    if known is not None and code not in known:
        raise AnswerError("reason", "unknown to the rules in force", f"one of {', '.join(known)}")
    return code
