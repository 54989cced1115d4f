"""Every kind of contribution on every kind of parent, in sections that take it or not; depth, limits, review first."""

import asyncio
import json
from typing import Any

import pytest

from consultation_service.contributions import KINDS, MAX_DEPTH
from consultation_service.rules.differences import compare
from contracts.events import new_id
from tests.integration.consultation.house import House, Participant

pytestmark = pytest.mark.anyio

PARENTS = ("", "opinion", "proposal", "question", "article", "option", "amendment", "argument", "source", "comment")
TABLE = """
             section opinion proposal question article option amendment argument source comment
  opinion    x       -       -        -        -       -      -         -        -      -
  proposal   x       -       -        -        -       -      -         -        -      -
  question   x       -       -        -        -       -      -         -        -      -
  amendment  -       -       x        -        x       -      -         -        -      -
  argument   -       x       x        -        x       -      x         -        -      -
  source     -       x       x        -        x       -      x         -        -      -
  comment    -       x       x        x        x       x      x         x        x      x
"""
WORDS = {
    "opinion": {"title": "T", "body": "B"},
    "proposal": {"title": "T", "body": "B"},
    "question": {"title": "T", "body": "B"},
    "amendment": {"title": "T", "body": "B", "explanation": "E"},
    "argument": {"side": "for", "body": "B"},
    "source": {"title": "T", "link": "https://a.example"},
    "comment": {"body": "B"},
}


def cells() -> list[tuple[str, str, bool]]:
    rows = [line.split() for line in TABLE.strip().splitlines()[1:]]
    return [(row[0], parent, mark == "x") for row in rows for parent, mark in zip(PARENTS, row[1:], strict=True)]


async def put(house: House, kind: str, **columns: Any) -> str:
    """A contribution that is there already, whatever its kind."""
    facts = {
        "id": new_id(), "consultation_id": house.consultation, "section_id": house.section, "kind": kind,
        "side": "for" if kind == "argument" else None, "scale": "agree_mixed_disagree", "day": "2026-11-20",
        "title": "Ici", "body": "Le texte qui est là.",
    } | columns  # fmt: skip
    if kind in ("amendment", "argument", "source", "comment"):
        facts.setdefault("parent_id", await put(house, "proposal"))
    names = ", ".join(facts)
    await house.pool.execute(
        f"insert into contribution ({names}) select {names} from json_populate_record(null::contribution, $1)",
        json.dumps(facts),
    )
    return str(facts["id"])


async def takes(house: House, *kinds: str, **columns: Any) -> None:
    await house.pool.execute("update section set kinds = $2 where id = $1", house.section, list(kinds))
    for name, value in columns.items():
        await house.pool.execute(f"update section set {name} = $2 where id = $1", house.section, value)


async def sent(house: House, who: Participant, kind: str, parent: str | None, **draft: Any) -> tuple[int, str, str]:
    where = {"section": house.section} if parent is None else {"section": None, "parent": parent}
    answer = await house.write(who, kind=kind, **WORDS[kind] | where | draft)
    found = answer.json()
    return answer.status_code, found.get("code", found.get("state", "")), found.get("field", "")


def test_the_table_in_the_code_is_this_one() -> None:
    told = {(kind, parent): allowed for kind, parent, allowed in cells()}
    coded = {(kind, p): (p in rule.parents if p else not rule.parents) for kind, rule in KINDS.items() for p in PARENTS}
    assert told == coded


async def test_every_kind_on_every_parent(house: House) -> None:
    """Each cell twice: where the section takes the kind, and where it takes all the others."""
    who = await house.join()
    parents: dict[str, str | None] = {kind: await put(house, kind) for kind in PARENTS if kind}
    parents[""] = None
    for kind in KINDS:
        for taken in (True, False):
            await takes(house, *([kind] if taken else set(KINDS) - {kind}))
            for cell, parent, allowed in cells():
                if cell != kind:
                    continue
                status, code, field = await sent(house, who, kind, parents[parent], body=f"{parent} {taken}")
                place = "parent" if KINDS[kind].parents else "section"
                if not allowed:
                    assert (status, field) == (422, place), (kind, parent, code)
                elif taken:
                    assert (status, code) == (201, "published"), (kind, parent)
                else:
                    assert (status, code, field) == (422, "kind_refused", "kind"), (kind, parent)


@pytest.mark.parametrize("state", ["pending", "withdrawn", "hidden", "sent_back"])
async def test_nothing_is_added_to_what_is_not_published(house: House, state: str) -> None:
    who = await house.join()
    parent = await put(house, "proposal", state=state)
    expected = {"pending": "parent_refused", "withdrawn": "withdrawn"}.get(state, "withheld")
    for kind in ("amendment", "argument", "source", "comment"):
        assert (await sent(house, who, kind, parent))[1:] == (expected, "parent")


