"""Rendering of imported texts, which may be longer than what a participant may write."""

import re

from consultation_service.importers.errors import RowRefused
from consultation_service.markdown import MAX_BODY_BYTES, render
from contracts.http import Refusal


def render_long(text: str, column: str) -> str:
    """The HTML of a text of any length. Raises ``RowRefused`` when the result is out of proportion.

    The sanitiser is never given more than 10 kB at once, because its time can grow with the square of its input: a
    longer text is cut between paragraphs, then lines, then words, and every piece rendered on its own. Nothing is lost;
    at worst a list that spans two pieces becomes two lists.
    """
    try:
        if len(text.encode()) <= MAX_BODY_BYTES:
            return render(text)
        return "".join(render(piece) for piece in pieces(text, MAX_BODY_BYTES))
    except Refusal:
        raise RowRefused("long", column=column) from None


def pieces(text: str, limit: int) -> list[str]:
    """``text`` cut into pieces of ``limit`` bytes at most, at the best places there are; joined, they are the text."""
    done: list[str] = []
    for part in _parts(text, limit, [r"(?<=\n\n)(?!\n)", r"(?<=\n)", r"(?<=\s)(?=\S)"]):
        if done and len((done[-1] + part).encode()) <= limit:
            done[-1] += part
        else:
            done.append(part)
    return done


def _parts(text: str, limit: int, places: list[str]) -> list[str]:
    if len(text.encode()) <= limit:
        return [text]
    if not places:
        return [text[start : start + limit // 4] for start in range(0, len(text), limit // 4)]
    return [small for part in re.split(places[0], text) for small in _parts(part, limit, places[1:])]
