"""The statement of reasons that a decision of moderation gives, from the published list of motives.

It has what article 17, paragraph 3, of the Digital Services Act (Regulation (EU) 2022/2065) asks for: the restriction,
the facts, whether automated means were used, the legal or contractual ground, and how to appeal.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from consultation_service.rules.moderation import APPEAL_DAYS, Decision, Entry
from contracts.http import Refusal
from contracts.motives import MOTIVES, Motive, Words

__all__ = ["MOTIVES", "Motive", "Statement", "require_motive", "statement"]

_DECISIONS: Final[Mapping[Decision, Words]] = {
    "keep": ("Le texte reste publié.", "The text stays published."),
    "hide": (
        "Le texte est masqué. Sa place et les votes déjà comptés restent visibles.",
        "The text is hidden. Its place and the votes already counted remain visible.",
    ),
    "send_back": (
        "Le texte est renvoyé à son auteur, qui peut le modifier pour qu’il soit publié.",
        "The text is sent back to its author, who can change it for it to be published.",
    ),
}
_AUTOMATED: Final[Mapping[bool, Words]] = {
    True: ("La décision a été prise par un moyen automatisé.", "The decision was taken by automated means."),
    False: ("La décision a été prise par une personne.", "The decision was taken by a person."),
}
_APPEAL: Final[Mapping[bool, Words]] = {
    True: (
        f"L’auteur peut la contester pendant {APPEAL_DAYS} jours ; une autre personne décidera.",
        f"The author can appeal for {APPEAL_DAYS} days; another person will decide.",
    ),
    False: (
        f"Qui avait signalé ce texte peut la contester pendant {APPEAL_DAYS} jours ; une autre personne décidera.",
        f"Whoever reported this text can appeal for {APPEAL_DAYS} days; another person will decide.",
    ),
}
"""Against a decision that withholds the text, and against one that does not."""

_FINAL: Final[Words] = (
    "La contestation a été examinée par une autre personne que la première fois. Un juge peut encore être saisi.",
    "The appeal was examined by another person than the first time. The case can still be brought to a court.",
)


class Statement(NamedTuple):
    """A statement of reasons in both languages; the facts are in the moderator's own language in both."""

    fr: tuple[str, ...]
    en: tuple[str, ...]


def require_motive(rule: str) -> Motive:
    """The motive called ``rule``. Raises ``Refusal`` ``motive_unknown``."""
    if rule not in MOTIVES:
        raise Refusal("motive_unknown", field="rule")
    return MOTIVES[rule]


def statement(entry: Entry) -> Statement:
    """The sentences that the author and the public read of a decision, first or on appeal."""
    if entry.decision is None:
        raise ValueError("only decisions have a statement of reasons")
    return Statement(tuple(_sentences(entry, entry.decision, 0)), tuple(_sentences(entry, entry.decision, 1)))


def _sentences(entry: Entry, decision: Decision, language: int) -> list[str]:
    said = [_DECISIONS[decision][language]]
    if entry.rule:
        motive = require_motive(entry.rule)
        said.append(f"{motive.sentence[language]} ({motive.ground})")
    said += [entry.facts] if entry.facts else []
    said.append(_AUTOMATED[entry.automated][language])
    end = _FINAL if entry.kind == "appeal_decided" else _APPEAL[decision != "keep"]
    return [*said, end[language]]
