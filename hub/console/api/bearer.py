"""Programs: whoever comes with an access token of the provider that people sign in with, by client credentials."""

from hub.console import claims
from hub.console.desk import Desk
from hub.console.oidc import Provider, RefusedError
from hub.console.who import User
from hub.settings import SignIn


class Bearer:
    """Knows a program by its token; *key* is the console's secret, by which the log names it."""

    def __init__(self, desk: Desk, told: SignIn, provider: Provider, key: bytes) -> None:
        self._told, self._provider, self._key = told, provider, key
        self._members = (frozenset(desk.place.teams()), frozenset(desk.place.agencies()))

    def __call__(self, token: str) -> User:
        """Its role, and its team or agency, by the same claims as somebody's who signs in."""
        return claims.user(self._provider.program(token), self._told, self._key, *self._members)


def nobody(token: str) -> User:
    """What knows no program."""
    raise RefusedError("token refused: this hub lets no program in")
