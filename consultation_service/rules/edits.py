"""Versions of a contribution: what an edit does to the votes already cast, and how much a participant writes in a day.

The rule, shown wherever it applies: an edit never moves, copies or removes a vote. A vote says on which version it was
cast and counts for the contribution; whoever reads the totals sees how many were cast on each version, and whoever
voted on a former one is invited, not obliged, to confirm it on the present one.
"""

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

import msgspec

from contracts.http import Refusal

Words = tuple[str, str]
"""The same words in French and in English."""

Number = Annotated[int, msgspec.Meta(ge=1)]
MAX_VERSIONS: Final = 100


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a consultation allows each participant; ``texts_a_day`` and ``characters`` (of a text) are by kind, a kind
    that is absent has no limit but those of the platform.
    """

    texts_a_day: dict[str, Number] = {}
    characters: dict[str, Number] = {}
    edits_a_day: Number = 10
    reports_a_day: Number = 20


class Votes(NamedTuple):
    """How the votes of an item stand: on the present version, on former ones, all together."""

    present: int
    former: int
    by_version: tuple[tuple[int, int], ...]

    @property
    def total(self) -> int:
        return self.present + self.former


def votes_on(version: int, by_version: Mapping[int, int]) -> Votes:
    """The votes of an item whose present version is ``version``, from counts by version; versions without votes are
    left out. Raises ``ValueError`` for a vote on a version that does not exist yet.
    """
    if any(not 1 <= cast <= version for cast in by_version):
        raise ValueError("votes are cast on versions that exist")
    told = tuple((cast, count) for cast, count in sorted(by_version.items()) if count)
    present = by_version.get(version, 0)
    return Votes(present, sum(by_version.values()) - present, told)


def before_edit(votes: int) -> Words:
    """What an author reads before changing a text that has ``votes`` votes."""
    if votes == 0:
        french = "Personne n’a encore voté : vous pouvez modifier ce texte. Les versions précédentes restent visibles."
        return french, "Nobody has voted yet: you can change this text. Former versions remain visible."
    french, english = _votes(votes)
    french = (
        f"Ce texte a déjà reçu {french}. Les votes restent comptés, et tout le monde verra qu’ils portent sur une "
        "version précédente. Les personnes qui ont voté seront invitées à confirmer leur vote."
    )
    english = (
        f"This text already has {english}. Votes still count, and everybody will see that they were cast on a former "
        "version. The people who voted will be invited to confirm their vote."
    )
    return french, english


def told_of_votes(votes: Votes) -> Words | None:
    """What everybody reads beside the totals; ``None`` when all votes were cast on the present version."""
    if not votes.former:
        return None
    french = ", ".join(f"{count} sur la version {version}" for version, count in votes.by_version)
    english = ", ".join(f"{count} on version {version}" for version, count in votes.by_version)
    return (
        f"{_votes(votes.total)[0]} au total, dont {french}.",
        f"{_votes(votes.total)[1]} in all: {english}.",
    )


def told_to_voter(cast_on: int, present: int) -> Words | None:
    """What a participant reads beside their own vote; ``None`` when it was cast on the present version."""
    if cast_on >= present:
        return None
    french = (
        f"Vous avez voté sur la version {cast_on}. Le texte a changé : c’est maintenant la version {present}. "
        "Votre vote reste compté ; vous pouvez le confirmer, le changer ou le retirer."
    )
    english = (
        f"You voted on version {cast_on}. The text changed: this is now version {present}. "
        "Your vote still counts; you can confirm, change or withdraw it."
    )
    return french, english


def next_version(present: int, former: tuple[str, str], new: tuple[str, str]) -> int:
    """The number of the version that an edit makes of a title and a body; the present one when nothing changed, so that
    a form sent twice is one edit. Raises ``Refusal`` ``too_many_versions``.
    """
    if former == new:
        return present
    if present >= MAX_VERSIONS:
        raise Refusal("too_many_versions", most=MAX_VERSIONS)
    return present + 1


def require_text_allowed(limits: Limits, kind: str, written_today: int) -> None:
    """Raise ``Refusal`` ``too_many_texts`` unless one more text of ``kind`` is allowed to somebody who already wrote
    ``written_today`` of them, withdrawn ones included.
    """
    most = limits.texts_a_day.get(kind)
    if most is not None and written_today >= most:
        raise Refusal("too_many_texts", most=most)


def require_edit_allowed(limits: Limits, edited_today: int) -> None:
    """Raise ``Refusal`` ``too_many_edits`` unless one more edit is allowed today."""
    if edited_today >= limits.edits_a_day:
        raise Refusal("too_many_edits", most=limits.edits_a_day)


def require_report_allowed(limits: Limits, reported_today: int) -> None:
    """Raise ``Refusal`` ``too_many_reports`` unless one more report is allowed today."""
    if reported_today >= limits.reports_a_day:
        raise Refusal("too_many_reports", most=limits.reports_a_day)


def _votes(number: int) -> Words:
    return (
        f"{number} vote" if number < 2 else f"{number} votes",
        f"{number} vote" if number == 1 else f"{number} votes",
    )
