"""
A team's alerts as iCalendar (RFC 5545): what is asked, when, an opaque reference and a link, and nothing about anybody.

A calendar travels to telephones, shared screens and other companies' servers. So nothing of the person, and no field an
agreement allows, is ever put into one: only the partnership's own sentence for the action.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vUri

from hub.inbox.items import Item
from hub.words import EPOCH, LONDON, action, short

LASTS = timedelta(minutes=30)
WINTER, SUMMER = timedelta(), timedelta(hours=1)
T = TypeVar("T", TimezoneDaylight, TimezoneStandard)
PRODUCT = "-//csp-hub//alerts//EN"


def calendar(team: str, items: Iterable[Item], base: str = "") -> bytes:
    """
    The calendar of *team*: an event an alert, stable from one export to the next.

    *base* is where the hub serves its pages, such as `https://hub.example`; without it events name the path alone.
    The bytes depend on nothing else: the same alerts make the same file.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", f"Alerts for {team}")
    made.add("x-wr-calname", f"Alerts for {team}")
    made.add_component(_london())
    for item in sorted(items, key=lambda item: (item.told["due"], item.told["id"])):
        made.add_component(_event(item, base))
    return bytes(made.to_ical())


def _london() -> Timezone:
    """
    Europe/London since 1996, by its rule: the library's own puts March's change an hour late, and lists every year.
    """
    made = Timezone()
    made.add("tzid", LONDON.key)
    made.add_component(_season(TimezoneStandard(), "GMT", datetime(1996, 10, 27, 2), 10, SUMMER, WINTER))  # noqa: DTZ001
    made.add_component(_season(TimezoneDaylight(), "BST", datetime(1996, 3, 31, 1), 3, WINTER, SUMMER))  # noqa: DTZ001
    return made


def _season(made: T, name: str, start: datetime, month: int, before: timedelta, after: timedelta) -> T:
    made.add("tzname", name)
    made.add("dtstart", start)  # on the clocks that were right until then (RFC 5545, section 3.6.5)
    made.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
    made.add("tzoffsetfrom", before)
    made.add("tzoffsetto", after)
    return made


def _event(item: Item, base: str) -> Event:
    told, made = item.told, Event()
    page = told["link"] or f"/alerts/{told['id']}"
    made.add("uid", told["id"])
    made.add("sequence", told["level"] + told["repeats"])  # how often it was told anew
    made.add("dtstamp", _utc(item.since))  # when it last changed: an importer keeps the newest of one uid and sequence
    made.add("last-modified", _utc(item.since))
    made.add("summary", f"{asked(item)} ({short(told['id'])})")
    made.add("description", f"Look it up in the hub: {base}{page}")
    if base:
        made.add("url", vUri(f"{base}{page}"))
    start = _local(told["due"])
    until = _local(told["ack_by"]) if told["ack_by"] else start
    made.add("dtstart", start)
    made.add("dtend", until if until > start else start + LASTS)
    made.add("status", "CANCELLED" if item.withdrawn else "CONFIRMED")
    made.add("transp", "TRANSPARENT")  # it asks for something by then, and blocks nobody's day
    return made


def asked(item: Item) -> str:
    """What an alert asks, as its record says; in the words of its code where an older hub told no sentence."""
    said = item.told["asks"] or action(item.told["action"]).capitalize()
    return said.rstrip(".")


def _utc(at: int) -> datetime:
    return (EPOCH + timedelta(microseconds=at)).replace(microsecond=0).astimezone(UTC)


def _local(at: int) -> datetime:
    return _utc(at).astimezone(LONDON)
