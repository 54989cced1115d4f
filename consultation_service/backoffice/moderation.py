"""The queue of moderators: an item at a time, the one that has waited longest first, and what to decide about it.

Nothing on these pages says who wrote or reported what. Each page works without script; with it, decisions take two
keys and the next item comes without loading the page again (``static/backoffice/moderation.js``).
"""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, get_args
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from consultation_service.backoffice import alike
from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.menu import CONSULTATION
from consultation_service.backoffice.rulings import clean_facts, motives, ruling_of
from consultation_service.contributions import clean_line
from consultation_service.forms import Form
from consultation_service.highlights import highlighted
from consultation_service.moderation_words import DECISIONS, STAYS, WAITS, history, motive_name, spoken, told
from consultation_service.publication import Row
from consultation_service.rules.acts import Act
from consultation_service.rules.moderation import MAX_FACTS, MIN_FACTS, VISIBILITIES, Visibility
from consultation_service.store import moderation
from consultation_service.store import moderation_queue as store
from consultation_service.store.database import Connection
from consultation_service.store.moderation import Ruling
from consultation_service.store.moderation_queue import PAGE, Sheet
from consultation_service.words import Language
from contracts.events import Change
from contracts.http import Refusal

QUEUE: Final = f"{CONSULTATION}/moderation"
ITEM: Final = f"{CONSULTATION}/contributions/{{contribution}}/moderation"


async def queue(desk: Desk) -> Response:
    """``GET …/moderation?why=``: the queue, its first item open."""
    why = _why(desk)
    waiting = await store.around(desk.service.pool, desk.consultation, why, None)
    if not waiting:
        return desk.page("moderation.html", **await _frame(desk, why, waiting), sheet=None)
    return await _show(desk, waiting[0]["id"], why)


async def item(desk: Desk) -> Response:
    """``GET …/contributions/{contribution}/moderation``: any item, from the queue or not."""
    return await _show(desk, desk.path("contribution"), _why(desk))


async def decide(desk: Desk) -> Response:
    """``POST`` of the same: a decision, then the next item of the queue."""
    return await _decide(desk, moderation.decide)


async def decide_appeal(desk: Desk) -> Response:
    """``POST …/appeal-decision``: the same about an appeal, for somebody else than the first time."""
    return await _decide(desk, moderation.decide_appeal)


async def reverse(desk: Desk) -> Response:
    """``POST …/reversal``: the decision in force is taken away."""
    form, contribution = await desk.form(), desk.path("contribution")
    found = await store.sheet(desk.service.pool, desk.consultation, contribution)
    try:
        facts = clean_facts(form)
        if len(facts) < MIN_FACTS:
            raise Refusal("moderation_incomplete", field="facts")
        async with desk.service.pool.acquire() as connection, connection.transaction():
            await moderation.reverse(
                connection, contribution, facts, form.get("seen"), desk.staff.pseudonym, desk.today()
            )
            await desk.record(connection, object=contribution)
    except Refusal as refusal:
        return await _refuse(desk, refusal, found, form, "reversal")
    return desk.back(_address(desk, contribution, _clean_why(form.get("why"))), "decided")


async def back_to_item(desk: Desk) -> Response:
    """``GET`` of the two last ones, as when somebody loads a refused form again."""
    return desk.back(_address(desk, desk.path("contribution"), ""))


async def contributions(desk: Desk) -> Response:
    """``GET …/moderation/all?words=&state=&page=``: every contribution, to moderate on one's own initiative."""
    asked = desk.request.query_params
    words = clean_line(asked.get("words", "")[:200], "words")
    state = asked.get("state", "") if asked.get("state", "") in VISIBILITIES else ""
    page = desk.number("page")
    # A whole address of the public page is as good as an id.
    found = await store.search(desk.service.pool, desk.consultation, words.rstrip("/").rpartition("/")[2], state, page)
    states = [(name, spoken(VISIBILITIES[name], desk.language)) for name in get_args(Visibility)]
    return desk.page(
        "moderation_all.html", found=found[:PAGE], words=words, state=state, states=states, page=page,
        last=len(found) <= PAGE,
    )  # fmt: skip


Write = Callable[[Connection, str, Ruling, str, datetime.date], Awaitable[None]]


async def _decide(desk: Desk, write: Write) -> Response:
    form, contribution = await desk.form(), desk.path("contribution")
    why = _clean_why(form.get("why"))
    found = await store.sheet(desk.service.pool, desk.consultation, contribution)
    try:
        ruling = ruling_of(form, on_appeal=write is moderation.decide_appeal)
        async with desk.service.pool.acquire() as connection, connection.transaction():
            await write(connection, contribution, ruling, desk.staff.pseudonym, desk.today())
            await desk.record(connection, object=contribution)
    except Refusal as refusal:
        return await _refuse(desk, refusal, found, form, "decision")
    if found.spot is None:
        return desk.back(_address(desk, contribution, why), "decided")
    following = await store.after(desk.service.pool, desk.consultation, why, found.spot)
    if following is None:
        return desk.back(f"{QUEUE.format(consultation=desk.consultation)}?{urlencode({'why': why})}", "decided")
    return desk.back(_address(desk, following, why), "decided")


