"""
Which rules may follow which: one chain, each bundle naming the one before it, and a time within which it may begin.

So what is in force never goes back: neither to an older bundle, nor to another that was signed beside it.
"""

from hub.core.rules import Rules


def refusal(held: Rules | None, new: Rules, at: int, clock: int = 0) -> str | None:
    """
    Why *new* may not come into force at *at* (UTC µs) after *held*, where the hub's clock stands at *clock*; or None.

    The moment is whoever activates says it is, so the hub's own clock counts too where that is later.
    """
    now = max(at, clock)
    if held is not None and new.sequence <= held.sequence:
        return "sequence: not newer than the rules in force; hint: build it again, `hub policy build`"
    if new.previous != (held.hash if held else ""):
        return "previous: made to follow other rules than those in force; hint: build it again, `hub policy build`"
    if at < new.activate_from:
        return "activate_from: too early for these rules; hint: activate them when their time has come"
    if now > new.activate_by:
        return "activate_by: too late for these rules; hint: build and sign them again, `hub policy build`"
    if new.calendar.local_date(now) > new.valid_until:
        return "valid_until: these rules have ended; hint: extend `valid_until` in partnership.yaml, and build again"
    return None
