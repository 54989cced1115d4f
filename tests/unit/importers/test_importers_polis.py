"""Pol.is: the last vote counts, whatever the order of the log; what is wrong is refused with its line."""

import datetime
from pathlib import Path

import pytest

from consultation_service.importers import polis
from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import SourceUnusable
from contracts.scales import CHOICE_NAMES

COMMENTS = """timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body
1518501496471,x,1,7,9,9,1,"One, and
a half"
1518501496472,x,2,8,9,9,-1,Two
1518501496473,x,2,8,9,9,1,Two again
x,x,3,8,9,9,1,No date
1518501496475,x,4,8,9,9,5,No such state
1518501496475,x,5,,9,9,1,Nobody
1518501496475,x,6,8,9,9,1
"""
EVENTS = """timestamp,datetime,comment-id,voter-id,vote
1518700000001,x,1,20,-1
1518600000000,x,1,20,1
1518600000000,x,2,20,1
1518600000000,x,2,20,0
1518600000000,x,9,20,1
1518600000000,x,1,21,2
later,x,1,22,1
"""
MATRIX = """participant,group-id,n-comments,n-votes,n-agree,n-disagree,1,2,9
20,0,0,2,0,1,-1,0,1
21,0,0,0,0,0,,,
22,0,0,0,0,0,agree,,
20,0,0,2,0,1,-1,0,
,0,0,0,0,0,1,,
23,0,0
24,0,0,1,1,0,1,,
"""


def read(folder: Path, **files: str) -> tuple[Batch, Report]:
    folder = folder / "Une conversation.2018"
    folder.mkdir()
    contents = {"summary": 'topic,"Our town"\nurl,https://pol.is/1\n', "comments": COMMENTS, **files}
    for name, content in contents.items():
        (folder / f"{name.replace('_', '-')}.csv").write_text(content, encoding="utf-8")
    report = Report()
    return polis.read(folder, Options(), report, lambda: None), report


def cast(batch: Batch) -> dict[str, list[tuple[str, datetime.date]]]:
    votes: dict[str, list[tuple[str, datetime.date]]] = {c.body.split("\n")[0]: [] for c in batch.contributions}
    bodies = {c.id: c.body.split("\n")[0] for c in batch.contributions}
    for vote in batch.votes:
        votes[bodies[vote.contribution_id]].append((CHOICE_NAMES[vote.choice], vote.day))
    return votes


def test_the_last_event_counts_and_in_the_same_millisecond_the_last_line(tmp_path: Path) -> None:
    batch, report = read(tmp_path, votes=EVENTS)
    assert cast(batch) == {
        "One, and": [("disagree", datetime.date(2018, 2, 15))],
        "Two": [("pass", datetime.date(2018, 2, 14))],
    }
    assert (report.taken["vote_events"], report.taken["votes"]) == (4, 2)
    assert [(r.line, r.code) for r in report.refused if r.file == "votes.csv"] == [
        (6, "unknown"),
        (7, "choice"),
        (8, "date"),
    ]


def test_refused_statements_have_their_line_and_reason(tmp_path: Path) -> None:
    batch, report = read(tmp_path, votes=EVENTS)
    assert [(r.file, r.line, r.code) for r in report.refused if r.file == "comments.csv"] == [
        ("comments.csv", 5, "duplicate"),
        ("comments.csv", 6, "date"),
        ("comments.csv", 7, "choice"),
        ("comments.csv", 8, "missing"),
        ("comments.csv", 9, "fields"),
    ]
    assert [c.category for c in batch.contributions] == ["", polis.WORDS["en"][1]]


def test_a_matrix_has_no_dates_and_its_rows_are_taken_whole(tmp_path: Path) -> None:
    batch, report = read(tmp_path, participants_votes=MATRIX)
    last_day = datetime.date(2018, 2, 13)
    assert cast(batch) == {"One, and": [("disagree", last_day), ("agree", last_day)], "Two": [("pass", last_day)]}
    assert [(r.line, r.code) for r in report.refused if r.file == "participants-votes.csv"] == [
        (4, "choice"), (5, "duplicate"), (6, "missing"), (7, "fields"), (1, "statement"),
    ]  # fmt: skip


def test_log_and_matrix_are_compared(tmp_path: Path) -> None:
    _, report = read(tmp_path, votes=EVENTS, participants_votes=MATRIX)
    assert any("differ on 1 votes" in en for _, en in report.remarks)


def test_pseudonyms_are_random_and_hold_a_person_together(tmp_path: Path) -> None:
    one, _ = read(tmp_path, votes=EVENTS)
    (tmp_path / "again").mkdir()
    two, _ = read(tmp_path / "again", votes=EVENTS)
    assert len({vote.participant for vote in one.votes}) == 1
    assert {vote.participant for vote in one.votes}.isdisjoint(vote.participant for vote in two.votes)
    assert all(len(vote.participant) == 32 for vote in one.votes)


def test_names_come_from_the_source(tmp_path: Path) -> None:
    batch, _ = read(tmp_path, votes=EVENTS)
    assert (batch.consultation.slug, batch.consultation.title) == ("une-conversation-2018", "Our town")
    assert "CC BY 4.0" in batch.consultation.source
    assert (batch.consultation.opens_on, batch.consultation.closes_on) == (
        datetime.date(2018, 2, 13),
        datetime.date(2018, 2, 15),
    )


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, r"participants-votes\.csv is missing"),
        ({"participants_votes": "participant\n"}, "column group-id is missing"),
        ({"comments": "timestamp\n"}, "column comment-id is missing"),
        ({"comments": COMMENTS.split("\n")[0] + "\n"}, "No row of comments"),
        ({"summary": "url,https://pol.is/1\n", "votes": EVENTS}, r"summary\.csv: Column topic is empty"),
        ({"summary": "topic,x\nurl,javascript:x\n", "votes": EVENTS}, r"summary\.csv: Column url"),
    ],
)
def test_a_source_that_cannot_be_read(tmp_path: Path, files: dict[str, str], says: str) -> None:
    with pytest.raises(SourceUnusable, match=says):
        read(tmp_path, **files)
