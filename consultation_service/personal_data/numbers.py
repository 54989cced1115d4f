"""Numbers that stand for one person: bank account, social security, company of one person, telephone, number plate."""

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType
from stdnum import iban, luhn
from stdnum.fr import nir

from consultation_service.personal_data.findings import GAP, SPACE, Found
from consultation_service.personal_data.vocabulary import NOT_ON_PLATES

_NOT_LETTERS_OR_DIGITS: Final = re.compile(r"[\W_]+")

# An IBAN has 15 to 34 characters (ISO 13616); groups of any size, so that the end is found by the check digits.
_IBAN: Final = re.compile(rf"(?<!\w)[A-Z]{{2}}{GAP}\d{GAP}\d(?:{GAP}[A-Z0-9]){{11,30}}", re.IGNORECASE | re.ASCII)
_FRENCH_IBAN: Final = re.compile(
    rf"FR{GAP}\d{GAP}\d(?:{GAP}\d){{10}}(?:{GAP}[A-Z0-9]){{11}}{GAP}\d{GAP}\d", re.I | re.A
)
_FRENCH_ACCOUNT: Final = re.compile(rf"(?<!\w)\d{{5}}{GAP}\d{{5}}{GAP}[A-Z0-9]{{11}}{GAP}\d\d(?!\w)", re.I | re.A)

