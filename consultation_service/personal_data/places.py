"""Postal addresses. A street, a road, a square or a postal code alone is public; a number in a street is an address."""

import re
from collections.abc import Iterator
from typing import Final

from consultation_service.personal_data.findings import Found

_S: Final = r"[ \t\u00a0\u202f]"
_NUMBER: Final = rf"(?<![\w€,.\-/])(?<!\d[ .])\d{{1,4}}(?:{_S}?(?:bis|ter|quater)|{_S}?[A-D])?(?!\w)"
_TO_STREET: Final = rf"(?:,{_S}?|{_S}{{1,2}})(?:de{_S})?(?:la{_S}|l['’]|du{_S})?"
# With a number in front, these can only be streets ...
_STREET: Final = (
    r"(?:rue|avenue|ave?\.?|boulevard|bo?u?l?v?d\.?|impasse|imp\.|all[ée]es?|chemin|ch\.|quai|square|sentier|sente|ruelle|"
    r"venelle|hameau|esplanade|faubourg|fbg|promenade|chauss[ée]e|mont[ée]e|traverse|r[ée]sidence|lotissement|lot\.|"
    r"rond[- ]point|parvis|lieu[- ]dit|mas)"
)
# ... and these can be other things: "1 place de stationnement", "3 cours de français", "à 80 route glissante".
_AMBIGUOUS: Final = (
    r"(?:place|pl\.|cours|cour|route|rte|voie|passage|mail|villa|domaine|clos|cit[ée]|c[ôo]te|pont|galerie|port|ferme)"
)
_LINK: Final = r"(?i:de|du|des|d['’]|la|le|les|l['’]|aux?|[àa]|en|sur|sous|et|saint|sainte|st|ste|rue)"
_MONTH: Final = r"(?i:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre)"
_CAPITAL: Final = rf"(?:[A-ZÀ-ÖØ-Þ][\w'’\-]{{0,30}}|\d{{1,2}}(?:er)?[ -]{_MONTH}(?:{_S}(?:18|19)\d\d)?)"
_WORD: Final = r"[^\W\d_][\w'’\-]{1,30}"
_APART: Final = rf"(?:{_S}{{1,2}}|(?<=['’]))"
_NAME: Final = rf"(?:{_LINK}{_APART}){{0,4}}{_CAPITAL}(?:{_S}(?:{_LINK}{_APART}){{0,3}}{_CAPITAL}){{0,5}}"
_ANY_NAME: Final = rf"(?:{_NAME}|(?:{_LINK}{_APART}){{0,4}}{_WORD})"
_INSIDE: Final = (
    r"(?i:hall|b[âa]t(?:iment)?\.?|escalier|esc\.|appt?\.?|appartement|[ée]tage|porte|entr[ée]e|r[ée]sidence|r[ée]s\.|"
    r"immeuble|logement|lot|studio|chambre|rez|rdc|bo[îi]te|\d{1,2}(?:er|e|[èe]me|nd)[ \t][ée]tage|tour|lieu[- ]dit)"
)
_DETAIL: Final = rf"(?:{_S}?,{_S}?{_INSIDE}(?![^\W\d_])[^,\n.;:!?()]{{0,30}}(?=[,\n.;:!?()]|\Z))"
_STREET_AND_NAME: Final = (
    rf"(?:(?i:{_STREET})(?!\w){_S}{{1,2}}{_ANY_NAME}|(?i:{_AMBIGUOUS})(?!\w){_S}{{1,2}}{_NAME}){_DETAIL}{{0,4}}"
)

_CODE: Final = r"(?<!\d)(?:F-?)?(?:0[1-9]|[1-8]\d|9[0-8])[ ]?\d{3}(?!\w)"
_TOWN_LINK: Final = r"(?:sur|sous|l[eè]s|les|le|la|l['’]|de|du|des|d['’]|en|aux?)"
_CEDEX: Final = rf"(?:{_S}(?i:cedex)(?:{_S}\d{{1,2}}(?!\w))?)?"
_TOWN: Final = (
    rf"[A-ZÀ-ÖØ-Þ][\w'’\-]{{1,40}}(?:{_S}(?:{_TOWN_LINK}{_APART}){{0,2}}(?!(?i:cedex))[A-ZÀ-ÖØ-Þ][\w'’\-]{{1,40}}){{0,3}}"
    rf"{_CEDEX}"
)
_LOWER_TOWN: Final = rf"[^\W\d_][\w'’\-]{{2,40}}{_CEDEX}"

