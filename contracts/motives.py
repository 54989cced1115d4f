"""The published list of moderation motives: what reports and decisions name, in words that everybody reads.

Data only. The charter on the gateway and the statements of reasons on consultation show the same sentences.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

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
