"""Services around made-up children: opened, closed with notice or without, carried on by others or by nobody."""

from datetime import date, timedelta

from hub.core.events import Value
from hub.simulate.life import Life, days
from hub.simulate.oracle.days import birthday, next_working

SERVICES = ("CIN", "CAMHS", "SAFE_TASKFORCE", "AP_PLACEMENT", "CSH")
OWNERS = {"CAMHS": "NHS_CAMHS", "SAFE_TASKFORCE": "SCHOOL", "AP_PLACEMENT": "SCHOOL", "YJS_ORDER": "YJS"}
ASKED = {"CAMHS": ("MH",), "YJS_ORDER": ("PROB",), "AP_PLACEMENT": ("SEND",), "SAFE_TASKFORCE": ("SEND",)}
ANSWERS = {"MH": "NHS_CAMHS", "PROB": "PROBATION", "SEND": "SCHOOL"}
STEPS = (("CIN", "CP"), ("CP", "CIN"), ("EARLY_HELP", "CIN"), ("CIN", "CLA"), ("EARLY_HELP", "CLA"))
OTHERS = ("ASC", "VCSE", "YJS", "SCHOOL", "GMP", "MCC_CHILDRENS")
COUNCIL = "MCC_CHILDRENS"


def services(life: Life) -> None:
    """Each service for some, and for some one that goes on as another."""
    for service in SERVICES:
        if life.some(0.25):
            _service(life, service)
    if life.some(0.15):
        _stepped(life)


def _service(life: Life, service: str) -> None:
    owner = OWNERS.get(service, COUNCIL)
    day = life.day(0, 150)
    if day >= birthday(life.born, 18 if service != "AP_PLACEMENT" else 16):
        return
    life.tell(life.at(day), owner, "service.opened", service=service)
    if life.some(0.4):
        _noticed(life, service, day)
    elif life.some(0.1):
        closed = day + days(life.roll.randint(5, 120))
        life.tell(life.at(closed), owner, "service.closed", service=service, **_agreed(life))
        if life.some(0.4):
            life.tell(life.at(closed + days(life.roll.randint(1, 10))), owner, "service.opened", service=service)
        if life.some(0.4):
            _referred(life, service, day)
    elif life.some(0.3):
        _referred(life, service, day + days(life.roll.randint(5, 200)))


def _noticed(life: Life, service: str, day: date) -> None:
    """It is told when it will end, and it ends then, or sooner, or later."""
    owner = OWNERS.get(service, COUNCIL)
    notice = day + days(life.roll.randint(5, 120))
    end = next_working(notice + days(life.roll.randint(5, 120)))
    if life.some(0.5):
        end = max(end, birthday(life.born, 18))
    life.tell(life.at(notice), owner, "service.closure_planned", service=service, end=end, **_agreed(life))
    last = end + timedelta(days=life.roll.choice((0, 0, 0, 0, -9, -2, 3)))
    if life.some(0.6) and notice < last <= life.first + days(life.length):
        life.tell(life.at(last), owner, "service.closed", service=service, **_agreed(life))
    _referred(life, service, notice)


def _agreed(life: Life) -> dict[str, Value]:
    """That the need is met, or another authority takes over, and in most lives that this is agreed."""
    if not life.some(0.1):
        return {}
    return {"reason": life.roll.choice(("NEED_MET", "MOVED")), "agreed": life.some(0.7)}


def _stepped(life: Life) -> None:
    """One service of the council's ends, and another begins, before it or after."""
    one, other = life.roll.choice(STEPS)
    day = life.day(0, 150)
    if any(event.fields.get("service") in {one, other} for event in life.told) or day >= birthday(life.born, 18):
        return
    life.tell(life.at(day), COUNCIL, "service.opened", service=one)
    end = next_working(day + days(life.roll.randint(20, 150)))
    if life.some(0.5):
        life.tell(
            life.at(day + days(life.roll.randint(5, 19))), COUNCIL, "service.closure_planned", service=one, end=end
        )
    begins = end + timedelta(days=life.roll.randint(-12, 12))
    life.tell(life.at(begins), COUNCIL, "service.opened", service=other)
    if life.some(0.8):
        life.tell(life.at(end), COUNCIL, "service.closed", service=one)
    if life.some(0.3):
        life.tell(life.at(begins + days(life.roll.randint(5, 90))), COUNCIL, "service.closed", service=other)


def _referred(life: Life, service: str, day: date) -> None:
    """Somebody is asked to carry on, and says yes, no or nothing; or somebody does so whom nobody had asked."""
    if life.some(0.12):
        when = life.at(day + days(life.roll.randint(0, 90)))
        life.tell(when, life.roll.choice(OTHERS), "referral.accepted", service=service)
    if not life.some(0.6):
        return
    to = life.roll.choice(ASKED.get(service, ("ASC",)))
    asked = day + days(life.roll.randint(0, 60))
    life.tell(life.at(asked), OWNERS.get(service, COUNCIL), "referral.made", to=to, service=service)
    answer = life.roll.choice(("accepted", "declined", None))
    if answer is not None:
        agency = ANSWERS.get(to, to)
        when = life.at(asked + days(life.roll.randint(1, 40)))
        life.tell(when, agency, f"referral.{answer}", to=to, service=service)
