"""What moderators should look at together, or first: texts that are alike, and days on which much more happens than
usual. Never who: texts come with their contribution, figures by day.
"""

import asyncio
import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.menu import CONSULTATION
from consultation_service.backoffice.rulings import motives, ruling_of
from consultation_service.forms import Form
from consultation_service.moderation_words import DECISIONS, spoken
from consultation_service.publication import Row
from consultation_service.rules.acts import Act
from consultation_service.rules.bursts import LEAST, Burst, Group, bursts, group_alike
from consultation_service.store import moderation
from consultation_service.store import moderation_queue as store
from contracts.http import Refusal

SIGNALS: Final = f"{CONSULTATION}/moderation/signals"
ALIKE: Final = f"{CONSULTATION}/contributions/{{contribution}}/alike"
COMPARED: Final = 150
"""How many texts are compared with one another: those that wait, then those of the last days."""
DAYS: Final = 14
LOOKED_BACK: Final = 30
REMEMBERED: Final = 64
FRESH_SECONDS: Final = 60


class Sudden(NamedTuple):
    """A burst and where it is: a section or a contribution."""

    place: str
    title: str
    burst: Burst


async def with_item(desk: Desk, contribution: str) -> int:
    """How many texts are alike to that of a contribution, itself included; 0 when it is alone. A comparison may be a
    minute old: moderators go from one text to the next faster than texts arrive.
    """
    compared_at, groups = _remembered.get(desk.consultation, (0.0, ()))
    if desk.service.clock() - compared_at > FRESH_SECONDS:
        groups = await _groups(desk, await _texts(desk))
    return next((len(group.contributions) for group in groups if contribution in group.contributions), 0)


async def signals(desk: Desk) -> Response:
    """``GET …/moderation/signals``: groups of alike texts, and sudden days."""
    rows = await _texts(desk)
    by_id = {row["id"]: row for row in rows}
    groups = [(group, by_id[group.contributions[0]]) for group in await _groups(desk, rows)]
    since = desk.today() - datetime.timedelta(LOOKED_BACK)
    texts = await store.texts_per_day(desk.service.pool, desk.consultation, since)
    votes = await store.votes_per_day(desk.service.pool, desk.consultation, since, LEAST)
    return desk.page(
        "moderation_signals.html",
        groups=groups, texts=sudden(texts, since, desk.today()), votes=sudden(votes, since, desk.today()),
        compared=COMPARED, days=DAYS, looked_back=LOOKED_BACK,
    )  # fmt: skip


def sudden(rows: Iterable[Row], first: datetime.date, last: datetime.date) -> list[Sudden]:
    """The bursts of each place, the last ones first. ``rows`` have ``place``, ``title``, ``day``, ``acts``."""
    counts: dict[tuple[str, str], dict[datetime.date, int]] = defaultdict(dict)
    for row in rows:
        counts[row["place"], row["title"]][row["day"]] = row["acts"]
    found = [Sudden(*place, burst) for place, days in counts.items() for burst in bursts(days, first, last)]
    return sorted(found, key=lambda one: (one.burst.day, one.burst.acts), reverse=True)


async def group(desk: Desk) -> Response:
    """``GET …/contributions/{contribution}/alike``: the texts that are alike to that one, to decide about together."""
    return desk.page("moderation_alike.html", **await _facts(desk), written=0)


async def decide(desk: Desk) -> Response:
    """``POST`` of the same: one decision for each of the ticked texts, each written by itself; those that changed
    meanwhile are left for the queue.
    """
    form = await desk.form()
    chosen = {item: seen for item, _, seen in (pair.partition("=") for pair in form.all("item"))}
    try:
        if not chosen:
            raise Refusal("nothing_chosen", field="item")
        written = await _decide_each(desk, form, chosen)
    except Refusal as refusal:
        typed = {name: form.get(name) for name in ("decision", "rule", "facts")}
        facts = await _facts(desk)
        return desk.refused("moderation_alike.html", refusal, **{**facts, "typed": typed, "ticked": chosen}, written=0)
    if written < len(chosen):
        return desk.refused("moderation_alike.html", Refusal("entry_refused"), **await _facts(desk), written=written)
    return desk.back(SIGNALS.format(consultation=desk.consultation), "decided")


async def _decide_each(desk: Desk, form: Form, chosen: dict[str, str]) -> int:
    ruling, written = ruling_of(form), 0
    allowed = {row["id"] for row in await _texts(desk)}
    # Each in its own transaction: no order of locks can then make two moderators wait for each other.
    for contribution, seen in chosen.items():
        if contribution not in allowed:
            continue
        try:
            async with desk.service.pool.acquire() as connection, connection.transaction():
                await moderation.decide(
                    connection, contribution, ruling._replace(seen=seen), desk.staff.pseudonym, desk.today()
                )
                await desk.record(connection, object=contribution)
        except Refusal:
            continue
        written += 1
    return written


async def _facts(desk: Desk) -> dict[str, Any]:
    rows = await _texts(desk)
    contribution = desk.path("contribution")
    alone = Group((contribution,), identical=False)
    groups = await _groups(desk, rows)
    found = next((one for one in groups if contribution in one.contributions), alone)
    members = [row for row in rows if row["id"] in found.contributions]
    seen = await store.seen(desk.service.pool, [row["id"] for row in members])
    return {
        "identical": found.identical,
        "members": members,
        "seen": seen,
        "ticked": seen,
        "decisions": [(name, spoken(words, desk.language), "") for name, words in DECISIONS.items()],
        "motives": motives(desk),
        "typed": {"decision": "", "rule": "", "facts": ""},
    }


async def _texts(desk: Desk) -> Sequence[Row]:
    since = desk.today() - datetime.timedelta(DAYS)
    return await store.texts(desk.service.pool, desk.consultation, since, COMPARED)


async def _groups(desk: Desk, rows: Sequence[Row]) -> tuple[Group, ...]:
    texts = {row["id"]: f"{row['title']}\n{row['body']}" for row in rows}
    groups = await asyncio.to_thread(group_alike, texts)
    if len(_remembered) >= REMEMBERED:
        del _remembered[next(iter(_remembered))]
    _remembered[desk.consultation] = (desk.service.clock(), groups)
    return groups


_remembered: Final[dict[str, tuple[float, tuple[Group, ...]]]] = {}
"""The last comparison of each consultation: ids of contributions, no text."""


ROUTES = (
    Place("GET", SIGNALS, Act.MODERATE, signals),
    Place("GET", ALIKE, Act.MODERATE, group),
    Place("POST", ALIKE, Act.MODERATE, decide),
)
