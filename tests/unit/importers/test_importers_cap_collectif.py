"""Cap collectif: one file of six kinds of rows, in both generations, with the defects of real files."""

import csv
import io
from pathlib import Path

import pytest

from consultation_service.importers import cap_collectif
from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import SourceUnusable
from contracts.scales import CHOICE_CODES

OPINION = (
    "id author_id consultation_title section_title title bodyText createdAt updatedAt url published trashed "
    "trashedStatus trashedAt trashedReason votesCount votesCountOk votesCountMitige votesCountNok argumentsCount "
    "argumentsCountFor argumentsCountAgainst sourcesCount versionsCount"
)
VOTE = "id related_id author_id value createdAt"
ARGUMENT = (
    "related_id related_kind id author_id type body createdAt updatedAt url published trashed trashedStatus trashedAt "
    "trashedReason votesCount"
)
REPORTING = "related_id related_kind id author_id type body createdAt"
SOURCE = (
    "id related_id related_kind author_id trashed trashedStatus trashedAt trashedReason body createdAt updatedAt "
    "published votesCount"
)
VERSION = "id title bodyText createdAt updatedAt"
LATER_VERSION = f"{VERSION} author_id explanation votesCount votesCountOk votesCountMitige votesCountNok"
LATER_OPINION = f"{OPINION} author_type_name context_element_title context_element_bodyText"


def header(later: bool = False) -> list[str]:
    parts = [
        ("contributions_", LATER_OPINION if later else OPINION), ("contributions_votes_", VOTE),
        ("contributions_arguments_", ARGUMENT), ("contributions_reportings_", REPORTING),
        ("contributions_sources_", SOURCE), ("contribution_versions_", LATER_VERSION if later else VERSION),
    ]  # fmt: skip
    return ["type", *(prefix + name for prefix, names in parts for name in names.split())]


def row(kind: str, *, generation: str = "", **given: str) -> list[str]:
    """A row of ``kind``: ``given`` by names without their prefix, or whole for those of the contribution."""
    prefix = cap_collectif.PREFIX[kind]
    found = {prefix + name: value for name, value in given.items()} | {k: v for k, v in given.items() if "tions_" in k}
    return [kind, *(found.get(column, "") for column in header(generation == "later")[1:])]


def opinion(identifier: str, **given: str) -> list[str]:
    usual = {
        "id": identifier, "author_id": f"person-{identifier}", "section_title": "Idées", "title": f"Titre {identifier}",
        "consultation_title": "Le parc", "bodyText": "Des *arbres*.", "createdAt": "05/10/2015 14:31",
        "published": "1", "trashed": "0", "votesCountOk": "2", "votesCountMitige": "0", "votesCountNok": "1",
    }  # fmt: skip
    return row("opinion", **(usual | given))


def vote(identifier: str, about: str, person: str, value: str = "YES", at: str = "06/10/2015 09:00") -> list[str]:
    return row("vote", id=identifier, related_id=about, author_id=person, value=value, createdAt=at)


def argument(identifier: str, about: str, **given: str) -> list[str]:
    usual = {
        "id": identifier, "related_id": about, "author_id": "person-9", "type": "FOR", "body": "Oui.",
        "createdAt": "06/10/2015 10:00", "published": "1", "trashed": "0", "votesCount": "4",
    }  # fmt: skip
    return row("argument", **(usual | given))


def source(identifier: str, about: str, body: str) -> list[str]:
    return row(
        "source", id=identifier, related_id=about, author_id="person-9", body=body, createdAt="06/10/2015 10:00",
        published="1", trashed="0", votesCount="1",
    )  # fmt: skip


def read(folder: Path, *rows: list[str], later: bool = False, mark: str = "\ufeff") -> tuple[Batch, Report]:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([header(later), *rows])
    file = folder / "export.csv"
    file.write_bytes((mark + text.getvalue()).encode())
    report = Report()
    return cap_collectif.read(file, Options(), report, lambda: None), report


def refusals(report: Report) -> list[tuple[int, str]]:
    return [(refused.line, refused.code) for refused in report.refused]


def test_the_header_is_that_of_each_generation() -> None:
    assert (len(header()), len(header(later=True))) == (69, 78)


