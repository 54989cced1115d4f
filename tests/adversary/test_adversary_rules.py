"""Attackers against the rules of releases; each rule turned off lets one of them through."""

from collections import Counter
from typing import Any

import pytest

from consultation_service.anonymise import Rules, assign, described
from tests.adversary import attackers
from tests.adversary.model import Series
from tests.adversary.population import Population, wroclaw
from tests.adversary.published import Published
from tests.adversary.story import ATTACKS, DAYS, RULES, K, change_minds, people
from tests.real_data import real_data


def released(rules: Rules, seed: int = 1, leavers: int = 4, **how: bool) -> tuple[Population, list[Published]]:
    population = people(seed, leavers)
    series = Series(population, rules)
    found = [series.release(DAYS[0], **how)]
    change_minds(population)
    found += [series.release(DAYS[1], **how), series.release(DAYS[2], closing=True, **how)]
    return population, found


@pytest.fixture(scope="module")
def guarded() -> tuple[Population, list[Published]]:
    return released(RULES)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_does_better_than_chance(attack: str, guarded: tuple[Population, list[Published]]) -> None:
    score = ATTACKS[attack](*guarded)
    assert score.tries > 5 or attack in ("too early", "inference"), score
    assert not score.too_often(K), score


@pytest.mark.parametrize(("seed", "leavers"), [(2, 1), (3, 30)])
def test_other_people(seed: int, leavers: int) -> None:
    population, found = released(RULES, seed, leavers)
    scores = {name: attack(population, found) for name, attack in ATTACKS.items()}
    assert {name: score for name, score in scores.items() if score.too_often(K)} == {}


CONTROLS: dict[str, tuple[Rules, dict[str, Any], set[str]]] = {
    "k": (RULES._replace(k=1), {}, {"linkage", "newcomers"}),
    "frozen": (RULES._replace(frozen=False), {}, {"newcomers at the end"}),
    "differences": (RULES._replace(differences=False), {}, {"vote differences"}),
    "diverse": (RULES._replace(diverse=False), {}, {"inference"}),
    "weeks": (RULES._replace(weeks=False), {}, {"newcomers at the end"}),
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
