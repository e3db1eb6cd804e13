"""How much one session, and one address, may ask for: each has a bucket that fills up again with time."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST = 20_000  # buckets at once: whoever comes under ever new addresses fills no memory


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and as many again in so many *seconds*."""

    most: int
    seconds: float = 60.0


# An address may be a whole office's; a session is one person's.
SESSION, ADDRESS, SIGN_IN, EXPORT, PROGRAM = Rate(600), Rate(6000), Rate(120), Rate(120), Rate(600)


class Limits:
    """The buckets of one console; each console of a crew counts for itself."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[tuple[Rate, str], tuple[float, float]] = OrderedDict()

    def wait(self, rate: Rate, whose: str) -> int:
        """
        Take one, and say how many seconds to wait for it; 0 when there was one.

        >>> limits = Limits(lambda: 0.0)
        >>> limits.wait(Rate(1), "somebody"), limits.wait(Rate(1), "somebody")
        (0, 60)
        """
        now = self._clock()
        left, since = self._left.pop((rate, whose), (float(rate.most), now))
        left = min(rate.most, left + (now - since) * rate.most / rate.seconds)
        self._left[rate, whose] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        return 0 if left >= 1 else max(1, round((1 - left) * rate.seconds / rate.most))
