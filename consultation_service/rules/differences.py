"""What changed between two texts, word by word, for an amendment or a new version to be read.

Promised: the segments ``same`` and ``removed`` put end to end are exactly the former text, ``same`` and ``added`` the
new one; the same two texts always give the same segments; the time is bounded by the length of the texts, whatever
they are. Paragraphs are paired first, so that a moved comma does not spread over a whole bill; words are then aligned
on those that occur once on both sides (Bram Cohen's "patience" diff, 2005), and only short stretches between them go
to ``difflib``, whose worst case is cubic.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal, NamedTuple

Kind = Literal["same", "removed", "added"]

MAX_CELLS: Final = 20_000
"""Stretches whose lengths multiply to more than this, without words to cut them at, are replaced as a whole."""

WIDTHS: Final = (1, 2, 4, 8)
"""Where no word occurs once, some run of two, four or eight words may."""

MAX_DEPTH: Final = 40
"""How many times a stretch is cut again at words that occur once in it."""

SIMILAR: Final = 0.4
"""From this share of words in common, two paragraphs are shown as one that changed."""

_WORD: Final = re.compile(
    r"""
      aujourd['’]hui | prud['’]hom\w* | quelqu['’]une?         # apostrophes that do not cut
    | (?:[^\W\d_][\u0300-\u036f]*)+['’]                         # l’  qu’  jusqu’
    | \d+(?:[-.,/\u00a0\u202f]\d+)*\w*                          # 3,5  311-1  10 000  1er
    | (?:[^\W\d_][\u0300-\u036f]*)+(?:-(?:[^\W\d_][\u0300-\u036f]*)+)*\d*   # peut-être  CO2
    | \S                                                        # punctuation and all else, one by one
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNIT: Final = re.compile(rf"(?P<key>{_WORD.pattern})(?P<space>\s*)", re.VERBOSE | re.IGNORECASE)


_Stretch = tuple[Sequence[str], int, int]


class Segment(NamedTuple):
    """A stretch of text and what became of it."""

    kind: Kind
    text: str


class Pair(NamedTuple):
    """A paragraph before and after; ``None`` on the side where there is none. The texts keep their line ends."""

    before: str | None
    after: str | None
    segments: tuple[Segment, ...]


class _Unit(NamedTuple):
    """What is compared, and the white space that follows it."""

    key: str
    space: str


def words(text: str) -> list[str]:
    """The words, numbers and signs of a French text, without white space; an elided word keeps its apostrophe."""
    return _WORD.findall(text)


def compare(before: str, after: str) -> tuple[Segment, ...]:
    """The whole change from ``before`` to ``after``. Neighbours are of different kinds; removed comes before added."""
    return _joined(segment for pair in pair_paragraphs(before, after) for segment in pair.segments)


def pair_paragraphs(before: str, after: str) -> tuple[Pair, ...]:
    """Both texts side by side, paragraph by paragraph, in order."""
    old, new = _paragraphs(before), _paragraphs(after)
    pairs: list[Pair] = []
    i = j = 0
    for end_i, end_j in [*_align([u.key for u in old], [u.key for u in new]), (len(old), len(new))]:
        pairs += _pair_similar(old[i:end_i], new[j:end_j])
        if end_i < len(old) and end_j < len(new):
            pairs.append(_pair("".join(old[end_i]), "".join(new[end_j])))
        i, j = end_i + 1, end_j + 1
    return tuple(pairs)


def _pair_similar(old: Sequence[_Unit], new: Sequence[_Unit]) -> Iterator[Pair]:
    i = j = 0
    for end_i, end_j in [*_most_similar(old, new), (len(old), len(new))]:
        yield from (_pair("".join(unit), None) for unit in old[i:end_i])
        yield from (_pair(None, "".join(unit)) for unit in new[j:end_j])
        if end_i < len(old) and end_j < len(new):
            yield _pair("".join(old[end_i]), "".join(new[end_j]))
        i, j = end_i + 1, end_j + 1


def _most_similar(old: Sequence[_Unit], new: Sequence[_Unit]) -> list[tuple[int, int]]:
    """Positions of paragraphs to pair, in order on both sides, whose similarities have the largest sum."""
    if not old or not new or len(old) * len(new) > MAX_CELLS // 8:
        return []
    bags = [Counter(words(unit.key)) for unit in old], [Counter(words(unit.key)) for unit in new]
    alike = [[_similarity(one, other) for other in bags[1]] for one in bags[0]]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= SIMILAR else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Dice's coefficient of two bags of words, from 0 to 1."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _pair(before: str | None, after: str | None) -> Pair:
    return Pair(before, after, tuple(_changed_words(before or "", after or "")))


def _changed_words(before: str, after: str) -> tuple[Segment, ...]:
    if before == after:
        return _joined([Segment("same", before)])
    old, new = _words(before), _words(after)
    found: list[Segment] = []
    i = j = 0
    for end_i, end_j in [*_align([u.key for u in old], [u.key for u in new]), (len(old), len(new))]:
        found.append(Segment("removed", "".join(map("".join, old[i:end_i]))))
        found.append(Segment("added", "".join(map("".join, new[j:end_j]))))
        if end_i < len(old) and end_j < len(new):
            found += _kept(old[end_i], new[end_j])
        i, j = end_i + 1, end_j + 1
    return _without_crumbs(_joined(found))


def _kept(old: _Unit, new: _Unit) -> list[Segment]:
    if old == new:
        return [Segment("same", old.key + old.space)]
    return [Segment("same", old.key), Segment("removed", old.space), Segment("added", new.space)]


def _without_crumbs(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """A lone sign kept between two changes is read as part of them: « a, b » → « c, d » is one change, not two."""
    found: list[Segment] = []
    for n, segment in enumerate(segments):
        between = 0 < n < len(segments) - 1 and segment.kind == "same"
        if between and "\n" not in segment.text and not re.search(r"\w", segment.text):
            found += [Segment("removed", segment.text), Segment("added", segment.text)]
        else:
            found.append(segment)
    return _joined(found)


def _joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Canonical form: empty segments dropped, a run of changes told as one removal then one addition."""
    found: list[Segment] = []
    removed = added = same = ""
    for kind, text in segments:
        if kind == "same" and text:
            found += [Segment("removed", removed), Segment("added", added)]
            removed = added = ""
            same += text
        elif text:
            found.append(Segment("same", same))
            same = ""
            removed, added = (removed + text, added) if kind == "removed" else (removed, added + text)
    found += [Segment("same", same), Segment("removed", removed), Segment("added", added)]
    return tuple(segment for segment in found if segment.text)


def _paragraphs(text: str) -> list[_Unit]:
    """Lines that are not blank, each with the white space up to the next one."""
    found: list[_Unit] = []
    lines = text.split("\n")
    for n, line in enumerate(lines):
        key = line.rstrip()
        space = line[len(key) :] + ("\n" if n < len(lines) - 1 else "")
        if key or not found:
            found.append(_Unit(key, space))
        else:
            found[-1] = _Unit(found[-1].key, found[-1].space + space)
    return [unit for unit in found if unit.key or unit.space]


def _words(text: str) -> list[_Unit]:
    leading = text[: len(text) - len(text.lstrip())]
    found = [_Unit(match["key"], match["space"]) for match in _UNIT.finditer(text, len(leading))]
    return [_Unit("", leading), *found] if leading else found


def _align(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of what is the same on both sides, rising on both."""
    found: list[tuple[int, int]] = []
    gaps = [(0, len(old), 0, len(new), 0)]
    while gaps:
        i, end_i, j, end_j, depth = gaps.pop()
        while i < end_i and j < end_j and old[i] == new[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        while i < end_i and j < end_j and old[end_i - 1] == new[end_j - 1]:
            end_i, end_j = end_i - 1, end_j - 1
            found.append((end_i, end_j))
        if i == end_i or j == end_j:
            continue
        short = (end_i - i) * (end_j - j) <= MAX_CELLS
        anchors: list[tuple[int, int]] = []
        for width in WIDTHS[:1] if short else WIDTHS:
            if not anchors and depth < MAX_DEPTH:
                anchors = _anchors((old, i, end_i), (new, j, end_j), width)
        if anchors:
            found += anchors
            ends = [*anchors, (end_i, end_j)]
            starts = [(i, j), *((one + 1, other + 1) for one, other in anchors)]
            gaps += [(a, b, c, d, depth + 1) for (a, c), (b, d) in zip(starts, ends, strict=True)]
        elif short:
            blocks = SequenceMatcher(None, old[i:end_i], new[j:end_j], autojunk=False).get_matching_blocks()
            found += [(i + a + n, j + b + n) for a, b, size in blocks for n in range(size)]
    return sorted(found)


def _anchors(old: _Stretch, new: _Stretch, width: int) -> list[tuple[int, int]]:
    """Where runs of ``width`` begin that occur once on each side: the longest rising list, by patience sorting."""
    once_old, once_new = _once(*old, width), _once(*new, width)
    tops: list[int] = []
    piles: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for key, at in once_old.items():
        if key not in once_new:
            continue
        card = (at, once_new[key])
        pile = bisect_left(tops, card[1])
        before[card] = piles[pile - 1] if pile else None
        tops[pile : pile + 1] = [card[1]]
        piles[pile : pile + 1] = [card]
    run: list[tuple[int, int]] = []
    last = piles[-1] if piles else None
    while last:
        run.append(last)
        last = before[last]
    return run[::-1]


def _once(keys: Sequence[str], start: int, end: int, width: int) -> dict[tuple[str, ...], int]:
    runs = [tuple(keys[n : n + width]) for n in range(start, end - width + 1)]
    counts = Counter(runs)
    return {run: start + n for n, run in enumerate(runs) if counts[run] == 1}
