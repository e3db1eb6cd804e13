"""How an alert was brought to a team outside Kafka, attempt by attempt, in words."""

from collections.abc import Mapping
from typing import Any

from hub import words

CHANNELS = {"WEBHOOK": "webhook", "EMAIL": "e-mail", "NOTIFY": "GOV.UK Notify"}
SAID = {
    "DELIVERED": "taken by",
    "RETRY": "not taken by",
    "DEAD": "given up for",
    "GONE": "no longer wanted by",
    "REDRIVEN": "to be sent again to",
}


def receipt(told: Mapping[str, Any]) -> str:
    """
    A record of `receipts.v1` in one line.

    >>> receipt({"outcome": "RETRY", "endpoint": "prob-cases", "channel": "WEBHOOK", "attempt": 1, "why": "STATUS_500",
    ...          "next": 1_794_492_196_000_000})
    'not taken by prob-cases (webhook), attempt 1: STATUS_500; again 12 Nov 2026 14:03:16 GMT'
    """
    to = f"{told['endpoint']} ({CHANNELS.get(told['channel'], told['channel'].lower())})"
    why = f": {told['why']}" if told["why"] else ""
    again = f"; again {words.moment(told['next'])}" if told["next"] else ""
    return f"{SAID.get(told['outcome'], told['outcome'].lower())} {to}, attempt {told['attempt']}{why}{again}"
