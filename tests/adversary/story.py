"""One story for every attack: a consultation with three releases, in which people come, change their mind and leave."""

import random
from collections.abc import Callable
from datetime import timedelta

from consultation_service.anonymise import Rules
from tests.adversary import attackers
from tests.adversary.attackers import Score
from tests.adversary.population import FIRST_DAY, Population, erase, synthetic
from tests.adversary.published import Published

K = 10
RULES = Rules(k=K)
DAYS = [FIRST_DAY + timedelta(days=n) for n in (14, 28, 60)]


def source() -> random.Random:
    return random.Random(11)


def people(seed: int = 1, leavers: int = 4) -> Population:
    """A consultation in which some leave, some change their mind, some let an address slip, some
    regret at once, and some texts wait for a moderator.
    """
    population = synthetic(seed=seed)
    chance = random.Random(seed + 100)
    erase(population, chance, DAYS[1:], leavers)
    for text in chance.sample(population.texts, 200):
        text.gone = text.day + timedelta(days=chance.randrange(1, 4))
    for number, text in enumerate(chance.sample(population.texts, 48)):
        text.secret = f"camille.{number}x@courriel.example"
        text.body = f"Répondez à {attackers.DISGUISES[number % 12](text.secret)} svp"
    for text in chance.sample(population.texts, 120):
        if not text.secret and text.day < DAYS[0]:
            text.body, text.let_out = "La mairie répond au 02 99 00 12 34, dit-on.", DAYS[1] + timedelta(days=1)
    return population


def change_minds(population: Population) -> list[tuple[int, int]]:
    """Three people change a vote after the first release."""
    chance = random.Random(3)
    changed = chance.sample([key for key, (_, day) in population.votes.items() if day < DAYS[0]], 3)
    for item, person in changed:
        choice, _ = population.votes[item, person]
        population.votes[item, person] = ("disagree" if choice == "agree" else "agree", DAYS[0] + timedelta(days=2))
    return changed


def acted(population: Population, first: Published, second: Published) -> list[tuple[str, str]]:
    """Each item, by its id in both releases, on which somebody who left between them had voted."""
    return [
        (first.items[str(item)], second.items[str(item)])
        for (item, person), (_, day) in population.votes.items()
        if population.left.get(person) == DAYS[1] and day < DAYS[0] - timedelta(days=7)
    ]


ATTACKS: dict[str, Callable[[Population, list[Published]], Score]] = {
    "linkage": lambda people, found: attackers.linkage(found[2], people, source()),
    "newcomers": lambda people, found: attackers.newcomers(found[0], found[1], people, source()),
    "newcomers at the end": lambda people, found: attackers.newcomers(found[1], found[2], people, source()),
    "intersection": lambda people, found: attackers.intersection(found[0], found[2], people, source()),
    "vote differences": lambda people, found: attackers.vote_differences(
        found[0], found[1], acted(people, found[0], found[1])
    ),
    "inference": lambda people, found: attackers.inference(found[2], people),
    "same ids": lambda people, found: attackers.same_ids(found[0], found[1], lambda row: row["title"]),
    "ids of the site": lambda people, found: attackers.live_days(found[2]),
    "same author": lambda people, found: attackers.same_author(found[2], people, source()),
    "vote vector": lambda people, found: attackers.vote_vector(found[2], people, 6, source()),
    "order": lambda people, found: attackers.order(found[2], people),
    "too early": lambda people, found: attackers.too_early(found[0], people, DAYS[0]),
    "disguised": lambda people, found: attackers.disguised(found[2], people),
}
