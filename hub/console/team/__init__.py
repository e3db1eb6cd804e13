"""A support team's pages: what waits for it, one alert and the answer to it, and what it is subscribed to."""

from hub.console.team import alert, exports, inbox, subscriptions

PAGES = (*inbox.PAGES, *exports.PAGES, *alert.PAGES, *subscriptions.PAGES)
