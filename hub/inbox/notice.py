"""An alert as its team reads it, in words: what is asked, by when, of whom, and what is new."""

from collections.abc import Mapping
from typing import Any

from hub import words

Lines = list[tuple[str, str]]


def notice(told: Mapping[str, Any]) -> tuple[str, Lines]:
    """The title of the alert that a record tells, and what stands below it; facts and ids are the reader's to add."""
    title = f"{told['urgency']}  {words.happening('alert.' + told['kind'])}: {words.stage(told['stage'])}"
    lines = [("do", told["asks"] or words.action(told["action"])), ("due", words.moment(told["due"]))]
    if told["ack_by"]:
        lines.append(("answer by", words.moment(told["ack_by"])))
    lines += _again(told)
    if told["changed"]:
        lines.append(("new", words.changes(told["changed"], told["previous_due"])))
    return title, lines


def _again(told: Mapping[str, Any]) -> Lines:
    """When it was told, if not when it fell due, and to whom and why if it was not the first time."""
    at = words.moment(told["raised"])
    if told["level"] and told["kind"] != "ESCALATION":
        return [("told again", f"{at}, to {words.level(told['level'])}: nobody had answered")]
    if told["repeats"]:
        return [("told again", f"{at}, time {told['repeats'] + 1}: it is not confirmed as done")]
    return [("told", at)] if told["raised"] != told["due"] else []


def corrected(told: Mapping[str, Any]) -> str:
    """
    What a correction says, and of which alerts.

    >>> corrected({"about": "RELEASE", "asks": "The date has moved.", "action": "DATE_MOVED"})
    'Release: The date has moved.'
    """
    kind = words.happening(f"alert.{told['about']}").removesuffix(" alert").capitalize()
    return f"{kind}: {told['asks'] or words.action(told['action']).capitalize()}"
