"""People with a ground truth: who they are, what they said and when. Invented, or from real ballots with ages."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from consultation_service.rules.attributes import CATALOGUE

FIRST_DAY = date(2026, 3, 2)
"""A Monday."""

LAST_DAY = FIRST_DAY + timedelta(days=41)
DECLARED = ("department", "age", "status")


@dataclass
class Text:
    """What somebody wrote; ``gone`` is the day it was withdrawn."""

    title: str
    author: int
    day: date
    section: int
    side: str
    gone: date | None = None
    body: str = ""
    let_out: date | None = None
    """A text that looks as if it held personal data: the day on which a moderator lets it out."""
    secret: str = ""
    """Personal data that its author let slip in the body, as an attacker would look for it."""


@dataclass
class Population:
    """``given`` says who people are, by number; ``votes`` are by (item, person); ``left`` is the day somebody erased
    all they did.
    """

    given: list[dict[str, str]]
    texts: list[Text] = field(default_factory=list)
    votes: dict[tuple[int, int], tuple[str, date]] = field(default_factory=dict)
    left: dict[int, date] = field(default_factory=dict)

    def week_of(self, text: Text) -> str:
        year, week, _ = text.day.isocalendar()
        return f"{year}-W{week:02d}"


def synthetic(people: int = 1_200, items: int = 12, seed: int = 1) -> Population:
    """Skewed, as participants are: a few departments have most of them, most are citizens or associations."""
    source = random.Random(seed)
    departments = list(CATALOGUE["department"].values)
    source.shuffle(departments)
    weights = [1 / (rank + 1) ** 1.4 for rank in range(len(departments))]
    ages, statuses = list(CATALOGUE["age"].values), list(CATALOGUE["status"].values)
    population = Population(
        [
            {
                "department": source.choices(departments, weights)[0],
                "age": source.choices(ages, [2, 8, 17, 25, 28, 14, 6])[0],
                "status": source.choices(statuses, [60, 30, 3, 2, 1, 2, 1, 1])[0],
            }
            for _ in range(people)
        ]
    )
    act(population, source, items, (LAST_DAY - FIRST_DAY).days + 1)
    return population


def act(population: Population, source: random.Random, items: int, days: int) -> None:
    """Everybody writes once or twice and votes on half of the items; who is like somebody tends to think like them,
    and associations all say the same.
    """
    for person, given in enumerate(population.given):
        leaning = 0.85 if (hash_of(given) % 2) else 0.3
        for _ in range(source.choice((1, 1, 2))):
            day = FIRST_DAY + timedelta(days=min(int(source.expovariate(1 / 10)), days - 1))
            side = "for" if source.random() < leaning or given["status"] == "association" else "against"
            section = 0 if given["status"] == "association" else source.randrange(3)
            population.texts.append(
                Text(f"Idée {len(population.texts)}", person, day, section, side, body=f"Pour {person % 20} raisons.")
            )
        for item in source.sample(range(items), items // 2):
            day = FIRST_DAY + timedelta(days=min(int(source.expovariate(1 / 12)), days - 1))
            choice = "agree" if source.random() < leaning else source.choice(("disagree", "mixed"))
            population.votes[item, person] = choice, day
    population.texts.sort(key=lambda text: text.day)


def hash_of(given: dict[str, str]) -> int:
    return sum(map(ord, "".join(given.values())))


BANDS = ((18, "0-17"), (25, "18-24"), (35, "25-34"), (50, "35-49"), (65, "50-64"), (75, "65-74"), (200, "75+"))


def wroclaw(folder: Path) -> tuple[Population, list[tuple[str, str, str]]]:
    """Real ballots of a participatory budget (pabulib): districts stand for departments, sex for status. Also the
    attributes as that file publishes them, one a voter: exact age, sex, district.
    """
    with (folder / "Poland_Wroclaw_2021.pb").open() as file:
        rows = list(csv.reader(file, delimiter=";"))
    start = rows.index(["VOTES"]) + 2
    header = rows[start - 1]
    place = {name: header.index(name) for name in ("age", "sex", "district", "vote")}
    ballots = [row for row in rows[start:] if len(row) == len(header)]
    districts = sorted({row[place["district"]] for row in ballots})
    departments = dict(zip(districts, CATALOGUE["department"].values, strict=False))
    published = [(row[place["age"]], row[place["sex"]], row[place["district"]]) for row in ballots]
    given = [
        {
            "department": departments[district],
            "age": next(band for limit, band in BANDS if int(age or 0) < limit),
            "status": {"M": "citizen", "F": "association"}.get(sex, "company"),
        }
        for age, sex, district in published
    ]
    return Population(given), published


def quasi(given: dict[str, str]) -> dict[str, str]:
    """All that is known of somebody who is known well: what they said of themselves, and what follows from it."""
    return {**given, "region": CATALOGUE["department"].coarser_value[given["department"]]}


def erase(population: Population, source: random.Random, when: Sequence[date], each: int) -> None:
    """Some people leave on each of these days."""
    here = [person for person in range(len(population.given)) if person not in population.left]
    for day in when:
        for person in source.sample(here, each):
            population.left.setdefault(person, day)
