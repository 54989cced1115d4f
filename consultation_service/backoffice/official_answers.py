"""Pages on which the organiser answers contributions: what to answer, and the answer with its former versions."""

from typing import Any, Final

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Form, Place
from consultation_service.backoffice.menu import CONSULTATION, spoken
from consultation_service.contributions import clean_line, clean_text
from consultation_service.markdown import render_aside
from consultation_service.rules.acts import Act
from consultation_service.rules.lifecycle import MAX_REASON
from consultation_service.rules.official_answers import STATUSES, check_answer, statuses_for
from consultation_service.store import official_answers as store
from consultation_service.store.official_answers import PAGE, Answerable, Show, Written
from contracts.http import Refusal

SHOWS: Final[tuple[Show, ...]] = ("unanswered", "supported", "questions", "answered")
FIELDS: Final = ("status", "reason", "body")
FORM: Final = f"{CONSULTATION}/contributions/{{contribution}}/official-answer"


async def contributions(desk: Desk) -> Response:
    """``GET …/official-answers?show=&words=&page=``: what calls for an answer."""
    asked = desk.request.query_params
    show = next((name for name in SHOWS if name == asked.get("show")), SHOWS[0])
    page = desk.number("page")
    words = clean_line(asked.get("words", "")[:100], "words")
    found, total = await store.to_answer(desk.service.pool, desk.consultation, show, words, page)
    return desk.page(
        "official_answers.html",
        show=show, words=words, page=page, found=found, total=total, last=(page + 1) * PAGE >= total,
        statuses=_statuses(desk),
    )  # fmt: skip


async def form(desk: Desk) -> Response:
    """``GET …/contributions/{contribution}/official-answer``."""
    found = await store.read(desk.service.pool, desk.consultation, desk.path("contribution"))
    former = await store.versions(desk.service.pool, found.id)
    typed = {name: former[0][name] if former else "" for name in FIELDS}
    return desk.page("official_answer.html", **_facts(desk, found), former=former, typed=typed)


async def answer(desk: Desk) -> Response:
    """``POST`` of the same: a new version of the answer, or the form with what was typed."""
    found = await store.read(desk.service.pool, desk.consultation, desk.path("contribution"))
    given = await desk.form()
    try:
        written = await _written(found, given)
        async with desk.service.pool.acquire() as connection, connection.transaction():
            await store.answer(connection, desk.consultation, found.id, desk.staff.pseudonym, written, desk.today())
    except Refusal as refusal:
        former = await store.versions(desk.service.pool, found.id)
        typed = {name: given.get(name) for name in FIELDS}
        return desk.refused("official_answer.html", refusal, **_facts(desk, found), former=former, typed=typed)
    return desk.back(desk.request.url.path, "published")


async def _written(found: Answerable, given: Form) -> Written:
    reason, body = clean_text(given.get("reason"), "reason"), clean_text(given.get("body"), "body")
    check_answer(found.kind, given.get("status"), reason, body)
    return Written(given.get("status"), reason, body, await render_aside(body))


def _facts(desk: Desk, found: Answerable) -> dict[str, Any]:
    statuses = _statuses(desk)
    return {
        "found": found,
        "statuses": statuses,
        "options": [(status, statuses[status], "") for status in statuses_for(found.kind)],
        "longest": MAX_REASON,
    }


def _statuses(desk: Desk) -> dict[str, str]:
    return {status: spoken(words, desk.language) for status, words in STATUSES.items()}


ROUTES = (
    Place("GET", f"{CONSULTATION}/official-answers", Act.ANSWER_OFFICIALLY, contributions),
    Place("GET", FORM, Act.ANSWER_OFFICIALLY, form),
    Place("POST", FORM, Act.ANSWER_OFFICIALLY, answer),
)
