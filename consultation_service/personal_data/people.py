"""Dates of birth, and names of people who are not public figures. A name is a hint: it is never erased by a program."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from consultation_service.personal_data.findings import Found
from consultation_service.personal_data.vocabulary import (
    FIRST_NAMES,
    LITTLE_WORDS,
    NOT_A_PERSON,
    PUBLIC_NAMES,
    PUBLIC_SURNAMES,
)

_S: Final = r"[ \t\u00a0\u202f]"
_MONTH: Final = (
    r"(?:janv(?:ier|\.)?|f[ée]vr(?:ier|\.)?|mars|avr(?:il|\.)?|mai|juin|juil(?:let|\.)?|ao[uû]t|sept(?:embre|\.)?|"
    r"oct(?:obre|\.)?|nov(?:embre|\.)?|d[ée]c(?:embre|\.)?)"
)
OLDEST: Final = 1905
"""Somebody born earlier is no longer alive: a date in a history lesson."""
_DATE: Final = (
    rf"(?:[0-3]?\d(?:er)?{_S}?[/.\- ]{_S}?[01]?\d{_S}?[/.\- ]{_S}?(?P<year>(?:1[89]|20)\d\d|\d\d)(?!\w)"
    rf"|[0-3]?\d(?:er)?[ \t\u00a0\u202f\-]{_MONTH}[ \t\u00a0\u202f\-](?P<year_of_month>1\d\d\d|20\d\d|\d\d)(?!\w)"
    r"|(?P<year_first>(?:19|20)\d\d)-[01]\d-[0-3]\d(?!\w)"
    rf"|[a-zé\-]{{2,12}}{_S}{_MONTH}{_S}(?:mille{_S}neuf[ \-]cents?|dix-neuf[ \-]cents?|deux[ \-]mille)"
    rf"(?:[ \-](?:et|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|"
    r"trente|quarante|cinquante|soixante)(?!\w)){0,5})"
)
# Laws speak of people "born before the 1st of January 1961".
_TO_DATE: Final = (
    r"(?:(?!avant|apr[eè]s|entre|depuis|partir|jusqu|post[ée]rieur|ant[ée]rieur)[^\n.;!?\d]){0,28}?(?<!\w)"
)
_BORN: Final = re.compile(
    rf"(?<![\w'’])(?:n[ée](?:\(?e\)?)?s?{_S}{_TO_DATE}"
    rf"|(?:ddn|d\.d\.n\.?|date{_S}(?:et{_S}lieu{_S})?de{_S}naissance|naissance|anniversaire)(?!\w){_TO_DATE}"
    rf"|(?:je{_S}|j['’]?)suis{_S}du{_S}"
    rf"|(?:vu|venue?|mise?){_S}(?:le{_S}jour|au{_S}monde){_S}(?:le{_S})?)"
    rf"(?P<date>{_DATE})",
    re.IGNORECASE,
)
_THING: Final = re.compile(
    r"(?<!\w)(?:r[ée]publique|union|europe|euro|associations?|collectif|projet|loi|id[ée]e|mouvement|commune|parti|syndicat|"
    r"s[ée]curit[ée]|internet|quartier|ville|dispositif|comit[ée]|d[ée]mocratie|entreprise|soci[ée]t[ée]|institution|journal)"
    r"(?!\w)[^.;!?\n]{0,25}\Z",
    re.IGNORECASE,
)

_PART: Final = (
    r"(?:[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]{1,25}(?:['’\-][A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ]{1,25}){0,3}(?!\w)|[A-ZÀ-ÖØ-Þ'’\-]{2,25}(?!\w))"
)
_PARTICLE: Final = (
    r"(?:(?:de|du|des|de la|le|la|van|von|el|al|ben|d['’]|[DL]['’]|Mc|Mac)(?:[ ]|(?<=['’]))(?=[A-ZÀ-Þ]?[a-zà-ÿ]))"
)
_INITIAL: Final = r"(?:[A-ZÀ-Þ](?:\.|(?=[ ]))(?:-?[A-Z]\.)?)"
_SURNAME: Final = rf"{_PARTICLE}{{0,2}}(?:[DLO]['’])?{_PART}"
_FULL_NAME: Final = rf"(?:{_PART}|{_INITIAL})(?:[ ]{_SURNAME}){{1,3}}"
_ANY_NAME: Final = rf"(?:{_FULL_NAME}|(?:[DLO]['’])?{_PART})"

_TITLE: Final = re.compile(
    rf"(?<![\w.])(?P<title>(?i:M\.{_S}(?:et|&|ou){_S}Mme|M\.|MM\.|Mr\.?|Mme\.?|Mmes|Mlle\.?|Madame|Monsieur|Mademoiselle|Dr\.?|docteure?|Me|"
    rf"ma[îi]tre|Pr\.?|professeure?)){_S}{{1,2}}(?P<name>{_PARTICLE}?{_ANY_NAME})"
)
_LOWER_TITLE: Final = re.compile(rf"(?<![\w.])(?:mr|mme|mlle){_S}(?P<name>[a-zà-ÿ][a-zà-ÿ\-]{{3,20}})(?![\w'’])")
# "me" and "dr" in small letters are other words.
_TITLE_WITHOUT_CAPITALS: Final = re.compile(r"(?:me|pr|dr|m\.)$")
_ANNOUNCED: Final = re.compile(
    rf"(?i:(?<!\w)(?:je{_S}(?:m['’]?{_S}?appelle?s?|me{_S}nomme)|mon{_S}nom(?:{_S}est|{_S}c['’]est|{_S}?:)|"
    rf"(?:je{_S})?soussign[ée](?:\(?e\)?)?|moi,?{_S}c['’]?{_S}?est|(?:elle|il){_S}s['’]appelle|d[ée]nomm[ée]e?|nomm[ée]e?|"
    rf"pr[ée]nomm[ée]e?|une?{_S}certaine?|signatur?e?|sign[ée]e?s?|nom{_S}(?:et{_S}pr[ée]nom)?{_S}?|au{_S}nom{_S}de)"
    rf"{_S}?[,:\u2013\-]?{_S}?\n?)(?P<name>{_FULL_NAME})"
)
_CALLED: Final = re.compile(
    rf"(?i:(?<!\w)(?:je{_S}m['’]?{_S}?appelle?s?|je{_S}me{_S}nomme))"
    rf"{_S}(?P<name>[^\W\d_][^\W\d_’'\-]{{2,20}}(?:{_S}[^\W\d_][^\W\d_\-]{{2,20}})?)(?![\w'’])"
)
_ME: Final = re.compile(rf"(?i:(?<!\w)je{_S}suis){_S}(?P<name>{_FULL_NAME})")
_RELATION: Final = (
    r"(?:ex-?)?(?:beaux?-|belles?-|petite?-|grande?s?-|demi-|arri[èe]re-)?(?:p[èe]re|m[èe]re|parents?|fr[èe]re|s(?:œ|oe)ur|"
    r"fils|fille|enfants?|cousine?|oncle|tante|neveu|ni[èe]ce|parrain|marraine|mari|femme|[ée]poux|[ée]pouse|compagnon|compagne|"
    r"conjointe?|copain|copine|amie?|collaborat(?:eur|rice)|coll[èe]gue|coll[èe]gues|voisine?|coloc(?:ataire)?|"
    r"propri[ée]taire|proprio|locataire|bailleur|patronn?e?|chef|cheffe|employ[ée]e?|m[ée]decin|kin[ée]|infirmi[èe]re?|"
    r"nounou|assistante?|prof(?:esseure?)?|ma[îi]tresse|institut(?:eur|rice)|conduct(?:eur|rice)|chauffeur|"
    r"g[ée]rante?|gardien(?:ne)?|concierge|factrice|facteur|boulang(?:er|[èe]re)|avocate?|notaire|filleule?|mamie|papi|"
    r"papy|maman|papa|m[ée]m[ée]|p[ée]p[ée]|tonton|tata|camarade|cliente?|patiente?|artisan|plombier|victime|t[ée]moin|"
    r"retrait[ée]e?|[ée]tudiante?|lyc[ée]en(?:ne)?|habitante?|riveraine?|agricult(?:eur|rice)|[ée]lev(?:eur|euse)|apprentie?)"
)
_RELATIVE: Final = re.compile(
    rf"(?i:(?<![\w\-]){_RELATION}(?:{_S}(?:du|de|des|d['’])?{_S}?(?:la|l['’]|le)?{_S}?[^\W\d_]{{3,14}})?,?)"
    rf"{_S}(?:«{_S})?(?P<name>{_FULL_NAME})"
)
_MINE: Final = r"(?i:mon|ma|notre|son|sa|leur|ton|ta|votre|mes|nos)"
_OWN_RELATIVE: Final = re.compile(
    rf"(?<!\w){_MINE}{_S}(?i:{_RELATION}),?{_S}(?P<name>[A-ZÀ-Þ][a-zà-ÿ]{{2,20}}(?:-[A-ZÀ-Þ][a-zà-ÿ]{{2,20}})?)(?!\w)"
)
_LOWER_RELATIVE: Final = re.compile(
    rf"(?<!\w){_MINE}{_S}(?i:{_RELATION}){_S}(?P<name>(?P<first>[a-zà-ÿ]{{3,12}}(?:-[a-zà-ÿ]{{3,12}})?){_S}[a-zà-ÿ\-]{{3,20}})(?!\w)"
)
_WITH_AGE: Final = re.compile(rf"(?<![\w\-])(?P<name>{_FULL_NAME}){_S}?[,(]{_S}?(?:[1-9]\d?|1[01]\d){_S}ans(?!\w)")
_TO_CONTACT: Final = re.compile(
    rf"(?i:(?<!\w)(?:contact(?:er|ez)|joindre|r?appel(?:er|ez)|demande[rz](?:{_S}[àa])?|adressez-vous{_S}[àa]|"
    rf"voir{_S}avec|parle[rz]?{_S}[àa]|[ée]cri(?:re|vez){_S}[àa])){_S}(?P<name>{_FULL_NAME})"
)
_LAST_LINE: Final = re.compile(
    rf"(?:\n|[.!?…]{_S}?[\u2013\u2014\-]{_S}){_S}{{0,2}}(?P<name>{_FULL_NAME})[.]?\s{{0,3}}\Z"
)
_RELATIVE_AFTER: Final = re.compile(
    rf"(?<![\w\-])(?P<name>{_FULL_NAME}){_S}?(?:,{_S}|\()(?:qui{_S}est{_S})?(?:(?i:mon|ma|mes|notre|nos|son|sa|leur|un|une|le|la)"
    rf"{_S})?(?:(?i:ancien|ancienne|petit|petite|jeune|vieux|vieille|ex){_S})?(?i:{_RELATION})(?!\w)"
)
_CLOSING: Final = re.compile(
    rf"(?i:(?<!\w)(?:cordialement|(?:bien|bien cordialement|sinc[èe]rement|respectueusement)?{_S}?[àa]{_S}vous|"
    rf"salutations(?:{_S}[^\W\d_]{{4,20}}){{0,2}}|respectueusement|amicalement|sinc[èe]rement|merci(?:{_S}d['’]avance)?|"
    rf"bonne{_S}(?:journ[ée]e|soir[ée]e|r[ée]ception)|cdlt|cdt|bien{_S}cordialement|[àa]{_S}bient[ôo]t))"
    rf"{_S}?[,.!]?[\s]{{1,3}}(?:[\u2013\-]{_S}?)?(?P<name>{_FULL_NAME}){_S}?(?=[\n,.(]|\Z)"
)
_NAME: Final = re.compile(rf"(?<![\w\-@])(?P<name>{_FULL_NAME})")
_NEXT: Final = re.compile(
    rf"{_S}?[,(:;\u2013\-|/]{{0,2}}\s{{0,2}}(?:(?i:n[ée]e?|tel|t[ée]l|mail|habitant|demeurant|qui){_S})?\(?", re.I
)
_ANNOUNCEMENTS: Final = (
    _ANNOUNCED, _ME, _RELATIVE, _RELATIVE_AFTER, _WITH_AGE, _TO_CONTACT, _CLOSING, _LAST_LINE, _OWN_RELATIVE
)  # fmt: skip
_BESIDE: Final = frozenset(
    {"email", "disguised_email", "phone", "birth_date", "address", "siret", "nir", "iban", "plate"}
)


def birth_dates(text: str) -> Iterator[Found]:
    """The date alone, where a word says that it is somebody's birth; not the births of history."""
    for match in _BORN.finditer(text):
        written = match["year"] or match["year_of_month"] or match["year_first"] or ""
        if len(written) == 4 and int(written) < OLDEST:
            continue
        before = text[max(0, match.start() - 50) : match.start()]
        if not _THING.search(before) and not _is_public(before):
            yield Found("birth_date", match.start("date"), match.end("date"), "sure")


