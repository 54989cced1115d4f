"""A consultation to a settings file, and a settings file to a draft (``consultation_service/settings_file.py``)."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from consultation_service.configuration import Presentation, Schedule, clean_presentation
from consultation_service.markdown import render
from consultation_service.rules.outline import Node, in_order
from consultation_service.rules.questionnaires import Questionnaire
from consultation_service.settings_file import FilePhase, FileSchedule, FileSection, Placed, SettingsFile, placed
from consultation_service.store import articles, configuration, consultations
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.database import Connection, Pool
from consultation_service.structure import OfficialText, SectionSettings, clean_section
from contracts.events import PublicPhase, PublicRankingRules, new_id
from contracts.http import Refusal

MAX_SLUG: Final = 80


async def export(connection: Pool | Connection, consultation: str) -> SettingsFile:
    """All that was configured and written, texts in preparation included: whoever may not read drafts must not get that
    of a draft. Raises ``Refusal`` ``unknown_consultation``.
    """
    configured = await configuration.read(connection, consultation)
    sections = await _sections(connection, consultation)
    keys = _keys(sections)
    texts: dict[str, list[OfficialText]] = {}
    for article in await articles.articles_of(connection, consultation):
        texts.setdefault(article.section, []).append(article.text)
    return SettingsFile(
        presentation=configured.presentation,
        organiser=configured.organiser,
        policy=configured.policy,
        limits=configured.limits,
        schedule=FileSchedule(
            opens_on=configured.schedule.opens_on,
            closes_on=configured.schedule.closes_on,
            phases=tuple(_phase(phase, keys) for phase in configured.schedule.phases),
        ),
        sections=_nested(sections, None, keys, texts),
    )


async def load(connection: Connection, file: SettingsFile, day: datetime.date, *, slug: str = "") -> str:
    """Write a draft from a file, in the caller's transaction, and return its id. Its address is ``slug``, or that of
    the file made free. Raises ``Refusal`` with the path in the file as its field, and ``slug_taken`` for ``slug``.
    """
    with _at("presentation"):
        presentation = clean_presentation(file.presentation)
    kept = msgspec.structs.replace(presentation, slug=slug or await free_slug(connection, presentation.slug))
    sections = placed(file)
    ids = {each.section.key: new_id() for each in sections}
    consultation = new_id()
    await _create(connection, consultation, kept, file, [_new_section(each, ids) for each in sections])
    with _at("presentation"):
        await configuration.save_presentation(connection, consultation, kept, day)
    with _at("organiser"):
        await configuration.save_organiser(connection, consultation, file.organiser, day)
    with _at("policy"):
        await configuration.save_policy(connection, consultation, file.policy, day)
    await configuration.save_limits(connection, consultation, file.limits, day)
    with _at("schedule"):
        await configuration.save_schedule(connection, consultation, _schedule(file.schedule, ids), day)
    for each in sections:
        if each.section.texts:
            with _at(f"{each.path}.texts"):
                await articles.add(connection, consultation, ids[each.section.key], each.section.texts, day)
    return consultation


async def duplicate(connection: Connection, consultation: str, slug: str, title: str, day: datetime.date) -> str:
    """A draft with the configuration and the texts of another consultation. Raises ``Refusal``: ``slug_taken``, those
    of ``clean_presentation`` for its fields, and those of ``load`` for what an import wrote and a form would refuse.
    """
    file = await export(connection, consultation)
    presentation = clean_presentation(msgspec.structs.replace(file.presentation, slug=slug, title=title))
    if await consultations.id_of_slug(connection, presentation.slug) is not None:
        raise Refusal("slug_taken", field="slug")
    return await load(connection, msgspec.structs.replace(file, presentation=presentation), day, slug=presentation.slug)


async def free_slug(connection: Pool | Connection, wanted: str) -> str:
    """``wanted``, or the first of ``wanted-2``, ``wanted-3``… that no consultation has."""
    rows = await connection.fetch(
        "/* free_slug */ select slug from consultation where slug like $1 || '%'", wanted[:70]
    )
    taken = {row["slug"] for row in rows}
    free, number = wanted, 1
    while free in taken:
        number += 1
        free = f"{wanted[: MAX_SLUG - len(str(number)) - 1].rstrip('-')}-{number}"
    return free


class _Section(msgspec.Struct, frozen=True):
    id: str
    parent: str | None
    position: int
    settings: SectionSettings
    questionnaire: Questionnaire | None
    ranking: PublicRankingRules | None


async def _sections(connection: Pool | Connection, consultation: str) -> list[_Section]:
    """In reading order, their positions counted from 0."""
    rows = await connection.fetch(
        """/* sections */
        select id::text as id, parent_id::text as parent, position, title, introduction, kind, kinds, scale,
          review_first, questionnaire, ranking
        from section where consultation_id = $1
        """,
        consultation,
    )
    by_id = {row["id"]: row for row in rows}
    return [
        _Section(
            node.id,
            node.parent,
            node.position,
            SectionSettings(
                title=row["title"], introduction=row["introduction"], kind=row["kind"], kinds=tuple(row["kinds"]),
                scale=row["scale"], review_first=row["review_first"],
            ),
            row["questionnaire"] and msgspec.json.decode(row["questionnaire"], type=Questionnaire),
            row["ranking"] and msgspec.json.decode(row["ranking"], type=PublicRankingRules),
        )
        for node in in_order(Node(row["id"], row["parent"], row["position"]) for row in rows)
        for row in [by_id[node.id]]
    ]  # fmt: skip


def _keys(sections: Sequence[_Section]) -> dict[str, str]:
    """Sections are called by their places: ``2.1`` is the first one in the second one."""
    keys: dict[str, str] = {}
    for section in sections:
        place = str(section.position + 1)
        keys[section.id] = place if section.parent is None else f"{keys[section.parent]}.{place}"
    return keys


def _nested(
    sections: Sequence[_Section], parent: str | None, keys: dict[str, str], texts: dict[str, list[OfficialText]]
) -> tuple[FileSection, ...]:
    return tuple(
        FileSection(
            key=keys[section.id],
            settings=section.settings,
            questionnaire=section.questionnaire,
            ranking=section.ranking,
            texts=tuple(texts.get(section.id, ())),
            sections=_nested(sections, section.id, keys, texts),
        )
        for section in sections
        if section.parent == parent
    )


def _phase(phase: PublicPhase, keys: dict[str, str]) -> FilePhase:
    return FilePhase(
        kind=phase.kind,
        title=phase.title,
        first=phase.first,
        last=phase.last,
        sections=tuple(sorted(keys[section] for section in phase.sections)),
    )


def _schedule(schedule: FileSchedule, ids: dict[str, str]) -> Schedule:
    phases = tuple(
        PublicPhase(
            kind=phase.kind,
            title=phase.title,
            first=phase.first,
            last=phase.last,
            sections=tuple(ids[key] for key in phase.sections),
        )
        for phase in schedule.phases
    )
    return Schedule(opens_on=schedule.opens_on, closes_on=schedule.closes_on, phases=phases)


def _new_section(each: Placed, ids: dict[str, str]) -> NewSection:
    with _at(f"{each.path}.settings"):
        kept = clean_section(each.section.settings)
    return NewSection(
        id=ids[each.section.key],
        parent=None if each.parent is None else ids[each.parent],
        position=each.position,
        title=kept.title,
        introduction=kept.introduction,
        introduction_html=render(kept.introduction),
        kinds=kept.kinds,
        scale=kept.scale,
        kind=kept.kind,
        review_first=kept.review_first,
        questionnaire=each.section.questionnaire,
        ranking=each.section.ranking,
    )


async def _create(
    connection: Connection,
    consultation: str,
    presentation: Presentation,
    file: SettingsFile,
    sections: Sequence[NewSection],
) -> None:
    """A draft that has its sections; the rest is saved as the back office does."""
    with _at("schedule"):
        if file.schedule.closes_on < file.schedule.opens_on:
            raise Refusal("dates_refused", field="closes_on")
    new = NewConsultation(
        id=consultation, slug=presentation.slug, title=presentation.title, introduction="", introduction_html="",
        organiser="", language=presentation.language, scale=file.policy.scale, terms_version="",
        opens_on=file.schedule.opens_on, closes_on=file.schedule.closes_on, sections=tuple(sections), announced=False,
    )  # fmt: skip
    try:
        await consultations.create(connection, new)
    except ValueError:
        raise Refusal("slug_taken", field="presentation.slug") from None


@contextmanager
def _at(path: str) -> Iterator[None]:
    """A refusal is about a place of the file."""
    try:
        yield
    except Refusal as refusal:
        name = _NAMES.get(refusal.field, refusal.field)
        field = f"{path}.{name}" if name else path
        raise Refusal(refusal.code, field=field, **refusal.facts) from None


_NAMES: Final = {
    "organiser": "name",
    "organiser_number": "number",
    "organiser_contact": "contact",
    "publication_director": "legal.publication_director",
    "host": "legal.host",
    "data_protection": "legal.data_protection",
}
"""What the file calls the fields that forms call otherwise."""
