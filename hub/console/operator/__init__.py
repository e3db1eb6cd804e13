"""What the operator and the partners' systems teams have: what comes in, what could not be taken, what is promised."""

from hub.console.operator import catalogue, partners, quarantine, sources, status
from hub.console.page import Page

PAGES: tuple[Page, ...] = (*sources.PAGES, *quarantine.PAGES, *partners.PAGES, *catalogue.PAGES, *status.PAGES)
