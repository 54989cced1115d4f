"""The form of a question or of a page of a questionnaire: what was typed, and what is made of it."""

import re
from datetime import date
from typing import Any, Final

from consultation_service.condition_forms import condition_from
from consultation_service.contributions import clean_line, clean_text
from consultation_service.forms import Form
from consultation_service.markdown import render
from consultation_service.questionnaire_edits import before, keys_of, new_key, options_from
from consultation_service.questionnaire_words import kind_of
from consultation_service.rules import questionnaires as q
from consultation_service.rules.questionnaires import Item, Option, Questionnaire, Section
from contracts.http import Refusal

KINDS: Final = (
    "single", "multiple", "short_text", "long_text", "scale", "ranking", "matrix", "number", "date", "text",
)  # fmt: skip
MAX_LABEL: Final = 500
MAX_HELP: Final = 1_000
MAX_OPTION: Final = 300
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}([.,]\d{1,9})?")
Values = dict[str, Any]


def values_of(item: Item) -> Values:
    """What the form of ``item`` is filled in with."""
    found: Values = {name: getattr(item, name) for name in item.__struct_fields__}
    for name in ("options", "rows", "columns"):
        if name in found:
            found[name] = "\n".join(option.label for option in found[name])
    return {name: _words(value) for name, value in found.items()}


def item_from(kind: str, key: str, form: Form, questionnaire: Questionnaire, former: Item | None) -> Item:
    """The question that a form describes; ``key`` is empty for a new one. Raises ``Refusal``, naming the field."""
    label = clean_line(form.get("label"), "label", MAX_LABEL)
    body = clean_text(form.get("body"), "body")
    if not (body if kind == "text" else label):
        raise Refusal("label_missing", field="body" if kind == "text" else "label")
    name = key or new_key(label or body, keys_of(questionnaire))
    condition = condition_from(form, before(questionnaire, key))
    if kind == "text":
        render(body)
        return q.TextBlock(key=name, body=body, show_if=condition)
    common: Values = {
        "key": name,
        "label": label,
        "help": clean_line(form.get("help"), "help", MAX_HELP),
        "required": form.get("required") == "yes",
        "show_if": condition,
    }
    return _of_kind(kind, common, form, former)


def section_from(key: str, form: Form, questionnaire: Questionnaire, former: Section | None) -> Section:
    """The page that a form describes. Raises ``Refusal``, naming the field."""
    title = clean_line(form.get("title"), "title")
    if not title:
        raise Refusal("label_missing", field="title")
    introduction = clean_text(form.get("introduction"), "introduction")
    try:
        render(introduction)
    except Refusal as refusal:
        raise Refusal(refusal.code, field="introduction", **refusal.facts) from None
    return Section(
        key=key or new_key(title, keys_of(questionnaire)),
        title=title,
        introduction=introduction,
        show_if=condition_from(form, before(questionnaire, key)),
        items=() if former is None else former.items,
    )


def _of_kind(kind: str, common: Values, form: Form, former: Item | None) -> Item:
    match kind:
        case "short_text":
            return q.ShortText(**common, max_length=_whole(form, "max_length", 200))
        case "long_text":
            return q.LongText(**common, max_length=_whole(form, "max_length", 5_000))
        case "single":
            return q.Single(**common, options=_options(form, "options", former), other=form.get("other") == "yes")
        case "multiple":
            options = _options(form, "options", former)
            return q.Multiple(**common, **_limits(form), options=options, other=form.get("other") == "yes")
        case "ranking":
            return q.Ranking(**common, **_limits(form), options=_options(form, "options", former))
        case "scale":
            ends: Values = {
                name: clean_line(form.get(name), name, MAX_OPTION) for name in ("first_label", "last_label")
            }
            return q.Scale(**common, **ends, first=_whole(form, "first", 1), last=_whole(form, "last", 5))
        case "matrix":
            return q.Matrix(**common, rows=_options(form, "rows", former), columns=_options(form, "columns", former))
        case "number":
            return q.Number(
                **common,
                smallest=_number(form, "smallest"),
                largest=_number(form, "largest"),
                whole=form.get("whole") == "yes",
                unit=clean_line(form.get("unit"), "unit", 40),
            )
        case "date":
            return q.Day(**common, first=_day(form, "first"), last=_day(form, "last"))
    raise Refusal("invalid_field", field="kind")


def mistakes_of(questionnaire: Questionnaire, key: str) -> list[str]:
    """The codes of what is wrong with one question or page; an empty page is not finished, it is not wrong."""
    found = q.mistakes(questionnaire)
    return [mistake.code for mistake in found if mistake.field == key and mistake.code != "section_empty"]


def field_of(code: str, item: Item | Section) -> str:
    """The field of the form beside which a mistake is told."""
    if code.startswith("condition"):
        return "condition"
    if code == "label_missing":
        return "label"
    kind = "section" if isinstance(item, Section) else kind_of(item)
    bounds = {"scale": "first", "number": "smallest", "date": "first", "short_text": "max_length"}
    by_code = {
        "bounds_refused": bounds.get(kind, "max_length" if kind == "long_text" else "least"),
        "options_number": "columns" if kind == "matrix" else "options",
        "key_repeated": "columns" if kind == "matrix" else "options",
    }
    return by_code.get(code, "")


def _options(form: Form, name: str, former: Item | None) -> tuple[Option, ...]:
    lines = [clean_line(line, name, MAX_OPTION) for line in clean_text(form.get(name), name).split("\n")]
    told = [line for line in lines if line]
    if len(set(told)) < len(told):
        raise Refusal("option_repeated", field=name)
    return options_from(told, getattr(former, name, ()))


def _limits(form: Form) -> Values:
    return {name: _whole(form, name, 0) for name in ("least", "most")}


def _whole(form: Form, name: str, otherwise: int) -> int:
    number = _number(form, name)
    if number is None:
        return otherwise
    if number != int(number) or abs(number) > 1_000_000:
        raise Refusal("bounds_refused", field=name)
    return int(number)


def _number(form: Form, name: str) -> float | None:
    text = re.sub(r"\s", "", form.get(name))
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise Refusal("bounds_refused", field=name)
    return float(text.replace(",", "."))


def _day(form: Form, name: str) -> date | None:
    text = form.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("bounds_refused", field=name) from None


def _words(value: Any) -> Any:
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else str(value)
    return "" if value is None else value
