"""Pages about one's own texts and votes, without script: writing, changing, withdrawing, seeing all of it."""

import html
import re

import httpx
import pytest

from contracts.events import new_id
from tests.integration.consultation.house import House, Participant
from tests.integration.consultation.test_consultation_edits import edit
from tests.integration.consultation.test_consultation_kinds import put

pytestmark = pytest.mark.anyio


async def get(house: House, path: str, who: Participant | None = None, **question: str) -> httpx.Response:
    return await house.client.get(
        path, params={"return": "/consultations/essai"} | question, headers=house.headers(who)
    )


async def post(house: House, path: str, who: Participant | None = None, **form: str) -> httpx.Response:
    return await house.client.post(path, data={"return": "/consultations/essai"} | form, headers=house.headers(who))


def text_of(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def written_in(answer: httpx.Response, name: str) -> str:
    found = re.search(rf'<textarea id="{name}"[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def test_an_amendment_begins_with_the_text_to_amend(house: House) -> None:
    who = await house.join()
    article = await put(house, "article", body="Les vélos roulent à droite.", text_version=2)
    path = f"/consultations/{house.consultation}/contributions"
    form = await get(house, path, who, kind="amendment", parent=article, body="D’un autre", explanation="D’un autre")
    assert form.status_code == 200
    assert written_in(form, "body") == "Les vélos roulent à droite."
    assert "À propos de ce texte (Article) Ici Titre" in text_of(form)
    assert "D’un autre" not in form.text
    assert '<input type="hidden" name="base_version" value="2">' in form.text
    sent = {"kind": "amendment", "parent": article, "base_version": "2", "title": "À gauche", "body": "À gauche."}
    missing = await post(house, path, who, **sent)
    assert missing.status_code == 422
    assert '<p class="error" id="error-explanation">Ce champ est à remplir.</p>' in missing.text
    assert (await post(house, path, who, **sent, explanation="Parce que.")).status_code == 303
    await house.pool.execute("update contribution set text_version = 3 where id = $1", article)
    late = await post(house, path, who, **sent | {"title": "Autre"}, explanation="Parce que.")
    assert (late.status_code, written_in(late, "body"), written_in(late, "explanation")) == (
        409, "À gauche.", "Parce que.",
    )  # fmt: skip
    reply = await post(house, path, who, kind="comment", parent=article)
    assert (reply.status_code, "Les vélos roulent à droite." in reply.text) == (422, True)
    await house.pool.execute("update contribution set state = 'hidden' where id = $1", article)
    reply = await post(house, path, who, kind="comment", parent=article, body="Ma réponse")
    assert (reply.status_code, "Les vélos" in reply.text, "Ma réponse" in reply.text) == (409, False, True)
    await house.pool.execute("update contribution set state = 'published' where id = $1", article)
    refused = await get(house, path, who, kind="amendment", parent=new_id())
    assert refused.status_code == 422
    house.clock.day(2026, 12, 2)
    closed = await get(house, path, who, kind="amendment", parent=article)
    assert (closed.status_code, "<form" in closed.text) == (409, False)


async def test_personal_data_are_shown_to_the_author_before_anybody_else_sees_them(house: House) -> None:
    who = await house.join()
    path = f"/consultations/{house.consultation}/contributions"
    form = {"kind": "opinion", "section": house.section, "title": "Écrivez-moi", "body": "Au 06 12 34 56 78, le soir."}
    asked = await post(house, path, who, **form)
    assert asked.status_code == 422
    assert "<mark>06 12 34 56 78</mark> (numéro de téléphone)" in asked.text
    assert written_in(asked, "body") == form["body"]
    assert await house.pool.fetchval("select count(*) from contribution") == 0
    assert (await post(house, path, who, **form, confirmed="yes")).status_code == 303
    item = await house.pool.fetchval("select id::text from contribution")
    again = await post(house, f"/contributions/{item}/edit", who, title="Écrivez-moi", body="À alix@ville.example")
    assert (again.status_code, "alix@ville.example</mark>" in again.text) == (422, True)
    english = await post(house, path, who, **form | {"title": "B", "lang": "en"})
    assert "(telephone number)" in english.text
    # What an amended text says already is not its new author's to confirm.
    article = await put(house, "article", body="Écrire à mairie@ville.example.")
    amendment = {"kind": "amendment", "parent": article, "title": "A", "explanation": "E"}
    assert (await post(house, path, who, **amendment, body="Écrire vite à mairie@ville.example.")).status_code == 303
    added = await post(house, path, who, **amendment, body="Écrire à mairie@ville.example ou alix@ville.example.")
    assert re.findall("<mark>(.*?)</mark>", added.text) == ["alix@ville.example"]
    # A form does not tell what is in a text that is withheld.
    await house.pool.execute("update contribution set state = 'hidden' where id = $1", article)
    for words in ("mairie@ville.example", "alix@ville.example"):
        guessed = await post(house, path, who, **amendment, body=f"Est-ce {words} ?")
        assert re.findall("<mark>(.*?)</mark>", guessed.text) == [words]
    # The API says what it found, and lets programs decide.
    told = await house.write(who, title="C", body="Au 06 12 34 56 78.")
    assert [one["kind"] for one in told.json()["findings"]] == ["phone"]


async def test_changing_a_text_without_script(house: House) -> None:
    who, other = await house.join(), await house.join()
    item = await house.opinion(who, title="Avant", body="Le texte d’avant.")
    path = f"/contributions/{item}/edit"
    assert "Personne n’a encore voté" in text_of(await get(house, path, who))
    await house.vote(other, item, "agree")
    form = await get(house, path, who)
    assert "Ce texte a déjà reçu 1 vote." in text_of(form)
    assert (written_in(form, "body"), 'value="Avant"' in form.text) == ("Le texte d’avant.", True)
    assert "This text already has 1 vote." in text_of(await get(house, path, who, lang="en"))
    wrong = await post(house, path, who, title="", body="Le nouveau texte")
    assert (wrong.status_code, written_in(wrong, "body"), 'id="error-title"' in wrong.text) == (
        422, "Le nouveau texte", True,
    )  # fmt: skip
    done = await post(house, path, who, title="Après", body="Le nouveau texte")
    assert (done.status_code, done.headers["location"]) == (303, "http://localhost:8000/consultations/essai")
    assert await house.pool.fetchval("select text_version from contribution where id = $1", item) == 2
    stranger = await get(house, path)
    assert stranger.headers["location"].startswith(f"/participate?consultation={house.consultation}&return=")
    typed = await post(house, path, body="Ce que j’ai tapé", title="T", kind="opinion")
    assert (typed.status_code, written_in(typed, "body")) == (401, "Ce que j’ai tapé")
    assert (await get(house, path, other)).status_code == 403
    assert (await post(house, path, other, title="x", body="x")).status_code == 403
    assert (await get(house, f"/contributions/{new_id()}/edit", who)).status_code == 404


async def test_withdrawing_without_script_asks_first(house: House) -> None:
    who = await house.join()
    item = await house.opinion(who, title="À retirer")
    path = f"/contributions/{item}/withdraw"
    asked = await get(house, path, who)
    assert (asked.status_code, "À retirer" in asked.text) == (200, True)
    assert await house.pool.fetchval("select state from contribution") == "published"
    assert (await post(house, path)).status_code in (401, 403)
    assert (await post(house, path, who)).status_code == 303
    assert await house.pool.fetchval("select state from contribution") == "withdrawn"
    assert "déjà retiré" in (await get(house, path, who)).text


async def test_what_is_reviewed_first_is_said_so(house: House) -> None:
    await house.pool.execute("update section set review_first = true where id = $1", house.section)
    who = await house.join()
    form = {"kind": "opinion", "section": house.section, "title": "À relire", "body": "Un texte"}
    answer = await post(house, f"/consultations/{house.consultation}/contributions", who, **form)
    assert answer.status_code == 200
    assert "Votre texte est bien arrivé." in answer.text
    assert f'href="/consultations/{house.consultation}/mine?' in answer.text


async def everything(house: House, who: Participant, other: Participant) -> dict[str, str]:
    """One contribution in each state, and votes on present and former versions."""
    items = {state: await house.opinion(who, title=f"Texte {state}") for state in ("published", "withdrawn", "hidden")}
    items["sent_back"] = (await house.write(who, kind="question", section=house.section, title="Q", body="B")).json()[
        "id"
    ]
    await house.client.delete(f"/v1/contributions/{items['withdrawn']}", headers=house.headers(who))
    for number, (state, decision, rule) in enumerate(
        [("hidden", "hide", "insult"), ("sent_back", "send_back", "off_topic")]
    ):
        await house.pool.execute(
            "update contribution set state = $2, rule = $3 where id = $1", items[state], state, rule
        )
        await house.pool.execute(
            "insert into moderation_entry (contribution_id, number, kind, day, decision, rule, facts, staff) "
            "values ($1, 1, 'decided', '2026-11-22', $2, $3, $4, 'm')",
            items[state], decision, rule, f"Les faits {number}.",
        )  # fmt: skip
    await house.pool.execute("update section set review_first = true where id = $1", house.section)
    items["pending"] = await house.opinion(who, title="Texte pending")
    await house.pool.execute("update section set review_first = false where id = $1", house.section)
    theirs = await house.opinion(other, title="Celui d’une autre")
    await house.vote(who, theirs, "mixed")
    await edit(house, other, theirs, body="Changé depuis.")
    items["theirs"] = theirs
    await house.vote(who, items["published"], "agree")
    amendment = await put(house, "amendment")
    reply: str | None = amendment
    for number in range(2):
        reply = (await house.write(who, kind="comment", parent=reply, body=f"Réponse {number}")).json()["id"]
    await house.vote(who, amendment, "agree")
    return items | {"amendment": amendment}


async def test_my_participation_says_all_of_it_and_what_can_be_done(house: House) -> None:
    who, other = await house.join(), await house.join()
    items = await everything(house, who, other)
    path = f"/consultations/{house.consultation}/mine"
    page = await get(house, path, who)
    assert page.status_code == 200
    said = text_of(page)
    for words in (
        "À modifier : renvoyé par la modération 1", "En attente de relecture 1", "Publié 3",
        "Masqué par la modération 1", "Retiré 1", "Les faits 0.", "Les faits 1.", "Mes votes 3", "Mon vote : Mitigé",
        "Vous avez voté sur la version 1.",
    ):  # fmt: skip
        assert words in said, words
    assert page.text.count(f'/contributions/{items["amendment"]}"') == 3  # two replies below it, and a vote
    links = set(re.findall(r"/contributions/([0-9a-f-]{36})/(edit|appeal|withdraw)\?", page.text))
    expected = {
        "published": {"edit", "withdraw"}, "pending": {"edit", "withdraw"}, "sent_back": {"edit", "appeal", "withdraw"},
        "hidden": {"appeal", "withdraw"}, "withdrawn": set(), "theirs": set(),
    }  # fmt: skip
    assert {link for link in links if link[0] in items.values()} == {
        (items[state], act) for state, acts in expected.items() for act in acts
    }
    slug = f"essai-{house.consultation[:8]}"
    assert f'href="http://localhost:8000/consultations/{slug}/contributions/{items["theirs"]}"' in page.text
    confirm = await post(house, f"/contributions/{items['theirs']}/vote", who, choice="mixed")
    assert confirm.status_code == 303
    assert "Vous avez voté sur la version 1." not in text_of(await get(house, path, who))
    english = await get(house, path, who, lang="en")
    assert "Sent back by moderation" not in text_of(english)  # the heading says what to do
    assert "To change: sent back by moderation 1" in text_of(english)
    assert f"/en/consultations/{slug}/contributions/" in english.text
    assert (await get(house, path)).status_code == 303
    assert (await get(house, f"/consultations/{new_id()}/mine", who)).status_code == 404
    nothing = text_of(await get(house, path, await house.join()))
    assert nothing.count("Rien pour le moment.") == 2


@pytest.mark.parametrize("scale", ["one_to_five", "majority_judgment"])
async def test_every_scale_has_words(house: House, scale: str) -> None:
    who = await house.join()
    item = await house.opinion(who)
    await house.pool.execute("update contribution set scale = $1", scale)
    form = await post(house, f"/contributions/{item}/vote", who, choice="agree")
    assert form.status_code == 422
    assert ("Assez bien" if scale == "majority_judgment" else "4 sur 5") in form.text
    choice = "reject" if scale == "majority_judgment" else "3"
    assert (await post(house, f"/contributions/{item}/vote", who, choice=choice)).status_code == 303
    assert (await house.mine(who))["votes"] == {item: choice}


async def test_nothing_of_a_draft_is_shown(house: House) -> None:
    """Not even to whoever has its addresses. The control: once it is announced, all of it is."""
    who = await house.join()
    article = await put(house, "article", title="SECRET", body="SECRET")
    await house.pool.execute("update consultation set title = 'SECRET'")
    path = f"/consultations/{house.consultation}"
    for announced in (False, True):
        await house.pool.execute("update consultation set announced = $1", announced)
        said = [
            await get(house, f"{path}/mine", who),
            await get(house, f"{path}/contributions", who, kind="amendment", parent=article),
            await post(house, f"{path}/contributions", who, kind="comment", parent=article),
        ]
        assert ["SECRET" in answer.text for answer in said] == [announced] * 3
