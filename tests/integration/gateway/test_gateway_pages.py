"""The pages of a whole consultation: each noun of the model where a reader looks for it, in both languages."""

import html
import re

import pytest

from contracts.events import PublicSection, new_id
from tests.harness import EnvironmentOf
from tests.integration.gateway.example import (
    AMENDMENTS,
    ARGUMENTS,
    ARTICLES,
    BILL,
    COMMENTS,
    DAY,
    FORM,
    FREE,
    OPTIONS,
    PAGES,
    PROPOSALS,
    RANKED,
    everything,
)
from tests.integration.gateway.stage import (
    CONSULTATION,
    SECTION,
    TODAY,
    Running,
    consultation,
    contribution,
    official_answer,
    running,
    statement,
    told,
)

pytestmark = pytest.mark.anyio
HOME = "/consultations/villebrume-a-velo"


async def read(gateway: Running, path: str, root: str = "") -> str:
    """The page, entities read, spaces as one."""
    answer = await gateway.client.get(f"{root}{HOME}{path}")
    assert answer.status_code == 200, path
    return " ".join(html.unescape(answer.text).replace("\u202f", " ").replace("\u00a0", " ").split())


async def test_every_page_in_both_languages_is_for_everybody(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        for path in (*(HOME + page for page in PAGES), "", "/moderation", "/open-data"):
            for root in ("", "/en"):
                answer = await gateway.client.get((root + path) or "/")
                assert answer.status_code == 200, root + path
                assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! type=\"module\" src=)", answer.text), path
                assert "set-cookie" not in answer.headers
                assert answer.text.count("<h1") == 1, path
                again = await gateway.client.get(
                    (root + path) or "/", headers={"if-none-match": answer.headers["etag"]}
                )
                assert again.status_code == 304


async def test_a_consultation_says_why_by_whom_and_until_when(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, "")
        for words in (
            "Le conseil municipal votera", "SIRET 21990001200019", "https://ville.example/contact", "4f9c" * 16,
            "Amender le règlement", "Comment participer", "Ce qui vous est soumis", "4 options à classer",
            "6 questions",
            "Ce que nous avons lu", f"{HOME}/sections/{BILL}", "Une question à l’organisateur", "/follow",
        ):  # fmt: skip
            assert words in page, words
        assert page.count('aria-current="step"') == 4
        legal = await read(gateway, "/legal", "/en")
        for words in (
            "Camille Exemple",
            "Hébergeur d’Exemple",
            "dpo@ville.example",
            "365 days",
            "Publier des résultats",
        ):
            assert words in legal
        assert "Vérifier que toutes les générations" in legal


