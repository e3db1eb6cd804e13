"""What we get: all that a team is told, in plain words, and how to ask for more."""

from urllib.parse import quote

from starlette.responses import Response

from hub.console.page import Ask, missing, page
from hub.console.who import Role
from hub.reports.subscriptions import subscriptions as made

QUESTIONS = (
    "Which alert or event, and which of its facts:",
    "What we do with it that we cannot do without:",
    "The duty or power we act under:",
    "How long we keep it, and who in our team sees it:",
)


@page("/subscriptions", Role.TEAM, nav="What we get")
def subscriptions(ask: Ask) -> Response:
    """By the rules in force."""
    rules, team = ask.rules(), ask.user.of or ""
    if team not in rules["teams"]:
        raise missing()
    name = str(rules["teams"][team]["name"])
    mail = f"mailto:?subject={quote(f'Sharing with {name}')}&body={quote(chr(10).join(QUESTIONS))}"
    return ask.render("team/subscriptions.html", all=made(rules, team, ask.desk.today()), name=name, mail=mail)


PAGES = (subscriptions,)
