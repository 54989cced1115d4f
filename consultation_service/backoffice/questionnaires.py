"""The questionnaire of a section: its pages and questions, one form each; what is wrong is told beside each of them."""

from collections.abc import Callable
from typing import Any, Final

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Form, Place
from consultation_service.backoffice.question_forms import (
    KINDS,
    Values,
    field_of,
    item_from,
    mistakes_of,
    section_from,
    values_of,
)
from consultation_service.backoffice.steps import C, address, writing
from consultation_service.condition_forms import SPARE, Line, Rows, choices, rows_of, typed
from consultation_service.errors import REASONS
from consultation_service.markdown import render
from consultation_service.questionnaire_edits import (
    WAYS,
    before,
    item_of,
    moved,
    section_of,
    with_item,
    with_section,
    without,
)
from consultation_service.questionnaire_pages import TOOLS
from consultation_service.questionnaire_words import condition_words, kind_of
from consultation_service.rules.acts import Act
from consultation_service.rules.questionnaires import (
    Item,
    Questionnaire,
    Section,
    mistakes,
    questions_of,
)
from consultation_service.store import questionnaires as store
from contracts.http import Refusal

P: Final = f"{C}/sections/{{section}}/questionnaire"


async def overview(desk: Desk) -> Response:
    """``GET``: every page and question, with buttons; ``moved`` and ``direction`` say which one keeps the focus."""
    asked = desk.request.query_params
    return await _overview(desk, moved=asked.get("moved", ""), direction=asked.get("direction", ""))


async def change(desk: Desk) -> Response:
    """``POST`` with ``do``: ``move`` (``key``, ``direction``), ``delete`` (``key``), or ``settings``."""
    form = await desk.form()
    key = form.get("key")
    way = next((way for way in WAYS if way == form.get("direction")), None)
    edit: Callable[[Questionnaire], Questionnaire]
    match form.get("do"):
        case "move" if way is not None:
            asked_way = way
            edit = lambda found: moved(found, key, asked_way)  # noqa: E731  one line beside its siblings
        case "delete":
            edit = lambda found: without(found, key)  # noqa: E731
        case "settings":
            editable = form.get("editable") == "yes"
            edit = lambda found: Questionnaire(sections=found.sections, editable=editable)  # noqa: E731
        case _:
            raise Refusal("invalid_field")
    await _write(desk, edit)
    if way is not None:
        return desk.back(f"{_here(desk)}?moved={key}&direction={way}#{key}")
    return desk.back(_here(desk), "deleted" if form.get("do") == "delete" else "saved")


async def show_page(desk: Desk) -> Response:
    """``GET …/pages/{key}``; ``new`` is a new one."""
    found, former = await _page(desk)
    values = {"title": "", "introduction": ""} if former is None else {
        "title": former.title, "introduction": former.introduction,
    }  # fmt: skip
    return await _page_form(desk, found, former, values, rows_of(former.show_if if former else None))


async def save_page(desk: Desk) -> Response:
    """``POST …/pages/{key}``."""
    form = await desk.form()
    found, former = await _page(desk)
    key = former.key if former else ""
    try:
        page = section_from(key, form, found, former)
        await _write(desk, lambda now: with_section(now, section_from(key, form, now, _section(now, key))))
    except Refusal as refusal:
        values = {"title": "", "introduction": "", **dict(form.fields)}
        return await _page_form(desk, found, former, values, _typed_rows(form), refusal)
    return desk.back(f"{_here(desk)}?done=saved#{page.key}")


async def show_item(desk: Desk) -> Response:
    """``GET …/items/{key}``; ``new?page=…&kind=…`` is a new one."""
    found, page, former, kind = await _item(desk)
    values = {} if former is None else values_of(former)
    return await _item_form(desk, found, page, former, kind, values, rows_of(former.show_if if former else None))


async def save_item(desk: Desk) -> Response:
    """``POST …/items/{key}``: saved when nothing is wrong with it."""
    form = await desk.form()
    found, page, former, kind = await _item(desk)
    key = former.key if former else ""
    try:
        item = item_from(kind, key, form, found, former)
        wrong = mistakes_of(with_item(found, page.key, item), item.key)
        if wrong:
            raise Refusal(wrong[0], field=field_of(wrong[0], item))
        await _write(desk, lambda now: _with(now, page.key, item_from(kind, key, form, now, former)))
    except Refusal as refusal:
        return await _item_form(desk, found, page, former, kind, dict(form.fields), _typed_rows(form), refusal)
    if form.get("then") == "another":
        return desk.back(f"{_here(desk)}/items/new?page={page.key}&kind={kind}", "saved")
    return desk.back(f"{_here(desk)}?done=saved#{item.key}")


async def preview(desk: Desk) -> Response:
    """``GET …/preview``: all the pages as participants see them, conditional questions included."""
    title, found = await store.definition_in(desk.service.pool, desk.consultation, desk.path("section"))
    questions = {question.key: question for question in questions_of(found)}
    return desk.page(
        "questionnaire_preview.html",
        home=desk.service.settings.gateway_origin + "/",
        title=title,
        pages=[(page, render(page.introduction)) for page in found.sections],
        words=lambda condition: condition_words(condition, questions, desk.language),
        here=_here(desk),
        **TOOLS,
    )


