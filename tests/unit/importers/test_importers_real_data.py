"""The real files, and what a naive reading of them would say."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from consultation_service.importers import polis, republique_numerique
from consultation_service.importers.batch import Batch, Options, Report
from contracts.scales import CHOICE_NAMES
from tests.real_data import real_data

CHOICES = {"1": "agree", "-1": "disagree", "0": "pass"}
Tallies = dict[str, Counter[str]]


def read_polis(name: str) -> tuple[Path, Batch, Report]:
    folder = real_data(f"polis/conversations/{name}")
    report = Report()
    return folder, polis.read(folder, Options(), report, lambda: None), report


def tallies_of(batch: Batch) -> Tallies:
    """By the text of the statement."""
    bodies = {c.id: c.body for c in batch.contributions}
    tallies: Tallies = defaultdict(Counter)
    for vote in batch.votes:
        tallies[bodies[vote.contribution_id]][CHOICE_NAMES[vote.choice]] += 1
    return tallies


def bodies_of(folder: Path) -> dict[str, str]:
    with (folder / "comments.csv").open(encoding="utf-8", newline="") as file:
        return {row["comment-id"]: row["comment-body"].strip() for row in csv.DictReader(file)}


def tallies_of_matrix(folder: Path) -> Tallies:
    bodies = bodies_of(folder)
    tallies: Tallies = defaultdict(Counter)
    with (folder / "participants-votes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name, value in row.items():
                if name in bodies and value:
                    tallies[bodies[name]][CHOICES[value]] += 1
    return tallies


def test_republique_numerique_has_its_exact_counts() -> None:
    report = Report()
    folder = real_data("republique-numerique")
    batch = republique_numerique.read(folder, Options(), report, lambda: None)
    assert not report.refused
    assert (report.taken["articles"], report.taken["proposals"]) == (30, 666)
    assert (report.taken["articles_that_change_a_law"], report.taken["explanations"]) == (28, 538)
    assert (report.taken["arguments"], report.taken["arguments_for"], report.taken["arguments_against"]) == (
        3_994,
        1_960,
        2_034,
    )
    assert report.taken["sources"] == 326
    assert [report.taken[f"imported_{choice}"] for choice in ("agree", "mixed", "disagree")] == [71_940, 5_947, 10_735]
    assert len(batch.consultation.sections) == 18


def test_the_one_long_text_of_republique_numerique_is_whole() -> None:
    folder = real_data("republique-numerique")
    batch = republique_numerique.read(folder, Options(), Report(), lambda: None)
    (long,) = (c for c in batch.contributions if len(c.body.encode()) > 10_000)
    words = [word for word in long.body.split() if word.isalpha()]
    assert len(words) > 1_000
    position = 0
    for word in words:
        position = long.body_html.index(word, position) + len(word)


@pytest.mark.parametrize(
    ("name", "statements", "votes"),
    [("american-assembly.bowling-green", 896, 225_524), ("vtaiwan.uberx", 197, 49_443)],
)
def test_every_tally_is_the_one_of_the_matrix(name: str, statements: int, votes: int) -> None:
    folder, batch, report = read_polis(name)
    assert (len(batch.contributions), len(batch.votes), report.refused) == (statements, votes, [])
    assert tallies_of(batch) == tallies_of_matrix(folder)


def test_counting_events_instead_of_last_votes_would_be_wrong() -> None:
    folder, batch, report = read_polis("vtaiwan.uberx")
    bodies = bodies_of(folder)
    events: Tallies = defaultdict(Counter)
    with (folder / "votes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            events[bodies[row["comment-id"]]][CHOICES[row["vote"]]] += 1
    assert sum(counts.total() for counts in events.values()) == 49_997 == report.taken["vote_events"]
    assert events != tallies_of(batch)
