"""The last step, and what follows: everything that is missing before announcing, then closing early and archiving."""

from typing import Any, Final, NamedTuple

from starlette.responses import Response

from consultation_service.backoffice import names
from consultation_service.backoffice.desk import Desk, Place, told_of
from consultation_service.backoffice.steps import BY_NAME, C, Missing, address, missing, page, writing
from consultation_service.rules import lifecycle
from consultation_service.rules.acts import Act
from consultation_service.rules.attributes import CATALOGUE
from consultation_service.rules.policy import digest
from consultation_service.store import configuration, consultations, life, sections
from consultation_service.store.sections import Section
from contracts.http import Refusal

FIELDS: Final = {
    "introduction": ("La présentation", "The introduction"),
    "commitment": ("L’engagement : ce qui sera fait des contributions", "The commitment: what will be done with it"),
    "organiser": ("Le nom de l’organisateur", "The name of the organiser"),
    "organiser_number": ("Le numéro SIRET de l’organisateur", "The SIRET number of the organiser"),
    "organiser_contact": ("L’adresse web où écrire à l’organisateur", "The web address of the organiser"),
    "publication_director": ("Le directeur ou la directrice de la publication", "The publication director"),
    "host": ("L’hébergeur", "The hosting company"),
    "data_protection": ("Le délégué à la protection des données", "The data-protection officer"),
    "purposes": ("Les finalités : à quoi servent les données", "The purposes: what the data are for"),
    "retention_days": ("La durée de conservation", "How long data are kept"),
    "terms_version": ("La version des conditions d’utilisation", "The version of the terms of use"),
    "sections": ("Au moins une partie où participer", "At least one section to take part in"),
    "opens_on": ("Le jour d’ouverture", "The opening day"),
    "closes_on": ("Le jour de clôture", "The closing day"),
    "phases": ("Les phases", "The phases"),
    "attributes": ("Ce que les participants peuvent dire d’eux-mêmes", "What participants may say of themselves"),
    "scales": ("L’échelle de vote", "The voting scale"),
}
"""How the list of what is missing calls each field."""

TO_DO: Final = {
    "articles": ("Écrivez au moins un article.", "Write one article at least."),
    "ranking": ("Écrivez au moins deux options à classer.", "Write two options to rank at least."),
    "questionnaire": ("Écrivez les questions.", "Write the questions."),
}
"""What a section waits for, by kind."""


class ToDo(NamedTuple):
    """A line of the list of what is missing."""

    words: str
    more: str
    address: str
    step: str


async def check(desk: Desk) -> Response:
    """``GET …/check``: what is missing, what was chosen, and what can be done now."""
    return await _check_page(desk)


async def _check_page(desk: Desk, refusal: Refusal | None = None) -> Response:
    config = await configuration.read(desk.service.pool, desk.consultation)
    policy = await consultations.policy_of(desk.service.pool, desk.consultation)
    tree = await sections.tree(desk.service.pool, desk.consultation)
    by_id = {section.id: section for section in tree}
    n = 1 if desk.language == "en" else 0
    return await page(
        desk, "check", "check.html", refusal, config=config, digest=digest(policy), tree=tree,
        to_do=[_to_do(desk, one, by_id.get(one.field)) for one in await missing(desk)],
        scales={name: words[n] for name, (words, _) in names.SCALES.items()},
        kinds={name: words[n] for name, (words, _) in names.SECTION_KINDS.items()},
        phases={name: words[n] for name, (words, _) in names.PHASES.items()},
        labels={name: entry.label[n] for name, entry in CATALOGUE.items()},
        can={act.value: _can(desk, act) for act in Act},
    )  # fmt: skip


def _can(desk: Desk, act: Act) -> bool:
    return desk.about is not None and desk.may(act) and lifecycle.allows(desk.about.state(desk.today()), act)


def _to_do(desk: Desk, one: Missing, section: Section | None) -> ToDo:
    n = 1 if desk.language == "en" else 0
    step = BY_NAME[one.step].words[n]
    if section is not None:
        kind = section.settings.kind
        page_of = {"articles": "texts", "ranking": "texts", "questionnaire": "questionnaire"}.get(kind, "")
        there = address(desk, "sections", section.id, page_of) if page_of else address(desk, "sections", section.id)
        title = f"« {section.settings.title} »" if desk.may(Act.READ_DRAFT) else names.SECTION_KINDS[kind][0][n]
        return ToDo(title, TO_DO[kind][n] if kind in TO_DO else "", there, step)
    words = FIELDS.get(one.field, ("", ""))[n]
    empty = one.refusal.code in ("field_needed", "part_unready")
    more = "" if empty and words else str(told_of(one.refusal, desk.language)["sentence"])
    there = address(desk, one.step) + (f"#{one.field}" if one.field and one.field != "sections" else "")
    return ToDo(words or more, more if words else "", there, step)


async def announce(desk: Desk) -> Response:
    """``POST …/announce``."""
    try:
        async with writing(desk) as connection:
            await life.announce(connection, desk.consultation, desk.today())
    except Refusal as refusal:
        return await _check_page(desk, refusal)
    return desk.back(address(desk, "check"), "announced")


async def ask_closing(desk: Desk) -> Response:
    """``GET …/close``: asks for the public reason."""
    return _act_page(desk, "close.html", {"reason": ""})


def _act_page(desk: Desk, template: str, values: dict[str, Any], refusal: Refusal | None = None) -> Response:
    facts: dict[str, Any] = {"values": values, "least": lifecycle.MIN_REASON, "most": lifecycle.MAX_REASON}
    return desk.page(template, **facts) if refusal is None else desk.refused(template, refusal, **facts)


async def close(desk: Desk) -> Response:
    """``POST …/close`` with ``reason``."""
    form = await desk.form()
    try:
        async with writing(desk) as connection:
            await life.close_early(connection, desk.consultation, form.get("reason"), desk.today())
    except Refusal as refusal:
        if refusal.field != "reason":
            raise
        return _act_page(desk, "close.html", {"reason": form.get("reason")}, refusal)
    return desk.back(address(desk, "check"), "closed")


async def ask_archiving(desk: Desk) -> Response:
    """``GET …/archive``."""
    return _act_page(desk, "archive.html", {})


async def archive(desk: Desk) -> Response:
    """``POST …/archive``."""
    async with writing(desk) as connection:
        await life.archive(connection, desk.consultation, desk.today())
    return desk.back(address(desk, "check"), "archived")


async def ask_deletion(desk: Desk) -> Response:
    """``GET …/delete``."""
    return _act_page(desk, "delete.html", {})


async def delete(desk: Desk) -> Response:
    """``POST …/delete``: the draft and everything in it."""
    async with writing(desk) as connection:
        await life.delete_draft(connection, desk.consultation, desk.today())
    return desk.back("/backoffice", "deleted")


ROUTES = (
    Place("GET", f"{C}/check", Act.READ_SETTINGS, check),
    Place("POST", f"{C}/announce", Act.ANNOUNCE, announce),
    Place("GET", f"{C}/close", Act.CLOSE_EARLY, ask_closing),
    Place("POST", f"{C}/close", Act.CLOSE_EARLY, close),
    Place("GET", f"{C}/archive", Act.ARCHIVE, ask_archiving),
    Place("POST", f"{C}/archive", Act.ARCHIVE, archive),
    Place("GET", f"{C}/delete", Act.DELETE_DRAFT, ask_deletion),
    Place("POST", f"{C}/delete", Act.DELETE_DRAFT, delete),
)
