"""The same attackers against what the builder writes from a database; each rule turned off lets one of them through.

That a week is part of what people share cannot be turned off by itself in SQL: its control is in the rules' tests.
"""

import dataclasses
import hashlib
import json
import uuid
from pathlib import Path

import pytest

from consultation_service import release
from consultation_service.anonymise import Rules
from consultation_service.store import participants, withdrawals
from contracts.events import WithdrawalRequested, new_id
from contracts.scales import CHOICE_CODES
from tests.adversary.population import DECLARED, FIRST_DAY, LAST_DAY, Population
from tests.adversary.published import Published, read
from tests.adversary.story import ATTACKS, DAYS, RULES, K, change_minds, people
from tests.integration.consultation.house import House

COLUMNS = (
    "id", "consultation_id", "section_id", "kind", "parent_id", "side", "author", "title", "body", "scale", "day",
    "position",
)  # fmt: skip
pytestmark = pytest.mark.anyio
ITEMS = 12


def pseudonym(person: int) -> bytes:
    return hashlib.sha256(f"person {person}".encode()).digest()


def text_id(title: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, title))


async def fill(house: House, population: Population) -> None:
    """The population, as the database would have it on the day of the first release; three sections as in the story."""
    declared = json.dumps([{"attribute": name, "purpose": "x"} for name in DECLARED])
    async with house.pool.acquire() as connection:
        await connection.execute(
            "update consultation set attributes = $2, opens_on = $3, closes_on = $4 where id = $1",
            house.consultation, declared, FIRST_DAY, LAST_DAY,
        )  # fmt: skip
        await connection.executemany(
            """insert into section (id, consultation_id, position, title, introduction_html, kinds, scale)
            select $1, consultation_id, $2, $3, introduction_html, kinds, scale from section where id = $4""",
            [(text_id(f"section {n}"), 10 + n, f"Partie {n}", house.section) for n in range(3)],
        )
        items = [
            (text_id(str(n)), house.consultation, house.section, "article", None, None, None, str(n), "x",
             "agree_mixed_disagree", FIRST_DAY, n)
            for n in range(ITEMS)
        ]  # fmt: skip
        texts = [
            (text_id(text.title), house.consultation, text_id(f"section {text.section}"), "argument",
             text_id(str(n % ITEMS)), text.side, pseudonym(text.author), text.title, text.body,
             "agree_mixed_disagree", text.day, 0)
            for n, text in enumerate(population.texts)
        ]  # fmt: skip
        await connection.copy_records_to_table("contribution", records=items + texts, columns=COLUMNS)
        await connection.copy_records_to_table(
            "participant",
            records=[
                (house.consultation, pseudonym(n), "1", FIRST_DAY, json.dumps(given))
                for n, given in enumerate(population.given)
            ],
            columns=["consultation_id", "pseudonym", "terms_version", "joined_on", "attributes"],
        )
        await connection.copy_records_to_table(
            "vote",
            records=[
                (text_id(str(item)), pseudonym(person), CHOICE_CODES[choice], day)  # type: ignore[index]
                for (item, person), (choice, day) in population.votes.items()
            ],
            columns=["contribution_id", "participant", "choice", "day"],
        )


async def until(house: House, population: Population, number: int) -> None:
    """What people took back, and who left, between two releases."""
    day, before = DAYS[number], DAYS[number - 1] if number else FIRST_DAY
    regretted = [text_id(text.title) for text in population.texts if text.gone and before < text.gone <= day]
    async with house.pool.acquire() as connection, connection.transaction():
        await withdrawals.withdraw(connection, regretted)
        await connection.execute(
            "update release_review set reviewed = true where contribution_id = any($1)",
            [text_id(text.title) for text in population.texts if text.let_out and text.let_out <= day],
        )
    for person, when in population.left.items():
        if before < when <= day:
            request = WithdrawalRequested(id=new_id(), consultation=house.consultation, subject="A" * 43)
            await participants.leave(house.pool, request, pseudonym(person), when)


async def released(
    house: House, out: Path, rules: Rules, seed: int = 1, leavers: int = 4
) -> tuple[Population, list[Published]]:
    population = people(seed, leavers)
    await fill(house, population)
    found = []
    for number, day in enumerate(DAYS):
        await until(house, population, number)
        built = await release.build(house.settings, house.consultation, out, day, rules=rules)
        assert built.folder is not None
        live = {text_id(text.title): text.title for text in population.texts}
        found.append(dataclasses.replace(read(built.folder), live_ids=live))
        if number == 0:
            for item, person in change_minds(population):
                choice, when = population.votes[item, person]
                await house.pool.execute(
                    "update vote set choice = $3, day = $4 where contribution_id = $1 and participant = $2",
                    text_id(str(item)), pseudonym(person), CHOICE_CODES[choice], when,  # type: ignore[index]
                )  # fmt: skip
    return population, found


@pytest.mark.parametrize("leavers", [4, 30])
async def test_no_attack_does_better_than_chance(leavers: int, house: House, tmp_path: Path) -> None:
    population, found = await released(house, tmp_path, RULES, leavers=leavers)
    scores = {name: attack(population, found) for name, attack in ATTACKS.items()}
    assert {name: score for name, score in scores.items() if score.too_often(K)} == {}
    assert {name for name, score in scores.items() if score.tries == 0} <= {"inference", "too early"}


@pytest.mark.parametrize(
    ("rules", "leavers", "attack"),
    [
        (RULES._replace(k=1), 4, "linkage"),
        (RULES._replace(frozen=False), 4, "newcomers at the end"),
        (RULES._replace(differences=False), 4, "vote differences"),
        (RULES._replace(diverse=False), 4, "inference"),
        (RULES._replace(reviewed=False), 4, "disguised"),
        (RULES._replace(fresh_ids=False), 4, "same ids"),
        (RULES._replace(author_refs=True), 4, "same author"),
        (RULES._replace(delay_days=-1), 4, "too early"),
    ],
    ids=["k", "frozen", "differences", "diverse", "reviewed", "fresh ids", "author references", "delay"],
)
async def test_an_attack_succeeds_without_its_rule(
    rules: Rules, leavers: int, attack: str, house: House, tmp_path: Path
) -> None:
    score = ATTACKS[attack](*await released(house, tmp_path, rules, leavers=leavers))
    assert score.too_often(K), score
