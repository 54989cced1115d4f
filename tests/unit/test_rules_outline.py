"""The order of sections and articles: every move keeps everything, and keeps it a tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.rules.outline import (
    DIRECTIONS,
    MAX_DEPTH,
    Node,
    in_order,
    move,
    place,
    possible,
    shift,
)
from contracts.http import Refusal

BILL = [Node("titre", None, 0), Node("un", "titre", 0), Node("deux", "titre", 1), Node("annexes", None, 1)]


def drawn(nodes: list[Node]) -> str:
    return " ".join("-" * node.depth + node.id for node in nodes)


@pytest.mark.parametrize(
    ("moved", "direction", "expected"),
    [
        ("deux", "up", "titre -deux -un annexes"),
        ("un", "down", "titre -deux -un annexes"),
        ("deux", "in", "titre -un --deux annexes"),
        ("deux", "out", "titre -un deux annexes"),
        ("un", "out", "titre -deux un annexes"),
        ("annexes", "in", "titre -un -deux -annexes"),
        ("annexes", "up", "annexes titre -un -deux"),
        ("titre", "down", "annexes titre -un -deux"),
        ("titre", "up", "titre -un -deux annexes"),
        ("un", "in", "titre -un -deux annexes"),
        ("annexes", "out", "titre -un -deux annexes"),
        ("annexes", "down", "titre -un -deux annexes"),
    ],
)
def test_moves(moved: str, direction: str, expected: str) -> None:
    assert drawn(move(BILL, moved, direction)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moved", "parent", "before", "expected"),
    [
        ("annexes", "titre", "deux", "titre -un -annexes -deux"),
        ("annexes", None, "titre", "annexes titre -un -deux"),
        ("un", "annexes", None, "titre -deux annexes -un"),
        ("titre", "annexes", None, "annexes -titre --un --deux"),
        ("un", "titre", None, "titre -deux -un annexes"),
        ("un", "titre", "un", "titre -deux -un annexes"),
    ],
)
def test_drops(moved: str, parent: str | None, before: str | None, expected: str) -> None:
    assert drawn(place(BILL, moved, parent, before)) == expected


@pytest.mark.parametrize(("moved", "parent", "before"), [
    ("titre", "un", None), ("titre", "titre", None), ("absent", None, None), ("un", "absent", None),
    ("un", "annexes", "deux"),
])  # fmt: skip
def test_what_cannot_be_dropped(moved: str, parent: str | None, before: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        place(BILL, moved, parent, before)
    assert refused.value.code == "section_refused"


def test_nothing_goes_deeper_than_the_limit() -> None:
    chain = [Node(str(n), str(n - 1) if n else None, 0) for n in range(MAX_DEPTH)]
    nodes = [*chain, Node("x", str(MAX_DEPTH - 2), 1)]
    with pytest.raises(Refusal) as refused:
        move(nodes, "x", "in")
    assert refused.value.code == "nested_too_deep"
    assert "in" not in possible(in_order(nodes), in_order(nodes)[-1])


def test_a_list_shifts_by_one_and_stops_at_its_ends() -> None:
    assert shift(["a", "b", "c"], "b", "up") == ["b", "a", "c"]
    assert shift(["a", "b", "c"], "b", "down") == ["a", "c", "b"]
    assert shift(["a", "b", "c"], "a", "up") == ["a", "b", "c"]
    assert shift(["a", "b", "c"], "c", "down") == ["a", "b", "c"]
    assert shift(["a", "b", "c"], "x", "up") == ["a", "b", "c"]


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    nodes: list[Node] = []
    for n in range(draw(st.integers(1, 10))):
        parent = draw(st.sampled_from([None, *(node.id for node in nodes)]))
        nodes.append(Node(str(n), parent, draw(st.integers(0, 3))))
    return nodes


@given(trees(), st.data())
def test_any_moves_keep_a_tree_of_the_same_sections(nodes: list[Node], data: st.DataObject) -> None:
    ids = sorted(node.id for node in nodes)
    try:
        nodes = in_order(nodes)
        for _ in range(data.draw(st.integers(0, 6))):
            moved = data.draw(st.sampled_from(ids))
            before = nodes
            if data.draw(st.booleans()):
                direction = data.draw(st.sampled_from(DIRECTIONS))
                told = direction in possible(nodes, next(node for node in nodes if node.id == moved))
                nodes = move(nodes, moved, direction)
                assert (nodes != before) == told or direction == "in"
            else:
                nodes = place(nodes, moved, data.draw(st.sampled_from([None, *ids])), None)
    except Refusal:
        return
    assert sorted(node.id for node in nodes) == ids
    assert in_order(nodes) == nodes
