"""What an organiser may ask participants about themselves: a closed catalogue, closed values, nothing obligatory.

Each answer narrows down who somebody is, so there is no free text, nothing finer than a department or a band of ages,
and every attribute that is asked for has a purpose that participants read. What is not answered is simply absent.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from consultation_service.rules.territories import ABROAD, DEPARTMENTS, OVERSEAS, REGION_OF, REGIONS
from contracts.http import Refusal

AttributeName = Literal["department", "region", "age", "status"]
Label = tuple[str, str]
"""The same words in French and in English."""


class Attribute(NamedTuple):
    """An entry of the catalogue. ``coarser`` names the attribute that a release falls back on, with a value for each
    value of this one; a participant who gives both must give them in agreement.
    """

    label: Label
    values: Mapping[str, Label]
    coarser: str = ""
    coarser_value: Mapping[str, str] = {}


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An attribute that a consultation asks for, and what for."""

    attribute: AttributeName
    purpose: Annotated[str, msgspec.Meta(max_length=500)]


_ENGLISH: Final = {OVERSEAS: "Overseas collectivities and New Caledonia", ABROAD: "Outside France"}

CATALOGUE: Final[Mapping[str, Attribute]] = {
    "department": Attribute(
        ("Département", "Department"),
        {code: (f"{code} · {name}", f"{code} · {_ENGLISH.get(code, name)}") for code, name in DEPARTMENTS.items()},
        "region",
        REGION_OF,
    ),
    "region": Attribute(
        ("Région", "Region"), {code: (name, _ENGLISH.get(code, name)) for code, name in REGIONS.items()}
    ),
    "age": Attribute(
        ("Tranche d’âge", "Age"),
        {
            "0-17": ("Moins de 18 ans", "Under 18"),
            "18-24": ("18 à 24 ans", "18 to 24"),
            "25-34": ("25 à 34 ans", "25 to 34"),
            "35-49": ("35 à 49 ans", "35 to 49"),
            "50-64": ("50 à 64 ans", "50 to 64"),
            "65-74": ("65 à 74 ans", "65 to 74"),
            "75+": ("75 ans et plus", "75 and over"),
        },
    ),
    "status": Attribute(
        ("Vous participez en tant que", "You take part as"),
        {
            "citizen": ("Citoyen ou citoyenne", "A citizen"),
            "association": ("Association", "An association"),
            "company": ("Entreprise", "A company"),
            "public_body": ("Administration ou établissement public", "A public body"),
            "elected": ("Élu ou élue", "An elected person"),
            "researcher": ("Chercheur, chercheuse ou institut de recherche", "A researcher or research institute"),
            "union": ("Syndicat ou organisation professionnelle", "A union or professional organisation"),
            "journalist": ("Journaliste ou média", "A journalist or media"),
        },
    ),
}
"""Everything that can be asked. An attribute or a value is added here, for all consultations, or nowhere."""


def check_attributes(given: Mapping[str, Any], declared: Collection[str]) -> dict[str, str]:
    """What a participant says of themselves, as it will be kept; an empty value is the same as none.

    The region that a department implies is not added: it follows from ``CATALOGUE``. Raises ``Refusal``
    ``attribute_unknown``, ``attribute_refused`` (naming the field) or ``attributes_disagree``.
    """
    if not given.keys() <= set(declared) & CATALOGUE.keys():
        raise Refusal("attribute_unknown")
    kept: dict[str, str] = {}
    for name, value in given.items():
        if value in (None, ""):
            continue
        if not isinstance(value, str) or value not in CATALOGUE[name].values:
            raise Refusal("attribute_refused", field=name)
        kept[name] = value
    for name, value in kept.items():
        broader = coarser(name, value)
        if broader and kept.get(broader[0], broader[1]) != broader[1]:
            raise Refusal("attributes_disagree", field=broader[0])
    return kept


def coarser(name: str, value: str) -> tuple[str, str] | None:
    """The attribute and value that say the same less precisely, or ``None`` when there is nothing coarser."""
    attribute = CATALOGUE[name]
    return (attribute.coarser, attribute.coarser_value[value]) if attribute.coarser else None