_NIR: Final = re.compile(
    rf"""(?<!\w)(?<!\d[ .,])
    (?P<number>[1-478](?:{GAP}\d){{5}}{GAP}[0-9AB](?:{GAP}\d){{6}})
    (?P<key>{SPACE}{{0,2}}[.\-/,:(\u2013]?{SPACE}{{0,2}}(?:cl[eé]f?{SPACE}{{0,2}}:?{SPACE}{{0,2}})?\d{GAP}\d)?
    (?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
_NIR_GROUPS: Final = re.compile(
    r"[12][\W_]{1,2}\d\d[\W_]{0,2}(?:0[1-9]|1[0-2])[\W_]{0,2}\d[\dAB][\W_]{0,2}\d{3}[\W_]{0,2}\d{3}", re.IGNORECASE
)
_ABOUT_NIR: Final = re.compile(
    r"\b(?:s[eé]cu|nir\b|ins[eé]e\b|matricule|immatriculation|vitale|assur[eé]|ameli|cpam|cl[eé]f?\b|n° ?ss\b)",
    re.IGNORECASE,
)

_COMPANY: Final = re.compile(
    rf"(?<![\w.\-/=])(?<!\d[ .,])(?P<vat>FR{GAP}\d\d{GAP})?(?P<number>\d{{3}}{GAP}\d{{3}}{GAP}\d{{3}})"
    rf"(?P<place>{GAP}\d{{5}}|{GAP}\d{{3}}{GAP}\d\d)?(?!\w)"
    rf"(?!{SPACE}?[€%$£])"
)
_ABOUT_COMPANY: Final = re.compile(
    r"\bsire[nt]\b|\brcs\b|entrepr|soci[eé]t[eé]|immatricul|artisan|"
    r"ind[eé]pendant|[àa] mon compte|\brm\b|micro\b|\btva\b|\bape\b|kbis",
    re.IGNORECASE,
)
_MORE_WORDS: Final = re.compile(rf"{SPACE}\w")
LA_POSTE: Final = "356000000"

_OVERSEAS_AND_MAINLAND: Final = ("FR", "YT", "RE", "GP", "MQ", "GF")
_FICTION: Final = ("63998",)
"""A mobile range that ARCEP keeps for works of fiction: examples are treated like the numbers they stand for."""
_PUBLIC_SERVICES: Final = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
    }
)
_BETWEEN: Final = r"(?:[ \t\u00a0\u202f\u2009.\-\u2010\u2011\u2013/_·]{0,3}|,)"
_NATIONAL: Final = re.compile(
    rf"(?<![\w+])(?<!\d[ .,/\-])(?!\d\d[/.\- ]\d\d[/.\- ](?:19|20)\d\d(?!\d))"
    rf"(?:(?:[0Oo]|\(0\)){GAP}[1-79](?:{_BETWEEN}\d\d){{4}}|0{SPACE}?[1-79](?:{GAP}\d){{8}})(?!\w)"
)
_INTERNATIONAL: Final = re.compile(rf"(?<![\w+])\(?(?:\+|00){GAP}[1-9](?:[)(]{{0,2}}{GAP}[)(]{{0,2}}\d){{6,14}}(?!\w)")
_WITHOUT_PLUS: Final = re.compile(rf"(?<![\w+])(?<!\d[ .,/\-])33{SPACE}?\(?0?\)?{SPACE}?[1-79](?:{GAP}\d){{8}}(?!\w)")
_FRENCH_PREFIX: Final = re.compile(r"(?:33|262|590|594|596)")
_DIGIT_WORD: Final = (
    r"(?:z[eé]ro|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|"
    r"trente|quarante|cinquante|soixante|cents?|et|\d\d?)"
)
_SPOKEN: Final = re.compile(
    rf"(?<!\w)(?:(?:z[eé]ro|0)[ \-.,]{{1,2}}(?:un|deux|trois|quatre|cinq|six|sept|neuf|[1-79])"
    rf"|0[1-79](?=[^\n]{{0,12}}[ \-](?:dix|onze|douze|trei|quato|quin|sei|vin|tren|quar|cinqu|soix|quatre)))"
    rf"(?:[ \-.,]{{1,2}}{_DIGIT_WORD}(?!\w)){{4,16}}",
    re.IGNORECASE,
)

_PLATE_LETTERS: Final = "[A-HJ-NP-TV-Z]"
_PLATE_GAP: Final = rf"{SPACE}?[.\-\u2011\u2013]?{SPACE}?"
_PLATE: Final = re.compile(
    rf"(?<![\w\-])({_PLATE_LETTERS}{{2}})({_PLATE_GAP})(\d{{3}})({_PLATE_GAP})({_PLATE_LETTERS}{{2}})(?!\w)(?!-\w)",
    re.I,
)
_OLD_PLATE: Final = re.compile(
    rf"(?<![\w\-])(?<!\d[ .,])(\d{{1,4}}){_PLATE_GAP}({_PLATE_LETTERS}{{2,3}}){_PLATE_GAP}"
    rf"(0[1-9]|[1-8]\d|9[0-5]|97[1-6]|2[AB])(?!\w)"
    rf"(?!{SPACE}?[€%°])",
    re.IGNORECASE,
)
_ABOUT_PLATE: Final = re.compile(
    r"plaque|immatricul|voiture|v[eé]hicule|camion|scooter|moto\b|carte grise|fourri[eè]re|utilitaire|fourgon|"
    r"berline|4x4|bagnole|stationn|gar[eé]",
    re.IGNORECASE,
)


def _bare(text: str) -> str:
    """Letters and digits only, in capitals."""
    return _NOT_LETTERS_OR_DIGITS.sub("", text).upper()


def ibans(text: str) -> Iterator[Found]:
    """Bank accounts: IBAN of any country, and French accounts in the older form (bank, branch, account, key)."""
    for match in _IBAN.finditer(text):
        end = _iban_end(match.group())
        if end:
            yield Found("iban", match.start(), match.start() + end, "sure")
        elif french := _FRENCH_IBAN.match(text, match.start(), match.end()):
            yield Found("iban", match.start(), french.end(), "maybe")
    for match in _FRENCH_ACCOUNT.finditer(text):
        if _account_key_is_right(_bare(match.group())):
            yield Found("iban", match.start(), match.end(), "sure")


def _iban_end(written: str) -> int | None:
    """Where the IBAN at the beginning of ``written`` ends: the next words may look like more of it."""
    characters = [(place, int(char, 36)) for place, char in enumerate(written) if char.isalnum()]
    # ISO 7064 MOD 97-10, the first four characters counted last.
    head = 0
    for _, value in characters[:4]:
        head = head * (100 if value > 9 else 10) + value
    shift = 10 ** sum(2 if value > 9 else 1 for _, value in characters[:4])
    body = 0
    for count, (place, value) in enumerate(characters[4:], 5):
        body = (body * (100 if value > 9 else 10) + value) % 97
        right = count >= 15 and (body * shift + head) % 97 == 1
        if right and iban.is_valid(_bare(written[: place + 1]), check_country=False):
            return place + 1
    return None


def _account_key_is_right(account: str) -> bool:
    """The key of a French account: letters count A=1 … I=9, J=1 … R=9, S=2 … Z=9."""
    digits = account.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789"))
    return any(char != "0" for char in digits) and int(digits) % 97 == 0


def social_security_numbers(text: str) -> Iterator[Found]:
    """French social security numbers (NIR): 15 digits with the right key; without a key, or a wrong one, ``maybe``."""
    for match in _NIR.finditer(text):
        number, key = match["number"], match["key"]
        if key and nir.is_valid(_bare(number) + _bare(key)[-2:]):
            yield Found("nir", match.start(), match.end(), "sure")
        elif _NIR_GROUPS.fullmatch(number) or (
            "01" <= _bare(number)[3:5] <= "12" and _ABOUT_NIR.search(text, max(0, match.start() - 60), match.end() + 40)
        ):
            yield Found("nir", match.start(), match.end(), "maybe")


def companies(text: str) -> Iterator[Found]:
    """SIRET (14 digits) and SIREN (9), which name a person when the company is one person."""
    for match in _COMPANY.finditer(text):
        number = _bare(match["number"] + (match["place"] or ""))
        if not _company_is_right(number):
            continue
        announced = match["vat"] or _ABOUT_COMPANY.search(text, max(0, match.start() - 60), match.end() + 25)
        # "125 300 500 habitants": an amount, one time in ten with a right check digit.
        if len(number) == 9 and not announced and _MORE_WORDS.match(text, match.end()):
            continue
        yield Found("siret", match.start(), match.end(), "sure" if announced or len(number) == 14 else "maybe")


def _company_is_right(number: str) -> bool:
    if not number.isascii() or not number.strip("0"):
        return False
    if number.startswith(LA_POSTE):
        return False  # a public service, whose establishments follow another rule
    return luhn.is_valid(number) and (len(number) == 9 or luhn.is_valid(number[:9]))


def phones(text: str) -> Iterator[Found]:
    """Telephone numbers, French and foreign; not the emergency, free or surcharged ones, which are public services."""
    for match in _INTERNATIONAL.finditer(text):
        yield from _international(match)
    for match in _NATIONAL.finditer(text):
        number = _bare(match.group()).replace("O", "0")
        if number.isascii() and number.isdigit():
            yield Found("phone", match.start(), match.end(), "sure" if _is_assigned(number) else "maybe")
    for match in (*_WITHOUT_PLUS.finditer(text), *_SPOKEN.finditer(text)):
        yield Found("phone", match.start(), match.end(), "maybe")


def _international(match: re.Match[str]) -> Iterator[Found]:
    """The longest number of a known plan at the beginning of the match: the digits after it may be another thing."""
    written = match.group()
    ends = [place + 1 for place, char in enumerate(written) if char.isdigit()]
    for end in reversed(ends[-6:]):
        bare = "+" + _bare(written[:end].replace("(0)", "")).removeprefix("00")
        if not bare[1:].isascii():
            return
        french = _FRENCH_PREFIX.match(bare, 1)
        if french and len(bare) == french.end() + 10 and bare[french.end()] == "0":
            bare = bare[: french.end()] + bare[french.end() + 1 :]
        if french and len(bare) == french.end() + 9 and bare[french.end() :].startswith(_FICTION):
            yield Found("phone", match.start(), match.start() + end, "sure")
            return
        if _is_known(bare):
            yield Found("phone", match.start(), match.start() + end, "sure")
            return


def _is_known(number: str) -> bool:
    """``number`` in the international form belongs to a country's plan, and not to a public service."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) not in _PUBLIC_SERVICES


def _is_assigned(number: str) -> bool:
    """Ten digits that begin with 0 belong to the plan of mainland France or of a territory overseas."""
    if number[1:].startswith(_FICTION):
        return True
    return any(
        phonenumbers.is_valid_number_for_region(phonenumbers.parse(number, region), region)
        for region in _OVERSEAS_AND_MAINLAND
    )


def plates(text: str) -> Iterator[Found]:
    """Number plates of the two French systems (since 2009, and before)."""
    for match in _PLATE.finditer(text):
        first, gap, digits, second_gap, last = match.groups()
        spaced = not (gap.strip() or second_gap.strip())
        capitals = first.isupper() and last.isupper()
        announced = _ABOUT_PLATE.search(text, max(0, match.start() - 80), match.end() + 40)
        words = {first.upper(), last.upper()} & NOT_ON_PLATES
        if digits == "000" or "SS" in (first.upper(), last.upper()):
            continue
        if gap == second_gap == "-" or (capitals and not words) or (announced and not (spaced and words)):
            usual = gap == second_gap == "-" and capitals
            yield Found("plate", match.start(), match.end(), "sure" if usual else "maybe")
    for match in _OLD_PLATE.finditer(text):
        digits, letters, _ = match.groups()
        announced = _ABOUT_PLATE.search(text, max(0, match.start() - 80), match.end() + 40)
        if letters.upper() in NOT_ON_PLATES or digits.startswith("0"):
            continue
        if announced or (letters.isupper() and len(digits) >= 2):
            yield Found("plate", match.start(), match.end(), "maybe")
