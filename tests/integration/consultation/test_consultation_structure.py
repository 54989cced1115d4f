"""Sections, articles and options: written, ordered, cut from a whole text, removed; published once announced."""

import msgspec
import pytest

from consultation_service.store import articles, sections
from contracts.events import Event, PublicConsultation, PublicContribution
from tests.integration.consultation.creating import BILL, Desk, drafted, ready
from tests.integration.consultation.house import House

pytestmark = pytest.mark.anyio
_event = msgspec.json.Decoder(Event)


async def published(house: House) -> list[Event]:
    """What waits for the bus, which no longer waits."""
    rows = await house.pool.fetch("delete from outbox returning body")
    return [_event.decode(row["body"]) for row in rows]


async def titles(house: House, desk: Desk) -> list[str]:
    tree = await sections.tree(house.pool, desk.consultation)
    return ["-" * section.depth + section.settings.title for section in tree]


async def test_sections_nest_and_move_with_buttons(house: House) -> None:
    desk = await drafted(house)
    first, second = await desk.section("Un", "heading"), await desk.section("Deux", "proposals")
    third = await desk.section("Trois", "articles", parent=first)
    assert await desk.outline() == [first, third, second]
    there = await desk.post(f"sections/{second}/move", {"direction": "up"})
    assert there.endswith(f"?moved={second}&direction=up")
    assert await titles(house, desk) == ["Deux", "Un", "-Trois"]
    for direction in ("down", "in", "up", "out"):
        await desk.post(f"sections/{second}/move", {"direction": direction})
    assert await titles(house, desk) == ["Un", "-Trois", "Deux"]


async def test_a_section_is_dropped_where_it_may_be(house: House) -> None:
    desk = await drafted(house)
    first, second = await desk.section("Un", "heading"), await desk.section("Deux", "proposals")
    await desk.post("structure/place", {"moved": second, "parent": first, "before": ""})
    assert await titles(house, desk) == ["Un", "-Deux"]
    assert "n’est pas dans cette consultation" in await desk.refused(
        "structure/place", {"moved": first, "parent": second, "before": ""}
    )
    assert await titles(house, desk) == ["Un", "-Deux"]


