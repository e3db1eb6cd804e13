"""The partnership's promises in words: what each says, what keeps and breaks it, what stands apart, and the query."""

from collections.abc import Mapping
from dataclasses import dataclass

# What cases come to. Releases:
IN_TIME = "the lead was told in time"
TOO_LATE = "the date was known in time, and the lead was told later"
NO_LEAD = "no lead was told"
UNKNOWN = "the date became known too late for it"
UNPLANNED = "released without a plan, or on another day than planned"
OTHERWISE_OUT = "left prison otherwise: to court, on temporary absence, by transfer, or with nobody to be told"
# Alerts:
ANSWERED = "answered in time"
ANSWERED_LATE = "answered late"
UNANSWERED = "not answered in time, nor since"
OVER_BEFORE = "over before an answer was due"
WAITS = "still within its time"
NOT_ASKED = "asks for no answer"
# Birthdays:
ACCEPTED = "a handover was accepted, and nothing ended that day with nobody there"
ACCEPTED_WITH_GAP = "a handover was accepted, and other support ended that day with nobody there"
NOT_ACCEPTED = "no handover was accepted"
NOT_ACCEPTED_GAP = "no handover was accepted, and support ended that day with nobody there"
# Support that ends:
TAKEN_ON = "somebody had agreed to carry on"
NOBODY_THERE = "ended with nobody there"
TAKEN_ON_LATER = "ended with nobody there; somebody agreed later"
NO_CLIFF = "did not end that day, or the need was met or the duty went on"
NOBODY = frozenset({NOBODY_THERE, TAKEN_ON_LATER})
# Offers:
OFFER_TAKEN_ON = "a service was asked, and took it on"
OFFER_NOT_OURS = "a service was asked, and said that it is not theirs"
OFFER_NO_ANSWER = "a service was asked, and has not answered"
NONE_TOLD = "a service was looked for, and none could be told"
NOT_LOOKED_FOR = (
    "enforcement for which no service was looked for: too old, age not known, protected, or none has a way in"
)


@dataclass(frozen=True, slots=True)
class Promise:
    """
    One promise: what was promised, what a case of it is, and which outcomes keep it, break it, or stand apart.

    *means* is the definition in plain English and *query* which records are counted and how; both may name `{days}`.
    """

    name: str
    title: str
    unit: str
    means: str
    query: str
    kept: tuple[str, ...]
    broken: tuple[str, ...]
    apart: tuple[str, ...] = ()
    detail: str = ""


def _said(text: str) -> str:
    return " ".join(text.split())


