"""An offer of support after enforcement against somebody young: one service is asked, once an episode (2.4, 2.6)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from hub.simulate.oracle.book import YOUNG, Book
from hub.simulate.oracle.days import day_of
from hub.simulate.oracle.facts import Known, care_status, happened, looked_after, open_services
from hub.simulate.oracle.lines import Line, Plan
from hub.simulate.oracle.release import LEAVING, licensed
from hub.simulate.oracle.transition import custody

KIND, OFFER, PANEL, ENGAGE = "OFFER_OF_SUPPORT", "OFFER", "PANEL_REFERRAL", "ENG"
QUIET_DAYS, LATE_DAYS = 90, 28
SUPERVISORS = {"YJS": "YJS", "PROBATION": "PROB"}


@dataclass(slots=True)
class Offer(Plan):
    """One episode of enforcement, from its first day: the teams *tried*, and those of them that had consent."""

    tried: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)


def follow(book: Book, offers: list[Offer], corrected: bool, heard: bool) -> None:
    """
    Every day of enforcement belongs to an episode that was answered, or begins one; what rests on none is off.

    Somebody is asked when something is *heard*, never as time passes.
    """
    if book.found.died:
        for offer in offers:
            book.cancel(offer, "EPISODE_CLOSED")
        return
    days = _days(book.found)
    for offer in list(offers):
        book.consent(offer)
        first = _first(offer)
        if (book.today - first).days > QUIET_DAYS + LATE_DAYS:
            offer.live = False
            for line in offer.lines:
                line.rings = ()
        elif offer.live and not any(_together(first, day) for day in days):
            book.cancel(offer, "DOB_CORRECTED" if corrected else "NOT_ELIGIBLE")
    for day in days:
        standing = [_first(offer) for offer in offers if offer.live]
        if (book.today - day).days <= LATE_DAYS and not any(_together(first, day) for first in standing):
            version = 1 + max((offer.version for offer in offers if _first(offer) == day), default=0)
            offers.append(Offer(KIND, int(day.strftime("%Y%m%d")), version, day, True))
    for offer in offers if heard else ():
        if offer.live and (book.today - _first(offer)).days <= LATE_DAYS:
            _ask(book, offer)


def _first(offer: Offer) -> date:
    return date.fromisoformat(str(offer.episode))


def _days(found: Known) -> list[date]:
    days = [day_of(happened(event)) for event in found.enforced]
    return sorted(day for day in days if (age := found.age_on(day)) is not None and age < YOUNG.stop)


def _together(one: date, other: date) -> bool:
    return abs((one - other).days) <= QUIET_DAYS


def _ask(book: Book, offer: Offer) -> None:
    """The panel first, where no statutory service holds the case; then the first service that there is."""
    if _heard(offer, OFFER) and not _open(book, offer, ENGAGE):
        return
    if _nobodys(book) and not _heard(offer, PANEL):
        _tell(book, offer, PANEL, ENGAGE)
    for team in _asked(book):
        if _heard(offer, OFFER):
            return
        _tell(book, offer, OFFER, team)


def _heard(offer: Offer, stage: str) -> bool:
    return any(told == stage for told, _ in offer.raised)


def _open(book: Book, offer: Offer, team: str) -> bool:
    agreed = book.found.consents(team, book.today)
    return team not in offer.agreed and (team not in offer.tried or agreed)


def _tell(book: Book, offer: Offer, stage: str, team: str) -> None:
    if not _open(book, offer, team):
        return
    if team in offer.tried:
        offer.version += 1
    offer.tried.add(team)
    if book.found.consents(team, book.today):
        offer.agreed.add(team)
    line = Line(KIND, None, offer.episode, stage, team, offer.version, "PENDING", book.now, book.now, None)
    offer.lines.append(line)
    if book.found.age_on(book.today) not in YOUNG:  # grown older since
        line.state = "SUPPRESSED"
        return
    book.tell(offer, line)
    if line.state == "RAISED" and offer.day is not None:
        offer.seen[team] = {offer.day}


def _asked(book: Book) -> Iterator[str]:
    """From the top: who supervises or holds the person, then who would need their consent."""
    found, today = book.found, book.today
    age, led = found.age_on(today), _supervised(found, today)
    child, adult = age is not None and age < 18, age is not None and age >= 18
    ways = {
        "YJS": led == "YJS" or (child and custody(found)),
        "PROB": led == "PROB" or (adult and (_on_licence(found, today) or custody(found))),
        "CSC": child,
        "LCPA": adult and care_status(found, today) in LEAVING,
        "VCSE": adult and found.says("vcse_match"),
        "SMS": adult and found.says("substance"),
        "RECONNECT": adult and found.says("health"),
    }
    yield from (team for team, way in ways.items() if way)


def _nobodys(book: Book) -> bool:
    """Whether no statutory service holds the case, so that the panel may (C1)."""
    found, today = book.found, book.today
    held = _supervised(found, today) or _on_licence(found, today) or custody(found) or looked_after(found, today)
    services = open_services(found) & {"CIN", "CP", "CLA", "CSH"}
    return not (held or care_status(found, today) or services or found.nrm or "nrm" in found.about)


def _on_licence(found: Known, today: date) -> bool:
    out = found.stay.released if found.removed <= found.out else None
    told = found.newest.fields if found.newest else {}
    end = next((told[name] for name in ("sled", "led", "sed") if name in told), None)
    return out is not None and licensed(out, found) and not (isinstance(end, date) and end < today)


def _supervised(found: Known, today: date) -> str | None:
    """The lead whose agency told last of an order or service that runs."""
    told = [event for event in found.orders.values() if event.agency in SUPERVISORS]
    told += [services[-1] for services in found.services.values() if services[-1].type != "service.closed"]
    running = [
        (happened(event), event.id, SUPERVISORS[event.agency])
        for event in told
        if event.agency in SUPERVISORS and not (isinstance(end := event.fields.get("end"), date) and end < today)
    ]
    return max(running)[2] if running else "YJS" if found.says("yjs_order_past_18") else None
