"""The tree of sections of a consultation, and the order of articles in a section: what moves where.

A tree is a list of nodes in reading order. Every move gives back the whole tree, whose positions count from 0 among
siblings; nothing is ever lost and nothing holds itself.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from contracts.http import Refusal

MAX_DEPTH: Final = 5
MAX_SECTIONS: Final = 500

Direction = Literal["up", "down", "in", "out"]
DIRECTIONS: Final[tuple[Direction, ...]] = ("up", "down", "in", "out")


class Node(NamedTuple):
    """A section: what it is in, ``None`` at the top, and its place among its siblings. ``depth`` is 0 at the top."""

    id: str
    parent: str | None
    position: int
    depth: int = 0


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """The nodes in reading order, with their depths and positions that count from 0."""
    children: dict[str | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: (node.position, node.id)):
        children.setdefault(node.parent, []).append(node)
    return _numbered(children)


def move(nodes: Iterable[Node], moved: str, direction: Direction) -> list[Node]:
    """The tree after ``moved``, with what it holds, goes before or after its sibling, into the sibling before it, or
    out, after what held it. Where it cannot go, nothing changes, so that a button pressed twice is no error.

    Raises ``Refusal``: ``section_refused`` for an unknown section, ``nested_too_deep``.
    """
    children, node = _children(nodes, moved)
    siblings = children[node.parent]
    at = siblings.index(node)
    match direction:
        case "up" if at > 0:
            siblings.insert(at - 1, siblings.pop(at))
        case "down":
            siblings.insert(at + 1, siblings.pop(at))
        case "in" if at > 0:
            children.setdefault(siblings[at - 1].id, []).append(siblings.pop(at))
        case "out" if node.parent is not None:
            del siblings[at]
            _beside(children, node.parent, node)
        case _:
            pass
    return _numbered(children)


def place(nodes: Iterable[Node], moved: str, parent: str | None, before: str | None) -> list[Node]:
    """The tree after ``moved`` goes into ``parent``, before its child ``before`` or last.

    Raises ``Refusal``: ``section_refused`` for what is unknown or would hold itself, ``nested_too_deep``.
    """
    children, node = _children(nodes, moved)
    if parent is not None and (parent == moved or parent in _below(children, moved)):
        raise Refusal("section_refused", field="section")
    if parent is not None and not any(parent == other.id for siblings in children.values() for other in siblings):
        raise Refusal("section_refused", field="section")
    children[node.parent].remove(node)
    siblings = children.setdefault(parent, [])
    ids = [sibling.id for sibling in siblings]
    if before is not None and before != moved and before not in ids:
        raise Refusal("section_refused", field="section")
    siblings.insert(ids.index(before) if before in ids else len(ids), node)
    return _numbered(children)


def shift(ids: Sequence[str], moved: str, direction: Direction) -> list[str]:
    """A list after ``moved`` goes up or down; the same list where it cannot."""
    found = list(ids)
    if moved in found and direction in ("up", "down"):
        at = found.index(moved)
        found.insert(max(0, at - 1) if direction == "up" else at + 1, found.pop(at))
    return found


def possible(nodes: Sequence[Node], node: Node) -> tuple[Direction, ...]:
    """Where ``node`` can go, for the buttons that are shown. ``nodes`` are in reading order."""
    siblings = [other for other in nodes if other.parent == node.parent]
    at = siblings.index(node)
    can = {
        "up": at > 0,
        "down": at < len(siblings) - 1,
        "in": at > 0 and node.depth < MAX_DEPTH - 1,
        "out": node.parent is not None,
    }
    return tuple(direction for direction in DIRECTIONS if can[direction])


def _children(nodes: Iterable[Node], moved: str) -> tuple[dict[str | None, list[Node]], Node]:
    children: dict[str | None, list[Node]] = {}
    found = None
    for node in in_order(nodes):
        children.setdefault(node.parent, []).append(node)
        if node.id == moved:
            found = node
    if found is None:
        raise Refusal("section_refused", field="section")
    return children, found


def _beside(children: dict[str | None, list[Node]], holder: str, node: Node) -> None:
    for siblings in children.values():
        at = next((n for n, sibling in enumerate(siblings) if sibling.id == holder), None)
        if at is not None:
            siblings.insert(at + 1, node)
            return


def _below(children: dict[str | None, list[Node]], holder: str) -> set[str]:
    found: set[str] = set()
    waiting = [holder]
    while waiting:
        inside = [node.id for node in children.get(waiting.pop(), [])]
        found.update(inside)
        waiting += inside
    return found


def _numbered(children: dict[str | None, list[Node]]) -> list[Node]:
    found: list[Node] = []
    waiting: list[tuple[Node, str | None, int, int]] = []

    def add(parent: str | None, depth: int) -> None:
        here = children.get(parent, [])
        waiting.extend((node, parent, n, depth) for n, node in reversed(list(enumerate(here))))

    add(None, 0)
    while waiting:
        node, parent, position, depth = waiting.pop()
        if depth >= MAX_DEPTH:
            raise Refusal("nested_too_deep", field="section", most=MAX_DEPTH)
        found.append(Node(node.id, parent, position, depth))
        add(node.id, depth + 1)
    return found
