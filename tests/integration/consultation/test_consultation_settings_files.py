"""A consultation moves to another installation: its file makes an equal draft there, and tells nothing of anybody."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consultation_service.configuration import Organiser, PolicySettings, Presentation
from consultation_service.contributions import clean_line, clean_text
from consultation_service.importers import republique_numerique
from consultation_service.importers.batch import Options, Report
from consultation_service.importers.writing import write
from consultation_service.rules.attributes import Declared
from consultation_service.rules.edits import Limits
from consultation_service.rules.policy import ReleaseCalendar
from consultation_service.rules.questionnaires import Option, Questionnaire, Section, ShortText, Single, TextBlock
from consultation_service.settings import Settings
from consultation_service.settings_file import FilePhase, FileSchedule, FileSection, SettingsFile, decode, encode
from consultation_service.store import articles, consultations, life, settings_files
from consultation_service.store.database import open_pool
from consultation_service.structure import ADDABLE, OfficialText, SectionSettings
from contracts.events import PublicLegal, PublicRankingRules, new_id
from contracts.http import Refusal
from contracts.scales import SCALES
from tests.integration.consultation.drafts import OPENS, TODAY, write_draft
from tests.real_data import real_data

pytestmark = pytest.mark.anyio


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[Any]:
    pool = await open_pool(settings)
    async with pool.acquire() as connection:
        yield connection
    await pool.close()


@pytest.fixture
async def draft(connection: Any) -> str:
    return (await write_draft(connection)).id


LETTERS: Final = st.text("aé€ -*_[](){}<>&\"'\\/\n0123😀", max_size=30)
LINE: Final = LETTERS.map(lambda text: clean_line(text, ""))
TITLE: Final = LINE.filter(bool)
TEXT: Final = LETTERS.map(lambda text: clean_text(text, ""))
DAYS: Final = st.integers(0, 60)
SCALE: Final = st.sampled_from(sorted(SCALES))
ATTRIBUTES: Final[st.SearchStrategy[Any]] = st.sampled_from(["department", "region", "age", "status"])
PHASES: Final[st.SearchStrategy[Any]] = st.sampled_from(["collect", "amend", "vote", "questionnaire"])
QUESTIONNAIRE: Final = st.builds(
    Questionnaire,
    editable=st.booleans(),
    sections=st.tuples(
        st.builds(
            Section,
            key=st.just("a"),
            title=LETTERS,
            items=st.lists(
                st.one_of(
                    st.builds(TextBlock, key=st.just("t"), body=LETTERS),
                    st.builds(ShortText, key=st.just("s"), label=LETTERS, required=st.booleans()),
                    st.builds(
                        Single,
                        key=st.just("c"),
                        label=LETTERS,
                        options=st.just((Option(key="o", label="Oui"), Option(key="n", label="Non"))),
                    ),
                ),
                max_size=3,
            ).map(tuple),
        )
    ),
)
RANKING: Final = st.builds(
    PublicRankingRules,
    method=st.sampled_from(["borda", "condorcet"]),
    most=st.integers(0, 9),
    points=st.integers(0, 9),
)
ARTICLE: Final = st.builds(
    OfficialText, number=LINE, title=TITLE, before=TEXT, body=TEXT.filter(bool), explanation=TEXT,
    appendix=st.booleans(),
)  # fmt: skip
OPTION: Final = st.builds(OfficialText, title=TITLE, body=TEXT)


def _ordered(texts: list[OfficialText]) -> tuple[OfficialText, ...]:
    return tuple(sorted(texts, key=lambda text: text.appendix))


@st.composite
def sections(draw: st.DrawFn, place: str = "", depth: int = 0) -> tuple[FileSection, ...]:
    found = []
    for position in range(draw(st.integers(0, 3 - depth))):
        key = f"{place}{position + 1}"
        kind: Any = draw(st.sampled_from(sorted(ADDABLE)))
        kinds = tuple(added for added in ADDABLE[kind] if draw(st.booleans()))
        if kind == "proposals" and kinds and not {"proposal", "opinion", "question"} & set(kinds):
            kinds = ()
        texts = {"articles": ARTICLE, "ranking": OPTION}.get(kind)
        found.append(
            FileSection(
                key=key,
                settings=SectionSettings(
                    title=draw(TITLE), introduction=draw(TEXT), kind=kind, kinds=kinds, scale=draw(SCALE),
                    review_first=bool(kinds) and draw(st.booleans()),
                ),
                questionnaire=draw(st.none() | QUESTIONNAIRE) if kind == "questionnaire" else None,
                ranking=draw(st.none() | RANKING) if kind == "ranking" else None,
                texts=_ordered(draw(st.lists(texts, max_size=3))) if texts is not None else (),
                sections=draw(sections(f"{key}.", depth + 1)),
            )
        )  # fmt: skip
    return tuple(found)


def keys_of(found: tuple[FileSection, ...]) -> list[str]:
    return [key for section in found for key in (section.key, *keys_of(section.sections))]


@st.composite
def files(draw: st.DrawFn) -> SettingsFile:
    """Any file whose texts are as they are kept."""
    opens_on = datetime.date(2027, 1, 1) + datetime.timedelta(draw(DAYS))
    closes_on = opens_on + datetime.timedelta(draw(DAYS))
    parts = draw(sections())
    some = st.sets(st.sampled_from(keys_of(parts))).map(sorted).map(tuple) if parts else st.just(())
    phases = [
        FilePhase(kind=kind, title=draw(LINE), first=opens_on, last=closes_on, sections=draw(some))
        for kind in draw(st.sets(PHASES))
    ]
    return SettingsFile(
        presentation=Presentation(
            slug=draw(st.from_regex("[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,7}", fullmatch=True)),
            title=draw(TITLE), introduction=draw(TEXT), commitment=draw(TEXT),
            language=draw(st.sampled_from(("fr", "en"))),
            languages=draw(st.sampled_from([("fr",), ("en",), ("fr", "en"), ("en", "fr")])),
        ),
        organiser=Organiser(
            name=draw(LINE), number=draw(st.sampled_from(["", "73282932000074"])),
            contact=draw(st.sampled_from(["", "https://villebrume.example/contact?a=%20b"])),
            legal=PublicLegal(publication_director=draw(LINE), host=draw(LINE), data_protection=draw(LINE)),
        ),
        policy=PolicySettings(
            level=draw(st.sampled_from([1, 2, 3])), scale=draw(SCALE), retention_days=draw(st.integers(0, 3660)),
            attributes=tuple(
                Declared(attribute=name, purpose=draw(LINE)) for name in draw(st.lists(ATTRIBUTES, max_size=2))
            ),
            purposes=tuple(draw(st.lists(TITLE, max_size=3))), terms_version=draw(LINE),
            release=draw(st.builds(ReleaseCalendar, every_days=st.integers(7, 366), smallest_group=st.integers(5, 99))),
        ),
        limits=draw(st.builds(Limits, edits_a_day=st.integers(1, 99), texts_a_day=st.just({"proposal": 3}))),
        schedule=FileSchedule(
            opens_on=opens_on, closes_on=closes_on, phases=tuple(sorted(phases, key=lambda p: (p.kind, p.title)))
        ),
        sections=parts,
    )  # fmt: skip


async def empty(connection: Any) -> None:
    await connection.execute("truncate consultation cascade")


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files())
async def test_what_comes_back_is_what_was_sent(connection: Any, file: SettingsFile) -> None:
    await empty(connection)
    assert decode(encode(file)) == file
    first = await settings_files.load(connection, file, TODAY)
    assert await settings_files.export(connection, first) == file
    second = await settings_files.load(connection, file, TODAY)
    again = await settings_files.export(connection, second)
    assert again.presentation.slug != file.presentation.slug
    assert msgspec.structs.replace(again, presentation=file.presentation) == file


async def test_a_whole_draft_moves(connection: Any, draft: str) -> None:
    file = await settings_files.export(connection, draft)
    await empty(connection)
    moved = await settings_files.load(connection, decode(encode(file)), TODAY)
    assert moved != draft
    assert await settings_files.export(connection, moved) == file
    assert await life.unready(connection, moved, TODAY) == ()
    assert not (await consultations.plan_of(connection, moved)).announced
    html = await connection.fetch("select body_html, changes from contribution where kind = 'article'")
    assert all(row["body_html"] == "<p>Nouveau.</p>\n" and "Nouveau" in row["changes"] for row in html)
    await life.announce(connection, moved, TODAY)


async def test_a_real_bill_is_duplicated(connection: Any, settings: Settings) -> None:
    folder = real_data("republique-numerique")
    batch = republique_numerique.read(folder, Options(), Report(), lambda *_: None)
    await asyncio.to_thread(write, settings, batch, lambda _: None)
    bill = await settings_files.export(connection, batch.consultation.id)
    assert sum(len(section.texts) for section in bill.sections) == 30
    copy = await settings_files.duplicate(connection, batch.consultation.id, "copie", "Copie", TODAY)
    copied = await settings_files.export(connection, copy)
    assert msgspec.structs.replace(copied, presentation=bill.presentation) == bill


EXPORTED: Final = {
    "consultation": {
        "slug", "title", "introduction", "organiser", "language", "level", "scale", "terms_version", "opens_on",
        "closes_on", "languages", "organiser_number", "organiser_contact", "commitment", "legal", "purposes",
        "retention_days", "attributes", "limits", "release",
    },
    "section": {
        "parent_id", "position", "title", "introduction", "kinds", "scale", "kind", "review_first", "questionnaire",
        "ranking",
    },
    "phase": {"kind", "title", "first", "last", "sections"},
}  # fmt: skip
LEFT: Final = {
    # Its life, which begins anew; what is made from the rest; where imported data come from.
    "consultation": {
        "id", "version", "introduction_html", "commitment_html", "published_state", "announced", "closed_on",
        "closed_reason", "archived", "frozen_digest", "source",
    },
    "section": {"id", "consultation_id", "introduction_html"},
    "phase": {"id", "consultation_id"},
}  # fmt: skip


async def test_no_column_is_forgotten(connection: Any) -> None:
    for table, exported in EXPORTED.items():
        rows = await connection.fetch("select column_name from information_schema.columns where table_name = $1", table)
        assert {row["column_name"] for row in rows} == exported | LEFT[table], table


async def test_nobody_is_in_the_file(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    for state in ("published", "hidden"):
        await connection.execute(
            """
            insert into contribution (id, consultation_id, section_id, kind, author, title, body, scale, day, state)
            select $1, consultation_id, id, 'proposal', sha256('somebody'), 'CANARY', 'CANARY', scale, $2, $3
            from section where title = 'Idées'
            """,
            new_id(), OPENS, state,
        )  # fmt: skip
    await connection.execute("insert into vote select id, sha256('somebody'), 1, $1 from contribution", OPENS)
    before = encode(await settings_files.export(connection, draft))
    assert b"CANARY" not in before
    assert await connection.fetchval("select encode(sha256('somebody'), 'hex')") not in before.decode()
    await connection.execute("delete from contribution where title = 'CANARY'")
    await connection.execute("delete from vote")
    assert encode(await settings_files.export(connection, draft)) == before


async def test_addresses_are_made_free(connection: Any, draft: str) -> None:
    file = await settings_files.export(connection, draft)
    slugs = []
    for _ in range(2):
        loaded = await settings_files.load(connection, file, TODAY)
        slugs.append((await settings_files.export(connection, loaded)).presentation.slug)
    assert slugs == ["projet-de-loi-villebrume-2", "projet-de-loi-villebrume-3"]
    long = "a" * 80
    await connection.execute("update consultation set slug = $1 where id = $2", long, draft)
    assert await settings_files.free_slug(connection, long) == "a" * 78 + "-2"


async def test_a_duplicate_has_another_name(connection: Any, draft: str) -> None:
    await life.announce(connection, draft, TODAY)
    copy = await settings_files.duplicate(connection, draft, "seconde-lecture", "Seconde lecture", TODAY)
    original, copied = [await settings_files.export(connection, which) for which in (draft, copy)]
    assert (copied.presentation.slug, copied.presentation.title) == ("seconde-lecture", "Seconde lecture")
    assert msgspec.structs.replace(copied, presentation=original.presentation) == original
    assert not (await consultations.plan_of(connection, copy)).announced
    assert not {a.id for a in await articles.articles_of(connection, copy)} & {
        a.id for a in await articles.articles_of(connection, draft)
    }
    with pytest.raises(Refusal) as refused:
        await settings_files.duplicate(connection, draft, "seconde-lecture", "Encore", TODAY)
    assert (refused.value.code, refused.value.field) == ("slug_taken", "slug")


def first_section(file: SettingsFile, **changes: Any) -> dict[str, Any]:
    return {"sections": (msgspec.structs.replace(file.sections[0], **changes), *file.sections[1:])}


def schedule(file: SettingsFile, **changes: Any) -> dict[str, Any]:
    return {"schedule": msgspec.structs.replace(file.schedule, **changes)}


WRONG: dict[str, tuple[Callable[[SettingsFile], dict[str, Any]], str, str]] = {
    "a number": (lambda file: {"organiser": Organiser(number="1")}, "number_refused", "organiser.number"),
    "dates": (lambda file: schedule(file, closes_on=TODAY), "dates_refused", "schedule.closes_on"),
    "phases": (
        lambda file: schedule(file, phases=file.schedule.phases[:1] * 2),
        "phases_overlap",
        "schedule.phases",
    ),
    "a title": (
        lambda file: first_section(file, settings=SectionSettings(title=" ")),
        "text_missing",
        "sections.0.settings.title",
    ),
    "an article": (
        lambda file: first_section(file, texts=(OfficialText(),)),
        "text_missing",
        "sections.0.texts.number",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_cannot_be_kept_is_told_by_its_place(connection: Any, draft: str, wrong: str) -> None:
    change, code, field = WRONG[wrong]
    file = await settings_files.export(connection, draft)
    with pytest.raises(Refusal) as refused:
        async with connection.transaction():
            await settings_files.load(connection, msgspec.structs.replace(file, **change(file)), TODAY)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await connection.fetchval("select count(*) from consultation") == 1