def names(text: str, others: Sequence[Found]) -> Iterator[Found]:
    """Names that a word announces, or that stand just before one of ``others``; always ``maybe``."""
    for match in _TITLE.finditer(text):
        if not _TITLE_WITHOUT_CAPITALS.match(match["title"]) and _may_be_private(match["name"]):
            yield Found("name", match.start(), match.end(), "maybe")
    for pattern in _ANNOUNCEMENTS:
        for match in pattern.finditer(text):
            # Where everything is in capitals, a capital announces nothing.
            if not match.group().isupper() and _may_be_private(match["name"]):
                yield Found("name", match.start("name"), match.end("name"), "maybe")
    for match in _CALLED.finditer(text):
        if not {word.lower() for word in match["name"].split()} & LITTLE_WORDS and _may_be_private(match["name"]):
            yield Found("name", match.start("name"), match.end("name"), "maybe")
    for match in _LOWER_TITLE.finditer(text):
        if match["name"] not in LITTLE_WORDS and _may_be_private(match["name"]):
            yield Found("name", match.start(), match.end(), "maybe")
    for match in _LOWER_RELATIVE.finditer(text):
        if match["first"] in FIRST_NAMES:
            yield Found("name", match.start("name"), match.end("name"), "maybe")
    yield from _names_beside(text, others)


def _names_beside(text: str, others: Sequence[Found]) -> Iterator[Found]:
    """As in "Rosalie Pontaut, née le 03/04/1983" and "Wilfried Nzoungou (06 39 98 28 76)"."""
    starts = {other.start for other in others if other.kind in _BESIDE}
    born = {match.start() for match in _BORN.finditer(text) if match.start("date") in starts}
    for match in _NAME.finditer(text):
        after = _NEXT.match(text, match.end())
        ends = {match.end() + 1, match.end() + 2, match.end() + 3, after.end() if after else 0}
        if ends & (starts | born) and _may_be_private(match["name"]):
            yield Found("name", match.start("name"), match.end("name"), "maybe")


def _may_be_private(name: str) -> bool:
    words = {word.lower() for word in name.split() if word[0].isupper()}
    return not words & NOT_A_PERSON and not _is_public(name)


def _is_public(words: str) -> bool:
    return bool(PUBLIC_NAMES.search(words)) or any(
        word in PUBLIC_SURNAMES for word in re.findall(r"[\w'\-]+", words.lower())
    )