async def test_a_section_accepts_what_its_kind_accepts(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Le texte", "articles")
    found = await sections.one(house.pool, desk.consultation, section)
    assert found.settings.kinds == ("amendment", "argument", "source")
    form = {
        "title": "Le projet", "kind": "articles", "kinds": ["comment", "opinion"], "scale": "support",
        "review_first": "yes", "introduction": "*Lisez.*",
    }  # fmt: skip
    await desk.post(f"sections/{section}", form)
    found = await sections.one(house.pool, desk.consultation, section)
    assert found.settings.kinds == ("comment",)
    assert (found.settings.scale, found.settings.review_first) == ("support", True)
    assert found.introduction_html == "<p><em>Lisez.</em></p>\n"
    assert 'value="Le projet"' in await desk.get(f"sections/{section}")


async def test_a_refused_section_keeps_its_form(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Vos idées", "proposals")
    form = {"title": "Idées", "kind": "proposals", "kinds": ["argument"], "scale": "support", "introduction": "Lisez"}
    shown = await desk.refused(f"sections/{section}", form)
    assert 'id="error-kinds"' in shown
    assert "Lisez" in shown
    assert 'id="error-title"' in await desk.refused("sections/new", {"title": "", "kind": "heading"})
    assert 'id="error-kind"' in await desk.refused("sections/new", {"title": "Un", "kind": "wall"})


async def test_the_kind_of_a_section_with_articles_stays(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Le texte", "articles")
    await desk.article(section, number="Article 1", body="Un.")
    shown = await desk.refused(f"sections/{section}", {"title": "Idées", "kind": "proposals"}, status=409)
    assert 'id="error-kind"' in shown
    assert (await sections.one(house.pool, desk.consultation, section)).settings.kind == "articles"


async def test_articles_are_written_changed_and_ordered(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Le texte", "articles")
    first = await desk.article(section, number="Article 1", body="Ils sont ouverts.", before="Ils sont clos.")
    second = await desk.article(section, number="Article 2", title="Piéton", body="Le quai est piéton.")
    article = await articles.one(house.pool, desk.consultation, first)
    assert [(change.kind, change.text) for change in article.html.changes] == [
        ("same", "Ils sont "), ("removed", "clos"), ("added", "ouverts"), ("same", "."),
    ]  # fmt: skip
    assert "<del>clos</del><ins>ouverts</ins>" in await desk.get(f"contributions/{first}/text")
    changed = {"number": "Article 1er", "body": "**Ouverts.**", "explanation": "Oui."}
    await desk.post(f"contributions/{first}/text", changed)
    article = await articles.one(house.pool, desk.consultation, first)
    assert (article.text.number, article.text.before, article.html.changes) == ("Article 1er", "", ())
    assert article.html.body_html == "<p><strong>Ouverts.</strong></p>\n"
    await desk.post(f"contributions/{second}/move-text", {"direction": "up"})
    assert await desk.texts(section) == [second, first]
    await desk.post(f"sections/{section}/texts/place", {"moved": second, "before": ""})
    assert await desk.texts(section) == [first, second]
    assert 'aria-current="page">Contenu' in await desk.get(f"contributions/{first}/text")
    shown = await desk.get(f"sections/{section}/texts")
    assert shown.count(" disabled>") == 2  # the first one does not go up, the last one not down
    await desk.post(f"contributions/{second}/text", {"number": "Article 2", "body": "Piéton.", "appendix": "yes"})
    assert (await desk.get(f"sections/{section}/texts")).count(" disabled>") == 4  # an appendix stays below
    assert "«\u00a0Article 1er\u00a0» sera supprimé" in await desk.get(f"contributions/{first}/remove-text")
    await desk.post(f"contributions/{first}/remove-text")
    assert await desk.texts(section) == [second]
    assert not [event for event in await published(house) if isinstance(event, PublicContribution)]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ({"body": "Un."}, "number"),
        ({"number": "Article 1"}, "body"),
        ({"number": "Article 1", "body": "é" * 40_000}, "body"),
        ({"number": "Article 1", "body": "Un.", "title": "long " * 50}, "title"),
    ],
)
async def test_a_refused_article_keeps_its_form(house: House, text: dict[str, str], field: str) -> None:
    desk = await drafted(house)
    section = await desk.section("Le texte", "articles")
    shown = await desk.refused(f"sections/{section}/texts/new", text | {"explanation": "Parce que."})
    assert f'id="error-{field}"' in shown
    assert "Parce que." in shown
    article = await desk.article(section, number="Article 9", body="Neuf.")
    shown = await desk.refused(f"contributions/{article}/text", text | {"explanation": "Parce que."})
    assert f'id="error-{field}"' in shown
    assert (await articles.one(house.pool, desk.consultation, article)).text.body == "Neuf."


async def test_an_article_goes_to_another_section_of_its_kind(house: House) -> None:
    desk = await drafted(house)
    first, second = await desk.section("Chapitre 1er", "articles"), await desk.section("Chapitre 2", "articles")
    ideas = await desk.section("Vos idées", "proposals")
    form = {"title": "Chapitre 2", "kind": "articles", "kinds": ["amendment"], "scale": "support"}
    await desk.post(f"sections/{second}", form)
    article, other = (
        await desk.article(first, number="1", body="Un."),
        await desk.article(second, number="2", body="Deux."),
    )
    there = await desk.post(f"contributions/{article}/text", {"number": "1", "body": "Un.", "section": second})
    assert f"/sections/{second}/texts" in there
    assert (await desk.texts(first), await desk.texts(second)) == ([], [other, article])
    assert await house.pool.fetchval("select scale from contribution where id = $1", article) == "support"
    for wrong in (ideas, house.section, "elsewhere"):
        shown = await desk.refused(f"contributions/{article}/text", {"number": "1", "body": "Bis.", "section": wrong})
        assert 'id="error-section"' in shown
        assert "Bis." in shown
    assert (await articles.one(house.pool, desk.consultation, article)).text.body == "Un."


async def test_options_are_written_in_a_ranking(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Vos priorités", "ranking")
    option = await desk.article(section, title="Un kiosque", body="Près du pont.")
    row = await house.pool.fetchrow("select kind, author, title from contribution where id = $1", option)
    assert tuple(row) == ("option", None, "Un kiosque")
    assert 'id="error-title"' in await desk.refused(f"sections/{section}/texts/new", {"body": "Sans titre."})
    other = await desk.section("Vos idées", "proposals")
    assert (await desk.staff.get(desk.path(f"sections/{other}/texts"))).status_code == 404


async def test_a_bill_is_cut_shown_then_written(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Le projet", "articles")
    path = f"sections/{section}/import-text"
    shown = await desk.staff.post(desk.path(path), {"text": "Exposé des motifs.\n\n" + BILL})
    assert shown.status_code == 200
    for words in ("TITRE IER – LES QUAIS", "Article 1er – Ouverture", "Exposé des motifs.", "3 articles"):
        assert words in shown.text
    assert await desk.texts(section) == []
    await desk.post(path, {"text": "Exposé des motifs.\n\n" + BILL, "then": "save"})
    assert await titles(house, desk) == ["Le projet", "-TITRE IER – LES QUAIS"]
    assert "Écrivez au moins un article" not in await desk.get("check")
    tree = await sections.tree(house.pool, desk.consultation)
    assert tree[0].settings.introduction == "Exposé des motifs."
    written = await articles.articles_of(house.pool, desk.consultation, tree[1].id)
    assert [(one.text.number, one.text.title, one.text.body, one.text.appendix) for one in written] == [
        ("Article 1er", "Ouverture", "Les quais sont ouverts à tous.", False),
        ("Article 2", "", "Le quai des Gabares est piéton.", False),
        ("Annexe", "", "- le quai des Gabares", True),
    ]


async def test_a_bill_comes_as_a_file_without_script(house: House) -> None:
    desk = await drafted(house)
    path = f"sections/{await desk.section('Le projet', 'articles')}/import-text"
    file = {"file": ("projet.md", BILL.encode(), "text/markdown")}
    shown = await desk.staff.post(desk.path(path), {"text": ""}, files=file)
    assert shown.status_code == 200
    assert "Article 1er – Ouverture" in shown.text
    wrong = {"file": ("projet.doc", b"\xff\xfe\x00", "application/msword")}
    assert 'id="error-file"' in await desk.refused(path, {"text": ""}, files=wrong)
    long = await desk.refused(path, {"text": "é" * 6_000 + "\n\n" + BILL, "then": "save"})
    assert 'id="error-text"' in long
    assert "Le quai des Gabares est piéton." in long
    assert len(await desk.outline()) == 1
    nothing = await desk.refused(path, {"text": "Rien à couper."})
    assert 'id="error-text"' in nothing
    assert "Rien à couper." in nothing


async def test_what_changes_once_announced_is_published(house: House) -> None:
    desk = await ready(house)
    section = await desk.section("Le projet", "articles")
    article = await desk.article(section, number="Article 1", body="Un.")
    await desk.post("announce")
    events = await published(house)
    assert [event.contribution for event in events if isinstance(event, PublicContribution)] == [article]
    await desk.post(f"contributions/{article}/text", {"number": "Article 1", "body": "Deux."})
    (event,) = await published(house)
    assert isinstance(event, PublicContribution)
    assert (event.body, event.version, event.text_version) == ("Deux.", 2, 1)
    form = {"title": "Le projet", "kind": "articles", "kinds": ["amendment"], "scale": "support"}
    await desk.post(f"sections/{section}", form)
    events = await published(house)
    assert [event.scale for event in events if isinstance(event, PublicContribution)] == ["support"]
    assert any(isinstance(event, PublicConsultation) for event in events)
    await desk.post(f"contributions/{article}/remove-text")
    (event,) = await published(house)
    assert isinstance(event, PublicContribution)
    assert (event.state, event.body) == ("withdrawn", "")
    refused = await desk.refused(f"sections/{section}/remove", status=409)
    assert "ne peut plus être supprimée" in refused


async def test_a_removed_section_takes_what_it_holds_and_its_phases(house: House) -> None:
    desk = await drafted(house)
    holder, kept = await desk.section("Un", "articles"), await desk.section("Deux", "proposals")
    inside = await desk.section("Dedans", "articles", parent=holder)
    await desk.article(inside, number="Article 1", body="Un.")
    phases = {
        "opens_on": "2026-12-01", "closes_on": "2026-12-31", "rows": "2",
        "phase-0-kind": "amend", "phase-0-first": "2026-12-01", "phase-0-last": "2026-12-10",
        "phase-0-sections": [inside],
        "phase-1-kind": "vote", "phase-1-first": "2026-12-01", "phase-1-last": "2026-12-10",
        "phase-1-sections": [inside, kept],
    }  # fmt: skip
    await desk.post("schedule", phases)
    assert "Dedans" in await desk.get(f"sections/{holder}/remove")
    await desk.post(f"sections/{holder}/remove")
    assert await desk.outline() == [kept]
    rows = await house.pool.fetch(
        "select kind, sections::text[] from phase where consultation_id = $1", desk.consultation
    )
    assert [tuple(row) for row in rows] == [("vote", [kept])]
    assert not await house.pool.fetchval(
        "select count(*) from contribution where consultation_id = $1", desk.consultation
    )


async def test_nothing_of_another_consultation_is_reached(house: House) -> None:
    desk = await drafted(house)
    section = await desk.section("Le projet", "articles")
    article = await desk.article(section, number="Article 1", body="Un.")
    other = Desk(desk.staff, (await drafted(house, slug="autre")).consultation)
    for name in (f"sections/{section}", f"sections/{section}/texts", f"contributions/{article}/text"):
        assert (await other.staff.get(other.path(name))).status_code == 404
    text = f"contributions/{article}"
    for name in (f"{text}/remove-text", f"{text}/move-text", f"sections/{section}/remove"):
        assert (await other.staff.post(other.path(name))).status_code == 404
    for name in (f"sections/{section}", f"sections/{section}/texts/new", f"contributions/{article}/text"):
        answer = await other.staff.post(other.path(name), {"title": "Un", "kind": "heading", "body": "x"})
        assert answer.status_code == 404
    assert await desk.texts(section) == [article]


async def test_structure_stays_once_open(house: House) -> None:
    desk = await ready(house)
    section = await desk.section("Le projet", "articles")
    article = await desk.article(section, number="Article 1", body="Un.")
    await desk.post("announce")
    await desk.on(2026, 12, 2)
    assert (await desk.staff.get(desk.path("structure"))).status_code == 409
    for name in (
        f"contributions/{article}/text",
        f"sections/{section}/move",
        f"sections/{section}/import-text",
        "policy",
    ):
        assert (await desk.staff.post(desk.path(name), {"number": "1", "body": "Deux."})).status_code == 409
    assert (await articles.one(house.pool, desk.consultation, article)).text.body == "Un."
