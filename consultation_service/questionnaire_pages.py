"""A questionnaire, one page at a time, without script: each page that is left is kept, so that anybody can come back.

What is shown is decided here, from the answers that were kept; the script of the page only shows it sooner. A question
that appears because of an answer on the same page is shown before the participant goes on.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import ID
from consultation_service.forms import Form, read_form
from consultation_service.markdown import render
from consultation_service.pages import page
from consultation_service.questionnaire_forms import Fields, answer_of, fields_of
from consultation_service.questionnaire_words import answer_words, kind_of
from consultation_service.rules.acts import Act
from consultation_service.rules.answers import check
from consultation_service.rules.questionnaires import Mistake, Questionnaire, Section, TextBlock
from consultation_service.store import responses
from consultation_service.store.answering import Place, place_of
from consultation_service.store.consultations import require_act
from consultation_service.store.responses import Response as Kept
from consultation_service.visits import Visit, visit
from contracts.http import Refusal

PATH: Final = "/sections/{section}/questionnaire"
REVIEW: Final = "review"
_steps: Final = msgspec.json.Encoder()


class _Desk(NamedTuple):
    """What every handler here needs."""

    visit: Visit
    place: Place
    questionnaire: Questionnaire
    kept: Kept


@page
async def show(request: Request) -> Response:
    """``GET``: ``step`` is the number of a page of the questionnaire, or ``review``; without it, where one stopped."""
    desk = await _open(request)
    if not await desk.visit.inside():
        return desk.visit.go(desk.visit.join)
    step = request.query_params.get("step", "")
    locked = await _locked(desk)
    if step == REVIEW or locked is not None or (not step and desk.kept.sent and desk.kept.draft is None):
        return _review(desk, locked=locked)
    number = _shown_from(desk, int(step)) if step.isdecimal() and len(step) < 4 else _resume(desk)
    if str(number) != step:
        return desk.visit.go(desk.visit.own(step=str(number) if number else REVIEW))
    return _step(desk, number, fields_of(desk.questionnaire.sections[number - 1].items, desk.kept.present))


@page
async def save(request: Request) -> Response:
    """``POST``: keep the page, then ``go`` on (``next``, ``previous``, ``later``); or, on the review, ``send``,
    ``withdraw`` or ``forget`` changes.
    """
    form = await read_form(request)
    desk = await _open(request, form)
    step = request.query_params.get("step", "")
    if step.isdecimal() and 1 <= int(step[:4]) <= len(desk.questionnaire.sections):
        return await _keep(desk, int(step[:4]), form)
    return await _finish(desk, form)


async def _open(request: Request, form: Form | None = None) -> _Desk:
    section: str = request.path_params["section"]
    if not ID.fullmatch(section):
        raise Refusal("unknown_section")
    place = await place_of(request.state.service.pool, section, "questionnaire")
    seen = await visit(request, place.consultation, form)
    questionnaire = responses.definition_of(place)
    return _Desk(seen, place, questionnaire, await responses.response_of(seen.service.pool, section, seen.participant))


async def _locked(desk: _Desk) -> Refusal | None:
    """Why nothing can be changed, if so."""
    if desk.kept.sent and not desk.questionnaire.editable:
        return Refusal("already_sent")
    pool, place = desk.visit.service.pool, desk.place
    try:
        await require_act(pool, place.consultation, Act.ANSWER_QUESTIONNAIRE, desk.visit.day, place.section)
    except Refusal as refusal:
        return refusal
    return None


def _numbers(desk: _Desk, answers: Mapping[str, Any] | None = None) -> list[int]:
    """The pages that are shown with these answers, from 1."""
    shown = check(desk.questionnaire, desk.kept.present if answers is None else answers, sent=False).shown
    return [number for number, section in enumerate(desk.questionnaire.sections, 1) if section.key in shown]


def _shown_from(desk: _Desk, step: int) -> int:
    """``step``, or else the page that comes after it; 0 after the last one."""
    return next((number for number in _numbers(desk) if number >= step), 0)


def _resume(desk: _Desk) -> int:
    """The first page that is not complete; 0 when all of them are."""
    if desk.kept == responses.NOTHING:
        return _shown_from(desk, 1)
    missing = {mistake.field.partition(".")[0] for mistake in _missing(desk, desk.kept.present)}
    if not missing and desk.kept.sent:
        return 0
    unanswered = {
        number
        for number, section in enumerate(desk.questionnaire.sections, 1)
        if missing & _keys(section) or not _keys(section) & desk.kept.present.keys()
    }
    return next((number for number in _numbers(desk) if number in unanswered), 0)


def _missing(desk: _Desk, answers: Mapping[str, Any]) -> tuple[Mistake, ...]:
    return check(desk.questionnaire, answers, sent=True).mistakes


def _keys(section: Section) -> set[str]:
    return {item.key for item in section.items if not isinstance(item, TextBlock)}


async def _keep(desk: _Desk, number: int, form: Form) -> Response:
    seen, section = desk.visit, desk.questionnaire.sections[number - 1]
    given: dict[str, Any] = {}
    wrong: list[Mistake] = []
    for item in section.items:
        if not isinstance(item, TextBlock):
            try:
                given[item.key] = answer_of(item, form)
            except Refusal as refusal:
                wrong.append(Mistake(item.key, refusal.code))
    try:
        checked = await responses.keep(seen.service.pool, desk.place, seen.participant, given, seen.day)
    except Refusal as refusal:
        # What was typed is shown again, also when nothing can be answered any more.
        return _step(desk, number, _typed(form), refusal=refusal)
    go = form.get("go")
    wrong += [mistake for mistake in checked.mistakes if mistake.field in _keys(section)]
    new = {item.key for item in section.items if item.key in checked.shown} - set(form.all("seen"))
    if go == "next":
        told = {mistake.field for mistake in wrong}
        missing = _missing(desk, {**checked.answers})
        wrong += [m for m in missing if m.field.partition(".")[0] in _keys(section) - new and m.field not in told]
    after = desk._replace(kept=desk.kept._replace(draft=checked.answers))
    if wrong or (new and go == "next"):
        return _step(after, number, _typed(form), wrong, new)
    if go == "later":
        return seen.go(seen.own(step=REVIEW, done="kept"))
    if go == "previous":
        before = [one for one in _numbers(after) if one < number]
        return seen.go(seen.own(step=str(before[-1] if before else number)))
    return seen.go(seen.own(step=str(_shown_from(after, number + 1) or REVIEW)))


async def _finish(desk: _Desk, form: Form) -> Response:
    seen, pool = desk.visit, desk.visit.service.pool
    try:
        match form.get("go"):
            case "withdraw":
                await responses.withdraw(pool, desk.place, seen.participant, seen.day)
                return seen.go(seen.own(step=REVIEW, done="withdrawn"))
            case "forget":
                await responses.forget_draft(pool, desk.place, seen.participant)
                return seen.go(seen.own(step=REVIEW))
            case "send":
                checked = await responses.send(pool, desk.place, seen.participant, seen.day)
                if checked.mistakes:
                    return _review(desk, None, checked.mistakes)
                return seen.go(seen.own(step=REVIEW, done="sent"))
    except Refusal as refusal:
        return _review(desk, refusal)
    raise Refusal("invalid_field")


def _typed(form: Form) -> Fields:
    typed: dict[str, list[str]] = {}
    for name, value in form.fields:
        typed.setdefault(name, []).append(value)
    return typed


def _step(
    desk: _Desk,
    number: int,
    typed: Fields,
    wrong: list[Mistake] | None = None,
    new: set[str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    section = desk.questionnaire.sections[number - 1]
    numbers = _numbers(desk)
    own = _keys(section)
    return desk.visit.page(
        "questionnaire.html",
        refusal,
        422 if wrong else 200,
        place=desk.place,
        section=section,
        introduction=render(section.introduction),
        shown=check(desk.questionnaire, desk.kept.present, sent=False).shown,
        typed=typed,
        errors={mistake.field: desk.visit.sentence(Refusal(mistake.code)) for mistake in reversed(wrong or ())},
        appeared=new or set(),
        number=number,
        position=numbers.index(number) + 1 if number in numbers else 1,
        count=len(numbers),
        earlier=_steps.encode({k: v for k, v in desk.kept.present.items() if k not in own}).decode(),
        **TOOLS,
    )


def _review(
    desk: _Desk, refusal: Refusal | None = None, wrong: tuple[Mistake, ...] = (), locked: Refusal | None = None
) -> Response:
    """The answers, read again; ``locked`` says why they cannot be changed, which refuses nothing that was asked."""
    answers = desk.kept.present
    checked = check(desk.questionnaire, answers, sent=False)
    pages = [
        (number, section, _lines(section, checked.shown, answers, desk.visit))
        for number, section in enumerate(desk.questionnaire.sections, 1)
        if section.key in checked.shown
    ]
    return desk.visit.page(
        "questionnaire_review.html",
        refusal,
        422 if wrong else 200,
        place=desk.place,
        questionnaire=desk.questionnaire,
        kept=desk.kept,
        locked="" if locked is None else desk.visit.sentence(locked),
        pages=pages,
        errors={
            mistake.field.partition(".")[0]: desk.visit.sentence(Refusal(mistake.code)) for mistake in reversed(wrong)
        },
        labels={item.key: item.label for _, section, _ in pages for item in section.items if hasattr(item, "label")},
        numbers={item.key: number for number, section, _ in pages for item in section.items},
        answered=checked.answered,
        asked=checked.asked,
    )


def _lines(section: Section, shown: tuple[str, ...], answers: Mapping[str, Any], seen: Visit) -> list[Any]:
    return [
        (item, answer_words(item, answers[item.key], seen.language) if item.key in answers else ())
        for item in section.items
        if item.key in shown and not isinstance(item, TextBlock)
    ]


def condition_json(item: Any) -> str:
    """A condition as the script of the page reads it; empty when the question is always shown."""
    return "" if item.show_if is None else _steps.encode(item.show_if).decode()


TOOLS: Final[Mapping[str, Any]] = {"kind_of": kind_of, "condition_json": condition_json, "markdown": render}
"""What the template of a question is given."""

ROUTES: Final = (Route(PATH, show), Route(PATH, save, methods=["POST"]))
