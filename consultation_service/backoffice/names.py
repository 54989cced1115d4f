"""What the back office calls scales, kinds of sections, contributions and phases, in French and in English, with a
sentence of help where the word alone does not say enough.
"""

from collections.abc import Mapping
from typing import Final

from consultation_service.words import Language

Words = tuple[str, str]

SCALES: Final[Mapping[str, tuple[Words, Words]]] = {
    "agree_mixed_disagree": (
        ("D’accord, mitigé, pas d’accord", "Agree, mixed, disagree"),
        ("L’échelle la plus courante des consultations publiques.", "The most common scale of public consultations."),
    ),
    "agree_disagree_pass": (
        ("D’accord, pas d’accord, je passe", "Agree, disagree, pass"),
        ("Pour faire réagir vite à beaucoup d’idées.", "For quick reactions to many ideas."),
    ),
    "support": (
        ("Je soutiens", "I support"),
        ("Un seul bouton : personne ne vote contre.", "A single button: nobody votes against."),
    ),
    "one_to_five": (
        ("Une note de 1 à 5", "A mark from 1 to 5"),
        ("Pour mesurer une intensité.", "To measure an intensity."),
    ),
    "majority_judgment": (
        ("Jugement majoritaire (sept mentions)", "Majority judgment (seven grades)"),
        (
            "De « Excellent » à « À rejeter » ; on retient la mention médiane.",
            "From “Excellent” to “Reject”; the median grade counts.",
        ),
    ),
}
"""Each scale and when to choose it."""

SECTION_KINDS: Final[Mapping[str, tuple[Words, Words]]] = {
    "heading": (
        ("Titre", "Heading"),
        ("Range d’autres parties ; on n’y écrit rien.", "Holds other sections; nothing is written in it."),
    ),
    "proposals": (
        ("Propositions libres", "Free proposals"),
        ("Chacun propose, discute et vote.", "Everybody proposes, discusses and votes."),
    ),
    "articles": (
        ("Articles d’un texte", "Articles of a text"),
        (
            "Un projet de loi ou de règlement, article par article, à amender et à voter.",
            "A bill or a regulation, article by article, to amend and to vote on.",
        ),
    ),
    "questionnaire": (
        ("Questionnaire", "Questionnaire"),
        ("Des questions, avec des conditions si besoin.", "Questions, with conditions if needed."),
    ),
    "ranking": (
        ("Classement", "Ranking"),
        ("Des options que chacun met dans l’ordre.", "Options that everybody puts in order."),
    ),
}
"""Each kind of section and what it is for."""

ADDED: Final[Mapping[str, Words]] = {
    "opinion": ("des avis", "opinions"),
    "proposal": ("des propositions", "proposals"),
    "question": ("des questions à l’organisateur", "questions to the organiser"),
    "amendment": ("des amendements", "amendments"),
    "argument": ("des arguments pour ou contre", "arguments for or against"),
    "source": ("des sources", "sources"),
    "comment": ("des commentaires", "comments"),
}
"""What participants may add."""

PHASES: Final[Mapping[str, tuple[Words, Words]]] = {
    "collect": (("Contributions", "Contributions"), ("proposer, discuter", "propose, discuss")),
    "amend": (("Amendements", "Amendments"), ("amender, discuter", "amend, discuss")),
    "vote": (("Votes", "Votes"), ("voter, classer", "vote, rank")),
    "questionnaire": (("Questionnaire", "Questionnaire"), ("répondre au questionnaire", "answer the questionnaire")),
    "restitution": (
        ("Restitution", "Restitution"),
        ("annoncer quand l’organisateur rendra compte", "say when the organiser reports back"),
    ),
}
"""Each kind of phase and what it makes possible."""


def options(table: Mapping[str, tuple[Words, Words]], language: Language) -> list[tuple[str, str, str]]:
    """Value, words and help of each entry, as forms show them."""
    n = 1 if language == "en" else 0
    return [(value, words[n], more[n]) for value, (words, more) in table.items()]


def plain(table: Mapping[str, Words], language: Language) -> list[tuple[str, str, str]]:
    """As ``options``, of entries without help."""
    n = 1 if language == "en" else 0
    return [(value, words[n], "") for value, words in table.items()]
