"""CSV that no spreadsheet takes for a formula, and from which the exact text comes back."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import safe_csv

TRIGGERS = "=+-@"
LIKELY = "=+-@'\"\t\r\n ;,a＝＋－＠﹢\u200b\ufeff\u00a0\x00\x1b"
HOSTILE = st.text(alphabet=st.one_of(st.sampled_from(LIKELY), st.characters()), max_size=30)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "﹢1",
        "a\n=1",
        "a\r=1",
        "a\r\n=1",
        "a\n \n\u3000=1",
        'x";=1',
        "x;=1",
        'x;"=1',
        "x\t=1",
        '"=1',
        "\x00=1",
        "'=1",
        "''=1",
        "a\u2028=1",
    ],
)
def test_a_hostile_text_is_defused(text: str) -> None:
    for cell in cells(safe_csv.safe(text)):
        assert not looks_like_a_formula(cell), cell


@pytest.mark.parametrize("text", ["", "Un banc", "l’école", "2 - 1 = 1", "a'b", "'tis", "moi@exemple.example", "a\nb"])
def test_a_plain_text_is_untouched(text: str) -> None:
    assert safe_csv.safe(text) == text


@given(HOSTILE)
def test_no_cell_of_any_text_looks_like_a_formula(text: str) -> None:
    for cell in cells(safe_csv.safe(text)):
        assert not looks_like_a_formula(cell)


@given(HOSTILE)
def test_the_text_comes_back(text: str) -> None:
    assert safe_csv.original(safe_csv.safe(text)) == without_controls(text)


@given(st.lists(st.lists(HOSTILE, min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_is_written_is_one_record_each(rows: list[list[str]]) -> None:
    written = "".join(safe_csv.line(row) for row in rows)
    read = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    assert [[safe_csv.original(field) for field in record] for record in read] == [
        [without_controls(field) for field in row] for row in rows
    ]


def test_the_form_of_a_record() -> None:
    assert safe_csv.line(["a", 3, None, 'dit "oui"', "-3"]) == '"a","3","","dit ""oui""","\'-3"\r\n'


def cells(field: str) -> list[str]:
    """Where a spreadsheet may see a cell begin: lines, and what follows a semicolon or a tab."""
    found = [field]
    for separator in ("\n", "\r", ";", "\t"):
        found += [part for cell in found for part in cell.split(separator)]
    return found


def looks_like_a_formula(cell: str) -> bool:
    """Written apart from the code it judges: compatibility forms, white space and invisible signs are peeled off."""
    plain = unicodedata.normalize("NFKC", cell)
    ignored = (c for c in set(plain) if c.isspace() or c == '"' or unicodedata.category(c) in ("Cf", "Cc"))
    peeled = plain.lstrip("".join(ignored))
    return peeled.startswith(tuple(TRIGGERS)) or cell.startswith(("\t", "\r"))


def without_controls(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\t\n" or (unicodedata.category(c) != "Cc" and c not in "\u2028\u2029"))
