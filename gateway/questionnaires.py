"""The totals of a questionnaire beside its questions: which number is about which words. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from contracts.events import PublicAnswers, PublicQuestion, PublicSection, QuestionTotals

FREE: Final = frozenset(("short_text", "long_text", "number", "date"))
"""Kinds of questions whose answers are not told, only how many there are."""


class Line(NamedTuple):
    """How often an option was chosen; ``row`` is that of a matrix, ``points`` those of a ranking (Borda, a fraction).

    ``option`` is empty for the free answer "other".
    """

    row: str
    option: str
    times: int
    points: str = ""


class Asked(NamedTuple):
    """A question with how many answered it and how."""

    question: PublicQuestion
    answers: int
    lines: tuple[Line, ...]


def asked(section: PublicSection, totals: PublicAnswers | None) -> list[Asked]:
    """The questions of ``section`` in order, each with its totals; texts between questions are left out."""
    by_key = {question.key: question for question in totals.questions} if totals else {}
    return [
        Asked(question, found.answers, tuple(lines_of(question, found)))
        for step in section.steps
        for question in step.questions
        if question.kind != "text"
        for found in (by_key.get(question.key, QuestionTotals(key=question.key, answers=0)),)
    ]


def lines_of(question: PublicQuestion, totals: QuestionTotals) -> Iterator[Line]:
    """A line for each option (of each row), zero included; none for a free answer."""
    if question.kind in FREE:
        return
    places = [(row, option) for row in (question.rows or ("",)) for option in question.options]
    for place, (row, option) in enumerate(places):
        count = totals.counts[place] if place < len(totals.counts) else 0
        yield Line(row, option, count, totals.points[place] if place < len(totals.points) else "")
    if totals.other:
        yield Line("", "", totals.other)
