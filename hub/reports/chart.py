"""
Pictures of numbers as SVG, for pages and for paper: bars, columns over time, and a share with its target.

All take what may be shown: `1,200`, `91%`, `≥75%`, `<5`, or a dash for a number that is hidden, and never more than a
table beside them says. What is only a bound, or of a time that is not over, has a broken outline. No script, no style
and no id, so they stand in a page of any policy, any number of times. Shades differ in lightness as well as in colour,
so they print in black and white; whoever cannot see them is read the same.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

WIDE, ROW, BAR = 480, 44, 14  # of a picture; of a row of bars with its words above it, and of the bar itself
TALL, LEFT, FOOT, HEAD = 170, 44, 40, 24  # of columns; beside them for the scale, below for names, above for numbers
MOST = 14  # columns that have room for a number each
LETTER, LEADING = 8.8, 19  # what a letter of 16 units takes, and a line of them
INK, SOFT, LINE, TRACK = "#0b0c0c", "#50585d", "#b1b4b6", "#eef0f1"
BLUE, AMBER, GREY = "#1d5fa8", "#b06a00", "#75808a"  # at least 3 to 1 on white
SHADES = (("#1d5fa8", "#1d5fa8"), ("#f4d9a8", "#7a4a00"), ("#8f9aa3", "#4a5258"), ("#ffffff", "#0b0c0c"))
OPEN = (("#cfe0f2", "#1d5fa8"), *SHADES[1:])  # of a moment that is still going on
BOUNDS, NONE = ("≥", "≤"), "none"
DASHES = 'stroke-dasharray="3 2"'
NUMBER = re.compile(r"([≥≤]?)([\d,]+)%?")


@dataclass(frozen=True, slots=True)
class Column:
    """One moment of columns over time: its *marks* from the ground up, and whether it is still going on."""

    name: str
    marks: tuple[str, ...]
    open: bool = False


def many(mark: str) -> int | None:
    """
    The number in a mark, or what it is at least or at most; None where it is hidden.

    >>> many("1,200"), many("≥91%"), many("<5"), many("–")
    (1200, 91, None, None)
    """
    found = NUMBER.fullmatch(mark)
    return int(found[2].replace(",", "")) if found else None


def bars(title: str, rows: Sequence[tuple[str, str]], colour: str = BLUE, top: int = 0) -> str:
    """
    A bar for each name and mark, in the order given; a hidden number is a short open bar, as long as any other.

    The longest is as wide as the picture, or as *top* says that it would be.

    >>> bars("Told", [("Housing & co", "3"), ("Probation", "<5")]).count("<rect")
    3
    """
    scale = WIDE / max([1, top, *(many(mark) or 0 for _, mark in rows)])
    drawn, height = list[str](), 0
    for name, mark in rows:
        lines = _lines(name, int((WIDE - 24) / LETTER) - len(mark))
        drawn.append(_bar(height, lines, (name, mark), scale, colour))
        height += ROW + LEADING * (len(lines) - 1)
    return _frame(title, "; ".join(f"{name}: {mark}" for name, mark in rows), max(height, 1), drawn)


def share(title: str, mark: str, says: str, target: int | None = None) -> str:
    """
    One bar of a hundred, filled as far as *mark* (`91%`), with *says* in words and a line at the *target* (percent).

    >>> "target 95%" in share("Told in time", "91%", "41 of 45", 95)
    True
    """
    part = many(mark)
    wide = WIDE * min(part or 0, 100) / 100
    drawn = [_text(0, 22, mark, 24, INK, ' font-weight="700"'), _text(WIDE, 22, says, 16, SOFT, ' text-anchor="end"')]
    drawn.append(_rect(0.5, 34, WIDE - 1, 20, TRACK, LINE))
    if part is None:
        drawn.append(_rect(0.5, 34, WIDE - 1, 20, "#fff", SOFT, DASHES))
    elif part:
        look = (*OPEN[0], DASHES) if mark[0] in BOUNDS else (BLUE, BLUE)
        drawn.append(_rect(0.5, 34, max(wide - 1, 2), 20, *look))
    told = f"{mark}: {says}"
    if target is not None:
        x = min(max(WIDE * target / 100, 1.5), WIDE - 1.5)
        anchor = ' text-anchor="end"' if target > 50 else ""
        drawn.append(_path(f"M{x:g} 28V60", "#fff", 7))
        drawn.append(_path(f"M{x:g} 28V60", INK, 3))
        drawn.append(_text(x, 76, f"target {target}%", 14, INK, anchor))
        told += f"; target {target}%"
    return _frame(title, told, 56 if target is None else 82, drawn)


def columns(
    title: str,
    made: Sequence[Column],
    series: Sequence[str] = ("",),
    top: int | None = None,
    unit: str = "",
    target: int | None = None,
) -> str:
    """
    A column for each moment, from left to right; where there are several *series* they stand on each other.

    *top* is where the scale ends (about the largest otherwise), *unit* what stands behind its numbers, *target* a line
    across. A moment that is still going on has a broken outline.

    >>> columns("Told", [Column("Oct", ("3",)), Column("Nov", ("<5",), open=True)]).count("<rect")
    3
    """
    sums = [sum(many(mark) or 0 for mark in one.marks) for one in made]
    end = max(top or _round(max([1, *sums])), *sums, 1)
    head = HEAD if target is None else 2 * HEAD
    wide, height = (WIDE - LEFT) / max(len(made), 1), head + TALL + FOOT
    drawn = list(_scale(head, end, unit))
    for at, one in enumerate(made):
        drawn += _column(one, LEFT + at * wide, head + TALL, wide, TALL / end)
    if target is not None:
        y, broken = round(head + TALL * (1 - target / end), 1), ' stroke-dasharray="7 4"'
        drawn += [_path(f"M{LEFT} {y}H{WIDE}", INK, 2, broken), _path(f"M{LEFT} 10h36", INK, 2, broken)]
        drawn.append(_text(LEFT + 44, 15, f"target {target}{unit}", 14, INK))
    drawn += _numbers(made, sums, head, wide, TALL / end)
    drawn += _feet([one.name for one in made], head + TALL + 17, wide)
    if len(series) > 1:
        drawn += _legend(series, height + 14)
        height += 26
    return _frame(title, "; ".join(_told(one, series) for one in made), height, drawn)


def _bar(top: float, lines: Sequence[str], told: tuple[str, str], scale: float, colour: str) -> str:
    (name, mark), below = told, top + LEADING * (len(lines) - 1)
    words = "".join(_text(0, top + 18 + at * LEADING, line, 16, INK) for at, line in enumerate(lines))
    words += _text(WIDE, below + 18, mark, 16, INK, ' text-anchor="end"')
    number = many(mark)
    if number is None:
        bar = _rect(0.5, below + 24.5, 14, BAR - 1, "#fff", colour, DASHES)
    else:
        bar = _rect(0, below + 24, max(number * scale, 1 if number else 0), BAR, colour)
    return f"<g><title>{escape(f'{name}: {mark}')}</title>{words}{bar}</g>"


def _lines(text: str, room: int) -> list[str]:
    """*text* in lines of at most *room* letters, three at most."""
    lines = wrap(text, room, break_on_hyphens=False) or [""]
    return lines if len(lines) <= 3 else [*lines[:2], f"{lines[2][: room - 1].rstrip()}…"]


def _column(one: Column, left: float, ground: float, wide: float, scale: float) -> Iterable[str]:
    """The parts of one column, on each other."""
    air = min(wide * 0.2, 10)
    y = ground
    light = one.open or any(mark[:1] in BOUNDS for mark in one.marks)
    for mark, (fill, stroke) in zip(one.marks, OPEN if light else SHADES, strict=False):
        number = 0 if mark == NONE else many(mark)
        tall = 8 if number is None else number * scale
        y -= tall
        ink = "#fff" if number is None else fill
        if tall:
            broken = DASHES if light or number is None else ""
            yield _rect(left + (air + 1) / 2, y, wide - air - 1, tall, ink, stroke, broken)


def _numbers(made: Sequence[Column], sums: Sequence[int], head: float, wide: float, scale: float) -> Iterable[str]:
    """The mark above each column, if there is room and it has but one; legible where it crosses a line."""
    if len(made) > MOST:
        return
    halo = ' text-anchor="middle" paint-order="stroke" stroke="#fff" stroke-width="4"'
    for at, (one, total) in enumerate(zip(made, sums, strict=True)):
        if len(one.marks) == 1 and one.marks[0] != NONE:
            above = 8 if many(one.marks[0]) is None else total * scale
            mark = one.marks[0].removesuffix("%")
            yield _text(LEFT + (at + 0.5) * wide, round(head + TALL - above - 5, 1), mark, 13, INK, halo)


def _scale(head: float, end: int, unit: str) -> Iterable[str]:
    """The ground, a faint line halfway and one at the top, and what they stand for."""
    for part in (0, end / 2, end):
        y = head + TALL * (1 - part / end)
        yield _path(f"M{LEFT} {y:g}H{WIDE}", SOFT if part == 0 else LINE, 1)
        if part == int(part):
            yield _text(LEFT - 6, y + 5, f"{int(part):,}{unit}", 13, SOFT, ' text-anchor="end"')


def _feet(names: Sequence[str], y: float, wide: float) -> Iterable[str]:
    """The names below columns; the second word, a month or a year, on a line of its own where it is new."""
    before = None
    for at in range(0, len(names), _every(len(names))):
        x, (first, _, second) = LEFT + (at + 0.5) * wide, names[at].partition(" ")
        yield _text(x, y, first, 13, INK, ' text-anchor="middle"')
        if second and second != before:
            yield _text(x, y + 16, second, 13, SOFT, ' text-anchor="middle"')
        before = second


def _legend(series: Sequence[str], y: float) -> list[str]:
    drawn, x = [], float(LEFT)
    for name, (fill, stroke) in zip(series, SHADES, strict=False):
        drawn += [_rect(x, y - 11, 13, 13, fill, stroke), _text(x + 19, y, name, 14, INK)]
        x += 40 + len(name) * LETTER * 0.9
    return drawn


def _told(one: Column, series: Sequence[str]) -> str:
    named = (f"{name} {mark}".strip() for name, mark in zip(series, one.marks, strict=False))
    return f"{one.name}{' so far' if one.open else ''}: {', '.join(named)}"


def _every(number: int) -> int:
    """Every how many columns there is room for a name."""
    return next((step for step in (1, 2, 3, 5, 7) if number / step <= MOST), 14)


def _round(most: int) -> int:
    """
    The end of a scale: the next of 2, 4, 6, 8, 10 and so on times a power of ten.

    >>> _round(7), _round(45), _round(1201)
    (8, 60, 2000)
    """
    power = 1
    while most > 10 * power:
        power *= 10
    return next(step * power for step in (2, 4, 6, 8, 10) if most <= step * power)


def _frame(title: str, told: str, height: float, drawn: Iterable[str]) -> str:
    head = f'<svg class="chart" role="img" viewBox="0 0 {WIDE} {height:g}" width="{WIDE}" height="{height:g}">'
    said = f"<title>{escape(title)}</title><desc>{escape(told or 'nothing')}</desc>"
    return f'{head}{said}<rect width="{WIDE}" height="{height:g}" fill="#fff"/>{"".join(drawn)}</svg>'


def _text(x: float, y: float, text: str, size: int, colour: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{more}>{escape(text)}</text>'


def _path(path: str, colour: str, width: float, more: str = "") -> str:
    return f'<path d="{path}" stroke="{colour}" stroke-width="{width:g}"{more}/>'


def _rect(x: float, y: float, wide: float, tall: float, fill: str, stroke: str = "none", more: str = "") -> str:
    edge = "" if stroke == "none" else f' stroke="{stroke}" {more}'
    return f'<rect x="{x:g}" y="{y:g}" width="{wide:.1f}" height="{tall:.1f}" fill="{fill}"{edge.rstrip()}/>'
