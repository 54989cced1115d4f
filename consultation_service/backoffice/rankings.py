"""The rules of a ranking: which method orders the totals, how many options a person ranks, points to share or not."""

import re
from typing import Any, Final, get_args

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Form, Place
from consultation_service.backoffice.steps import C, address, writing
from consultation_service.rules.acts import Act
from consultation_service.store import questionnaires as store
from contracts.events import PublicRankingRules, RankingMethod
from contracts.http import Refusal

P: Final = f"{C}/sections/{{section}}/ranking"
METHODS: Final[tuple[RankingMethod, ...]] = get_args(RankingMethod)
MOST: Final = {"most": 200, "points": 10_000}


async def show(desk: Desk) -> Response:
    """``GET``: the rules in force."""
    _, rules = await store.rules_in(desk.service.pool, desk.consultation, desk.path("section"))
    values = {"method": rules.method, "most": rules.most or "", "points": rules.points or ""}
    return await _page(desk, values)


async def save(desk: Desk) -> Response:
    """``POST``: ``method``, ``most``, ``points``; an empty number is no limit, or no points."""
    form = await desk.form()
    try:
        method = next((method for method in METHODS if method == form.get("method")), None)
        if method is None:
            raise Refusal("invalid_field", field="method")
        rules = PublicRankingRules(method=method, most=_number(form, "most"), points=_number(form, "points"))
        async with writing(desk) as connection:
            await store.save_rules(connection, desk.consultation, desk.path("section"), rules, desk.today())
    except Refusal as refusal:
        return await _page(desk, {"method": "", "most": "", "points": "", **dict(form.fields)}, refusal)
    return desk.back(_here(desk), "saved")


def _number(form: Form, name: str) -> int:
    text = form.get(name)
    if text and not (re.fullmatch(r"\d{1,6}", text) and int(text) <= MOST[name]):
        raise Refusal("bounds_refused", field=name)
    return int(text or 0)


def _here(desk: Desk) -> str:
    return address(desk, "sections", desk.path("section"), "ranking")


async def _page(desk: Desk, values: dict[str, Any], refusal: Refusal | None = None) -> Response:
    title, _ = await store.rules_in(desk.service.pool, desk.consultation, desk.path("section"))
    facts: dict[str, Any] = {
        "title": title,
        "values": values,
        "here": _here(desk),
        "texts": address(desk, "sections", desk.path("section"), "texts"),
    }
    return desk.page("ranking.html", **facts) if refusal is None else desk.refused("ranking.html", refusal, **facts)


ROUTES: Final = (Place("GET", P, Act.EDIT_STRUCTURE, show), Place("POST", P, Act.EDIT_STRUCTURE, save))