_BUILDING: Final = r"(?i:immeuble|r[ée]sidence|b[âa]timent|lotissement|lieu[- ]dit|ch[âa]teau|foyer|ehpad|hameau|tour)"
_WITH_CODE: Final = re.compile(
    rf"(?:(?:(?<!\w){_BUILDING}(?!\w){_S}[^\n;!?:().]{{1,50}}?,{_S}?)?"
    rf"(?i:{_NUMBER}{_TO_STREET})(?:{_STREET_AND_NAME}|(?i:{_AMBIGUOUS})(?!\w){_S}{_ANY_NAME})"
    rf"(?:{_S}{_WORD}){{0,3}}?(?:{_S}?,{_S}?[^,\n;!?:()\d]{{1,40}}){{0,3}}?[ \t\u00a0\u202f,\-\u2013\u2014(]{{1,4}}"
    rf"{_CODE}(?:{_S}{{1,2}}(?:{_TOWN}|{_LOWER_TOWN}))?"
    rf"|(?<!\w)(?i:BP|CS|bo[îi]te{_S}postale){_S}?(?:n°{_S}?)?\d{{1,6}}(?!\w)[^\n;!?:()]{{0,40}}?[ ,\-\u2013]{{1,3}}"
    rf"{_CODE}{_S}{{1,2}}{_TOWN})"
)
_PLACE: Final = (
    rf"(?i:{_STREET}|{_AMBIGUOUS}|immeuble|b[âa]timent|appartement|ch[âa]teau|moulin|lieu{_S}dit|quartier|camping|"
    r"foyer|ehpad)"
)
_UNNUMBERED_WITH_CODE: Final = re.compile(
    rf"(?:(?<!\w)[A-ZÀ-Þ][\w'’\-]{{1,25}}(?:{_S}[A-ZÀ-Þ][\w'’\-]{{1,25}}){{0,3}},{_S}?)?"
    rf"(?<!\w){_PLACE}(?!\w){_S}[^\n;!?:()]{{1,80}}?[ \t,\-\u2013(]{{1,3}}{_CODE}{_S}{{1,2}}{_TOWN}"
)
_NUMBERED: Final = re.compile(rf"(?i:(?P<number>{_NUMBER}){_TO_STREET}){_STREET_AND_NAME}")
_AT_HOME: Final = re.compile(
    rf"(?i:(?<!\w)(?:(?:j['’]?|nous{_S}|on{_S})habit(?:e|ons)|je{_S}vis|nous{_S}vivons|demeurant|domicili[ée]e?s?|"
    rf"r[ée]sid(?:e|ant|ons)|je{_S}loge)(?:,|{_S}(?:au|[àa]|dans|la|le|en|sur)){{0,3}}{_S}(?:l['’])?)"
    rf"(?P<address>(?i:{_STREET}|{_AMBIGUOUS})(?!\w){_S}{_NAME})"
)


def addresses(text: str) -> Iterator[Found]:
    """Addresses with a number in a street, with a place and a postal code, or announced ("j'habite rue …")."""
    for match in _WITH_CODE.finditer(text):
        yield Found("address", match.start(), match.end(), "sure")
    for match in _UNNUMBERED_WITH_CODE.finditer(text):
        yield Found("address", match.start(), match.end(), "maybe")
    for match in _NUMBERED.finditer(text):
        # "Depuis 2019, rue de Paris": a year.
        if not ("1900" <= match["number"][:4] <= "2100" and len(match["number"]) == 4):
            yield Found("address", match.start(), match.end(), "maybe")
    for match in _AT_HOME.finditer(text):
        yield Found("address", match.start("address"), match.end("address"), "maybe")