async def _refuse(desk: Desk, refusal: Refusal, found: Sheet, form: Form, which: str) -> Response:
    """The item again, as it is now, with what was typed."""
    if refusal.code == "entry_refused":
        found = await store.sheet(desk.service.pool, desk.consultation, found.held.id)
    typed = {name: form.get(name) for name in ("decision", "rule", "facts")}
    facts = await _facts(desk, found, _clean_why(form.get("why")))
    return desk.refused("moderation.html", refusal, **{**facts, "typed": typed, "wrong_form": which})


async def _show(desk: Desk, contribution: str, why: str) -> Response:
    found = await store.sheet(desk.service.pool, desk.consultation, contribution)
    return desk.page("moderation.html", **await _facts(desk, found, why))


async def _facts(desk: Desk, found: Sheet, why: str) -> dict[str, Any]:
    """What the page of an item shows."""
    pool, held, language = desk.service.pool, found.held, desk.language
    waiting = await store.around(pool, desk.consultation, why, found.spot)
    at = next((n for n, row in enumerate(waiting) if row["id"] == held.id), None)
    last = held.last
    shown = await asyncio.to_thread(
        lambda: {name: highlighted(found.row[name], language) for name in ("title", "body", "explanation")}
    )
    return {
        **await _frame(desk, why, waiting),
        "sheet": found,
        "shown": shown,
        "changes": msgspec.json.decode(found.row["changes"], type=tuple[Change, ...]),
        "personal": sorted({part.kind for parts in shown.values() for part in parts if part.kind}),
        "previous": waiting[at - 1]["id"] if at else "",
        "following": _following(waiting, at),
        "visibility": spoken(VISIBILITIES[held.item.visibility], language),
        "motive_of": {said.number: motive_name(said.rule, language) for said in found.reports},
        "standing": None if last is None else told(last.entry, language),
        "own_decision": last is not None and last.entry.by == desk.staff.pseudonym,
        "history": history(held.entries, language),
        "alike": await alike.with_item(desk, held.id),
        "decisions": _offered(found, language),
        "motives": motives(desk),
        "typed": {"decision": "", "rule": "", "facts": ""},
        "wrong_form": "",
        "longest": MAX_FACTS,
    }


async def _frame(desk: Desk, why: str, waiting: Sequence[Row]) -> dict[str, Any]:
    """What surrounds the item: filters, and its neighbours in the queue."""
    return {
        "why": why,
        "waits": {name: spoken(words, desk.language) for name, words in WAITS.items()},
        "counts": await store.counts(desk.service.pool, desk.consultation),
        "waiting": waiting,
    }


def _following(waiting: Sequence[Row], at: int | None) -> str:
    if at is None:
        return waiting[0]["id"] if waiting else ""
    return waiting[at + 1]["id"] if at + 1 < len(waiting) else ""


def _offered(found: Sheet, language: Language) -> list[tuple[str, str, str]]:
    """The decisions that make sense: as a key, in words, with the key of the keyboard."""
    held = found.held
    keeps = held.item.waits or held.state != "published"
    possible: Mapping[str, bool] = {"keep": keeps, "hide": True, "send_back": bool(found.row["has_author"])}
    keys = {"keep": "1", "hide": "2", "send_back": "3"}
    words = {name: spoken(pair, language) for name, pair in DECISIONS.items()}
    if held.state == "published":
        words["keep"] = spoken(STAYS, language)
    return [(name, words[name], keys[name]) for name in DECISIONS if possible[name]]


def _address(desk: Desk, contribution: str, why: str) -> str:
    path = ITEM.format(consultation=desk.consultation, contribution=contribution)
    return f"{path}?{urlencode({'why': why})}" if why else path


def _why(desk: Desk) -> str:
    return _clean_why(desk.request.query_params.get("why", ""))


def _clean_why(text: str) -> str:
    return text if text in WAITS else ""


APPEAL: Final = f"{CONSULTATION}/contributions/{{contribution}}/appeal-decision"
REVERSAL: Final = f"{CONSULTATION}/contributions/{{contribution}}/reversal"

ROUTES = (
    Place("GET", QUEUE, Act.MODERATE, queue),
    Place("GET", f"{QUEUE}/all", Act.MODERATE, contributions),
    Place("GET", ITEM, Act.MODERATE, item),
    Place("POST", ITEM, Act.MODERATE, decide),
    Place("GET", APPEAL, Act.DECIDE_APPEAL, back_to_item),
    Place("POST", APPEAL, Act.DECIDE_APPEAL, decide_appeal),
    Place("GET", REVERSAL, Act.REVERSE_DECISION, back_to_item),
    Place("POST", REVERSAL, Act.REVERSE_DECISION, reverse),
)
