"""A text cut where personal data were found in it, for a moderator to see them at once."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from consultation_service.personal_data import Kind, find
from consultation_service.words import Language

KINDS: Final[Mapping[Kind, tuple[str, str]]] = {
    "email": ("adresse électronique", "e-mail address"),
    "disguised_email": ("adresse électronique déguisée", "disguised e-mail address"),
    "phone": ("téléphone", "telephone"),
    "nir": ("numéro de sécurité sociale", "social security number"),
    "iban": ("compte bancaire", "bank account"),
    "siret": ("numéro d’entreprise", "company number"),
    "address": ("adresse postale", "postal address"),
    "plate": ("plaque d’immatriculation", "number plate"),
    "handle": ("compte de réseau social", "social network account"),
    "birth_date": ("date de naissance", "date of birth"),
    "name": ("nom d’une personne", "name of a person"),
}


class Stretch(NamedTuple):
    """A part of a text; ``kind`` says what personal data it seems to be, empty for the rest."""

    text: str
    kind: str = ""


def highlighted(text: str, language: Language) -> tuple[Stretch, ...]:
    """Stretches that are ``text`` when put end to end."""
    stretches, at = [], 0
    for found in find(text):
        stretches.append(Stretch(text[at : found.start]))
        stretches.append(Stretch(text[found.start : found.end], KINDS[found.kind][language == "en"]))
        at = found.end
    stretches.append(Stretch(text[at:]))
    return tuple(stretch for stretch in stretches if stretch.text)


def has_personal_data(text: str) -> bool:
    """Whether something in ``text`` surely is personal data."""
    return any(found.level == "sure" for found in find(text))
