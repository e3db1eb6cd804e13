"""What the information governance lead has: what was decided and why, what the rules say, and who looked."""

from hub.console.lead import (
    access,
    agreements,
    change,
    checking,
    decision,
    decisions,
    overview,
    requests,
    supposed,
)
from hub.console.page import Page

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *decisions.PAGES,
    *decision.PAGES,
    *supposed.PAGES,
    *agreements.PAGES,
    *change.PAGES,
    *requests.PAGES,
    *checking.PAGES,
    *access.PAGES,
)
