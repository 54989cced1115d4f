"""G2: between any two releases of a consultation, every cell differs by no one or by at least k people."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from audit.bundle import Bundle, Row
from audit.private import Private
from audit.report import Result
from audit.tables import QUASI

UNSEEN: Final = "rows are compared by what they say; who is behind them can only be seen with the operator's inputs"


def between(
    earlier: Bundle, later: Bundle, private_earlier: Private | None = None, private_later: Private | None = None
) -> Result:
    """The cells of two releases of the same consultation."""
    k = max(earlier.smallest_group, later.smallest_group)
    result = Result("G2", f"{earlier.label} → {later.label}", f"Différences : 0 ou ≥ {k} / differences: 0 or ≥ {k}")
    result.figures["k"] = k
    known = _Known(earlier, later, private_earlier, private_later)
    _votes(known, k, result)
    _contributions(known, k, result)
    _answers(known, k, result)
    _totals(known, k, result)
    if known.private and known.private[0].has("votes.csv") and known.private[1].has("votes.csv"):
        _voters(*known.private, k, result)
    else:
        result.missing = UNSEEN
    return result


class _Known:
    """What is the same in both releases although its ids differ: by the operator's word, or by what is said."""

    def __init__(self, earlier: Bundle, later: Bundle, first: Private | None, second: Private | None) -> None:
        self.earlier, self.later = earlier, later
        self.private = (first, second) if first and second else None
        self.sections = (_sections(earlier), _sections(later))
        if self.private and first and second and first.has("contributions.csv") and second.has("contributions.csv"):
            self.items: tuple[Mapping[str, str], Mapping[str, str]] = (first.live, second.live)
            self.authors: tuple[Mapping[str, str], Mapping[str, str]] | None = (first.authors, second.authors)
        else:
            texts = _texts(earlier)
            self.items = (texts, {**_texts(later), **_former_texts(later, set(texts.values()))})
            self.authors = None


def _require(difference: int, k: int, cell: str, result: Result) -> None:
    if difference:
        result.smallest("smallest difference", difference)
    if 0 < difference < k:
        result.find(f"{cell}: differs by {difference} < {k}")


def _votes(known: _Known, k: int, result: Result) -> None:
    """Votes of an item that appeared together: afterwards a group only shrinks, so that counts show every change."""
    before = _vote_groups(known.earlier, known.items[0])
    after = _vote_groups(known.later, known.items[1])
    published = int(known.earlier.consultation["release"])
    for cell in before.keys() | after.keys():
        item, since, week = cell
        old, new = before.get(cell, Counter()), after.get(cell, Counter())
        if not old and int(since or 0) > published:
            _require(new.total(), k, f"new votes of {item}, week {week or '*'}", result)
        elif new - old:
            result.find(f"votes of {item}, since release {since}, week {week or '*'}: grew afterwards")
        else:
            _require((old - new).total(), k, f"votes of {item}, since release {since}, week {week or '*'}", result)
    result.figures["cells of votes"] = len(before.keys() | after.keys())


def _vote_groups(bundle: Bundle, items: Mapping[str, str]) -> dict[tuple[str, str, str], Counter[str]]:
    groups: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for (item, since, week, choice), votes in bundle.votes.items():
        groups[items.get(item, item), since, week][choice] += votes
    return groups


def _contributions(known: _Known, k: int, result: Result) -> None:
    """Rows that entered or left a class, counted in authors when they are known. What has no class cannot be told from
    the site itself, unless other newcomers got a class: then those without one are a group too.
    """
    classes = [_classes(bundle, items) for bundle, items in zip((known.earlier, known.later), known.items, strict=True)]
    author: dict[str, str] = {}
    if known.authors:
        for items, authors in zip(known.items, known.authors, strict=True):
            author |= {item: authors[row] for row, item in items.items() if row in authors}
    moved: dict[Row, set[str]] = defaultdict(set)
    entered: dict[Row, set[str]] = defaultdict(set)
    for item in classes[0].keys() | classes[1].keys():
        old, new = classes[0].get(item), classes[1].get(item)
        if old == new:
            continue
        if old is not None:
            moved[old].add(author.get(item, item))
            if new is not None and any(new):
                result.find(f"a contribution of {_said(old)} became one of {_said(new)}: classes are frozen")
        if new is not None:
            moved[new].add(author.get(item, item))
            if old is None:
                entered[new].add(author.get(item, item))
    for quasi, people in moved.items():
        if any(quasi):
            _require(len(people), k, f"contributions of {_said(quasi)}", result)
    nowhere = tuple("" for _ in QUASI)
    if nowhere in entered and len(entered) > 1:
        _require(len(entered[nowhere]), k, "new contributions without a class", result)


def _classes(bundle: Bundle, items: Mapping[str, str]) -> dict[str, Row]:
    return {
        items.get(row, row): tuple(quasi)
        for row, official, state, *quasi in bundle.select("contributions", "contribution", "official", "state", *QUASI)
        if official != "true" and state == "published"
    }