PROMISES: Mapping[str, Promise] = {
    one.name: one
    for one in (
        Promise(
            "notice",
            "Releases with notice in time",
            "planned releases whose date was known in time",
            _said(
                """
                Of the people released in the month whose date the hub knew at least {days} days
                before, the share whose lead (Probation or Youth Justice) was told by then. A latest
                day that is a weekend or bank holiday rolls back to the working day before. Where a
                lead was told that the release was off, or two records proved to be one person,
                notice counts from when it was told anew.
                Dates that became known later, releases that nobody planned, and other ways out of
                prison stand apart: nobody could have been told in time.
                """
            ),
            _said(
                """
                alert-changes.v1, kind RELEASE, by person and episode. A release is an episode with
                stage T0, TDNA or T0U RAISED and its newest step neither SUPERSEDED nor CANCELLED;
                where nobody was told, one whose newest version was SUPPRESSED with nothing of it
                taken back or PENDING. Its day is `basis` of the newest version; with stage T0U it
                is unplanned. Told: the earliest RAISED of team PROB or YJS since the person's
                release before, after that team's last CANCELLED that had been RAISED. Known: the
                earliest step with `basis` on or before the day. In time: on or before the working
                day on or before day - {days}. Left otherwise: people with a decision on
                person.released in the month and no such release in it.
                """
            ),
            (IN_TIME,),
            (TOO_LATE, NO_LEAD),
            (UNKNOWN, UNPLANNED, OTHERWISE_OUT),
            "how long before",
        ),
        Promise(
            "answered",
            "Alerts acknowledged in time",
            "alerts whose answer was due",
            _said(
                """
                Of the alerts that teams were told in the month and were to answer, the share that a
                named role answered by its deadline: accepted, not ours, or already held. To open an
                alert is no answer. Alerts that were over before their deadline, those whose time
                has not run out, and those that ask for no answer stand apart.
                """
            ),
            _said(
                """
                alert-changes.v1, every kind but CORRECTION, by alert: the first RAISED lies in the month.
                Answered: the first ACKNOWLEDGED; in time if at or before `ack_by` of that first
                RAISED. Over before: the newest step is CLOSED, SUPERSEDED or CANCELLED at or before
                it, and none ACKNOWLEDGED. Copies for other teams have no steps and are not counted.
                """
            ),
            (ANSWERED,),
            (ANSWERED_LATE, UNANSWERED),
            (OVER_BEFORE, WAITS, NOT_ASKED),
            "kind of alert",
        ),
        Promise(
            "handover",
            "18th birthdays with an accepted handover",
            "18th birthdays of people with support to hand over",
            _said(
                """
                Of the people who turned 18 in the month and for whom a transition was planned, the
                share with a handover that was accepted by the day, and no support that ended on the
                day with nobody there. A birthday alone plans nothing: there must be support in
                childhood and a reason to think that the need goes on.
                """
            ),
            _said(
                """
                alert-changes.v1, kind TRANSITION: the newest version of a person's rows, with one
                that was RAISED and not later SUPERSEDED or CANCELLED (or withheld, SUPPRESSED); the
                day is `basis`. Accepted: a decision on referral.accepted or transfer.made about the
                person in the year up to the day, or stage T1M SKIPPED or CLOSED with reason DONE by
                the day. Nobody there: as for support that ends, on that day.
                """
            ),
            (ACCEPTED,),
            (ACCEPTED_WITH_GAP, NOT_ACCEPTED, NOT_ACCEPTED_GAP),
        ),
        Promise(
            "cliff",
            "Support that ended with somebody there",
            "supports that ended, of those the hub warned of",
            _said(
                """
                Of the supports that ended in the month and of whose end the hub warned, the share
                that somebody had agreed to carry on before the day. What ended with nobody there is
                a cliff edge, whether or not somebody came later. Services of one team that end on
                one day for one person are one support. Ends that moved, and needs that were met,
                stand apart. An end that was handed over before the first warning was due is in no
                record.
                """
            ),
            _said(
                """
                alert-changes.v1, kind CLIFF_EDGE, stages C90, C28, C0 and CU, by person, team and
                `episode` (the last day, YYYYMMDD). Nobody there: C0 or CU was RAISED and not later
                SUPERSEDED or CANCELLED (or withheld, SUPPRESSED); later, if all of them were CLOSED
                with reason ACCEPTED. Carried on: else, a row CLOSED or CANCELLED with reason
                ACCEPTED. Apart: else, a row that was RAISED.
                """
            ),
            (TAKEN_ON,),
            (NOBODY_THERE, TAKEN_ON_LATER),
            (NO_CLIFF,),
            "team whose service it was",
        ),
        Promise(
            "offers",
            "Offers of support after enforcement",
            "times that a service was looked for after enforcement",
            _said(
                """
                Of the episodes of enforcement against a young person that began in the month and
                for which the hub looked for a service to offer help, the share for which one was
                asked; and of those, whether it took it on. Enforcement for which none was looked
                for stands apart, once for each person and month: the log says that there was
                enforcement, not how old the person was.
                """
            ),
            _said(
                """
                alert-changes.v1, kind OFFER_OF_SUPPORT, stage OFFER, by person and `episode` (the
                first day, YYYYMMDD). Asked: a row was RAISED and not later SUPERSEDED or CANCELLED;
                taken on: ACKNOWLEDGED with ACCEPTED or ALREADY_HELD. None could be told: else, a
                row SUPPRESSED. Not looked for: people with a decision on {enforcement} in the
                month, further than {quiet} days from every such episode.
                """
            ),
            (OFFER_TAKEN_ON, OFFER_NOT_OURS, OFFER_NO_ANSWER),
            (NONE_TOLD,),
            (NOT_LOOKED_FOR,),
        ),
    )
}
