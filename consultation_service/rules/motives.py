"""The published list of moderation motives, and the statement of reasons that a decision gives.

Each motive is one that reports and decisions name. The statement has what article 17, paragraph 3, of the Digital
Services Act (Regulation (EU) 2022/2065) asks for: the restriction, the facts, whether automated means were used, the
legal or contractual ground, and how to appeal.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from consultation_service.rules.moderation import APPEAL_DAYS, Decision, Entry
from contracts.http import Refusal

Words = tuple[str, str]
"""The same words in French and in English."""


class Motive(NamedTuple):
    """``illegal`` tells a ground in law (``ground`` cites it) from one in the rules of participation."""

    name: Words
    sentence: Words
    illegal: bool
    ground: str


_RULES: Final = "Charte de participation"

MOTIVES: Final[Mapping[str, Motive]] = {
    "hatred": Motive(
        ("Haine ou discrimination", "Hatred or discrimination"),
        (
            "Ce texte incite à la haine ou à la discrimination envers un groupe de personnes.",
            "This text incites hatred or discrimination against a group of people.",
        ),
        True,
        "Loi du 29 juillet 1881, article 24",
    ),
    "insult": Motive(
        ("Injure ou diffamation", "Insult or defamation"),
        ("Ce texte injurie ou diffame.", "This text insults or defames."),
        True,
        "Loi du 29 juillet 1881, articles 29 à 33",
    ),
    "threat": Motive(
        ("Menace ou harcèlement", "Threat or harassment"),
        ("Ce texte menace ou harcèle.", "This text threatens or harasses."),
        True,
        "Code pénal, articles 222-17 et 222-33-2-2",
    ),
    "personal_data": Motive(
        ("Données personnelles", "Personal data"),
        (
            "Ce texte donne des informations sur une personne qu’il permet de reconnaître.",
            "This text gives information about a person who can be recognised.",
        ),
        True,
        "Règlement (UE) 2016/679, articles 5 et 6",
    ),
    "copyright": Motive(
        ("Droit d’auteur", "Copyright"),
        ("Ce texte reproduit une œuvre sans autorisation.", "This text reproduces a work without permission."),
        True,
        "Code de la propriété intellectuelle, article L. 335-3",
    ),
    "other_illegal": Motive(
        ("Autre contenu illicite", "Other illegal content"),
        (
            "Ce texte est contraire à une loi que la décision précise.",
            "This text breaks a law that the decision specifies.",
        ),
        True,
        "Règlement (UE) 2022/2065, article 3, h",
    ),
    "advertising": Motive(
        ("Publicité", "Advertising"),
        ("Ce texte fait de la publicité.", "This text is advertising."),
        False,
        _RULES,
    ),
    "off_topic": Motive(
        ("Hors sujet", "Off topic"),
        (
            "Ce texte ne porte pas sur le sujet de la consultation ou de cette partie.",
            "This text is not about the subject of the consultation or of this section.",
        ),
        False,
        _RULES,
    ),
    "duplicate": Motive(
        ("Doublon", "Duplicate"),
        (
            "Ce texte en répète un autre, où la discussion continue.",
            "This text repeats another one, where the discussion goes on.",
        ),
        False,
        _RULES,
    ),
    "unreadable": Motive(
        ("Illisible", "Unreadable"),
        ("Ce texte ne peut pas être compris.", "This text cannot be understood."),
        False,
        _RULES,
    ),
}
"""Every motive. One that was used is never taken away from the list: published decisions refer to it."""

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
_APPEAL: Final[Words] = (
    f"L’auteur peut la contester pendant {APPEAL_DAYS} jours ; une autre personne décidera.",
    f"The author can appeal for {APPEAL_DAYS} days; another person will decide.",
)
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
    return [*said, (_FINAL if entry.kind == "appeal_decided" else _APPEAL)[language]]
