"""The partnership's promises in numbers, month by month, with nothing in them that tells of somebody."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any

from hub import words
from hub.core.calendar import Calendar
from hub.reports.commitments import Case, Terms
from hub.reports.month import answered, readable
from hub.reports.promises import PROMISES, Promise
from hub.reports.small import HIDDEN, shown
from hub.reports.split import Split, split

Bundle = Mapping[str, Any]
Details = tuple[tuple[str, str], ...]
KEPT, BROKEN = "kept", "not kept"
Trend = dict[str, list[tuple[str, str]]]  # by promise, the months and their shares


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One promise in one month, as it may be shown: how many cases *kept* it, how many are *broken*, and the *share* kept.

    The share is in percent, rounded down; where a number is hidden it is what the others leave open, such as `≥75%`.
    *target* is in percent, None where none was agreed, and *source* says who set it. *parts* are all outcomes, those
    that stand apart too; *details* and *splits* are other ways to split the cases that count.
    """

    promise: Promise
    share: str
    kept: str
    broken: str
    of: str
    target: int | None
    source: str
    parts: Details
    details: Details = ()
    splits: tuple[Split, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None without a target, or where what is shown does not tell."""
        low, high = bounds(self.kept, self.broken)
        if self.target is None or high is None or low is None:
            return None
        return True if low >= self.target else False if high < self.target else None


def terms(rules: Bundle, calendar: Calendar) -> Terms:
    """What *rules* say that matters for counting."""

    def days(on: date) -> int | None:
        line = agreed(rules, "notice", on)
        return None if line is None else int(line["days"])

    support = rules.get("support", {})
    return Terms(calendar, days, frozenset(support.get("enforcement", ())), int(support.get("quiet_days", 0)))


def agreed(rules: Bundle, name: str, on: date) -> Mapping[str, Any] | None:
    """The line of commitments.yaml that counts for *on*; None before the first, or in rules of before they had any."""
    lines = [line for line in rules.get("commitments", {}).get(name, ()) if date.fromisoformat(line["from"]) <= on]
    return lines[-1] if lines else None


def by_month(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """The cases of each month, such as 2026-11."""
    made: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        made[f"{case.on:%Y-%m}"].append(case)
    return dict(made)


def figures(cases: Sequence[Case], month: str, rules: Bundle, least: int) -> list[Figure]:
    """Every promise that the rules have a line for, in the month of these *cases*; counts below *least* are hidden."""
    found = [(promise, agreed(rules, name, date.fromisoformat(f"{month}-01"))) for name, promise in PROMISES.items()]
    return [
        _figure(_worded(promise, line, rules), line, [case for case in cases if case.promise == promise.name], least)
        for promise, line in found
        if line is not None
    ]


def _worded(promise: Promise, line: Mapping[str, Any], rules: Bundle) -> Promise:
    support = rules.get("support", {})
    said = {"days": line.get("days", ""), "quiet": support.get("quiet_days", "")}
    said["enforcement"] = ", ".join(support.get("enforcement", ()))
    means, query = promise.means.format(**said), promise.query.format(**said)
    kept, broken, apart, detail = promise.kept, promise.broken, promise.apart, promise.detail
    return Promise(promise.name, promise.title, promise.unit, means, query, kept, broken, apart, detail)


def _figure(promise: Promise, line: Mapping[str, Any], cases: Sequence[Case], least: int) -> Figure:
    came = Counter(case.came for case in cases)
    counts = [case for case in cases if case.came in {*promise.kept, *promise.broken}]
    if promise.name == "answered":
        parts, details = _as_reported(promise, cases, least)
    else:
        parts = _parts(promise, came, least)
        details = (
            _details(counts, least) if promise.detail and None not in map(number, (parts[KEPT], parts[BROKEN])) else ()
        )
    kept, broken = parts.pop(KEPT), parts.pop(BROKEN)
    spoken = number(kept) is not None and number(broken) is not None
    of = f"{len(counts):,}" if spoken else HIDDEN
    teams = split("team", counted(promise, ((case, case.team) for case in counts)), least, spoken)
    splits = (teams,) if promise.name == "answered" else ()
    shares = line["target"], line["source"], tuple(parts.items()), details, splits
    return Figure(promise, _share(kept, broken), kept, broken, of, *shares)


def _as_reported(promise: Promise, cases: Sequence[Case], least: int) -> tuple[dict[str, str], Details]:
    """The marks of alerts as `hub audit report` has them, for hidden in two ways they would tell each other."""
    made = readable(answered(cases), least)
    outcomes = (*promise.kept, *promise.broken, *promise.apart)
    marks = dict.fromkeys(outcomes, HIDDEN if made.total.startswith("<") else "0") | dict(made.tables[0][1])
    sums = {KEPT: _sum(promise.kept, marks), BROKEN: _sum(promise.broken, marks)}
    return {**sums, **marks}, made.tables[1][1]


def _sum(names: Iterable[str], marks: Mapping[str, str]) -> str:
    """The sum of what is shown, or the one mark there is; hidden where one of several is."""
    told = [marks[name] for name in names if marks[name] != "0"]
    if len(told) < 2:
        return told[0] if told else "0"
    counts = [number(mark) for mark in told]
    return HIDDEN if None in counts else f"{sum(filter(None, counts)):,}"


def _parts(promise: Promise, came: Mapping[str, int], least: int) -> dict[str, str]:
    """The marks of what was kept and broken, and of every outcome; how many cases there are in all is told nowhere."""
    sums = {KEPT: sum(came[name] for name in promise.kept), BROKEN: sum(came[name] for name in promise.broken)}
    whole = sums | {name: came[name] for name in promise.apart}
    marks = {name: f"<{least}" if 0 < count < least else f"{count:,}" for name, count in whole.items()}
    for name, outcomes in ((KEPT, promise.kept), (BROKEN, promise.broken)):
        marks |= _within({outcome: came[outcome] for outcome in outcomes}, marks[name], least)
    return {name: marks[name] for name in (KEPT, BROKEN, *promise.kept, *promise.broken, *promise.apart)}


def _within(counts: Mapping[str, int], total: str, least: int) -> dict[str, str]:
    """The parts of a sum whose own mark is *total*: none of them where that is hidden, or would tell a small one."""
    if len(counts) == 1:
        return dict.fromkeys(counts, total)
    made = shown(counts, least)
    whole = number(total) is not None and (made.open or not any(counts.values()))
    return dict(made.parts) if whole else dict.fromkeys(counts, HIDDEN)


def _details(cases: Iterable[Case], least: int) -> Details:
    """What else is said of the cases that count, whose sum is shown; nothing where that would tell a small one."""
    counts = Counter(case.detail for case in cases)
    made = shown(counts, least)
    order = sorted(counts, key=lambda name: (number(made.parts[name]) is None, -counts[name], name))
    if not made.open:
        return ()
    hidden = sorted(name for name in order if number(made.parts[name]) is None)
    return tuple((name, made.parts[name]) for name in (*order[: len(order) - len(hidden)], *hidden))


def number(mark: str) -> int | None:
    """The number that a mark shows; None where it is hidden."""
    plain = mark.replace(",", "")
    return int(plain) if plain.isdigit() else None


def bounds(kept: str, broken: str) -> tuple[Fraction, Fraction] | tuple[None, None]:
    """
    Between which shares, in percent, the promise was kept, as far as two marks tell; None and None if they do not.

    >>> bounds("12", "<5"), bounds("–", "3")
    ((Fraction(75, 1), Fraction(1200, 13)), (None, None))
    """
    (least_kept, most_kept), (least_broken, most_broken) = _range(kept), _range(broken)
    if most_kept is None or most_broken is None or not most_kept + most_broken or kept[0] == broken[0] == "<":
        return None, None
    return (
        Fraction(100 * least_kept, least_kept + most_broken),
        Fraction(100 * most_kept, most_kept + least_broken),
    )


def _range(mark: str) -> tuple[int, int | None]:
    if (found := number(mark)) is not None:
        return found, found
    return (1, int(mark[1:]) - 1) if mark.startswith("<") else (0, None)


def _share(kept: str, broken: str) -> str:
    """The share kept as a mark: exact, at least, at most, or hidden; `none` where there was nothing to keep."""
    low, high = bounds(kept, broken)
    if kept == broken == "0":
        return "none"
    if low is None or high is None:
        return HIDDEN
    if low == high:
        return f"{int(low)}%"
    return f"≥{int(low)}%" if number(kept) is not None else f"≤{ceil(high)}%"


def counted(promise: Promise, told: Iterable[tuple[Case, str]]) -> Iterable[tuple[str, bool]]:
    """The group of each case that counts, and whether it kept the promise."""
    counts = {*promise.kept, *promise.broken}
    return ((group, case.came in promise.kept) for case, group in told if case.came in counts)


def over_time(months: Mapping[str, Sequence[Case]], last: str, rules: Bundle, least: int, many: int = 12) -> Trend:
    """Each promise's share in the *many* months up to and with *last*, the oldest first."""
    made: Trend = {name: [] for name in PROMISES}
    for month in reversed([*before(last, many)]):
        for figure in figures(months.get(month, ()), month, rules, least):
            made[figure.promise.name].append((month, figure.share))
    return made


def before(month: str, many: int) -> Iterable[str]:
    """
    *month* and those before it, *many* in all.

    >>> list(before("2026-02", 3))
    ['2026-02', '2026-01', '2025-12']
    """
    year, number = map(int, month.split("-"))
    for back in range(many):
        at = year * 12 + number - 1 - back
        yield f"{at // 12}-{at % 12 + 1:02}"


def going_on(month: str, now: int) -> bool:
    """Whether *month* is not over at the instant *now*, on London's clocks."""
    return month >= words.month(now)
