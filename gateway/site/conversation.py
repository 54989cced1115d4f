"""Comments as they answer each other. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.documents import Contribution

DEEPEST: Final = 3
"""A comment below so many others takes no reply: consultation_service refuses it."""


@dataclass(slots=True)
class Said:
    """A comment, and the replies to it."""

    comment: Contribution
    depth: int
    replies: list["Said"] = field(default_factory=list)

    def walk(self) -> Iterator["Said"]:
        """A comment and all below it, in the order of reading."""
        yield self
        for reply in self.replies:
            yield from reply.walk()


def conversation(comments: Iterable[Contribution]) -> dict[str, list[Said]]:
    """The conversations on each thing that is commented, by its id: oldest first, replies below what they answer.

    A comment that answers one that is not there, or itself through others, begins a conversation of its own.
    """
    listed = list(comments)
    known = {comment.id: comment for comment in listed}
    roots = [c for c in listed if c.parent not in known or _loops(c, known)]

    def grow(comment: Contribution, depth: int) -> Said:
        below = [c for c in listed if c.parent == comment.id and c not in roots]
        return Said(comment, depth, [grow(reply, depth + 1) for reply in below])

    found: dict[str, list[Said]] = {}
    for root in roots:
        found.setdefault(str(root.parent), []).append(grow(root, 0))
    return found


def _loops(comment: Contribution, known: dict[str, Contribution]) -> bool:
    seen, above = {comment.id}, comment.parent
    while above in known:
        if above in seen:
            return above == comment.id
        seen.add(above)
        above = known[above].parent
    return False
