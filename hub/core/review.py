"""
Reviews: what only one party can clear up, asked of it at once, and once for each cause.

A cause is what the question rests on: two dates that cannot both be right, a date of birth, a split, a day at court.
"""

from datetime import date

from hub.core import release
from hub.core.calendar import age_on
from hub.core.life import Life, was_of
from hub.core.person import Alert
from hub.core.view import View

RESPONSIBLE = 10  # the age of criminal responsibility (Children and Young Persons Act 1933 s.50)
JUSTICE = ("order:", "received:", "released:", "movement:", "dates:")
STATUS = ("remand", "legal_status", "care_status", "about:care_status", "about:sentence", "about:yjs_order_past_18")


def of_date(life: Life, episode: int, seen: View) -> None:
    """A confirmed date that the law does not allow: the prison is asked, and nobody else hears of it (rule R2)."""
    dates = release.doubted(seen, life.rules)
    if dates is None:
        settle(life, "DATE_IMPLAUSIBLE")
    else:
        ask(life, "DATE_IMPLAUSIBLE", "/".join(map(str, dates)), episode, dates[-1])


def of_age(life: Life, episode: int, seen: View, born: date) -> None:
    """
    Another date of birth: a court, remand or placement decision about a child may rest on the wrong one (rule K7).

    Only who is a child of the age of criminal responsibility under either date, and has had such a decision.
    """
    decided = any(name in seen.facts for name in STATUS) or any(name.startswith(JUSTICE) for name in seen.facts)
    ages = [age_on(day, life.today) for day in (born, seen.born) if day is not None]
    if decided and any(RESPONSIBLE <= age < 18 for age in ages):
        ask(life, "STATUS_AGE_CHECK", f"{seen.eighteenth}", basis=seen.eighteenth, about="TRANSITION")


def of_split(life: Life) -> None:
    """Two people were held for one: what was told of the wrong one meanwhile may be a breach (section 2.2)."""
    ask(life, "IDENTITY_SPLIT", f"{life.now}", apart=True)


def ask(
    life: Life,
    stage: str,
    cause: str,
    episode: int = 1,
    basis: date | None = None,
    about: str = "RELEASE",
    apart: bool = False,
) -> None:
    """
    Raise the review called *stage* to its teams, unless it was raised for this *cause*.

    It takes the place of an older one of its episode, whose answer would be one to nothing, unless each stands *apart*.
    """
    row = life.rules.review.get(stage)
    for team in row.teams if row else ():
        mark = f"REVIEW:{stage}/{team}/"
        if row is None or mark + cause in life.raised:
            continue
        settle(life, stage, team)
        life.raised[mark + cause] = None
        key = f"REVIEW/{cause if apart else episode}/{stage}/{team}"
        old = life.alerts.get(key)
        if old is not None:
            life.put(key, old._replace(state="SUPERSEDED", was=was_of(old)))
        version = old.version + 1 if old else 1
        made = Alert(
            "REVIEW", episode, stage, team, version, "PENDING", None, life.now, row.rule, row.action, basis, about=about
        )
        life.tell(key, made._replace(urgency=row.urgency))


def settle(life: Life, stage: str, team: str | None = None) -> None:
    """What *stage* asked about is so no more: should it come to be again, that is another cause."""
    start = f"REVIEW:{stage}/{team}/" if team else f"REVIEW:{stage}/"
    for mark in [mark for mark in life.raised if mark.startswith(start)]:
        del life.raised[mark]
