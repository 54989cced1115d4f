"""Attackers who know a lot and read everything. A try is a success when what it points at is the target’s own.
By chance one of k people is found once in k times: no attacker may do better.
"""

import math
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.adversary.population import Population, Text, quasi
from tests.adversary.published import Published, Row, texts

TARGETS = 200
QUASI = ("week", "department", "region", "age", "status")


@dataclass(frozen=True)
class Score:
    """How often an attack was right."""

    right: float
    tries: int

    @property
    def rate(self) -> float:
        return self.right / self.tries if self.tries else 0.0

    def too_often(self, k: int) -> bool:
        """More than 1/k, beyond what chance explains (three standard deviations)."""
        return self.rate > 1 / k + 3 * math.sqrt((1 / k) * (1 - 1 / k) / max(self.tries, 1))


def _point(candidates: list[tuple[str, list[str]]], source: random.Random) -> Score:
    """Point at one of the candidates of each target; only at the most exposed targets, those with the fewest."""
    exposed = sorted((entry for entry in candidates if entry[1]), key=lambda entry: len(entry[1]))[:TARGETS]
    return Score(sum(source.choice(rows) == own for own, rows in exposed), len(exposed))


def linkage(released: Published, population: Population, source: random.Random) -> Score:
    """The prosecutor: knows who the target is, and in which week they wrote; points at one of the rows of the most
    precise description that fits.
    """
    described = {row["title"]: tuple(row.get(name, "") for name in QUASI) for row in texts(released)}
    return _by_description(described, QUASI, population, source)


def newcomers(first: Published, second: Published, population: Population, source: random.Random) -> Score:
    """Differencing of texts: knows that the target wrote between two releases, and looks at rows that are new."""
    before = {row["title"] for row in texts(first)}
    return linkage(Published([row for row in texts(second) if row["title"] not in before], []), population, source)


def intersection(first: Published, second: Published, population: Population, source: random.Random) -> Score:
    """A text is recognised from one release to the other by its words: what fits in both is fewer."""
    earlier = {row["title"]: row for row in texts(first)}
    described = {
        row["title"]: tuple(which.get(name, "") for which in (earlier[row["title"]], row) for name in QUASI)
        for row in texts(second)
        if row["title"] in earlier
    }
    return _by_description(described, (*QUASI, *QUASI), population, source)


def _by_description(
    described: Mapping[str, tuple[str, ...]], names: Sequence[str], population: Population, source: random.Random
) -> Score:
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for title, values in described.items():
        groups[values].append(title)
    told = _precisions(groups)
    there = [text for text in population.texts if text.title in described]
    return _point([(t.title, groups.get(_finest(groups, told, names, population, t), [])) for t in there], source)


Precision = tuple[bool, ...]
"""Which columns say something."""


def _precisions(groups: Iterable[tuple[str, ...]]) -> list[Precision]:
    """Those that occur, the most precise first."""
    return sorted({tuple(map(bool, values)) for values in groups}, key=sum, reverse=True)


def _finest(
    groups: Mapping[tuple[str, ...], object], told: list[Precision], names: Sequence[str], population: Population,
    text: Text,
) -> tuple[str, ...]:  # fmt: skip
    """The most precise of the descriptions that fit the author of a text, and its week."""
    known = {**quasi(population.given[text.author]), "week": population.week_of(text)}
    for precision in told:
        values = tuple(known[name] if says else "" for name, says in zip(names, precision, strict=True))
        if values in groups:
            return values
    return ()


def vote_differences(first: Published, second: Published, acted: Sequence[tuple[str, str]]) -> Score:
    """Differencing of votes: knows that on this item (by its id in each release) one target's vote came, went or
    changed, and points at one of the rows that differ. ``acted`` has the ids of such an item in both releases, once
    for each target. A try is right as often as one row among those that differ is the target's.
    """
    votes = [defaultdict(Counter), defaultdict(Counter)]  # type: ignore[var-annotated]
    for released, counted in zip((first, second), votes, strict=True):
        for row in released.votes:
            counted[row["contribution"]][row["week"], row["since"], row["choice"]] += 1
    right = 0.0
    tries = 0
    for before, after in acted:
        old, new = votes[0][before], votes[1][after]
        tries += 1
        cells: Counter[tuple[str, str]] = Counter()
        for (week, since, _), count in ((old - new) + (new - old)).items():
            cells[week, since] += count
        if cells:
            right += 1 / min(cells.values())
    return Score(right, tries)


