"""The rules in force, as the lead's pages read them."""

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from hub import words
from hub.console.desk import Desk
from hub.console.page import missing
from hub.rulebook import Bundle, rules_of
from hub.wire.bundle import canonical, digest, read

if TYPE_CHECKING:
    from hub.core.rules import Rules


def standing(desk: Desk) -> Bundle:
    """The rules in force; before the first there is no such page."""
    rules = desk.rules()
    if rules is None:
        raise missing()
    return rules


def compiled(bundle: Bundle) -> "Rules":
    """The rules of *bundle*, ready to be asked; the newest few are kept."""
    return _compiled(canonical(bundle))


@lru_cache(maxsize=4)
def _compiled(body: bytes) -> "Rules":
    return rules_of(read(body))


def today(desk: Desk) -> date:
    """London's day."""
    return words.local(desk.now()).date()


def named(bundle: Bundle) -> str:
    """What people call the rules in force when they compare what they see."""
    return f"number {bundle['sequence']}, bundle {digest(bundle)[:12]}"
