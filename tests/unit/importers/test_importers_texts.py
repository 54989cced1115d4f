"""Long texts are rendered by pieces, and nothing of them is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.importers.texts import pieces, render_long
from consultation_service.markdown import MAX_BODY_BYTES, render
from contracts.http import Refusal


@given(st.text(alphabet="ab é漢\n", max_size=400), st.integers(min_value=8, max_value=60))
def test_pieces_are_small_and_joined_are_the_text(text: str, limit: int) -> None:
    cut = pieces(text, limit)
    assert "".join(cut) == text
    assert all(len(piece.encode()) <= limit for piece in cut)


def test_a_long_text_keeps_every_word_in_order() -> None:
    words = [f"mot{number}" for number in range(4_000)]
    text = "".join(word + ("\n\n" if number % 50 == 0 else " ") for number, word in enumerate(words))
    with pytest.raises(Refusal):
        render(text)
    html = render_long(text, "body")
    assert re.findall(r"mot\d+", html) == words
    assert html.count("<p>") == html.count("</p>") > 50


def test_a_long_text_is_sanitised_too() -> None:
    html = render_long("<script>alert(1)</script> [x](javascript:y)\n\n" * 400, "body")
    assert "<script" not in html
    assert "href" not in html


def test_a_paragraph_without_a_place_to_cut() -> None:
    assert render_long("漢" * 5_000, "body").count("漢") == 5_000
    assert len(("漢" * 5_000).encode()) > MAX_BODY_BYTES
