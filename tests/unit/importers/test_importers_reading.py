"""Rows are taken whole or refused with their line; a file that cannot be read is told in one sentence."""

import datetime
from pathlib import Path

import pytest

from consultation_service.importers.errors import RowRefused, SourceUnusable
from consultation_service.importers.reading import Row, records, rows


def write(folder: Path, content: bytes) -> None:
    (folder / "a.csv").write_bytes(content)


def row(**fields: str) -> Row:
    return Row(2, tuple(fields), tuple(fields.values()))


def test_a_row_knows_the_line_on_which_it_begins(tmp_path: Path) -> None:
    write(tmp_path, b'\xef\xbb\xbfid,text\r\n1,"two\r\nlines"\r\n\r\n2,x\r\n')
    assert [(r.line, r.field("id")) for r in rows(tmp_path, "a.csv", ["id", "text"])] == [(2, "1"), (5, "2")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"id\n1\n", "column text is missing"),
        (b"", "column id is missing"),
        (b"id,text,text\n", "a column twice"),
        (b"id,text\n1,\xff\n", "not in UTF-8"),
        (b'id,text\n1,"never closed\n', "no longer CSV"),
        (b'id,text\n1,"closed"twice\n', "no longer CSV"),
        (b'id,text\n1,"' + b"x" * 200_000 + b'"\n', "no longer CSV"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes, says: str) -> None:
    write(tmp_path, content)
    with pytest.raises(SourceUnusable) as stopped:
        list(rows(tmp_path, "a.csv", ["id", "text"]))
    assert says in stopped.value.en
    assert "a.csv" in stopped.value.fr


def test_a_missing_file_and_a_missing_folder(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(SourceUnusable, match=r"The file a\.csv is missing"):
            list(records(folder, "a.csv"))
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(SourceUnusable, match="cannot be read"):
        list(records(tmp_path, "a.csv"))


def test_a_short_row_is_not_shifted(tmp_path: Path) -> None:
    write(tmp_path, b"id,text\n1\n2,b,c\n3,ok\n")
    taken, refused = [], []
    for each in rows(tmp_path, "a.csv", ["id", "text"]):
        try:
            taken.append(each.field("text"))
        except RowRefused as reason:
            refused.append((each.line, reason.code, reason.facts["found"]))
    assert (taken, refused) == (["ok"], [(2, "fields", 1), (3, "fields", 3)])


@pytest.mark.parametrize("value", ["", "-1", "1.0", "１", "99999999999", "1e3", "x"])
def test_a_count_is_a_plain_number(value: str) -> None:
    with pytest.raises(RowRefused, match="number"):
        row(votes=value).count("votes")


def test_days_are_days_in_paris() -> None:
    assert row(at="2015-10-18T23:54:00+0200").day_of_text("at") == datetime.date(2015, 10, 18)
    assert row(at="2015-10-18T23:54:00Z").day_of_text("at") == datetime.date(2015, 10, 19)
    for wrong in ("", "yesterday", "2015-10-18T23:54:00", "0001-01-01T00:00:00+1400", "2015-13-01T00:00:00Z"):
        with pytest.raises(RowRefused, match="date"):
            row(at=wrong).day_of_text("at")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//a.example", "https://", "https://me:pass@a.example", "a b", ""]
)
def test_links_that_are_refused(link: str) -> None:
    with pytest.raises(RowRefused, match="link"):
        row(link=link).link("link")


def test_what_a_browser_would_escape_in_a_link_is_escaped() -> None:
    assert row(link=" https://a.example/l'an <2> ").link("link") == "https://a.example/l%27an%20%3C2%3E"


def test_texts_that_cannot_be_kept_or_are_too_long() -> None:
    with pytest.raises(RowRefused, match="text"):
        row(body="a\0b").text("body")
    with pytest.raises(RowRefused, match="long"):
        row(body="é" * 60_000).text("body")
    with pytest.raises(RowRefused, match="missing"):
        row(body=" \n ").text("body")
    assert row(body="e\u0301\r\n\u202eb").text("body") == "é\nb"
