"""Why a row, or a whole source, was not taken. Sentences name a file, a line or a column and never quote the source."""

from dataclasses import dataclass
from typing import Final

REASONS: Final[dict[str, tuple[str, str]]] = {
    "fields": (
        "La ligne a {found} champs au lieu de {expected}.",
        "The row has {found} fields instead of {expected}.",
    ),
    "missing": ("La colonne {column} est vide.", "Column {column} is empty."),
    "number": ("La colonne {column} n’est pas un nombre attendu.", "Column {column} is not an expected number."),
    "date": ("La colonne {column} n’est pas une date.", "Column {column} is not a date."),
    "choice": ("La colonne {column} n’a pas une valeur connue.", "Column {column} does not have a known value."),
    "duplicate": ("L’identifiant de la colonne {column} a déjà servi.", "The id in column {column} was already used."),
    "unknown": (
        "La colonne {column} renvoie à une ligne qui n’existe pas ou qui a été refusée.",
        "Column {column} refers to a row that does not exist or was refused.",
    ),
    "text": (
        "Le texte de la colonne {column} contient un caractère qui ne peut être gardé.",
        "The text in column {column} contains a character that cannot be kept.",
    ),
    "long": ("Le texte de la colonne {column} est trop long.", "The text in column {column} is too long."),
    "unpublished": (
        "La colonne {column} dit que ce texte n’était pas publié.",
        "Column {column} says that this text was not published.",
    ),
    "link": (
        "La colonne {column} n’est pas une adresse http ou https.",
        "Column {column} is not an http or https address.",
    ),
    "statement": (
        "La colonne {column} n’est pas celle d’un énoncé pris : ses {votes} votes sont laissés.",
        "Column {column} is not that of a statement that was taken: its {votes} votes are left out.",
    ),
}


class SourceUnusable(Exception):
    """The source cannot be read at all; ``fr`` and ``en`` say why, and in which file."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en


class RowRefused(Exception):
    """One row cannot be taken. ``code`` is in ``REASONS``, ``facts`` fill its sentences and are ours."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: where it is (``line`` counts from 1, the header included), and why."""

    file: str
    line: int
    code: str
    facts: dict[str, str | int]

    @property
    def fr(self) -> str:
        """Why, in French."""
        return REASONS[self.code][0].format(**self.facts)

    @property
    def en(self) -> str:
        """Why, in English."""
        return REASONS[self.code][1].format(**self.facts)