def _answers(known: _Known, k: int, result: Result) -> None:
    groups = []
    for bundle, sections in zip((known.earlier, known.later), known.sections, strict=True):
        counted = bundle.count("answers", "section", "question", "part", "since", "answer")
        found: dict[Row, Counter[str]] = defaultdict(Counter)
        for (section, question, part, since, answer), times in counted.items():
            found[sections.get(section, ""), question, part, since][answer] += times
        groups.append(found)
    before, after = groups
    published = int(known.earlier.consultation["release"])
    for cell in before.keys() | after.keys():
        old, new = before.get(cell, Counter()), after.get(cell, Counter())
        if not old and int(cell[3] or 0) > published:
            _require(new.total(), k, f"new answers to {cell[1]}", result)
        elif new - old:
            result.find(f"answers to {cell[1]}, since release {cell[3]}: grew afterwards")
        else:
            _require((old - new).total(), k, f"answers to {cell[1]}, since release {cell[3]}", result)
    texts = []
    for bundle, sections in zip((known.earlier, known.later), known.sections, strict=True):
        said: dict[Row, Counter[str]] = defaultdict(Counter)
        for section, question, text in bundle.select("answer_texts", "section", "question", "text"):
            said[sections.get(section, ""), question][text] += 1
        texts.append(said)
    for about in texts[0].keys() | texts[1].keys():
        old, new = texts[0].get(about, Counter()), texts[1].get(about, Counter())
        _require(((old - new) + (new - old)).total(), k, f"free answers to {about[1]}", result)


def _totals(known: _Known, k: int, result: Result) -> None:
    """Totals by attribute: figures of the same people, or of at least k others."""
    cells = []
    for bundle, sections in zip((known.earlier, known.later), known.sections, strict=True):
        found: dict[Row, dict[str, int]] = defaultdict(dict)
        columns = ("section", *QUASI[1:], "people", "choice", "votes")
        for section, *quasi, people, choice, votes in bundle.select("totals_by_attribute", *columns):
            found[sections.get(section, ""), *quasi] |= {choice: int(votes), "": int(people)}
        cells.append(found)
    for cell in cells[0].keys() | cells[1].keys():
        old, new = cells[0].get(cell, {}), cells[1].get(cell, {})
        changed = max((abs(old.get(choice, 0) - new.get(choice, 0)) for choice in old.keys() | new.keys()), default=0)
        _require(changed, k, f"totals of {_said(cell[1:])}", result)


def _voters(first: Private, second: Private, k: int, result: Result) -> None:
    """The people behind the votes: who entered, left or changed a cell."""
    for _, before, after in _side_by_side(first.votes(), second.votes()):
        changed: dict[Row, set[str]] = defaultdict(set)
        for author, choice, week, since in before ^ after:
            changed[week, since].add(author)
            if not choice or not author:
                result.find("a vote without choice or author among the inputs")
        for (week, since), people in changed.items():
            _require(len(people), k, f"people voting on one item, since release {since}, week {week or '*'}", result)


def _side_by_side(
    first: Iterator[tuple[str, set[Row]]], second: Iterator[tuple[str, set[Row]]]
) -> Iterator[tuple[str, set[Row], set[Row]]]:
    """Two sorted streams of (item, votes) as one of (item, votes in the first, votes in the second)."""
    a, b = next(first, None), next(second, None)
    while a or b:
        if a and (b is None or a[0] < b[0]):
            yield a[0], a[1], set()
            a = next(first, None)
        elif b and (a is None or b[0] < a[0]):
            yield b[0], set(), b[1]
            b = next(second, None)
        elif a and b:
            yield a[0], a[1], b[1]
            a, b = next(first, None), next(second, None)


def _sections(bundle: Bundle) -> dict[str, str]:
    rows = {row[0]: row[1:] for row in bundle.select("sections", "section", "parent", "position", "title")}

    def path(section: str, depth: int = 0) -> str:
        parent, position, title = rows.get(section, ("", "", ""))
        return (path(parent, depth + 1) if parent and depth < 20 else "") + f"/{position} {title}"

    return {section: path(section) for section in rows}


def _texts(bundle: Bundle) -> dict[str, str]:
    """A name for each contribution that still has its text: the digest of what it says, and where."""
    sections = _sections(bundle)
    columns = ("contribution", "state", "section", "kind", "number", "title", "body")
    return {
        row: _digest(sections.get(section, ""), kind, number, title, body)
        for row, state, section, kind, number, title, body in bundle.select("contributions", *columns)
        if state == "published"
    }


def _former_texts(bundle: Bundle, wanted: set[str]) -> dict[str, str]:
    """The same, for contributions that had another text in the earlier release: by their former versions."""
    sections = _sections(bundle)
    columns = ("contribution", "section", "kind", "number")
    about = {
        row: (sections.get(section, ""), *more) for row, section, *more in bundle.select("contributions", *columns)
    }
    found = {}
    for row, title, body in bundle.select("versions", "contribution", "title", "body"):
        name = _digest(*about.get(row, ()), title, body)
        if name in wanted:
            found[row] = name
    return found


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _said(values: Row) -> str:
    return " · ".join(value or "*" for value in values)
