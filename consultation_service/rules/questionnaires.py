"""Questionnaires: what an organiser may define. How answers are checked is in ``answers.py``.

A definition is a list of sections, each a list of questions; both may be shown only under a condition on the answers
to earlier questions, so that reading from the top always decides what is shown. Keys name sections and questions in
answers and exports and never change once the questionnaire is open.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

import msgspec

from consultation_service.rules.conditions import OTHER, All, Any, Condition, Contains, Equals, Key, Not

MAX_QUESTIONS: Final = 200
MAX_OPTIONS: Final = 200
MAX_DEPTH: Final = 6
MAX_SHORT_TEXT: Final = 500
MAX_LONG_TEXT: Final = 20_000


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Strict about its fields, like everything that is read from a file or a form."""


class Option(_Part, frozen=True):
    """A choice, a row or a column."""

    key: Key
    label: str


class _Question(_Part, frozen=True, tag_field="kind"):
    key: Key
    label: str
    help: str = ""
    required: bool = False
    show_if: Condition | None = None


class ShortText(_Question, frozen=True, tag="short_text"):
    """One line; lengths are in characters."""

    max_length: int = 200


class LongText(_Question, frozen=True, tag="long_text"):
    """Several lines."""

    max_length: int = 5_000


class Single(_Question, frozen=True, kw_only=True, tag="single"):
    """One option, or a free answer when ``other`` is true."""

    options: tuple[Option, ...]
    other: bool = False


class Multiple(_Question, frozen=True, kw_only=True, tag="multiple"):
    """``least`` to ``most`` options when answered (0: no limit), a free answer counting as one."""

    options: tuple[Option, ...]
    least: int = 0
    most: int = 0
    other: bool = False


class Ranking(_Question, frozen=True, kw_only=True, tag="ranking"):
    """``least`` to ``most`` options in order of preference (0: no limit)."""

    options: tuple[Option, ...]
    least: int = 0
    most: int = 0


class Scale(_Question, frozen=True, tag="scale"):
    """A whole number from ``first`` to ``last``, whose ends have a name."""

    first: int = 1
    last: int = 5
    first_label: str = ""
    last_label: str = ""


class Matrix(_Question, frozen=True, kw_only=True, tag="matrix"):
    """One column for each row; when it is required, for every row."""

    rows: tuple[Option, ...]
    columns: tuple[Option, ...]


class Number(_Question, frozen=True, tag="number"):
    """A number between bounds that are included."""

    smallest: float | None = None
    largest: float | None = None
    whole: bool = True
    unit: str = ""


class Day(_Question, frozen=True, tag="date"):
    """A day between bounds that are included."""

    first: date | None = None
    last: date | None = None


class TextBlock(_Part, frozen=True, tag_field="kind", tag="text"):
    """A text between questions (Markdown); it has no answer."""

    key: Key
    body: str
    show_if: Condition | None = None


Question = ShortText | LongText | Single | Multiple | Ranking | Scale | Matrix | Number | Day
Item = Question | TextBlock


class Section(_Part, frozen=True):
    """A page of the questionnaire."""

    key: Key
    title: str
    introduction: str = ""
    show_if: Condition | None = None
    items: tuple[Item, ...] = ()


class Questionnaire(_Part, frozen=True):
    """A whole definition; ``editable`` lets participants change what they sent until it closes."""

    sections: tuple[Section, ...]
    editable: bool = False


class Mistake(NamedTuple):
    """What is wrong, where: ``field`` is a key of the definition, ``code`` one of ``reasons.py``."""

    field: str
    code: str


def questions_of(questionnaire: Questionnaire) -> Iterator[Question]:
    """Every question in the order of reading, texts left out."""
    for section in questionnaire.sections:
        for item in section.items:
            if not isinstance(item, TextBlock):
                yield item


