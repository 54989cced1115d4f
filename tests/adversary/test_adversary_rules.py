"""Attackers against the rules of releases; each rule turned off lets one of them through."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from consultation_service.anonymise import Rules, assign, described
from tests.adversary import attackers
from tests.adversary.attackers import Score
from tests.adversary.model import Series
from tests.adversary.population import FIRST_DAY, Population, erase, synthetic, wroclaw
from tests.adversary.published import Published
from tests.real_data import real_data

K = 10
MANY = 500
"""How many of the 1,500 people leave before each release, when many do."""

RULES = Rules(k=K)
DAYS = [FIRST_DAY + timedelta(days=n) for n in (14, 28, 60)]


def source() -> random.Random:
    return random.Random(11)


def people(seed: int = 1, leavers: int = 4) -> Population:
    """A consultation in which some leave, some change their mind, some let an address slip, some regret at once."""
    population = synthetic(seed=seed)
    chance = random.Random(seed + 100)
    erase(population, chance, DAYS[1:], leavers)
    for text in chance.sample(population.texts, 200):
        text.gone = text.day + timedelta(days=chance.randrange(1, 4))
    for number, text in enumerate(chance.sample(population.texts, 48)):
        text.secret = f"camille.{number}x@courriel.example"
        text.body = f"Répondez à {attackers.DISGUISES[number % 12](text.secret)} svp"
    return population


def released(rules: Rules, seed: int = 1, leavers: int = 4, **how: bool) -> tuple[Population, list[Published]]:
    population = people(seed, leavers)
    series = Series(population, rules)
    found = [series.release(DAYS[0], **how)]
    chance = random.Random(3)
    # Three people change a vote between the first two releases.
    for item, person in chance.sample([key for key, (_, day) in population.votes.items() if day < DAYS[0]], 3):
        choice, _ = population.votes[item, person]
        population.votes[item, person] = ("disagree" if choice == "agree" else "agree", DAYS[0] + timedelta(days=2))
    found += [series.release(DAYS[1], **how), series.release(DAYS[2], closing=True, **how)]
    return population, found


def acted(population: Population) -> list[tuple[str, str]]:
    """Each item on which somebody who left between the first two releases had voted."""
    return [
        (str(item), str(item))
        for (item, person), (_, day) in population.votes.items()
        if population.left.get(person) == DAYS[1] and day < DAYS[0] - timedelta(days=4)
    ]


ATTACKS: dict[str, Callable[[Population, list[Published]], Score]] = {
    "linkage": lambda people, found: attackers.linkage(found[2], people, source()),
    "newcomers": lambda people, found: attackers.newcomers(found[0], found[1], people, source()),
    "newcomers at the end": lambda people, found: attackers.newcomers(found[1], found[2], people, source()),
    "intersection": lambda people, found: attackers.intersection(found[0], found[2], people, source()),
    "vote differences": lambda people, found: attackers.vote_differences(found[0], found[1], acted(people)),
    "inference": lambda people, found: attackers.inference(found[2], people),
    "same ids": lambda people, found: attackers.same_ids(found[0], found[1], lambda row: row["title"]),
    "ids of the site": lambda people, found: attackers.live_days(found[2]),
    "same author": lambda people, found: attackers.same_author(found[2], people, source()),
    "vote vector": lambda people, found: attackers.vote_vector(found[2], people, 6, source()),
    "order": lambda people, found: attackers.order(found[2], people),
    "too early": lambda people, found: attackers.too_early(found[0], people, DAYS[0]),
    "disguised": lambda people, found: attackers.disguised(found[2], people),
}


@pytest.fixture(scope="module")
def guarded() -> tuple[Population, list[Published]]:
    return released(RULES)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_does_better_than_chance(attack: str, guarded: tuple[Population, list[Published]]) -> None:
    score = ATTACKS[attack](*guarded)
    assert score.tries > 10 or attack in ("too early", "inference"), score
    assert not score.too_often(K), score


@pytest.mark.parametrize(("seed", "leavers"), [(2, 1), (3, 30), (4, MANY)])
def test_other_people(seed: int, leavers: int) -> None:
    population, found = released(RULES, seed, leavers)
    scores = {name: attack(population, found) for name, attack in ATTACKS.items()}
    assert {name: score for name, score in scores.items() if score.too_often(K)} == {}


CONTROLS: dict[str, tuple[Rules, dict[str, Any], set[str]]] = {
    "k": (RULES._replace(k=1), {}, {"linkage", "newcomers"}),
    "frozen": (RULES._replace(frozen=False), {"leavers": MANY}, {"intersection"}),
    "differences": (RULES._replace(differences=False), {}, {"vote differences"}),
    "diverse": (RULES._replace(diverse=False), {}, {"inference"}),
    "weeks": (RULES._replace(weeks=False), {}, {"linkage"}),
    "reviewed": (RULES._replace(reviewed=False), {}, {"disguised"}),
    "fresh ids": (RULES._replace(fresh_ids=False), {}, {"same ids", "ids of the site"}),
    "author references": (RULES._replace(author_refs=True), {}, {"same author"}),
    "delay": (RULES._replace(delay_days=-1), {}, {"too early"}),
    "no matrix": (RULES, {"matrix": True}, {"vote vector"}),
    "shuffle": (RULES, {"shuffled": False}, {"order"}),
}


@pytest.mark.parametrize("rule", CONTROLS)
def test_an_attack_succeeds_without_its_rule(rule: str) -> None:
    rules, how, expected = CONTROLS[rule]
    population, found = released(rules, **how)
    for name in expected:
        score = ATTACKS[name](population, found)
        assert score.too_often(K), (name, score)


def test_across_consultations() -> None:
    """The same people in two consultations: nothing of one is found in the other, unless ids are the site's."""
    first, second = people(1), people(1)
    one, other = Series(first, RULES).release(DAYS[2]), Series(second, RULES, seed=6).release(DAYS[2])
    assert attackers.same_ids(one, other, lambda row: row["title"]).right == 0
    careless = RULES._replace(author_refs=True)
    one, other = Series(first, careless).release(DAYS[2]), Series(second, careless, seed=6).release(DAYS[2])
    assert attackers.same_ids(one, other, lambda row: row.get("author_ref")).right > 0


def test_real_voters_of_a_city() -> None:
    """Wrocław 2021: the published original has 8.3 % of voters in classes below five."""
    population, original = wroclaw(real_data("pabulib"))
    classes = Counter(original)
    below_five = sum(size for size in classes.values() if size < 5) / len(original)
    assert 0.08 < below_five < 0.086
    given = dict(enumerate(population.given))
    found = assign(given, dict.fromkeys(given, ("a",)), ("department", "age", "status"), RULES)
    sizes = Counter(found.values())
    assert min(sizes.values()) >= K
    finest = sum(
        found.get(person) == described(given[person], ("department", "age", "status")) for person in given
    ) / len(given)
    assert finest > 0.98
