"""What the documents of a release say of it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

LICENCE: Final = "etalab-2.0"
"""SPDX identifier of Licence Ouverte / Open Licence 2.0."""

LICENCE_ADDRESS: Final = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A release. ``address`` is the web address of the folder of its files, without a slash at the end; ``page`` that
    of the consultation.
    """

    slug: str
    title: str
    organiser: str
    organiser_number: str
    """SIRET, or empty."""
    organiser_contact: str
    """Web address, or empty."""
    language: str
    number: int
    released_on: date
    opens_on: date
    closes_on: date
    source: str
    """Where imported data come from, with their licence; empty when the consultation was held here."""
    policy_digest: str
    address: str
    page: str

    @property
    def name(self) -> str:
        """A name for files and packages."""
        return f"{self.slug}-{self.number}"
