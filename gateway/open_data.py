"""The live API: everything public about consultations, as JSON, for everybody and from any web page."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.events import ContributionKind, Id
from contracts.http import Refusal
from contracts.openapi import Operation, Parameter
from gateway import cursors, parameters, plain_text
from gateway.answers import send
from gateway.cache import Answer, answer
from gateway.catalogue import document
from gateway.context import Context, context
from gateway.documents import (
    Consultation,
    ConsultationList,
    ContributionDetail,
    ContributionPage,
    Figures,
    Journals,
    OfficialAnswers,
    QuestionnaireTotals,
    Rankings,
    Statements,
    Versions,
)
from gateway.store import documents, reading, threads
from gateway.store.documents import Noun
from gateway.store.reading import KINDS, STANDING, Item, Selection

JSON: Final = "application/json"
OPEN: Final = {"access-control-allow-origin": "*", "access-control-expose-headers": "etag"}
DISCUSSED: Final = ("opinion", "proposal", "question")
"""What participants write that stands by itself."""
ABOUT: Final = tuple(kind for kind in KINDS if kind not in STANDING)
PAGE: Final = 100
LARGEST_PAGE: Final = 500
CHILDREN: Final = 1000
MAX_WORDS_CHARS: Final = 200


async def list_consultations(request: Request) -> Response:
    """``GET /open-data/consultations``."""
    here = context(request)
    consultations = await here.catalogue.all()

    async def make() -> Answer:
        shown = [document(c, (await figures_of(here, c.consultation))[0]) for c in consultations]
        return answer(msgspec.json.encode(ConsultationList(consultations=shown)), JSON)

    return send(request, await here.cache.get("consultations", here.catalogue.state_of_all(), make), headers=OPEN)


async def one_consultation(request: Request) -> Response:
    """``GET /open-data/consultations/{consultation}``."""
    here = context(request)
    consultation = await here.catalogue.find(request.path_params["consultation"])
    key = uuid.UUID(consultation.consultation)

    async def make() -> Answer:
        figures, _ = await figures_of(here, consultation.consultation)
        return answer(msgspec.json.encode(document(consultation, figures)), JSON)

    return send(request, await here.cache.get(("consultation", key), here.catalogue.state_of(key), make), headers=OPEN)


async def list_contributions(request: Request) -> Response:
    """``GET /open-data/consultations/{consultation}/contributions``."""
    here = context(request)
    consultation = uuid.UUID((await here.catalogue.find(request.path_params["consultation"])).consultation)
    kind = parameters.choice(request, "kind", KINDS, "")
    section, parent = parameters.identifier(request, "section"), parameters.identifier(request, "parent")
    limit = parameters.number(request, "limit", PAGE, LARGEST_PAGE)
    typed = request.query_params.get("q", "")
    if len(typed) > MAX_WORDS_CHARS:
        raise Refusal("invalid_search", field="q")
    words = plain_text.signs(typed)
    if typed and not words:
        raise Refusal("invalid_parameter", field="q")
    cursor = request.query_params.get("cursor")
    after = cursors.decode(cursor, "day")[0] if cursor is not None else None
    kinds = (kind,) if kind else (STANDING if parent is None else ABOUT)
    selection = Selection(
        consultation=consultation, kinds=kinds, sections=[section] if section else None, parent=parent, withdrawn=True,
        words=words,
    )  # fmt: skip

    async def make() -> Answer:
        found = await reading.items(here.pool, selection, "day", after, limit + 1)
        return answer(page_of(found, limit), JSON)

    work = ("contributions", consultation, kinds, section, parent, words, after, limit)
    return send(request, await here.cache.get(work, here.catalogue.state_of(consultation), make), headers=OPEN)


async def one_contribution(request: Request) -> Response:
    """``GET /open-data/consultations/{consultation}/contributions/{contribution}``."""
    here = context(request)
    consultation = uuid.UUID((await here.catalogue.find(request.path_params["consultation"])).consultation)
    contribution = parameters.parsed(request.path_params["contribution"], Refusal("unknown_contribution"))

    async def make() -> Answer:
        item = await reading.item(here.pool, contribution)
        if item is None or item.consultation != consultation:
            raise Refusal("unknown_contribution")
        return answer(await _detail(here, consultation, item), JSON)

    work = ("contribution", consultation, contribution)
    return send(request, await here.cache.get(work, here.catalogue.state_of(consultation), make), headers=OPEN)


async def _detail(here: Context, consultation: uuid.UUID, item: Item) -> bytes:
    """A ``ContributionDetail``."""
    about = {}
    for kind in ("argument", "source", "amendment"):
        selection = Selection(consultation=consultation, kinds=(kind,), parent=item.id, withdrawn=True)
        about[f"{kind}s"] = await reading.items(here.pool, selection, "day", None, CHILDREN)
    roots = [item.id, *(child.id for child in (*about["arguments"], *about["sources"]))]
    about["comments"] = await threads.replies(here.pool, roots, CHILDREN)
    others = {
        "versions": await documents.versions_of(here.pool, item.id),
        "official_answer": (await documents.official_answers_to(here.pool, [item.id])).get(str(item.id)),
        "journal": await documents.journal_of(here.pool, item.id),
    }
    lists = ",".join(f'"{name}":{_array(found)}' for name, found in about.items())
    return f'{{"contribution":{item.json},{lists},{msgspec.json.encode(others).decode()[1:]}'.encode()


def page_of(found: list[Item], limit: int) -> bytes:
    """A ``ContributionPage``; ``found`` holds one more than ``limit`` when there is a page after this one."""
    shown = found[:limit]
    following = f'"{cursors.encode("day", shown[-1].position)}"' if len(found) > limit else "null"
    return f'{{"contributions":{_array(shown)},"next":{following}}}'.encode()


async def figures_of(here: Context, consultation: str) -> tuple[Figures, dict[uuid.UUID, int]]:
    """The figures of a consultation and of its sections, counted once for each of its revisions."""
    key = uuid.UUID(consultation)

    async def make() -> Answer:
        return answer(msgspec.json.encode(await reading.figures(here.pool, key)), JSON)

    kept = await here.cache.get(("figures", key), here.catalogue.state_of(key), make)
    return msgspec.json.decode(kept.body, type=tuple[Figures, dict[uuid.UUID, int]])


def lister(noun: Noun) -> Callable[[Request], Awaitable[Response]]:
    """The handler of a list of whole documents."""

    async def listed(request: Request) -> Response:
        here = context(request)
        consultation = uuid.UUID((await here.catalogue.find(request.path_params["consultation"])).consultation)
        limit = parameters.number(request, "limit", PAGE, LARGEST_PAGE)
        cursor = request.query_params.get("cursor")
        after = cursors.decode(cursor, noun)[0] if cursor is not None else None

        async def make() -> Answer:
            found = await documents.documents(here.pool, noun, consultation, after.id if after else None, limit + 1)
            shown = found[:limit]
            following = f'"{cursors.encode(noun, shown[-1].position)}"' if len(found) > limit else "null"
            return answer(f'{{"items":[{",".join(d.json for d in shown)}],"next":{following}}}'.encode(), JSON)

        work = ("documents", noun, consultation, after, limit)
        return send(request, await here.cache.get(work, here.catalogue.state_of(consultation), make), headers=OPEN)

    return listed


DOCUMENTS: Final[tuple[tuple[str, Noun, type[msgspec.Struct], str], ...]] = (
    ("versions", "former_version", Versions, "Former versions of its texts"),
    ("official-answers", "official_answer", OfficialAnswers, "What the organiser answered"),
    ("statements", "statement", Statements, "Its syntheses and its restitution"),
    ("moderation", "journal", Journals, "What moderation did, item by item"),
    ("rankings", "ranking_result", Rankings, "The totals of its rankings"),
    ("questionnaires", "questionnaire_total", QuestionnaireTotals, "The totals of its questionnaires"),
)
"""Lists of whole documents: name in addresses, noun, shape, summary."""


def _array(items: list[Item]) -> str:
    return f"[{','.join(item.json for item in items)}]"


ROUTES: Final = [
    Route("/open-data/consultations", list_consultations),
    Route("/open-data/consultations/{consultation}", one_consultation),
    Route("/open-data/consultations/{consultation}/contributions", list_contributions),
    Route("/open-data/consultations/{consultation}/contributions/{contribution}", one_contribution),
    *(Route(f"/open-data/consultations/{{consultation}}/{name}", lister(noun)) for name, noun, _, _ in DOCUMENTS),
]

_PAGES: Final = (
    Parameter("cursor", "query", str, "What the previous page called next."),
    Parameter("limit", "query", int, f"Items on a page, 1 to {LARGEST_PAGE}; {PAGE} when absent."),
)

OPERATIONS: Final = [
    Operation("get", "/open-data/consultations", "Every consultation, with its figures", answer=ConsultationList),
    Operation(
        "get", "/open-data/consultations/{consultation}", "A consultation, by id or slug, with its phases and sections",
        answer=Consultation, refusals=("unknown_consultation",),
    ),
    Operation(
        "get", "/open-data/consultations/{consultation}/contributions", "Its contributions, oldest day first",
        answer=ContributionPage,
        parameters=(
            Parameter("kind", "query", ContributionKind, "Only this kind; all that stand by themselves when absent."),
            Parameter("section", "query", Id, "Only this section, without those below it."),
            Parameter("parent", "query", Id, "Only what is about this contribution."),
            Parameter("q", "query", str, "Only those that hold these words: French full text, accents ignored."),
            *_PAGES,
        ),
        refusals=("unknown_consultation", "invalid_cursor", "invalid_parameter", "invalid_search"),
    ),
    Operation(
        "get", "/open-data/consultations/{consultation}/contributions/{contribution}",
        "A contribution with its totals and all that is about it",
        answer=ContributionDetail, refusals=("unknown_consultation", "unknown_contribution"),
        path_types={"contribution": Id},
    ),
    *(
        Operation(
            "get", f"/open-data/consultations/{{consultation}}/{name}", summary, answer=shape, parameters=_PAGES,
            refusals=("unknown_consultation", "invalid_cursor", "invalid_parameter"),
        )
        for name, _, shape, summary in DOCUMENTS
    ),
]  # fmt: skip
