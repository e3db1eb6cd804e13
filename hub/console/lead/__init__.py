"""What the information governance lead has: what was decided and why, what the rules say, and who looked."""

from hub.console.lead import agreements, change, supposed
from hub.console.page import Page

PAGES: tuple[Page, ...] = (*agreements.PAGES, *supposed.PAGES, *change.PAGES)
