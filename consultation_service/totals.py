"""Totals of questionnaires, counted from the answers themselves; and when totals may be published."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from consultation_service.rules import rankings
from consultation_service.rules.questionnaires import (
    Matrix,
    Multiple,
    Question,
    Questionnaire,
    Ranking,
    Scale,
    Single,
    questions_of,
)
from contracts.events import QuestionTotals

STEP: Final = 20
"""Above level 1, how many more or fewer people there must be between two totals of the same section."""


def publishable(level: int, people: int, before: int) -> bool:
    """Whether totals of ``people`` may follow totals of ``before`` people (0 when there were none).

    At level 1 always. Above, two totals that follow each other differ by at least ``STEP`` people, and the first ones
    are about as many, so that no difference between them is what one person said.
    """
    return level == 1 or abs(people - before) >= STEP


class Count:
    """Counts responses one by one; it grows with the questions, not with the responses."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.sent = 0
        self._questions = [_OfQuestion(question) for question in questions_of(questionnaire)]

    def add(self, answers: Mapping[str, Any]) -> None:
        """Count a response that ``answers.check`` let through."""
        self.sent += 1
        for question in self._questions:
            answer = answers.get(question.key)
            if answer is not None:
                question.add(answer)

    def totals(self) -> tuple[QuestionTotals, ...]:
        """The totals of every question, in the order of reading."""
        return tuple(question.totals() for question in self._questions)


class _OfQuestion:
    def __init__(self, question: Question) -> None:
        self.key = question.key
        self._answers = 0
        self._other = 0
        self._places = {value: place for place, value in enumerate(_counted(question))}
        self._counts = [0] * len(self._places)
        self._rank = rankings.Matrix(len(question.options)) if isinstance(question, Ranking) else None
        self._options = [option.key for option in question.options] if isinstance(question, Ranking) else []

    def add(self, answer: Any) -> None:
        self._answers += 1
        if self._rank is not None:
            self._rank.add([self._options.index(key) for key in answer])
            return
        match answer:
            case list():
                chosen: Sequence[Any] = answer
            case dict() if "other" not in answer:
                chosen = tuple(answer.items())
            case _:
                chosen = (answer,)
        for one in chosen:
            if isinstance(one, dict):
                self._other += 1
            elif one in self._places:
                self._counts[self._places[one]] += 1

    def totals(self) -> QuestionTotals:
        points: tuple[str, ...] = ()
        if self._rank is not None:
            found = rankings.results(self._rank.preferences(), self._rank.ballots)
            points = tuple(str(fraction) for fraction in found.borda)
        return QuestionTotals(
            key=self.key, answers=self._answers, counts=tuple(self._counts), points=points, other=self._other
        )


def _counted(question: Question) -> list[Any]:
    """What an answer may be made of, in the order in which it is counted."""
    match question:
        case Single(options=options) | Multiple(options=options):
            return [option.key for option in options]
        case Scale(first=first, last=last):
            return list(range(first, last + 1))
        case Matrix(rows=rows, columns=columns):
            return [(row.key, column.key) for row in rows for column in columns]
    return []
