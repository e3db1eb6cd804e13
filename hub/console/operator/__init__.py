"""What the operator and the partners' systems teams have: what comes in, what could not be taken, what is promised."""

from hub.console.operator import catalogue, quarantine
from hub.console.page import Page

PAGES: tuple[Page, ...] = (*quarantine.PAGES, *catalogue.PAGES)
