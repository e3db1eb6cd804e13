"""The plan of a coming of age: from the first reason for it to the 18th birthday, through corrections of the date."""

from hub.simulate.oracle import transition
from hub.simulate.oracle.book import Book
from hub.simulate.oracle.lines import Plan

LATE = 183  # days: half a year after the birthday nobody is told of a coming of age for the first time


def follow(book: Book, plan: Plan, corrected: bool) -> None:
    """Bring the plan up to what is known; *corrected* says that the date of birth is another than before."""
    adult = transition.adult_on(book.found)
    if book.found.died:
        book.cancel(plan, "EPISODE_CLOSED")
    if book.found.died or adult is None:
        return
    teams = transition.routed(book.found, book.now)
    coming = plan.live and plan.day is not None and plan.day >= book.today
    if book.wrong and plan.live and not transition.reasons(book.found, book.now):
        book.cancel(plan, "WRONG_PERSON")
        return
    if book.today > adult and not coming:
        if plan.day == adult and not book.wrong:
            book.consent(plan)
            return
        if plan.day == adult or not (book.wrong and plan.live):
            teams = teams & plan.laid if plan.day == adult else set()
    elif plan.live and not transition.reasons(book.found, book.now):
        book.cancel(plan, "DOB_CORRECTED" if corrected else "NOT_ROUTED")
        return
    if plan.day != adult and (book.today - adult).days > LATE:
        teams = set()
    if not plan.live and not teams:
        return
    if not plan.live or plan.day != adult:
        book.move(plan, adult, "DOB_CORRECTED" if corrected else None)
    book.route(plan, teams, transition.STAGES, transition.due)
