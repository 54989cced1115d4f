"""Cuts the text of a bill into articles, from Markdown or from pasted text.

Promised: the pieces put end to end are exactly the text that was given (but for blank lines before it), and every word
of a piece is in what is made of it. What is recognised: « Article 1er », « Art. L. 311-1. – … », « Annexe 2 »; « Titre
Ier », « Chapitre II »… as parts that hold the articles after them; Markdown headings. A line that only mentions an
article (« Article 4 de la loi… ») or quotes one (« « Art. 5. – … ») is text.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

MAX_CHARS: Final = 1_000_000
MAX_TITLE: Final = 200
SHORT_LINE: Final = 150
"""A line after « Chapitre II », or after an article's number, is a title up to this length and without a full stop."""

LONG_LINE: Final = 1_000
"""A longer line is no heading, whatever it begins with."""

Kind = Literal["opening", "part", "article", "appendix"]


class Piece(NamedTuple):
    """A stretch of the text. ``heading`` and ``text`` put end to end are what was given; ``number`` and ``title`` come
    from ``heading``, ``body`` is ``text`` without the blank lines around it. ``rank`` nests parts: a part holds what
    comes after it until a part of the same rank or a lower one.
    """

    kind: Kind
    heading: str = ""
    text: str = ""
    number: str = ""
    title: str = ""
    rank: int = 0

    @property
    def body(self) -> str:
        return self.text.strip("\n").rstrip()


class _Line(NamedTuple):
    """A line that begins a piece. ``level`` is that of its Markdown heading, 0 without; body text begins on the same
    line at ``body_at``, unless it is 0.
    """

    kind: Kind
    number: str
    title: str
    rank: int = 0
    level: int = 0
    body_at: int = 0


_BARE: Final = re.compile(r"^[ \t]*(?P<hashes>\#{1,6}(?=\s))?[\s*_]*(?P<words>(?:.*[^\s*_\#])?)[\s*_\#]*$", re.DOTALL)
_HEADING: Final = re.compile(r"^ {0,3}(?P<hashes>#{1,6})\s[\s*_]*(?P<words>.*[^\s*_#])[\s*_#]*$", re.DOTALL)
_ORDINAL: Final = r"(?:bis|ter|quater|quinquies|sexies|septies|octies|nonies|decies)"
_NUMBER: Final = (
    r"(?:(?:L\.?O|[LRDAC])\.?[ \u00a0]?\*?\d+(?:-\d+)*|\d+(?:er|ère)?(?:-\d+)*|premier|première|unique|"
    r"liminaire|préliminaire|[IVXLC]+(?:er)?)"
    rf"(?:[ \u00a0]?{_ORDINAL})?(?:[ \u00a0][A-Z](?![\w’']))?"
)
_ARTICLE: Final = re.compile(
    rf"^(?:article|art\.)[ \u00a0]+{_NUMBER}(?![^\W_])"
    r"(?:[ \u00a0]\((?:nouveau|supprimé|non modifié)[^()\n]{0,40}\))?",
    re.IGNORECASE,
)
_APPENDIX: Final = re.compile(
    r"^(?:annexe?|appendix)(?:[ \u00a0]+(?:n°[ \u00a0]?)?(?:\d+|[A-Z]|[IVXLC]+))?(?![^\W_])", re.IGNORECASE
)
_PART_NAMES: Final = {
    "partie": 0, "part": 0, "livre": 1, "book": 1, "titre": 2, "title": 2, "sous-titre": 3, "chapitre": 4, "chapter": 4,
    "section": 5, "sous-section": 6, "subsection": 6, "paragraphe": 7,
}  # fmt: skip
"""What parts are called, and which hold which."""

_PART: Final = re.compile(
    rf"^(?P<name>{'|'.join(_PART_NAMES)})[ \u00a0]+(?:\d+(?:er|ère|re)?|[IVXLC]+(?:er)?|premier|première|unique|"
    rf"préliminaire|liminaire|[A-Z])(?:[ \u00a0]{_ORDINAL})?(?![^\W_])",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"[\s.:*_]*(?:[–—-][\s*_]*)?")
_SENTENCE_END: Final = re.compile(r"[.;:…?!»]$")
_PATTERNS: Final[Sequence[tuple[Kind, re.Pattern[str]]]] = (
    ("article", _ARTICLE), ("appendix", _APPENDIX), ("part", _PART)
)  # fmt: skip


