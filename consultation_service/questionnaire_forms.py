"""Questions as fields of a form: from what was typed to an answer, and back. What is no answer at all (words where a
number is asked for) comes through as it was typed, for ``rules.answers`` to refuse.

The field of a question is ``q.<key>``; a free answer is in ``q.<key>.other``; a ranking has the rank of each option in
``q.<key>.<option>``, a matrix the column of each row in ``q.<key>.<row>``.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from consultation_service.forms import Form
from consultation_service.rules.conditions import OTHER
from consultation_service.rules.questionnaires import (
    Item,
    Matrix,
    Multiple,
    Number,
    Question,
    Ranking,
    Scale,
    Single,
    TextBlock,
)
from contracts.http import Refusal

Fields = Mapping[str, list[str]]
"""What the fields of a form hold, by name."""

_WHOLE: Final = re.compile(r"[+-]?\d{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?\d{1,18}([.,]\d{1,400})?")


def name_of(key: str, part: str = "") -> str:
    """The name of a field."""
    return f"q.{key}.{part}" if part else f"q.{key}"


def answer_of(question: Question, form: Form) -> Any:
    """What was typed, in the form that ``rules.answers`` checks. Raises ``Refusal`` ``rank_repeated``."""
    name = name_of(question.key)
    match question:
        case Single():
            free = form.get(name_of(question.key, OTHER))
            chosen = form.get(name)
            return {OTHER: free} if question.other and (chosen == OTHER or (free and not chosen)) else chosen
        case Multiple():
            free = form.get(name_of(question.key, OTHER))
            several: list[Any] = [one for one in form.all(name) if one != OTHER or not question.other]
            return [*several, {OTHER: free}] if question.other and (free or OTHER in form.all(name)) else several
        case Ranking():
            ranks = {option.key: form.get(name_of(question.key, option.key)) for option in question.options}
            return ranked(ranks, question.key)
        case Matrix():
            return {row.key: form.get(name_of(question.key, row.key)) for row in question.rows}
        case Scale():
            return _number(form.get(name), _WHOLE)
        case Number():
            return _number(re.sub(r"\s", "", form.get(name)), _DECIMAL)
    return form.get(name)


def ranked(ranks: Mapping[str, str], field: str) -> list[str]:
    """Options in the order of the ranks that were chosen; those without one are left out, a gap between two ranks means
    nothing. Raises ``Refusal`` ``rank_repeated``, or ``option_unknown`` for a rank that is no number.
    """
    chosen = {option: rank for option, rank in ranks.items() if rank}
    if not all(_WHOLE.fullmatch(rank) for rank in chosen.values()):
        raise Refusal("option_unknown", field=field)
    places = {option: int(rank) for option, rank in chosen.items()}
    if len(set(places.values())) < len(places):
        raise Refusal("rank_repeated", field=field)
    return sorted(places, key=places.__getitem__)


def fields_of(items: Iterable[Item], answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the form of ``items`` holds when it shows ``answers``."""
    fields: dict[str, list[str]] = {}
    for item in items:
        answer = answers.get(item.key)
        if not isinstance(item, TextBlock) and answer is not None:
            fields |= _fields(item, answer)
    return fields


def _fields(question: Question, answer: Any) -> dict[str, list[str]]:
    key = question.key
    match question, answer:
        case Single() | Multiple(), _:
            several = answer if isinstance(answer, list) else [answer]
            free = [one[OTHER] for one in several if isinstance(one, dict)]
            named = [OTHER if isinstance(one, dict) else one for one in several]
            return {name_of(key): named} | ({name_of(key, OTHER): free} if free else {})
        case Ranking(), list():
            return {name_of(key, option): [str(rank)] for rank, option in enumerate(answer, 1)}
        case Matrix(), dict():
            return {name_of(key, row): [column] for row, column in answer.items()}
    if isinstance(answer, float):
        # Never with an exponent, which nobody types.
        return {name_of(key): [format(Decimal(str(answer)), "f")]}
    return {name_of(key): [str(answer)]}


def _number(text: str, form: re.Pattern[str]) -> Any:
    if not form.fullmatch(text):
        return text
    return int(text) if _WHOLE.fullmatch(text) else float(text.replace(",", "."))
