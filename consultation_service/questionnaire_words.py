"""Questionnaires in words: as they are published, with their conditions as sentences in French or in English."""

from collections.abc import Mapping
from datetime import date
from typing import Any as AnyValue
from typing import Final

import msgspec
from babel.numbers import format_decimal

from consultation_service.markdown import render
from consultation_service.rules.conditions import OTHER, All, Any, Condition, Contains, Equals, Not
from consultation_service.rules.questionnaires import (
    Day,
    Item,
    Matrix,
    Multiple,
    Number,
    Question,
    Questionnaire,
    Ranking,
    Scale,
    Single,
    TextBlock,
    questions_of,
)
from consultation_service.states import in_english, in_french
from consultation_service.words import Language
from contracts.events import PublicQuestion, PublicStep

OTHER_WORDS: Final[Mapping[Language, str]] = {"fr": "Autre", "en": "Other"}
_QUOTES: Final[Mapping[Language, tuple[str, str]]] = {"fr": ("« ", " »"), "en": ("“", "”")}
_TESTS: Final[Mapping[tuple[Language, str], str]] = {
    ("fr", "equals"): "la réponse à {question} est {value}",
    ("fr", "not equals"): "la réponse à {question} n’est pas {value}",
    ("fr", "contains"): "la réponse à {question} contient {value}",
    ("fr", "not contains"): "la réponse à {question} ne contient pas {value}",
    ("en", "equals"): "the answer to {question} is {value}",
    ("en", "not equals"): "the answer to {question} is not {value}",
    ("en", "contains"): "the answer to {question} includes {value}",
    ("en", "not contains"): "the answer to {question} does not include {value}",
}
_LINKS: Final[Mapping[Language, tuple[str, str]]] = {"fr": (" et ", " ou "), "en": (" and ", " or ")}
_IF: Final[Mapping[Language, str]] = {"fr": "Si ", "en": "If "}

_decoder: Final = msgspec.json.Decoder(Questionnaire)


def questionnaire_of(text: str | bytes) -> Questionnaire:
    """A definition as it is kept (JSON). Raises ``msgspec.ValidationError``."""
    return _decoder.decode(text)


def questionnaire_steps(questionnaire: Questionnaire, language: Language) -> tuple[PublicStep, ...]:
    """The pages of a questionnaire without mistakes, as everybody reads them. A text between questions is of kind
    ``text``: its label is what it says. Raises ``Refusal`` ``text_too_long`` for an introduction over 10 kB.
    """
    questions = {question.key: question for question in questions_of(questionnaire)}
    return tuple(
        PublicStep(
            title=section.title,
            introduction_html=render(section.introduction),
            questions=tuple(_public(item, questions, language) for item in section.items),
            shown_if=condition_words(section.show_if, questions, language),
        )
        for section in questionnaire.sections
    )


def condition_words(condition: Condition | None, questions: Mapping[str, Question], language: Language) -> str:
    """``Si la réponse à « Comment venez-vous ? » est « En train ».``; empty without a condition."""
    if condition is None:
        return ""
    return f"{_IF[language]}{_clause(condition, questions, language, positive=True)}."


def option_words(question: Question) -> tuple[str, ...]:
    """The words that counts follow: options, columns of a matrix, marks of a scale with the names of its ends."""
    match question:
        case Single(options=options) | Multiple(options=options) | Ranking(options=options) | Matrix(columns=options):
            return tuple(option.label for option in options)
        case Scale():
            ends = {question.first: question.first_label, question.last: question.last_label}
            return tuple(
                f"{mark} ({ends[mark]})" if ends.get(mark) else str(mark)
                for mark in range(question.first, question.last + 1)
            )
    return ()


def kind_of(item: Item) -> str:
    """The name of the kind of an item, as in its definition."""
    return str(item.__struct_config__.tag)


def _public(item: Item, questions: Mapping[str, Question], language: Language) -> PublicQuestion:
    shown_if = condition_words(item.show_if, questions, language)
    if isinstance(item, TextBlock):
        return PublicQuestion(key=item.key, kind=kind_of(item), label=item.body, shown_if=shown_if)
    return PublicQuestion(
        key=item.key,
        kind=kind_of(item),
        label=item.label,
        help=item.help,
        required=item.required,
        options=option_words(item),
        rows=tuple(row.label for row in item.rows) if isinstance(item, Matrix) else (),
        shown_if=shown_if,
    )


def _clause(condition: Condition, questions: Mapping[str, Question], language: Language, *, positive: bool) -> str:
    match condition:
        case Not(condition=inner):
            return _clause(inner, questions, language, positive=not positive)
        case All(conditions=several) | Any(conditions=several):
            # What is not "both" is "one of the two is not" (De Morgan), so that a negation stays beside its question.
            link = _LINKS[language][isinstance(condition, Any) is positive]
            clauses = [_clause(each, questions, language, positive=positive) for each in several]
            grouped = [
                f"({clause})" if len(several) > 1 and _is_group(each) else clause
                for each, clause in zip(several, clauses, strict=True)
            ]
            return link.join(grouped)
        case Equals(question=key, value=value):
            return _test("equals", key, value, questions, language, positive=positive)
        case Contains(question=key, option=option):
            return _test("contains", key, option, questions, language, positive=positive)


def _is_group(condition: Condition) -> bool:
    inner = condition.condition if isinstance(condition, Not) else condition
    return isinstance(inner, All | Any) and len(inner.conditions) > 1


def _test(
    test: str,
    key: str,
    value: str | int | float,
    questions: Mapping[str, Question],
    language: Language,
    *,
    positive: bool,
) -> str:
    question = questions.get(key)
    label = key if question is None else question.label
    sentence = _TESTS[language, test if positive else f"not {test}"]
    words = _quoted(_value_words(question, value, language), language) if isinstance(value, str) else str(value)
    return sentence.format(question=_quoted(label, language), value=words)


def _value_words(question: Question | None, value: str, language: Language) -> str:
    if value == OTHER:
        return OTHER_WORDS[language]
    options = question.options if isinstance(question, Single | Multiple | Ranking) else ()
    return next((option.label for option in options if option.key == value), value)


def _quoted(text: str, language: Language) -> str:
    before, after = _QUOTES[language]
    return f"{before}{text}{after}"


def answer_words(question: Question, answer: AnyValue, language: Language) -> tuple[str, ...]:
    """An answer that was kept, a line for each thing that it says."""
    match question, answer:
        case Single() | Multiple(), _:
            several = answer if isinstance(answer, list) else [answer]
            return tuple(_choice_words(question, one, language) for one in several)
        case Ranking(), list():
            return tuple(f"{rank}. {_value_words(question, key, language)}" for rank, key in enumerate(answer, 1))
        case Scale(), int():
            words = option_words(question)
            return (words[answer - question.first],)
        case Matrix(), dict():
            columns = {column.key: column.label for column in question.columns}
            colon = " : " if language == "fr" else ": "
            return tuple(f"{row.label}{colon}{columns[answer[row.key]]}" for row in question.rows if row.key in answer)
        case Number(), int() | float():
            return (f"{format_decimal(answer, locale=language)} {question.unit}".strip(),)
        case Day(), str():
            day = date.fromisoformat(answer)
            return (in_french(day) if language == "fr" else in_english(day),)
    return tuple(str(answer).splitlines())


def _choice_words(question: Single | Multiple, answer: str | dict[str, str], language: Language) -> str:
    if isinstance(answer, dict):
        colon = " : " if language == "fr" else ": "
        return f"{OTHER_WORDS[language]}{colon}{answer[OTHER]}"
    return _value_words(question, answer, language)
