"""The sections of a consultation: a tree whose order is changed with buttons, or by dragging when there is script."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

from consultation_service.backoffice import names
from consultation_service.backoffice.desk import Desk, Form, Place
from consultation_service.backoffice.steps import C, address, page, writing
from consultation_service.rules.acts import Act
from consultation_service.rules.outline import DIRECTIONS
from consultation_service.store import configuration, sections
from consultation_service.store.sections import Section
from consultation_service.structure import ADDABLE, PROPOSED, SectionSettings
from contracts.events import SectionKind
from contracts.http import Refusal

KINDS: Final[dict[str, SectionKind]] = {kind: kind for kind in ADDABLE}


async def structure(desk: Desk) -> Response:
    """``GET …/structure``; ``moved`` and ``direction`` say which button has the focus, after it was pressed."""
    asked = desk.request.query_params
    return await _tree_page(desk, moved=asked.get("moved", ""), direction=asked.get("direction", ""))


async def _tree_page(desk: Desk, refusal: Refusal | None = None, **facts: Any) -> Response:
    tree = await sections.tree(desk.service.pool, desk.consultation)
    kinds = {kind: words for kind, words, _ in names.options(names.SECTION_KINDS, desk.language)}
    return await page(desk, "structure", "structure.html", refusal, tree=tree, kinds=kinds, **facts)


async def new(desk: Desk) -> Response:
    """``GET …/sections/new``, in the section ``parent`` when there is one."""
    return await _new_page(
        desk, {"title": "", "kind": "proposals", "parent": desk.request.query_params.get("parent", "")}
    )


async def _new_page(desk: Desk, values: dict[str, Any], refusal: Refusal | None = None) -> Response:
    tree = await sections.tree(desk.service.pool, desk.consultation)
    return await page(
        desk, "structure", "section_new.html", refusal, values=values, tree=tree,
        kinds=names.options(names.SECTION_KINDS, desk.language),
    )  # fmt: skip


async def add(desk: Desk) -> Response:
    """``POST …/sections/new``: a section that accepts what its kind usually does, and on to its settings."""
    form = await desk.form()
    try:
        kind = _kind(form)
        config = await configuration.read(desk.service.pool, desk.consultation)
        given = SectionSettings(
            title=form.get("title"), kind=kind, kinds=PROPOSED[kind], scale=config.policy.scale
        )  # fmt: skip
        async with writing(desk) as connection:
            section = await sections.add(connection, desk.consultation, given, form.get("parent") or None, desk.today())
    except Refusal as refusal:
        return await _new_page(desk, dict(form.fields), refusal)
    return desk.back(address(desk, "sections", section), "saved")


def _kind(form: Form) -> SectionKind:
    kind = KINDS.get(form.get("kind"))
    if kind is None:
        raise Refusal("invalid_field", field="kind")
    return kind


async def section(desk: Desk) -> Response:
    """``GET …/sections/{section}``: its settings."""
    found = await sections.one(desk.service.pool, desk.consultation, desk.path("section"))
    return await _section_page(desk, found, msgspec.to_builtins(found.settings))


async def _section_page(desk: Desk, found: Section, values: dict[str, Any], refusal: Refusal | None = None) -> Response:
    added = {value: words for value, words, _ in names.plain(names.ADDED, desk.language)}
    return await page(
        desk, "structure", "section.html", refusal, section=found, values=values,
        kinds=names.options(names.SECTION_KINDS, desk.language),
        added=[(kind, added[kind], "") for kind in ADDABLE[found.settings.kind]],
        scales=names.options(names.SCALES, desk.language),
    )  # fmt: skip


async def save(desk: Desk) -> Response:
    """``POST …/sections/{section}``. A section of another kind accepts what that kind usually does."""
    form = await desk.form()
    found = await sections.one(desk.service.pool, desk.consultation, desk.path("section"))
    try:
        kind = _kind(form)
        kinds = tuple(name for name in ADDABLE[kind] if name in form.all("kinds"))
        given = SectionSettings(
            title=form.get("title"),
            introduction=form.get("introduction"),
            kind=kind,
            kinds=kinds if kind == found.settings.kind else PROPOSED[kind],
            scale=form.get("scale") or found.settings.scale,  # type: ignore[arg-type]  # clean_section checks it
            review_first=form.get("review_first") == "yes",
        )
        async with writing(desk) as connection:
            await sections.save(connection, desk.consultation, found.id, given, desk.today())
    except Refusal as refusal:
        values = dict(form.fields) | {"kinds": form.all("kinds"), "review_first": form.get("review_first") == "yes"}
        return await _section_page(desk, found, values, refusal)
    there = address(desk, "structure") if form.get("then") == "next" else address(desk, "sections", found.id)
    return desk.back(there, "saved")


async def move(desk: Desk) -> Response:
    """``POST …/sections/{section}/move`` with ``direction``."""
    form = await desk.form()
    moved, direction = desk.path("section"), next((d for d in DIRECTIONS if d == form.get("direction")), None)
    try:
        if direction is None:
            raise Refusal("invalid_field")
        async with writing(desk) as connection:
            await sections.move(connection, desk.consultation, moved, direction, desk.today())
    except Refusal as refusal:
        return await _tree_page(desk, refusal, moved=moved, direction="")
    # No fragment: with one, browsers do not give the focus to the button that asks for it.
    return desk.back(f"{address(desk, 'structure')}?moved={moved}&direction={direction}")


async def place(desk: Desk) -> Response:
    """``POST …/structure/place`` with ``moved``, ``parent`` and ``before``, when a section was dropped."""
    form = await desk.form()
    try:
        async with writing(desk) as connection:
            await sections.place(
                connection, desk.consultation, form.get("moved"), form.get("parent") or None,
                form.get("before") or None, desk.today(),
            )  # fmt: skip
    except Refusal as refusal:
        return await _tree_page(desk, refusal, moved="", direction="")
    return desk.back(f"{address(desk, 'structure')}#section-{form.get('moved')}")


async def ask_removal(desk: Desk) -> Response:
    """``GET …/sections/{section}/remove``: what would go."""
    return await _removal_page(desk)


async def _removal_page(desk: Desk, refusal: Refusal | None = None) -> Response:
    tree = await sections.tree(desk.service.pool, desk.consultation)
    found = await sections.one(desk.service.pool, desk.consultation, desk.path("section"))
    at = next(n for n, each in enumerate(tree) if each.id == found.id)
    below = []
    for each in tree[at + 1 :]:
        if each.depth <= found.depth:
            break
        below.append(each)
    return await page(desk, "structure", "section_remove.html", refusal, section=found, below=below)


async def remove(desk: Desk) -> Response:
    """``POST …/sections/{section}/remove``."""
    try:
        async with writing(desk) as connection:
            await sections.remove(connection, desk.consultation, desk.path("section"), desk.today())
    except Refusal as refusal:
        if refusal.code != "section_in_use":
            raise
        return await _removal_page(desk, refusal)
    return desk.back(address(desk, "structure"), "deleted")


ROUTES = (
    Place("GET", f"{C}/structure", Act.EDIT_STRUCTURE, structure),
    Place("POST", f"{C}/structure/place", Act.EDIT_STRUCTURE, place),
    Place("GET", f"{C}/sections/new", Act.EDIT_STRUCTURE, new),
    Place("POST", f"{C}/sections/new", Act.EDIT_STRUCTURE, add),
    Place("GET", f"{C}/sections/{{section}}", Act.EDIT_STRUCTURE, section),
    Place("POST", f"{C}/sections/{{section}}", Act.EDIT_STRUCTURE, save),
    Place("POST", f"{C}/sections/{{section}}/move", Act.EDIT_STRUCTURE, move),
    Place("GET", f"{C}/sections/{{section}}/remove", Act.EDIT_STRUCTURE, ask_removal),
    Place("POST", f"{C}/sections/{{section}}/remove", Act.EDIT_STRUCTURE, remove),
)
