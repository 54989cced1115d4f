"""What a release may hold, as the checker knows it: written here once more on purpose, not taken from the builder.

Every column has a role, and every role a form. A table or a column that is not here is refused: what nobody thought of
when this list was written is not published by surprise.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

Role = Literal["id", "code", "text", "count", "flag", "week", "day", "attribute", "author"]

WEEK: Final = re.compile(r"[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])")
FORMS: Final[Mapping[Role, re.Pattern[str]]] = {
    "id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    # Words of closed lists, keys of questions, numbers of articles: short, one line.
    "code": re.compile(r"[^\s@](?:[^\n\r@]{0,198}[^\s@])?"),
    "count": re.compile(r"0|[1-9][0-9]{0,17}"),
    "flag": re.compile(r"true|false"),
    "week": WEEK,
    "day": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "attribute": re.compile(r"[0-9A-Za-z_+-]{1,40}"),
    "author": re.compile(r"[a-z2-7]{10}|[A-Z2-7]{10}"),
}
"""A value of the role ``text`` may be anything; any value may be empty."""

ATTRIBUTES: Final = ("department", "region", "age", "status")
QUASI: Final = ("week", *ATTRIBUTES)
"""Quasi-identifiers: what somebody could already know of a person."""

_ATTRIBUTE_COLUMNS: Final[Mapping[str, Role]] = dict.fromkeys(ATTRIBUTES, "attribute")

TABLES: Final[Mapping[str, Mapping[str, Role]]] = {
    "consultation": {
        "slug": "code", "title": "text", "organiser": "text", "organiser_number": "code", "language": "code",
        "level": "count", "opens_on": "day", "closes_on": "day", "policy_digest": "code", "release": "count",
        "released_on": "day", "source": "text",
    },
    "sections": {
        "section": "id", "parent": "id", "position": "count", "kind": "code", "title": "text", "scale": "code",
    },
    "contributions": {
        "contribution": "id", "section": "id", "parent": "id", "kind": "code", "side": "code", "official": "flag",
        "number": "code", "position": "count", "title": "text", "body": "text", "explanation": "text", "link": "text",
        "category": "code", "text_version": "count", "state": "code", "reason": "code", "week": "week",
        **_ATTRIBUTE_COLUMNS, "author_ref": "author",
    },
    "versions": {"contribution": "id", "text_version": "count", "title": "text", "body": "text"},
    "votes": {"contribution": "id", "choice": "code", "week": "week", "since": "count"},
    "totals_by_attribute": {
        "section": "id", **_ATTRIBUTE_COLUMNS, "choice": "code", "votes": "count", "people": "count",
    },
    "imported_totals": {"contribution": "id", "choice": "code", "votes": "count"},
    "questions": {"section": "id", "question": "code", "kind": "code", "label": "text"},
    "answers": {"section": "id", "question": "code", "part": "code", "answer": "code", "since": "count"},
    "answer_texts": {"section": "id", "question": "code", "text": "text"},
    "rankings": {"section": "id", "option": "id", "over": "id", "ballots": "count"},
    "official_answers": {
        "contribution": "id", "number": "count", "status": "code", "reason": "text", "body": "text", "week": "week",
    },
    "statements": {
        "statement": "id", "kind": "code", "number": "count", "title": "text", "body": "text", "week": "week",
    },
    "moderation": {
        "contribution": "id", "number": "count", "kind": "code", "decision": "code", "reason": "code",
        "automated": "flag", "about": "count", "week": "week",
    },
}  # fmt: skip

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "consultation": ("slug",),
    "sections": ("section",),
    "contributions": ("contribution",),
    "versions": ("contribution", "text_version"),
    "totals_by_attribute": ("section", *ATTRIBUTES, "choice"),
    "imported_totals": ("contribution", "choice"),
    "questions": ("section", "question"),
    "rankings": ("section", "option", "over"),
    "official_answers": ("contribution", "number"),
    "statements": ("statement", "number"),
    "moderation": ("contribution", "number"),
}

REFERENCES: Final[Mapping[tuple[str, str], str]] = {
    (table, column): "sections" if column == "section" or table == "sections" else "contributions"
    for table, column in (
        ("sections", "parent"), ("contributions", "section"), ("contributions", "parent"),
        ("versions", "contribution"), ("votes", "contribution"), ("totals_by_attribute", "section"),
        ("imported_totals", "contribution"), ("questions", "section"), ("answers", "section"),
        ("answer_texts", "section"), ("rankings", "section"), ("rankings", "option"), ("rankings", "over"),
        ("official_answers", "contribution"), ("moderation", "contribution"),
    )
}  # fmt: skip
"""Which table the ids of a column must be in."""

MADE: Final = {"sections": "section", "contributions": "contribution", "statements": "statement"}
"""Where ids are made: the column of each table that gives things their ids."""

SAID: Final = ("contributions", "versions", "votes", "answers", "answer_texts", "moderation")
"""Tables whose rows are acts of participants, or about them: their order must say nothing."""

SINGLE_CHOICE: Final = frozenset({"support"})
"""Scales with one choice only: having voted is all that a vote says."""