def _here(desk: Desk) -> str:
    return address(desk, "sections", desk.path("section"), "questionnaire")


async def _write(desk: Desk, edit: Callable[[Questionnaire], Questionnaire]) -> None:
    async with writing(desk) as connection:
        await store.change(connection, desk.consultation, desk.path("section"), edit, desk.today())


async def _overview(desk: Desk, **facts: Any) -> Response:
    title, found = await store.definition_in(desk.service.pool, desk.consultation, desk.path("section"))
    questions = {question.key: question for question in questions_of(found)}
    wrong: dict[str, list[str]] = {}
    for mistake in mistakes(found) if found.sections else ():
        reason = REASONS[mistake.code]
        wrong.setdefault(mistake.field, []).append(reason.en if desk.language == "en" else reason.fr)
    return desk.page(
        "questionnaire.html",
        title=title,
        questionnaire=found,
        count=len(questions),
        wrong=wrong,
        words=lambda condition: condition_words(condition, questions, desk.language),
        kinds=KINDS,
        kind_of=kind_of,
        here=_here(desk),
        **facts,
    )


async def _page(desk: Desk) -> tuple[Questionnaire, Section | None]:
    _, found = await store.definition_in(desk.service.pool, desk.consultation, desk.path("section"))
    key = desk.request.path_params["key"]
    return found, None if key == "new" else section_of(found, key)


async def _item(desk: Desk) -> tuple[Questionnaire, Section, Item | None, str]:
    _, found = await store.definition_in(desk.service.pool, desk.consultation, desk.path("section"))
    key = desk.request.path_params["key"]
    if key != "new":
        page, former = item_of(found, key)
        return found, page, former, kind_of(former)
    kind = desk.request.query_params.get("kind", "")
    if kind not in KINDS:
        raise Refusal("not_found")
    return found, section_of(found, desk.request.query_params.get("page", "")), None, kind


def _with(questionnaire: Questionnaire, page: str, item: Item) -> Questionnaire:
    """On the page where the question is now, if somebody moved it meanwhile."""
    home = next((one.key for one in questionnaire.sections if item.key in {each.key for each in one.items}), page)
    return with_item(questionnaire, home, item)


def _section(questionnaire: Questionnaire, key: str) -> Section | None:
    return next((section for section in questionnaire.sections if section.key == key), None)


def _typed_rows(form: Form) -> Rows:
    return Rows("any" if form.get("link") == "any" else "all", tuple(line for line in typed(form) if line.value))


def _conditions(desk: Desk, found: Questionnaire, key: str, rows: Rows | None) -> Values:
    lines = (*(rows.lines if rows else ()), *[Line()] * SPARE)
    earlier = list(before(found, key))
    return {"earlier": choices(earlier, desk.language), "lines": lines, "link": rows.link if rows else "all"}


async def _page_form(
    desk: Desk,
    found: Questionnaire,
    former: Section | None,
    values: Values,
    rows: Rows | None,
    refusal: Refusal | None = None,
) -> Response:
    facts: Values = {"former": former, "values": values, "here": _here(desk)}
    facts |= _conditions(desk, found, former.key if former else "", rows)
    return _form(desk, "questionnaire_page.html", facts, refusal)


async def _item_form(
    desk: Desk,
    found: Questionnaire,
    page: Section,
    former: Item | None,
    kind: str,
    values: Values,
    rows: Rows | None,
    refusal: Refusal | None = None,
) -> Response:
    # A new question comes last on its page.
    after = former.key if former else _next_page(found, page)
    facts: Values = {"former": former, "values": values, "here": _here(desk), "kind": kind, "page": page}
    facts |= _conditions(desk, found, after, rows)
    return _form(desk, "questionnaire_item.html", facts, refusal)


def _next_page(found: Questionnaire, page: Section) -> str:
    place = found.sections.index(page) + 1
    return found.sections[place].key if place < len(found.sections) else ""


def _form(desk: Desk, template: str, facts: Values, refusal: Refusal | None) -> Response:
    return desk.page(template, **facts) if refusal is None else desk.refused(template, refusal, **facts)


ROUTES: Final = (
    Place("GET", P, Act.EDIT_STRUCTURE, overview),
    Place("POST", P, Act.EDIT_STRUCTURE, change),
    Place("GET", f"{P}/pages/{{key}}", Act.EDIT_STRUCTURE, show_page),
    Place("POST", f"{P}/pages/{{key}}", Act.EDIT_STRUCTURE, save_page),
    Place("GET", f"{P}/items/{{key}}", Act.EDIT_STRUCTURE, show_item),
    Place("POST", f"{P}/items/{{key}}", Act.EDIT_STRUCTURE, save_item),
    Place("GET", f"{P}/preview", Act.READ_DRAFT, preview),
)
