"""Pictures of numbers: they say what the table says, hide what is hidden, and stand in the strictest of pages."""

import re
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hub.reports import chart
from hub.reports.chart import Column, bars, columns, many, share

names = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=80)
marks = st.one_of(st.integers(0, 2_000_000).map("{:,}".format), st.sampled_from(("<5", "–", "0%", "100%")))
rows = st.lists(st.tuples(names, marks), max_size=20)


def pictures(made):
    split = [Column(name, (mark, mark), open=at == 0) for at, (name, mark) in enumerate(made)]
    yield bars("A & <B>", made)
    yield columns("A", [Column(name, (mark,)) for name, mark in made], top=100, unit="%", target=90)
    yield columns("A", split, ("told", "withheld"))
    for name, mark in made[:1]:
        yield share("A", mark, name, 95)


def parsed(drawn):
    return ElementTree.fromstring(drawn)  # noqa: S314  we drew it


@given(rows)
def test_a_picture_is_well_formed_and_names_itself(made):
    for drawn in pictures(made):
        root = parsed(drawn)
        first, second = list(root)[:2]

        assert root.get("role") == "img"
        assert (first.tag, second.tag) == ("title", "desc")
        assert first.text
        assert all(name in second.text for name, _ in made[:1])


@given(rows)
def test_nothing_in_a_picture_needs_a_policy_or_is_named_twice(made):
    for drawn in pictures(made):
        for element in parsed(drawn).iter():
            assert element.tag not in {"style", "script", "image", "a", "foreignObject"}
            assert not {"style", "id", "href", "onclick"} & set(element.attrib)


@given(rows)
def test_whoever_cannot_see_a_picture_is_read_every_mark(made):
    said = parsed(bars("A", made))[1].text

    assert all(f"{name}: {mark}" in said for name, mark in made)


@given(rows.filter(bool))
def test_nothing_is_drawn_outside_its_picture(made):
    for drawn in pictures(made):
        root = parsed(drawn)
        wide, tall = (float(part) for part in root.get("viewBox").split()[2:])
        for box in root.iter("rect"):
            x, y, w, h = (float(box.get(name, 0)) for name in ("x", "y", "width", "height"))
            assert x >= -0.1
            assert x + w <= wide + 0.1
            assert y >= -0.1
            assert y + h <= tall + 0.1


def test_bars_of_hidden_numbers_are_as_long_as_each_other():
    made = bars("A", [("a", "1,000"), ("b", "<5"), ("c", "–")])
    open_bars = re.findall(r'width="([\d.]+)" height="13.0" fill="#fff"', made)

    assert len(open_bars) == 2
    assert len(set(open_bars)) == 1


def test_bars_are_as_long_as_their_numbers():
    made = [
        float(wide) for wide in re.findall(r'width="([\d.]+)" height="14.0"', bars("A", [("a", "40"), ("b", "10")]))
    ]

    assert made == [480.0, 120.0]


def test_a_month_still_going_on_looks_and_reads_otherwise():
    closed, going = (columns("A", [Column("Nov 2026", ("50%",), open=going)], top=100) for going in (False, True))

    assert "so far" in going
    assert "so far" not in closed
    assert going.count("stroke-dasharray") == closed.count("stroke-dasharray") + 1


def test_every_shade_of_a_picture_tells_from_white_and_its_neighbours_by_lightness():
    for colour in (chart.BLUE, chart.AMBER, chart.GREY, *(stroke for _, stroke in chart.SHADES)):
        assert contrast(colour, "#ffffff") >= 3
    fills = [lightness(fill) for fill, _ in chart.SHADES]
    assert all(abs(a - b) > 0.1 for a, b in pairwise(fills))
    assert all(contrast(colour, "#ffffff") >= 4.5 for colour in (chart.INK, chart.SOFT))


def lightness(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((lightness(one) + 0.05, lightness(other) + 0.05), reverse=True)
    return light / dark


def test_a_mark_is_a_number_or_hidden():
    assert [many(mark) for mark in ("0", "12,345", "7%", "<5", "–", "")] == [0, 12345, 7, None, None, None]