def cut(text: str) -> tuple[Piece, ...]:
    """The pieces of ``text``, in order; an ``opening`` first when something stands before the first heading."""
    lines = text.splitlines(keepends=True)
    found = {n: line for n, line in enumerate(map(_recognise, lines)) if line is not None}
    others = _other_headings(lines, found)
    if any(line.kind != "part" for line in found.values()):
        found |= _parts(others, found)
    else:
        found |= _articles(lines, others)
    return tuple(piece for piece in _pieces(lines, _ranked(found)) if piece.heading or piece.text.strip())


def _recognise(line: str) -> _Line | None:
    """What ``line`` begins by its words, whatever its Markdown."""
    bare = _BARE.match(line)
    if bare is None:
        return None
    words, level = bare["words"], len(bare["hashes"] or "")
    for kind, pattern in _PATTERNS:
        match = pattern.match(words)
        if match is None:
            continue
        between = _BETWEEN.match(words, match.end())
        title_at = between.end() if between else match.end()
        title = words[title_at:]
        if title and not level and not re.search(r"[.:–—-]", words[match.end() : title_at]):
            return None  # « Article 4 de la loi… » is text
        rank = _PART_NAMES[match["name"].lower()] if kind == "part" else 0
        runs_on = len(title) > MAX_TITLE or (kind != "part" and not level and not _is_title(title))
        body_at = bare.start("words") + title_at if runs_on else 0
        return _Line(kind, match.group(), "" if runs_on else title, rank, level, body_at)
    return None


def _is_title(text: str) -> bool:
    return len(text) <= SHORT_LINE and not _SENTENCE_END.search(text)


def _other_headings(lines: Sequence[str], found: dict[int, _Line]) -> dict[int, _Line]:
    """Markdown headings that say neither « Article » nor « Titre ». The first one is not among them when it stands
    alone above all the others: that is the title of the whole text.
    """
    others: dict[int, _Line] = {}
    for n, line in enumerate(lines):
        match = _HEADING.match(line) if len(line) <= LONG_LINE else None
        if match and n not in found and len(match["words"]) <= MAX_TITLE:
            others[n] = _Line("part", "", match["words"], level=len(match["hashes"]))
    first = min(others, default=0)
    below = [line.level for n, line in (others | found).items() if n != first and line.level]
    if others and not "".join(lines[:first]).strip() and below and others[first].level < min(below):
        del others[first]
    return others


def _parts(others: dict[int, _Line], found: dict[int, _Line]) -> dict[int, _Line]:
    """Among articles, other headings are parts, unless they are deeper than articles and thus in them."""
    lowest = min((line.level for line in found.values() if line.kind != "part" and line.level), default=6)
    return {n: line for n, line in others.items() if line.level <= lowest}


def _articles(lines: Sequence[str], others: dict[int, _Line]) -> dict[int, _Line]:
    """Without any « Article », headings are articles with what is below them, or parts when they only hold others."""
    made: dict[int, _Line] = {}
    inside = 7
    starts = [*others, len(lines)]
    for (n, line), end in zip(others.items(), starts[1:], strict=True):
        if line.level > inside:
            continue
        holds = end < len(lines) and others[end].level > line.level and not "".join(lines[n + 1 : end]).strip()
        inside = 7 if holds else line.level
        made[n] = line if holds else line._replace(kind="article")
    return made


def _ranked(found: dict[int, _Line]) -> dict[int, _Line]:
    """Parts nest as their Markdown does when all have one, else « Livre » is over « Titre »…"""
    parts = [line for line in found.values() if line.kind == "part"]
    by_level = all(line.level for line in parts)
    last = max(_PART_NAMES.values()) + 1
    return {
        n: line._replace(rank=line.level if by_level else line.rank if line.number else last + line.level)
        for n, line in sorted(found.items())
    }


def _pieces(lines: Sequence[str], found: dict[int, _Line]) -> list[Piece]:
    starts = [*found, len(lines)]
    pieces = [Piece("opening", "", "".join(lines[: starts[0]]))]
    for (start, line), end in zip(found.items(), starts[1:], strict=True):
        head, title, following = lines[start], line.title, lines[start + 1 : end]
        text = "".join(following)
        if line.body_at:
            head, text = head[: line.body_at], head[line.body_at :] + text
        elif line.kind == "part" and not title:
            below = _title_below(following)
            head, text = head + "".join(following[:below]), "".join(following[below:])
            title = _BARE.sub(r"\g<words>", following[below - 1]) if below else ""
        pieces.append(Piece(line.kind, head, text, " ".join(line.number.split()), title, line.rank))
    return pieces


def _title_below(following: Sequence[str]) -> int:
    """How many lines go to a title that stands alone under « Chapitre II »."""
    for n, line in enumerate(following):
        if line.strip():
            title = line.strip()
            return n + 1 if _is_title(title) and not title.startswith(("-", "«", ">", "|", "*  ", "1.")) else 0
    return 0