async def test_a_closing_before_its_time_says_why(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        early = {"closed_early_on": TODAY - DAY, "closed_early_reason": "Le conseil a avancé sa séance."}
        await told(gateway, *everything(**early))
        page = await read(gateway, "")
        assert "plus tôt que prévu" in page
        assert "Le conseil a avancé sa séance." in page
        assert "/vote" not in page
        assert "data-write" not in page
        assert (await gateway.client.get(f"/open-data{HOME}")).json()["state"] == "closed"


async def test_the_home_page_says_what_became_of_each(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything(state="archived"), statement(new_id(), kind="restitution"))
        page = html.unescape((await gateway.client.get("/")).text)
        assert "Archives" in page
        assert "Ce qu’elle a changé" in page
        assert "1 réponse" in page


async def test_phases_say_what_can_be_done(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        whole = everything()
        await told(gateway, *whole)
        assert 'class="ballot"' in await read(gateway, f"/contributions/{PROPOSALS[0]}")
        restitution = whole[0].phases[-1:]  # type: ignore[union-attr]  # the consultation
        await told(gateway, *everything(version=2, phases=restitution))
        page = await read(gateway, f"/contributions/{PROPOSALS[0]}")
        assert 'class="ballot"' not in page
        assert "On ne vote pas ici en ce moment." in page
        assert "data-write" not in page


async def test_a_bill_shows_changes_in_words_and_amendments_beside(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, f"/sections/{BILL}")
        assert page.index("Article 1") < page.index("Article 2") < page.index("Annexes") < page.rindex("Annexe A")
        assert re.search(r"<del><span[^>]*> \[supprimé : </span>cinquante<span[^>]*>\] </span></del>", page)
        assert re.search(r"<ins><span[^>]*> \[ajouté : </span>trente<span", page)
        assert "Vingt à l’heure près des écoles" in page
        article = await read(gateway, f"/contributions/{ARTICLES[0]}")
        assert "Le droit en vigueur" in article
        assert "Deux accidents sur trois" in article
        assert f"{HOME}/contributions/{ARTICLES[0]}/amend" in article
        form = await read(gateway, f"/contributions/{ARTICLES[0]}/amend")
        assert "La vitesse est limitée à trente kilomètres" in form.partition("<textarea")[2]
        assert 'name="base_version" value="1"' in form
        assert (await gateway.client.get(f"{HOME}/contributions/{OPTIONS[0]}/amend")).status_code == 404


async def test_an_amendment_says_what_it_was_written_on(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        assert "Il a été écrit sur la version" not in await read(gateway, f"/contributions/{AMENDMENTS[0]}")
        newer = contribution(ARTICLES[0], section=BILL, kind="article", version=5, text_version=2, number="Article 1")
        await told(gateway, newer)
        page = await read(gateway, f"/contributions/{AMENDMENTS[0]}")
        assert "Il a été écrit sur la version 1 de ce texte, qui en est à la version 2." in page
        assert "Les livraisons passent par là." in page


async def test_votes_on_former_versions_are_said(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, f"/contributions/{PROPOSALS[0]}")
        assert "61 votes portent sur la version 1 du texte." in page
        versions = await read(gateway, f"/contributions/{PROPOSALS[0]}/versions")
        assert versions.index("Version 2") < versions.index("Version 1")
        assert "61 votes sur cette version" in versions
        assert "avec un atelier" in versions


@pytest.mark.parametrize(
    ("item", "words"),
    [(PROPOSALS[2], "<strong>3,9</strong> sur 5 en moyenne"), (PROPOSALS[3], "<strong>Bien</strong>")],
)
async def test_scales_with_one_figure_show_it(environment: EnvironmentOf, item: str, words: str) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        assert words in await read(gateway, f"/contributions/{item}")
        assert words in await read(gateway, "/results")


async def test_what_moderation_withholds_leaves_a_tombstone_with_its_reason(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, f"/contributions/{PROPOSALS[4]}")
        assert "Texte renvoyé à son auteur par la modération" in page
        assert "Motif : Données personnelles." in page
        assert f"{HOME}/contributions/{PROPOSALS[4]}/moderation" in page
        assert f"/contributions/{PROPOSALS[4]}/appeal?return=" in page
        assert 'class="ballot"' not in page
        parent = await read(gateway, f"/contributions/{PROPOSALS[0]}")
        assert f'id="c-{ARGUMENTS[2]}"' in parent
        assert "Injure ou diffamation" in parent
        journal = await read(gateway, "/moderation")
        assert "le texte est masqué" in journal
        assert "Décision prise par une personne." in journal
        assert journal.index(f"j-{ARGUMENTS[2]}")
        assert "Un mot, 1." in await read(gateway, f"/contributions/{ARGUMENTS[2]}/moderation")


async def test_comments_answer_each_other_whatever_was_withdrawn(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, f"/contributions/{PROPOSALS[0]}")
        assert page.index("les horaires") < page.index("Contribution retirée") < page.index("jusqu’à minuit")
        assert "Chez moi, trois vélos" in page
        item = (await gateway.client.get(f"/open-data{HOME}/contributions/{PROPOSALS[0]}")).json()
        assert (item["contribution"]["comments"], len(item["comments"])) == (2, 4)
        lost = await gateway.client.get(f"{HOME}/contributions/{COMMENTS[2]}")
        assert lost.headers["location"] == f"{HOME}/contributions/{PROPOSALS[0]}#c-{COMMENTS[2]}"
        assert 'name="parent" value="' + COMMENTS[2] in await read(gateway, f"/contributions/{COMMENTS[2]}/reply")
        chain = [contribution(i, section=FREE, kind="comment", parent=p, title="")
                 for i, p in ((COMMENTS[4], COMMENTS[2]), (new_id(), COMMENTS[4]))]  # fmt: skip
        await told(gateway, *chain)
        deepest = chain[-1].contribution
        assert "On ne peut pas répondre ici." in await read(gateway, f"/contributions/{deepest}/reply")


async def test_official_answers_keep_their_former_versions(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, f"/contributions/{PROPOSALS[0]}")
        assert page.index("Réponse 2.") < page.index("Réponses précédentes") < page.index("Réponse 1.")
        assert "Retenu en partie" in await read(gateway, "")
        await told(gateway, official_answer(PROPOSALS[0], version=3, status="taken_up"))
        assert ">Retenu<" in await read(gateway, "/restitution")


async def test_a_questionnaire_shows_its_questions_and_its_totals(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, f"/sections/{FORM}")
        for words in (
            "n’est pas « À vélo »", "214 personnes ont répondu", "Autre réponse", "aux carrefours", "154,5",
            "Réponses libres : l’organisateur les lit", f"/sections/{FORM}/questionnaire?return=",
        ):  # fmt: skip
            assert words in page, words
        found = re.search(r"À vélo</span>.*?<td>81</td><td class=\"share\">38 %</td>", page)
        assert found is not None


async def test_a_ranking_is_told_by_each_method(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        page = await read(gateway, f"/sections/{RANKED}")
        for words in ("gagne selon Condorcet", "Points (Borda)", "3 900", f"/sections/{RANKED}/ranking?return="):
            assert words in page, words
        assert '<td class="won">52</td>' in page


async def test_a_section_that_is_a_list_leads_to_it(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        await told(gateway, *everything())
        answer = await gateway.client.get(f"/en{HOME}/sections/{FREE}")
        assert answer.headers["location"] == f"/en{HOME}?section={FREE}#contributions"
        for unknown in (CONSULTATION, "nothing"):
            assert (await gateway.client.get(f"{HOME}/sections/{unknown}")).status_code == 404


async def test_sections_nest_and_choose(environment: EnvironmentOf) -> None:
    below, other = new_id(), new_id()
    sections = tuple(
        PublicSection(
            id=i,
            parent=parent,
            position=0,
            title=title,
            introduction_html="",
            kinds=("proposal",),
            scale="agree_mixed_disagree",
        )
        for i, parent, title in ((SECTION, None, "La rue"), (below, SECTION, "Le trottoir"), (other, None, "Le parc"))
    )
    async with running(environment("gateway")) as gateway:
        await told(
            gateway,
            consultation(sections=sections),
            contribution(ARTICLES[0], section=below),
            contribution(ARTICLES[1], section=other),
        )
        page = (await gateway.client.get(f"/consultations/ma-rue?section={SECTION}")).text
        assert f'id="c-{ARTICLES[0]}"' in page
        assert f'id="c-{ARTICLES[1]}"' not in page
        listed = (await gateway.client.get(f"/open-data/consultations/ma-rue/contributions?section={other}")).json()
        assert [item["id"] for item in listed["contributions"]] == [ARTICLES[1]]
