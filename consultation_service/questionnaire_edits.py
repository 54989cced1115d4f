"""Changing a questionnaire piece by piece: pages and questions are added, replaced, moved and removed by their key.

Every function returns a new definition, which may have mistakes for a while (a page without a question yet): they are
told by ``rules.questionnaires.mistakes``, and a consultation is not announced with any.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, Literal, TypeVar

import msgspec

from consultation_service.rules.conditions import OTHER
from consultation_service.rules.questionnaires import Item, Option, Questionnaire, Section
from contracts.http import Refusal

MAX_KEY: Final = 32
MAX_SECTIONS: Final = 50
Way = Literal["up", "down"]
WAYS: Final[tuple[Way, ...]] = ("up", "down")
EMPTY: Final = Questionnaire(sections=())
Piece = TypeVar("Piece", Section, Item, Option)


def keys_of(questionnaire: Questionnaire) -> set[str]:
    """Every key of a page or a question."""
    return {one.key for section in questionnaire.sections for one in (section, *section.items)}


def new_key(label: str, taken: Iterable[str]) -> str:
    """A key that says what the label says, without accents, and that nothing else has."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.sub("[^a-z0-9]+", "_", plain).strip("_")
    first = words if words[:1].isalpha() else f"q_{words}".strip("_")
    stem = first[:MAX_KEY].strip("_")
    used = {*taken, OTHER}
    return stem if stem not in used else next(key for n in range(2, 10_000) if (key := f"{stem}_{n}") not in used)


def options_from(lines: Sequence[str], former: Sequence[Option]) -> tuple[Option, ...]:
    """One option for each line. Options whose words stay keep their key, and so does one that is only reworded, so that
    conditions and answers go on meaning the same.
    """
    labels = [option.label for option in former]
    kept: dict[int, str] = {n: former[labels.index(line)].key for n, line in enumerate(lines) if line in labels}
    if len(lines) == len(former):
        kept |= {n: former[n].key for n in range(len(lines)) if n not in kept and former[n].key not in kept.values()}
    taken = set(kept.values())
    options = []
    for n, line in enumerate(lines):
        key = kept.get(n) or new_key(line, taken)
        taken.add(key)
        options.append(Option(key=key, label=line))
    return tuple(options)


def section_of(questionnaire: Questionnaire, key: str) -> Section:
    """The page of this key. Raises ``Refusal`` ``not_found``."""
    return _found(questionnaire.sections, key)


def item_of(questionnaire: Questionnaire, key: str) -> tuple[Section, Item]:
    """The question or text of this key, and its page. Raises ``Refusal`` ``not_found``."""
    for section in questionnaire.sections:
        for item in section.items:
            if item.key == key:
                return section, item
    raise Refusal("not_found")


def with_section(questionnaire: Questionnaire, section: Section) -> Questionnaire:
    """``section`` in the place of the page of its key, or as the last page. Raises ``Refusal`` ``too_many_pages``."""
    known = any(one.key == section.key for one in questionnaire.sections)
    if not known and len(questionnaire.sections) >= MAX_SECTIONS:
        raise Refusal("too_many_pages", most=MAX_SECTIONS)
    return msgspec.structs.replace(questionnaire, sections=_with(questionnaire.sections, section))


def with_item(questionnaire: Questionnaire, section: str, item: Item) -> Questionnaire:
    """``item`` in the place of the question of its key, or as the last one of a page."""
    page = section_of(questionnaire, section)
    return with_section(questionnaire, msgspec.structs.replace(page, items=_with(page.items, item)))


def without(questionnaire: Questionnaire, key: str) -> Questionnaire:
    """The definition without the page or the question of this key. Raises ``Refusal`` ``not_found``."""
    if key not in keys_of(questionnaire):
        raise Refusal("not_found")
    return Questionnaire(
        editable=questionnaire.editable,
        sections=tuple(
            msgspec.structs.replace(section, items=tuple(item for item in section.items if item.key != key))
            for section in questionnaire.sections
            if section.key != key
        ),
    )


def moved(questionnaire: Questionnaire, key: str, way: Way) -> Questionnaire:
    """One step up or down; a question at the end of its page goes on to the next page. What cannot move stays. Raises
    ``Refusal`` ``not_found``.
    """
    sections = questionnaire.sections
    if any(section.key == key for section in sections):
        return msgspec.structs.replace(questionnaire, sections=_swapped(sections, key, way))
    section, item = item_of(questionnaire, key)
    items = _swapped(section.items, key, way)
    if items != section.items:
        return with_section(questionnaire, msgspec.structs.replace(section, items=items))
    place = sections.index(section) + (-1 if way == "up" else 1)
    if not 0 <= place < len(sections):
        return questionnaire
    other = sections[place]
    joined = (*other.items, item) if way == "up" else (item, *other.items)
    left = with_section(
        questionnaire, msgspec.structs.replace(section, items=tuple(one for one in section.items if one.key != key))
    )
    return with_section(left, msgspec.structs.replace(other, items=joined))


def before(questionnaire: Questionnaire, key: str) -> Iterator[Item]:
    """What comes before the page or the question of this key; everything, for a key that is new."""
    for section in questionnaire.sections:
        if section.key == key:
            return
        for item in section.items:
            if item.key == key:
                return
            yield item


def _found(pieces: Sequence[Piece], key: str) -> Piece:
    for piece in pieces:
        if piece.key == key:
            return piece
    raise Refusal("not_found")


def _with(pieces: tuple[Piece, ...], new: Piece) -> tuple[Piece, ...]:
    if any(piece.key == new.key for piece in pieces):
        return tuple(new if piece.key == new.key else piece for piece in pieces)
    return tuple(chain(pieces, (new,)))


def _swapped(pieces: tuple[Piece, ...], key: str, way: Way) -> tuple[Piece, ...]:
    here = next(n for n, piece in enumerate(pieces) if piece.key == key)
    there = here + (-1 if way == "up" else 1)
    if not 0 <= there < len(pieces):
        return pieces
    order = list(pieces)
    order[here], order[there] = order[there], order[here]
    return tuple(order)
