"""Charts drawn on the server: SVG without script, without style of its own, with a title and a description.

Places and widths are percentages, heights are pixels, and there is no view box: the words of a chart keep their size
on a phone. Colours come from the classes of ``static/backoffice/backoffice.css``. What a chart shows is also in the
table beside it, so a chart may round or shorten.
"""

import datetime
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

Number = Callable[[int], str]
"""A whole number in the language of the page."""

MOST_COLUMNS: Final = 92
"""Above that, columns are drawn for several days together."""

MOST_LETTERS: Final = 36
_HEIGHT: Final = 220
_TOP: Final = 22
_ROW: Final = 46


class Bar(NamedTuple):
    """A horizontal bar: its parts one after the other, each with the number of its colour, from 1."""

    label: str
    parts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.parts)


class Column(NamedTuple):
    """A day, or the first and the last one of several."""

    first: datetime.date
    last: datetime.date
    value: int


def bars(name: str, title: str, description: str, rows: Sequence[Bar], number: Number) -> Markup:
    """Horizontal bars, each under its label with its total at the end of the line. ``name`` is unique on the page."""
    most = max((row.total for row in rows), default=0) or 1
    drawn = Markup().join(_bar(place, row, most, number) for place, row in enumerate(rows))
    return _svg(name, title, description, max(len(rows) * _ROW, 1), drawn)


def _bar(place: int, row: Bar, most: int, number: Number) -> Markup:
    top = place * _ROW
    parts, reached = Markup(), 0
    for colour, value in enumerate(row.parts, start=1):
        if value:
            parts += _rect(100 * reached / most, top + 22, 100 * value / most, 14, f"series-{colour}")
            reached += value
    return (
        Markup('<text x="0" y="{}">{}</text><text x="100%" y="{}" text-anchor="end">{}</text>').format(
            top + 14, _shortened(row.label), top + 14, number(row.total)
        )
        + _rect(0, top + 22, 100, 14, "track")
        + parts
    )


def columns(
    name: str,
    title: str,
    description: str,
    values: Sequence[Column],
    number: Number,
    said: Callable[[datetime.date], str],
) -> Markup:
    """A column per day over three lines of scale; ``said`` writes a day. With many days, columns are for several."""
    drawn = gathered(values, MOST_COLUMNS)
    top = scale(max((column.value for column in drawn), default=0))
    floor = _HEIGHT - _TOP
    lines = Markup().join(_line(floor - (floor - _TOP) * part // 2, top * part // 2, number) for part in (1, 2))
    width = 100 / max(len(drawn), 1)
    shapes = Markup().join(
        _column(place * width, width, column, top, floor, number, said) for place, column in enumerate(drawn)
    )
    axis = Markup('<line class="axis" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(floor)
    return _svg(name, title, description, _HEIGHT, lines + shapes + axis + _days(drawn, said))


WIDEST: Final = 12
"""Percents of the chart that a column takes at most: a first day is not a wall."""


def _column(
    left: float, width: float, column: Column, top: int, floor: int, number: Number, said: Callable[..., str]
) -> Markup:
    height = (floor - _TOP) * column.value / top
    days = said(column.first) if column.first == column.last else f"{said(column.first)} – {said(column.last)}"
    told = Markup("<title>{}</title>").format(f"{days} · {number(column.value)}")
    gap = max(width * 0.12, width / 2 - WIDEST / 2)
    return Markup("<g>{}{}</g>").format(
        told, _rect(left + gap, floor - height, width - 2 * gap, height, "series-1") if column.value else ""
    )


def _line(height: int, value: int, number: Number) -> Markup:
    return Markup(
        '<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/><text class="soft" x="0" y="{1}">{2}</text>'
    ).format(height, height - 5, number(value))


def _days(drawn: Sequence[Column], said: Callable[[datetime.date], str]) -> Markup:
    if not drawn:
        return Markup()
    marked = [("0", "start", drawn[0].first)]
    if drawn[-1].last != drawn[0].first:
        marked.append(("100%", "end", drawn[-1].last))
    return Markup().join(
        Markup('<text class="soft" x="{}" y="{}" text-anchor="{}">{}</text>').format(x, _HEIGHT - 4, anchor, said(day))
        for x, anchor, day in marked
    )


def gathered(values: Sequence[Column], most: int) -> list[Column]:
    """``values`` with as many neighbours put together as it takes for there to be ``most`` of them."""
    size = -(-len(values) // most) if values else 1
    groups = [values[start : start + size] for start in range(0, len(values), size)]
    return [Column(group[0].first, group[-1].last, sum(column.value for column in group)) for group in groups]


def scale(highest: int) -> int:
    """The top of a scale: the least even number made of one of 1, 2, 3, 4, 5, 6, 8 and zeros that has room."""
    power = 1
    while True:
        for digit in (1, 2, 3, 4, 5, 6, 8):
            if digit * power >= highest and digit * power % 2 == 0:
                return digit * power
        power *= 10


def _rect(left: float, top: float, width: float, height: float, kind: str) -> Markup:
    return Markup('<rect class="{}" x="{:.3f}%" y="{:.1f}" width="{:.3f}%" height="{:.1f}"/>').format(
        kind, left, top, width, height
    )


def _shortened(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else label[: MOST_LETTERS - 1].rstrip() + "…"


def _svg(name: str, title: str, description: str, height: int, drawn: Markup) -> Markup:
    return Markup(
        '<svg role="img" width="100%" height="{height}" aria-labelledby="{name}-title {name}-description">'
        '<title id="{name}-title">{title}</title><desc id="{name}-description">{description}</desc>{drawn}</svg>'
    ).format(height=height, name=name, title=title, description=description, drawn=drawn)
