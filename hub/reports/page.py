"""
Pages to print and to keep: one HTML file each, nothing loaded from elsewhere, no script.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape

STYLE = """
:root { color-scheme: light; }
body { font: 11pt/1.45 system-ui, sans-serif; color: #0b0c0c; background: #fff; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; max-width: 46rem; }
.quiet { color: #50585d; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem .4rem 0; border-bottom: 1px solid #d8dcde; }
th { font-weight: 600; border-bottom: 2px solid #0b0c0c; }
td:first-child { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .8rem 0; }
dt { color: #50585d; }
dd { margin: 0; }
.small { font-size: .86em; color: #50585d; overflow-wrap: anywhere; }
figure { margin: .5rem 0 1rem; }
figcaption { font-weight: 600; margin-bottom: .3rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 0 2rem; }
svg { max-width: 100%; height: auto; }
@media print {
  body { margin: 0; max-width: none; font-size: 9.5pt; }
  tr, figure { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    lines = (f'<!doctype html>\n<html lang="en-GB"><head>{head}<style>{STYLE}</style></head>', "<body>", *parts)
    return "\n".join((*lines, "</body></html>", ""))


def heading(text: str, level: int = 2) -> str:
    """
    A heading.

    >>> heading("A & B")
    '<h2>A &amp; B</h2>'
    """
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, quiet: bool = False) -> str:
    """A paragraph."""
    return f"<p{' class=quiet' if quiet else ''}>{escape(text)}</p>"


def facts(lines: Iterable[tuple[str, str]]) -> str:
    """Labels and what they say."""
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in lines)}</dl>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: frozenset[int] = frozenset()) -> str:
    """
    A table; a cell's second line and those after it are set small. *numbers* are the columns set to the right.

    >>> table(["a"], [["x<y\\nwhy"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>x&lt;y<div class=small>why</div></td></tr></tbody></table>'
    """
    head = _row("th", heads, numbers, escape)
    body = "".join(_row("td", row, numbers, _cell) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(tag: str, cells: Sequence[str], numbers: frozenset[int], told: Callable[[str], str]) -> str:
    made = (f"<{tag}{' class=n' if at in numbers else ''}>{told(text)}</{tag}>" for at, text in enumerate(cells))
    return f"<tr>{''.join(made)}</tr>"


def _cell(text: str) -> str:
    first, *more = text.split("\n")
    return escape(first) + "".join(f"<div class=small>{escape(line)}</div>" for line in more)
