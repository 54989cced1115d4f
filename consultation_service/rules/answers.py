"""Answers to a questionnaire, checked from the top: what is shown, what is wrong, what is kept.

Answers are what JSON can hold, under the keys of questions: a text; an option's key, or ``{"other": text}``; a list of
these; a list of options in order; a whole number; ``{row: column}``; a number; a day as ``2026-03-01``. Nothing, an
empty text, an empty list are the absence of an answer.

Promised: a question that is hidden is never required and its answer is never kept; what is kept checks again to itself.
"""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from consultation_service.contributions import clean_text
from consultation_service.rules.conditions import OTHER, holds
from consultation_service.rules.questionnaires import (
    Day,
    LongText,
    Matrix,
    Mistake,
    Multiple,
    Number,
    Option,
    Question,
    Questionnaire,
    Ranking,
    Scale,
    ShortText,
    Single,
    TextBlock,
)
from contracts.http import Refusal

MAX_OTHER: Final = 200
"""Characters of a free answer."""

MAX_NUMBER: Final = 10**15
"""Beyond it, programs that read exports no longer agree on the last digits."""

INCOMPLETE: Final = frozenset({"answer_missing", "answers_too_few", "rows_missing"})
"""What is wrong only once the questionnaire is sent, not while it is being filled in."""

Answers = Mapping[str, Any]


class Checked(NamedTuple):
    """``shown`` has the keys of sections and items to show, in order; ``answers`` what is kept. ``answered`` of the
    ``asked`` questions that are shown are answered completely.
    """

    shown: tuple[str, ...]
    answers: dict[str, Any]
    mistakes: tuple[Mistake, ...]
    answered: int
    asked: int


def check(questionnaire: Questionnaire, given: Answers, *, sent: bool) -> Checked:
    """Check ``given`` against a definition without mistakes; a draft (``sent`` false) may be incomplete."""
    shown: list[str] = []
    kept: dict[str, Any] = {}
    wrong: list[Mistake] = []
    known: set[str] = set()
    asked: list[str] = []
    for section in questionnaire.sections:
        open_section = holds(section.show_if, kept)
        shown += [section.key] * open_section
        for item in section.items:
            visible = open_section and holds(item.show_if, kept)
            shown += [item.key] * visible
            if isinstance(item, TextBlock):
                continue
            known.add(item.key)
            if visible:
                asked.append(item.key)
                wrong += _take(item, given.get(item.key), kept)
    # The unknown key is the client's word, so it is not repeated.
    wrong += [Mistake("", "question_unknown")] * (not given.keys() <= known)
    incomplete = {mistake.field.split(".")[0] for mistake in wrong if mistake.code in INCOMPLETE}
    told = tuple(mistake for mistake in wrong if sent or mistake.code not in INCOMPLETE)
    return Checked(tuple(shown), kept, told, len(kept.keys() - incomplete), len(asked))


def _take(question: Question, answer: Any, kept: dict[str, Any]) -> list[Mistake]:
    """Put the answer, cleaned, with those that are kept; tell what is wrong with it."""
    try:
        clean = None if answer in (None, "", [], {}) else _clean(question, answer)
    except Refusal as refusal:
        return [Mistake(question.key, refusal.code)]
    if clean in (None, "", [], {}):
        return [Mistake(question.key, "answer_missing")] if question.required else []
    kept[question.key] = clean
    match question:
        case Multiple(least=least) | Ranking(least=least) if len(clean) < least:
            return [Mistake(question.key, "answers_too_few")]
        case Matrix(rows=rows) if question.required:
            return [Mistake(f"{question.key}.{row.key}", "rows_missing") for row in rows if row.key not in clean]
    return []


def _clean(question: Question, answer: Any) -> Any:
    """The answer in its one form. Raises ``Refusal`` ``answer_refused`` when it is not an answer to the question."""
    match question, answer:
        case ShortText(), str():
            return " ".join(_text(question.key, answer, question.max_length).split())
        case LongText(), str():
            return _text(question.key, answer, question.max_length)
        case Single(), str() | dict():
            return _choice(question, answer)
        case Multiple(), list():
            return _several(question, [_choice(question, one) for one in answer])
        case Ranking(), list():
            return _several(question, [_option(question, question.options, one) for one in answer])
        case Scale(), int() if answer is not True and answer is not False:
            return _within(question, answer, question.first, question.last)
        case Matrix(), dict():
            return _cells(question, answer)
        case Number(), int() | float() if answer is not True and answer is not False:
            return _number(question, answer)
        case Day(), str():
            return _day(question, answer)
    raise Refusal("answer_refused", field=question.key)


def _text(key: str, text: str, limit: int) -> str:
    clean = clean_text(text, key)
    if len(clean) > limit:
        raise Refusal("answer_too_long", field=key, limit=limit)
    return clean


def _option(question: Question, options: tuple[Option, ...], key: Any) -> str:
    for option in options:
        if option.key == key:
            return option.key
    raise Refusal("answer_refused", field=question.key)


def _choice(question: Single | Multiple, answer: Any) -> str | dict[str, str]:
    match answer:
        case {"other": str(text), **rest} if question.other and not rest:
            clean = " ".join(_text(question.key, text, MAX_OTHER).split())
            if not clean:
                raise Refusal("other_missing", field=question.key)
            return {OTHER: clean}
    return _option(question, question.options, answer)


def _several(question: Multiple | Ranking, answers: list[Any]) -> list[Any]:
    names = [OTHER if isinstance(one, dict) else one for one in answers]
    if len(set(names)) < len(names):
        raise Refusal("option_repeated", field=question.key)
    if question.most and len(names) > question.most:
        raise Refusal("answers_too_many", field=question.key, most=question.most)
    if isinstance(question, Ranking):
        return answers
    # In the order of the definition, so that equal answers are equal.
    order = [*(option.key for option in question.options), OTHER]
    return [one for _, one in sorted(zip(map(order.index, names), answers, strict=True), key=lambda pair: pair[0])]


def _cells(question: Matrix, answer: dict[Any, Any]) -> dict[str, str]:
    if not answer.keys() <= {row.key for row in question.rows}:
        raise Refusal("answer_refused", field=question.key)
    cells = {row.key: answer[row.key] for row in question.rows if answer.get(row.key) not in (None, "")}
    return {row: _option(question, question.columns, column) for row, column in cells.items()}


def _number(question: Number, answer: int | float) -> int | float:
    if not abs(answer) <= MAX_NUMBER or (question.whole and answer != int(answer)):
        raise Refusal("answer_refused", field=question.key)
    whole = int(answer) if answer == int(answer) else answer
    low = -math.inf if question.smallest is None else question.smallest
    return _within(question, whole, low, math.inf if question.largest is None else question.largest)


def _within(question: Question, answer: int | float, low: float, high: float) -> int | float:
    if not low <= answer <= high:
        raise Refusal("answer_out_of_bounds", field=question.key)
    return answer


def _day(question: Day, answer: str) -> str:
    try:
        day = date.fromisoformat(answer)
    except ValueError:
        raise Refusal("answer_refused", field=question.key) from None
    if day.isoformat() != answer:
        raise Refusal("answer_refused", field=question.key)
    if not (question.first or date.min) <= day <= (question.last or date.max):
        raise Refusal("answer_out_of_bounds", field=question.key)
    return answer