def test_every_kind_of_row_whatever_its_place(tmp_path: Path) -> None:
    batch, report = read(
        tmp_path,
        vote("v1", "o1", "person-1"),
        argument("a1", "o1", type="AGAINST"),
        opinion("o1"),
        vote("v2", "o1", "person-2", "MITIGE"),
        source("s1", "o1", "Lire https://journal.example/parc, page 3."),
        row(
            "version", contributions_id="o1", id="x1", title="Mieux", bodyText="Des *fleurs*.",
            createdAt="07/10/2015 08:00",
        ),
        row("reportings", related_id="o1", id="r1", author_id="person-3", type="SPAM", body="Mon nom", createdAt="x"),
        opinion("o2"),
    )  # fmt: skip
    assert report.refused == []
    proposal, other, amendment, against, cited = batch.contributions
    assert (proposal.kind, proposal.title, proposal.body_html) == (
        "proposal",
        "Titre o1",
        "<p>Des <em>arbres</em>.</p>\n",
    )
    assert (amendment.kind, amendment.parent_id, amendment.base_version) == ("amendment", proposal.id, 1)
    assert [(c.kind, c.text) for c in amendment.event().changes] == [
        ("same", "Des *"), ("removed", "arbres"), ("added", "fleurs"), ("same", "*."),
    ]  # fmt: skip
    assert (against.side, against.parent_id) == ("against", proposal.id)
    assert (cited.link, cited.title) == ("https://journal.example/parc", "journal.example")
    assert [(v.contribution_id, v.choice) for v in batch.votes] == [
        (proposal.id, CHOICE_CODES["agree"]), (proposal.id, CHOICE_CODES["mixed"]),
    ]  # fmt: skip
    # Counted from the votes where they are there; as imported totals elsewhere.
    assert batch.tallies == {
        other.id: {"agree": 2, "mixed": 0, "disagree": 1}, against.id: {"total": 4}, cited.id: {"total": 1},
    }  # fmt: skip
    assert (batch.consultation.title, batch.consultation.sections[0].title) == ("Le parc", "Idées")
    assert any("1 reports" in english for _, english in report.remarks)
    assert "Mon nom" not in repr(batch)
    assert "person-" not in repr(batch)


def test_a_short_row_is_taken_when_its_columns_are_there(tmp_path: Path) -> None:
    batch, report = read(
        tmp_path, opinion("o1")[:64], opinion("o2")[:35], opinion("o3")[:12], vote("v", "o1", "p")[:27]
    )
    assert [c.title for c in batch.contributions] == ["Titre o1", "Titre o2"]
    assert refusals(report) == [(4, "fields"), (5, "fields")]
    assert any("2 rows shorter" in english for _, english in report.remarks)


@pytest.mark.parametrize("by", [1, 2, -1])
def test_a_shifted_row_is_refused_never_shifted_back(tmp_path: Path, by: int) -> None:
    whole = opinion("o2")
    shifted = [whole[0], *[""] * by, *whole[1:]][:69] if by > 0 else [whole[0], *whole[2:], ""]
    batch, report = read(tmp_path, opinion("o1"), shifted)
    assert len(batch.contributions) == 1
    assert [line for line, _ in refusals(report)] == [3]


def test_duplicates_and_unknown_references(tmp_path: Path) -> None:
    same = vote("v1", "o1", "person-1")
    batch, report = read(
        tmp_path, opinion("o1"), opinion("o1"), same, same, vote("v2", "o9", "person-1"), argument("a1", "o9"),
        vote("v3", "o1", "person-2", "PEUT-ETRE"), vote("v4", "o1", "person-3", at="2015-10-05"), ["autre"],
        opinion("o2", published="0"), source("s1", "o1", "Sans adresse"),
        row("version", contributions_id="o8", id="x1", title="Mieux", bodyText="Oui.", createdAt="07/10/2015 08:00"),
    )  # fmt: skip
    assert (len(batch.contributions), len(batch.votes)) == (1, 1)
    assert refusals(report) == [
        (3, "duplicate"), (5, "duplicate"), (6, "unknown"), (7, "unknown"), (8, "choice"), (9, "date"), (10, "choice"),
        (11, "unpublished"), (12, "link"), (13, "unknown"),
    ]  # fmt: skip


def test_what_moderators_hid_stays_hidden(tmp_path: Path) -> None:
    batch, report = read(
        tmp_path,
        opinion("o1", trashed="1", trashedStatus="INVISIBLE", bodyText="Texte illicite"),
        opinion("o2", trashed="true", trashedStatus="VISIBLE"),
        opinion("o3", trashed="1"),
    )
    hidden, binned, unclear = batch.contributions
    assert (hidden.state, hidden.event().body, hidden.event().title) == ("hidden", "", "")
    assert (binned.state, binned.category) == ("published", cap_collectif.BINNED)
    assert unclear.state == "hidden"
    assert report.taken["hidden"] == 2


def test_the_later_generation_has_more(tmp_path: Path) -> None:
    version = row(
        "version", generation="later", contributions_id="o1", id="x1", title="Mieux", bodyText="Des fleurs.",
        createdAt="07/10/2015 08:00", author_id="person-4", explanation="Parce que.", votesCount="6",
    )  # fmt: skip
    first = dict(zip(header(), opinion("o1"), strict=True))
    batch, _ = read(tmp_path, [first.get(column, "") for column in header(later=True)], version, later=True, mark="")
    amendment = batch.contributions[1]
    assert amendment.explanation == "Parce que."
    assert amendment.author is not None
    assert batch.tallies[amendment.id] == {"total": 6}


@pytest.mark.parametrize("content", [b"", b"type;contributions_id\r\n", "type;é".encode("latin-1")])
def test_a_file_that_is_not_one(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(content)
    with pytest.raises(SourceUnusable):
        cap_collectif.read(file, Options(), Report(), lambda: None)
    with pytest.raises(SourceUnusable):
        cap_collectif.read(tmp_path, Options(), Report(), lambda: None)
