"""Cursors come back as they were, and nothing else is taken for one."""

import contextlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.http import Refusal
from gateway import cursors
from gateway.cursors import Position

POSITIONS = st.one_of(st.none(), st.builds(Position, st.integers(-(2**63), 2**63 - 1), st.uuids()))


@given(st.lists(POSITIONS, min_size=1, max_size=2))
def test_a_cursor_comes_back(positions: list[Position | None]) -> None:
    assert cursors.decode(cursors.encode("day", *positions), "day", len(positions)) == positions


@given(st.text(max_size=300))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with contextlib.suppress(Refusal):
        assert len(cursors.decode(text, "day")) == 1


@pytest.mark.parametrize("sort", ["recent", ""])
def test_a_cursor_is_of_use_for_its_own_sort_only(sort: str) -> None:
    with pytest.raises(Refusal):
        cursors.decode(cursors.encode("day", Position(1, uuid.uuid4())), sort)
