"""A condition as a form: a few lines, each a test on an earlier answer, all of them or at least one to hold.

The value of the select of a line is ``<question>|<option>``; a number is typed beside, and its line says
``<question>|``. What is nested deeper (it can come from a file of settings) has no form: it is shown as a sentence.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from consultation_service.forms import Form
from consultation_service.questionnaire_words import OTHER_WORDS, option_words
from consultation_service.rules.conditions import OTHER, All, Any, Condition, Contains, Equals, Not
from consultation_service.rules.questionnaires import Item, Multiple, Number, Ranking, Scale, Single
from consultation_service.words import Language
from contracts.http import Refusal

SPARE: Final = 2
"""Empty lines that a form shows after those in use."""


class Line(NamedTuple):
    """A test: ``negated`` is « n’est pas » or « ne contient pas »; ``number`` only for a question that asks for one."""

    value: str = ""
    negated: bool = False
    number: str = ""


class Rows(NamedTuple):
    """A condition that has a form; ``link`` is ``all`` or ``any``."""

    link: str
    lines: tuple[Line, ...]


class Choice(NamedTuple):
    """An earlier question in the selects: pairs of a value and its words."""

    label: str
    values: Sequence[tuple[str, str]]


def choices(earlier: Iterable[Item], language: Language) -> list[Choice]:
    """What conditions can be about."""
    found = []
    for item in earlier:
        match item:
            case Single(options=options) | Multiple(options=options) | Ranking(options=options):
                values = [(f"{item.key}|{option.key}", option.label) for option in options]
                free = isinstance(item, Single | Multiple) and item.other
                found.append(Choice(item.label, values + [(f"{item.key}|{OTHER}", OTHER_WORDS[language])] * free))
            case Scale(first=first):
                marks = [(f"{item.key}|{first + n}", words) for n, words in enumerate(option_words(item))]
                found.append(Choice(item.label, marks))
            case Number():
                words = "le nombre indiqué à droite" if language == "fr" else "the number given on the right"
                found.append(Choice(item.label, [(f"{item.key}|", words)]))
    return found


def rows_of(condition: Condition | None) -> Rows | None:
    """The form of a condition; None when it has none."""
    match condition:
        case None:
            return Rows("all", ())
        case All(conditions=several) | Any(conditions=several):
            lines = [_line(each) for each in several]
            link = "all" if isinstance(condition, All) else "any"
        case _:
            lines, link = [_line(condition)], "all"
    whole = tuple(line for line in lines if line is not None)
    return Rows(link, whole) if len(whole) == len(lines) else None


def condition_from(form: Form, earlier: Iterable[Item]) -> Condition | None:
    """The condition that was chosen, or None. Raises ``Refusal`` ``condition_later`` or ``condition_refused``."""
    questions: dict[str, Item] = {item.key: item for item in earlier}
    tests = [_test(line, questions) for line in typed(form) if line.value]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return Any(conditions=tuple(tests)) if form.get("link") == "any" else All(conditions=tuple(tests))


def typed(form: Form) -> list[Line]:
    """The lines of a form, empty ones included."""
    count = sum(name.startswith("when.") for name, _ in form.fields)
    return [Line(form.get(f"when.{n}"), form.get(f"not.{n}") == "yes", form.get(f"number.{n}")) for n in range(count)]


def _line(condition: Condition) -> Line | None:
    negated = isinstance(condition, Not)
    match condition.condition if isinstance(condition, Not) else condition:
        case Equals(question=key, value=str() as option):
            return Line(f"{key}|{option}", negated)
        case Equals(question=key, value=number):
            # A scale and a number are told apart by the select, which has one value or the other.
            return Line(f"{key}|{number}", negated, str(number))
        case Contains(question=key, option=option):
            return Line(f"{key}|{option}", negated)
    return None


def _test(line: Line, questions: dict[str, Item]) -> Condition:
    key, _, value = line.value.partition("|")
    question = questions.get(key)
    if question is None:
        raise Refusal("condition_later", field="condition")
    test = _positive(question, value, line.number)
    return Not(condition=test) if line.negated else test


def _positive(question: Item, value: str, number: str) -> Equals | Contains:
    match question:
        case Multiple() | Ranking():
            return Contains(question=question.key, option=value)
        case Single():
            return Equals(question=question.key, value=value)
        case Scale() | Number():
            try:
                said = float((value or number).replace(",", "."))
            except ValueError:
                raise Refusal("condition_refused", field="condition") from None
            if said != said or abs(said) > 10**15:
                raise Refusal("condition_refused", field="condition")
            return Equals(question=question.key, value=int(said) if said == int(said) else said)
    raise Refusal("condition_refused", field="condition")