def mistakes(questionnaire: Questionnaire) -> tuple[Mistake, ...]:
    """Everything an organiser has to correct before the questionnaire can open; empty when it is right."""
    found: list[Mistake] = []
    seen: set[str] = set()
    earlier: dict[str, Question] = {}
    for section in questionnaire.sections:
        found += _of_condition(section.key, section.show_if, earlier)
        found += [Mistake(section.key, "label_missing")] * (not section.title.strip())
        found += [Mistake(section.key, "section_empty")] * (not section.items)
        found += _repeated(section.key, seen)
        for item in section.items:
            found += _repeated(item.key, seen)
            found += _of_condition(item.key, item.show_if, earlier)
            if isinstance(item, TextBlock):
                found += [Mistake(item.key, "label_missing")] * (not item.body.strip())
            else:
                found += _of_question(item)
                earlier[item.key] = item
    if not earlier or len(earlier) > MAX_QUESTIONS:
        found.append(Mistake("", "question_number"))
    return tuple(found)


def _repeated(key: str, seen: set[str]) -> list[Mistake]:
    if key in seen:
        return [Mistake(key, "key_repeated")]
    seen.add(key)
    return []


def _of_question(question: Question) -> Iterator[Mistake]:
    if not question.label.strip():
        yield Mistake(question.key, "label_missing")
    match question:
        case ShortText(max_length=length) if not 1 <= length <= MAX_SHORT_TEXT:
            yield Mistake(question.key, "bounds_refused")
        case LongText(max_length=length) if not 1 <= length <= MAX_LONG_TEXT:
            yield Mistake(question.key, "bounds_refused")
        case Single():
            yield from _of_options(question.key, question.options, question.other)
        case Multiple():
            yield from _of_options(question.key, question.options, question.other)
            yield from _of_limits(question, len(question.options) + question.other)
        case Ranking():
            yield from _of_options(question.key, question.options)
            yield from _of_limits(question, len(question.options))
        case Scale() if not (-100 <= question.first < question.last <= 100 and question.last - question.first <= 20):
            yield Mistake(question.key, "bounds_refused")
        case Matrix():
            yield from _of_options(question.key, question.rows, least=1)
            yield from _of_options(question.key, question.columns)
        case Number(smallest=int() | float() as low, largest=int() | float() as high) if low > high:
            yield Mistake(question.key, "bounds_refused")
        case Day(first=date() as low, last=date() as high) if low > high:
            yield Mistake(question.key, "bounds_refused")


def _of_options(key: str, options: tuple[Option, ...], other: bool = False, least: int = 2) -> Iterator[Mistake]:
    keys = [option.key for option in options]
    if not least <= len(keys) + other <= MAX_OPTIONS:
        yield Mistake(key, "options_number")
    if len(set(keys)) < len(keys) or (other and OTHER in keys):
        yield Mistake(key, "key_repeated")
    if not all(option.label.strip() for option in options):
        yield Mistake(key, "label_missing")


def _of_limits(question: Multiple | Ranking, options: int) -> Iterator[Mistake]:
    most = question.most or options
    if not 0 <= question.least <= most <= options:
        yield Mistake(question.key, "bounds_refused")


def _of_condition(key: str, condition: Condition | None, earlier: dict[str, Question]) -> Iterable[Mistake]:
    codes = [] if condition is None else list(_codes(condition, earlier, MAX_DEPTH))
    return [Mistake(key, code) for code in dict.fromkeys(codes)]


def _codes(condition: Condition, earlier: dict[str, Question], depth: int) -> Iterator[str]:
    match condition:
        case Not() | All() | Any():
            inner = (condition.condition,) if isinstance(condition, Not) else condition.conditions
            if not inner or depth == 0:
                yield "condition_refused"
                return
            for each in inner:
                yield from _codes(each, earlier, depth - 1)
        case Equals() | Contains():
            if condition.question not in earlier:
                yield "condition_later"
            elif not _comparable(condition, earlier[condition.question]):
                yield "condition_refused"


def _comparable(condition: Equals | Contains, question: Question) -> bool:
    match condition, question:
        case Equals(value=str(value)), Single():
            return value in {option.key for option in question.options} or (question.other and value == OTHER)
        case Equals(value=int(value)), Scale():
            return question.first <= value <= question.last
        case Equals(value=int() | float()), Number():
            return True
        case Contains(), Multiple():
            return condition.option in {o.key for o in question.options} or (
                question.other and condition.option == OTHER
            )
        case Contains(), Ranking():
            return condition.option in {option.key for option in question.options}
    return False
