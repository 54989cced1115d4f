"""What the organiser writes in a section: the articles of a bill, or the options to rank; one by one, or cut from a
whole text.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from consultation_service import articles as cutting
from consultation_service.articles import Piece
from consultation_service.backoffice.desk import Desk, Form, Place
from consultation_service.backoffice.steps import C, address, page, writing
from consultation_service.backoffice.uploads import read_upload
from consultation_service.contributions import clean_text
from consultation_service.rules.acts import Act
from consultation_service.rules.outline import Direction, shift
from consultation_service.store import articles, sections
from consultation_service.store.articles import Article
from consultation_service.store.database import Connection
from consultation_service.store.sections import Section
from consultation_service.structure import PROPOSED, OfficialText, SectionSettings
from contracts.http import Refusal


async def texts(desk: Desk) -> Response:
    """``GET …/sections/{section}/texts``: the articles or the options of a section, in order."""
    return await _list_page(desk, await _section(desk))


async def _section(desk: Desk) -> Section:
    found = await sections.one(desk.service.pool, desk.consultation, desk.path("section"))
    if found.settings.kind not in articles.KIND_IN:
        raise Refusal("not_found")
    return found


async def _list_page(desk: Desk, section: Section, refusal: Refusal | None = None) -> Response:
    asked = desk.request.query_params
    listed = await articles.articles_of(desk.service.pool, desk.consultation, section.id)
    return await page(
        desk, "structure", "texts.html", refusal, section=section, articles=listed,
        moved=asked.get("moved", ""), direction=asked.get("direction", ""),
    )  # fmt: skip


async def new(desk: Desk) -> Response:
    """``GET …/sections/{section}/texts/new``."""
    section = await _section(desk)
    return await _text_page(desk, section, None, msgspec.to_builtins(OfficialText()))


async def _text_page(
    desk: Desk, section: Section, article: Article | None, values: dict[str, Any], refusal: Refusal | None = None
) -> Response:
    tree = await sections.tree(desk.service.pool, desk.consultation)
    return await page(
        desk, "structure", "text.html", refusal, section=section, article=article,
        values={"section": section.id} | values, kind=articles.KIND_IN[section.settings.kind],
        places=[each for each in tree if each.settings.kind == section.settings.kind],
    )  # fmt: skip


async def add(desk: Desk) -> Response:
    """``POST …/sections/{section}/texts/new``: and on to another one when that is what the button said."""
    form = await desk.form()
    section = await _section(desk)
    try:
        async with writing(desk) as connection:
            await articles.add(connection, desk.consultation, section.id, [_text(form)], desk.today())
    except Refusal as refusal:
        return await _text_page(desk, section, None, _typed(form), refusal)
    listed = address(desk, "sections", section.id, "texts")
    return desk.back(f"{listed}/new" if form.get("then") == "another" else listed, "saved")


def _text(form: Form) -> OfficialText:
    return OfficialText(
        number=form.get("number"),
        title=form.get("title"),
        before=form.get("before"),
        body=form.get("body"),
        explanation=form.get("explanation"),
        appendix=form.get("appendix") == "yes",
    )


def _typed(form: Form) -> dict[str, Any]:
    return msgspec.to_builtins(_text(form))  # type: ignore[no-any-return]


async def text(desk: Desk) -> Response:
    """``GET …/contributions/{contribution}/text``: the form of an article or of an option."""
    article = await articles.one(desk.service.pool, desk.consultation, desk.path("contribution"))
    section = await sections.one(desk.service.pool, desk.consultation, article.section)
    return await _text_page(desk, section, article, msgspec.to_builtins(article.text))


async def save(desk: Desk) -> Response:
    """``POST …/contributions/{contribution}/text``."""
    form = await desk.form()
    article = await articles.one(desk.service.pool, desk.consultation, desk.path("contribution"))
    section = await sections.one(desk.service.pool, desk.consultation, article.section)
    try:
        async with writing(desk) as connection:
            there = form.get("section") or section.id
            await articles.save(connection, desk.consultation, article.id, _text(form), desk.today(), there)
    except Refusal as refusal:
        return await _text_page(desk, section, article, _typed(form) | {"section": form.get("section")}, refusal)
    return desk.back(address(desk, "sections", there, "texts"), "saved")


async def move(desk: Desk) -> Response:
    """``POST …/contributions/{contribution}/move-text`` with ``direction``."""
    form = await desk.form()
    direction: Direction = "up" if form.get("direction") == "up" else "down"
    article = await articles.one(desk.service.pool, desk.consultation, desk.path("contribution"))
    async with writing(desk) as connection:
        listed = [each.id for each in await articles.articles_of(connection, desk.consultation, article.section)]
        order = shift(listed, article.id, direction)
        await articles.order(connection, desk.consultation, article.section, order, desk.today())
    path = address(desk, "sections", article.section, "texts")
    return desk.back(f"{path}?moved={article.id}&direction={direction}")


async def place(desk: Desk) -> Response:
    """``POST …/sections/{section}/texts/place`` with ``moved`` and ``before``, when a text was dropped."""
    form = await desk.form()
    section, moved = await _section(desk), form.get("moved")
    async with writing(desk) as connection:
        listed = [each.id for each in await articles.articles_of(connection, desk.consultation, section.id)]
        rest = [each for each in listed if each != moved]
        before = form.get("before")
        rest.insert(rest.index(before) if before in rest else len(rest), moved)
        await articles.order(connection, desk.consultation, section.id, rest, desk.today())
    return desk.back(f"{address(desk, 'sections', section.id, 'texts')}#text-{moved}")


async def ask_removal(desk: Desk) -> Response:
    """``GET …/contributions/{contribution}/remove-text``."""
    article = await articles.one(desk.service.pool, desk.consultation, desk.path("contribution"))
    return desk.page("text_remove.html", article=article)


async def remove(desk: Desk) -> Response:
    """``POST …/contributions/{contribution}/remove-text``."""
    article = await articles.one(desk.service.pool, desk.consultation, desk.path("contribution"))
    async with writing(desk) as connection:
        await articles.remove(connection, desk.consultation, article.id, desk.today())
    return desk.back(address(desk, "sections", article.section, "texts"), "deleted")


async def ask_text(desk: Desk) -> Response:
    """``GET …/sections/{section}/import-text``: where a whole text is pasted."""
    return await _import_page(desk, await _section(desk), "", ())


async def _import_page(
    desk: Desk, section: Section, pasted: str, pieces: Sequence[Piece], refusal: Refusal | None = None
) -> Response:
    return await page(
        desk, "structure", "text_import.html", refusal, section=section, pasted=pasted, pieces=_indented(pieces),
        articles=sum(piece.kind in ("article", "appendix") for piece in pieces),
    )  # fmt: skip


async def cut_text(desk: Desk) -> Response:
    """``POST …/sections/{section}/import-text``: shows how the text is cut; writes it when ``then`` is ``save``."""
    section = await _section(desk)
    pasted = ""
    try:
        form, file = await read_upload(desk.request)
        pasted = clean_text(file or form.get("text"), "text")
        if len(pasted) > cutting.MAX_CHARS:
            raise Refusal("text_over_limit", field="text", limit=cutting.MAX_CHARS)
        pieces = await asyncio.to_thread(cutting.cut, pasted)
        if not any(piece.kind in ("article", "appendix") for piece in pieces):
            raise Refusal("articles_missing", field="text")
        if form.get("then") != "save":
            return await _import_page(desk, section, pasted, pieces)
        async with writing(desk) as connection:
            await _write(connection, desk, section, pieces)
    except Refusal as refusal:
        field = "file" if refusal.field == "file" else "text"
        return await _import_page(desk, section, pasted, (), Refusal(refusal.code, field=field, **refusal.facts))
    whole = any(piece.kind == "part" for piece in pieces)
    return desk.back(
        address(desk, "structure") if whole else address(desk, "sections", section.id, "texts"), "saved"
    )  # fmt: skip


class _Open(NamedTuple):
    """A part that articles go into."""

    rank: int
    section: str


async def _write(connection: Connection, desk: Desk, section: Section, pieces: Sequence[Piece]) -> None:
    """Parts become sections inside ``section``, articles go into the part before them."""
    inside = [_Open(-1, section.id)]
    waiting: list[OfficialText] = []

    async def write_articles() -> None:
        if waiting:
            await articles.add(connection, desk.consultation, inside[-1].section, waiting, desk.today())
            waiting.clear()

    for piece in pieces:
        if piece.kind == "opening":
            await sections.add_to_introduction(connection, desk.consultation, section.id, piece.body, desk.today())
        elif piece.kind == "part":
            await write_articles()
            while inside[-1].rank >= piece.rank:
                inside.pop()
            part = await sections.add(
                connection, desk.consultation, _part(section, piece), inside[-1].section, desk.today()
            )
            inside.append(_Open(piece.rank, part))
        else:
            waiting.append(
                OfficialText(number=piece.number, title=piece.title, body=piece.body, appendix=piece.kind == "appendix")
            )
    await write_articles()


def _part(section: Section, piece: Piece) -> SectionSettings:
    named = f"{piece.number} – {piece.title}" if piece.number and piece.title else piece.number or piece.title
    return msgspec.structs.replace(
        section.settings, title=named, introduction=piece.body, kinds=section.settings.kinds or PROPOSED["articles"]
    )


class _Shown(NamedTuple):
    """A piece and how far it is indented."""

    piece: Piece
    depth: int


def _indented(pieces: Sequence[Piece]) -> list[_Shown]:
    ranks: list[int] = []
    shown = []
    for piece in pieces:
        if piece.kind == "part":
            while ranks and ranks[-1] >= piece.rank:
                ranks.pop()
            shown.append(_Shown(piece, len(ranks)))
            ranks.append(piece.rank)
        else:
            shown.append(_Shown(piece, len(ranks)))
    return shown


S = f"{C}/sections/{{section}}"
T = f"{C}/contributions/{{contribution}}"
ROUTES = (
    Place("GET", f"{S}/texts", Act.EDIT_STRUCTURE, texts),
    Place("GET", f"{S}/texts/new", Act.EDIT_STRUCTURE, new),
    Place("POST", f"{S}/texts/new", Act.EDIT_STRUCTURE, add),
    Place("POST", f"{S}/texts/place", Act.EDIT_STRUCTURE, place),
    Place("GET", f"{T}/text", Act.EDIT_STRUCTURE, text),
    Place("POST", f"{T}/text", Act.EDIT_STRUCTURE, save),
    Place("POST", f"{T}/move-text", Act.EDIT_STRUCTURE, move),
    Place("GET", f"{T}/remove-text", Act.EDIT_STRUCTURE, ask_removal),
    Place("POST", f"{T}/remove-text", Act.EDIT_STRUCTURE, remove),
    Place("GET", f"{S}/import-text", Act.IMPORT, ask_text),
    Place("POST", f"{S}/import-text", Act.IMPORT, cut_text),
)