async def test_replies_go_three_deep(house: House) -> None:
    who = await house.join()
    item: str | None = await put(house, "proposal")
    for depth in range(MAX_DEPTH + 1):
        answer = await house.write(who, kind="comment", parent=item, body=f"Réponse {depth}")
        assert answer.status_code == 201, answer.text
        item = answer.json()["id"]
        assert await house.pool.fetchval("select depth from contribution where id = $1", item) == depth
    assert await sent(house, who, "comment", item) == (422, "too_deep", "parent")
    # Under an argument, it begins again.
    assert (await sent(house, who, "comment", await put(house, "argument")))[0] == 201


async def test_an_amendment_says_what_it_changes_and_from_which_version(house: House) -> None:
    who = await house.join()
    article = await put(house, "article", body="Les vélos roulent à droite.", text_version=4)
    text = {"title": "À gauche", "body": "Les vélos roulent à gauche.", "explanation": "**Parce que**"}
    answer = await house.write(who, kind="amendment", parent=article, **text, base_version=4)
    assert answer.status_code == 201, answer.text
    row = await house.pool.fetchrow("select * from contribution where id = $1", answer.json()["id"])
    expected = [segment._asdict() for segment in compare("Les vélos roulent à droite.", text["body"])]
    assert (json.loads(row["changes"]), row["base_version"]) == (expected, 4)
    assert row["explanation_html"] == "<p><strong>Parce que</strong></p>\n"
    assert await sent(house, who, "amendment", article, base_version=3) == (409, "base_changed", "body")
    assert await sent(house, who, "amendment", article, explanation="") == (422, "text_missing", "explanation")
    assert await sent(house, who, "amendment", article, explanation="x" * 3_001) == (
        422, "text_over_limit", "explanation",
    )  # fmt: skip
    assert await sent(house, who, "opinion", None, explanation="x") == (422, "text_unexpected", "explanation")
    assert await sent(house, who, "opinion", None, base_version=1) == (422, "text_unexpected", "base_version")


async def test_so_many_texts_a_day_whatever_the_concurrency(house: House) -> None:
    who, other = await house.join(), await house.join()
    await house.pool.execute(
        "update consultation set limits = $1",
        json.dumps({"texts_a_day": {"opinion": 2}, "characters": {"opinion": 20}}),
    )
    answers = await asyncio.gather(*(house.write(who, title=f"Texte {n}") for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 429, 429, 429, 429]
    mine = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    assert (await house.client.delete(f"/v1/contributions/{mine}", headers=house.headers(who))).status_code == 204
    assert (await house.write(who, title="Encore")).json()["code"] == "too_many_texts"  # withdrawn ones count
    assert (await house.write(who, kind="proposal")).status_code == 201
    assert (await house.write(other)).status_code == 201
    house.clock.day(2026, 11, 24)
    assert (await house.write(who, title="Demain")).status_code == 201
    long = await house.write(who, title="Long", body="x" * 21)
    assert (long.json()["code"], long.json()["field"]) == ("text_over_limit", "body")
    assert "20 caractères" in long.json()["fr"]


@pytest.mark.parametrize("first", [True, False])
async def test_what_moderators_read_first_leaves_nothing_in_public(house: House, first: bool) -> None:
    """The control: in a section without review, the same text is on its way at once."""
    await takes(house, *KINDS, review_first=first)
    who, other = await house.join(), await house.join()
    await house.pool.execute("truncate outbox")
    answer = await house.write(who, title="À relire", key="une")
    assert answer.json()["state"] == ("pending" if first else "published")
    again = await house.write(who, title="À relire", key="une")
    assert (again.status_code, again.json()) == (200, answer.json())
    item = answer.json()["id"]
    subjects = [row[0] for row in await house.pool.fetch("select subject from outbox")]
    assert subjects == ([] if first else [f"public.v1.contribution.{item}"])
    waits = await house.pool.fetchval("select waits_since from contribution where id = $1", item)
    assert (waits is not None) is first
    vote = await house.vote(other, item, "agree")
    comment = await house.write(other, kind="comment", parent=item, body="x")
    assert [vote.status_code, comment.status_code] == ([404, 422] if first else [204, 201])
    mine = await house.client.get(f"/v1/consultations/{house.consultation}/participation", headers=house.headers(who))
    assert [row["state"] for row in mine.json()["contributions"]] == ["pending" if first else "published"]


async def test_personal_data_is_pointed_out_and_forgotten(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Écrivez à alix@ville.example ou au 06 12 34 56 78."
    answer = await house.client.post("/v1/personal-data", json={"text": text})
    found = [(one["kind"], text[one["start"] : one["end"]]) for one in answer.json()["findings"]]
    assert found == [("email", "alix@ville.example"), ("phone", "06 12 34 56 78")]
    assert (await house.client.post("/v1/personal-data", json={"text": "Rien."})).json() == {"findings": []}
    assert (await house.client.post("/v1/personal-data", json={"text": "x" * 10_001})).status_code == 422
    assert "personal-data" not in capsys.readouterr().out