def inference(released: Published, population: Population) -> Score:
    """Does not look for a row: says on which side the target is, when nearly all who fit are. What is known of people
    counts, not a week alone: that nearly everybody agrees is what a consultation is for.
    """
    described = {row["title"]: tuple(row.get(name, "") for name in QUASI) for row in texts(released)}
    sides: dict[tuple[str, ...], Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in texts(released):
        sides[described[row["title"]]][row["section"], row["side"]] += 1
    told = _precisions(sides)
    right = tries = 0
    for text in population.texts:
        if text.title not in described:
            continue
        finest = _finest(sides, told, QUASI, population, text)
        if any(finest[1:]):
            (_, side), most = sides[finest].most_common(1)[0]
            if most > 0.9 * sides[finest].total():
                tries += 1
                right += side == text.side
    return Score(right, tries)


def same_ids(first: Published, second: Published, owners: Callable[[Row], object]) -> Score:
    """Joins two releases, or two consultations, by any value that looks like an identifier."""
    joined = 0
    known: dict[str, Row] = {}
    for row in first.contributions:
        known |= {value: row for name, value in row.items() if value and name in ("contribution", "author_ref")}
    for row in second.contributions:
        other = known.get(row["contribution"]) or known.get(row.get("author_ref", ""))
        joined += other is not None and owners(other) == owners(row)
    return Score(joined, len(second.contributions))


def live_days(released: Published) -> Score:
    """Joins a release with the site by ids: then the day is known."""
    return Score(
        sum(row["contribution"] in released.live_ids for row in released.contributions), len(released.contributions)
    )


def same_author(released: Published, population: Population, source: random.Random) -> Score:
    """Knows one text of the target (they told friends) and looks for their others."""
    author = {text.title: text.author for text in population.texts}
    groups: dict[str, list[str]] = defaultdict(list)
    rows = texts(released)
    for row in rows:
        groups[row.get("author_ref", "")].append(row["title"])
    written = Counter(author[row["title"]] for row in rows)
    right = tries = 0
    for row in rows:
        if written[author[row["title"]]] < 2:
            continue
        reference = row.get("author_ref", "")
        others = [title for title in groups[reference] if title != row["title"]]
        tries += 1
        right += bool(others) and author[source.choice(others)] == author[row["title"]]
    return Score(right, tries)


def vote_vector(released: Published, population: Population, known: int, source: random.Random) -> Score:
    """Knows ``known`` votes of the target and looks for the rest: for rows that anything at all keeps together."""
    linking = {name for row in released.votes for name in row} - {"contribution", "choice", "week", "since"}
    matrix: dict[str, dict[str, str]] = defaultdict(dict)
    for row in released.votes:
        for name in linking:
            matrix[name + row[name]][row["contribution"]] = row["choice"]
    right = tries = 0
    cast: dict[int, dict[str, str]] = defaultdict(dict)
    for (item, person), (choice, _) in population.votes.items():
        cast[person][str(item)] = choice
    for ballots in list(cast.values())[:300]:
        if len(ballots) < known:
            continue
        tries += 1
        told = source.sample(sorted(ballots.items()), known)
        found = [one for one in matrix.values() if all(one.get(item) == choice for item, choice in told)]
        right += len(found) == 1 and found[0] == ballots
    return Score(right, tries)


def order(released: Published, population: Population) -> Score:
    """Saw the target be the n-th to write, and points at the n-th row."""
    rows = texts(released)
    place = {text.title: number for number, text in enumerate(population.texts)}
    arrival = sorted((row["title"] for row in rows), key=place.__getitem__)
    return Score(sum(row["title"] == title for row, title in zip(rows, arrival, strict=True)), len(rows))


def too_early(released: Published, population: Population, day: date) -> Score:
    """Looks, on the day of a release, for what people will take back within the 72 hours they have to think again."""
    hasty = {text.title for text in population.texts if text.gone and text.day < day < text.gone}
    return Score(sum(row["title"] in hasty for row in released.contributions), len(hasty))


DISGUISES: tuple[Callable[[str], str], ...] = (
    lambda mail: mail,
    lambda mail: mail.upper(),
    lambda mail: mail.replace("@", " (at) "),
    lambda mail: mail.replace("@", " [at] ").replace(".example", " [dot] example"),
    lambda mail: mail.replace("@", " arobase "),
    lambda mail: mail.replace("@", " AROBASE ").replace(".example", " point example"),
    lambda mail: mail.replace("@", "＠"),
    lambda mail: mail.replace("@", " @ "),
    lambda mail: mail.replace(".example", " . example"),
    lambda mail: f"mailto:{mail}",
    lambda mail: f"<{mail}>",
    lambda mail: f"[écrivez-moi](mailto:{mail})",
)
"""Twelve ways of writing an address so that people read it and programs should not."""


def disguised(released: Published, population: Population) -> Score:
    """Searches what people let slip, through disguises."""
    slips = {text.title: text for text in population.texts if text.secret}
    right = 0
    for row in texts(released):
        text: Text | None = slips.get(row["title"])
        right += text is not None and text.secret in plain(row["body"])
    return Score(right, len(slips))


def plain(text: str) -> str:
    """A text without its disguises."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"\s*(?:\(at\)|\[at\]|\barobase\b|@)\s*", "@", text)
    return re.sub(r"\s*(?:\[dot\]|\bpoint\b|\.)\s*", ".", text)
