"""What an administration configures: how a consultation presents itself, who holds it, its policy, limits and days.

One shape per noun, each with the function that cleans it. A draft may leave fields empty; ``missing`` names those
without which a consultation is not announced: the legal notice is whole, or there is no consultation.
"""

import datetime
from typing import Final, Literal, TypeVar

import msgspec
from stdnum.fr import siret

from consultation_service.contributions import clean_line, clean_link, clean_text
from consultation_service.markdown import MAX_BODY_BYTES
from consultation_service.rules.attributes import Declared
from consultation_service.rules.phases import Phase, PhaseKind, check_phases
from consultation_service.rules.policy import Days, ReleaseCalendar
from contracts.events import Language, PublicLegal, PublicPhase, Slug
from contracts.http import Refusal
from contracts.scales import ScaleName

T = TypeVar("T", bound=msgspec.Struct)

MAX_TITLE: Final = 200
MAX_LINE: Final = 500
MAX_PURPOSES: Final = 20


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Strict about its fields, like everything that is read from a file or a form."""


class Presentation(_Part, frozen=True, kw_only=True):
    """``introduction`` and ``commitment`` are Markdown. ``language`` is that of these texts, ``languages`` are those in
    which people may contribute. The slug no longer changes once the consultation is announced.
    """

    slug: Slug
    title: str
    introduction: str = ""
    commitment: str = ""
    language: Language = "fr"
    languages: tuple[Language, ...] = ("fr",)


class Organiser(_Part, frozen=True, kw_only=True):
    """Who answers for the consultation: ``number`` is a SIRET, ``contact`` a web address."""

    name: str = ""
    number: str = ""
    contact: str = ""
    legal: PublicLegal = PublicLegal()


class PolicySettings(_Part, frozen=True, kw_only=True):
    """The policy, but for the scales of sections, which are written with them. Frozen when the consultation opens.

    ``scale`` is that of votes on arguments and sources, and what new sections start with.
    """

    level: Literal[1, 2, 3] = 1
    scale: ScaleName = "agree_mixed_disagree"
    attributes: tuple[Declared, ...] = ()
    purposes: tuple[str, ...] = ()
    retention_days: Days = 0
    release: ReleaseCalendar = ReleaseCalendar()
    terms_version: str = "1"


class Schedule(_Part, frozen=True, kw_only=True):
    """First and last day, included, and the phases between them."""

    opens_on: datetime.date
    closes_on: datetime.date
    phases: tuple[PublicPhase, ...] = ()


def clean_presentation(given: Presentation) -> Presentation:
    """As it will be kept. Raises ``Refusal``, naming the field."""
    title = clean_line(given.title, "title", MAX_TITLE)
    if not title:
        raise Refusal("text_missing", field="title")
    checked(given, "slug")
    return msgspec.structs.replace(
        given,
        title=title,
        introduction=_markdown(given.introduction, "introduction"),
        commitment=_markdown(given.commitment, "commitment"),
        languages=tuple(dict.fromkeys(given.languages)) or (given.language,),
    )


def clean_organiser(given: Organiser) -> Organiser:
    """As it will be kept. Raises ``Refusal``, naming the field: ``number_refused`` for what is not a SIRET,
    ``link_refused`` for a contact that is not a web address.
    """
    number = siret.compact(clean_line(given.number, "organiser_number", MAX_LINE))
    if number and not siret.is_valid(number):
        raise Refusal("number_refused", field="organiser_number")
    return Organiser(
        name=clean_line(given.name, "organiser", MAX_TITLE),
        number=number,
        contact=_link(given.contact, "organiser_contact"),
        legal=PublicLegal(
            publication_director=clean_line(given.legal.publication_director, "publication_director", MAX_LINE),
            host=clean_line(given.legal.host, "host", MAX_LINE),
            data_protection=clean_line(given.legal.data_protection, "data_protection", MAX_LINE),
        ),
    )


def clean_policy(given: PolicySettings) -> PolicySettings:
    """As it will be kept. Raises ``Refusal``, naming the field."""
    purposes = (clean_line(purpose, "purposes", MAX_LINE) for purpose in given.purposes)
    kept = msgspec.structs.replace(
        given,
        attributes=tuple(
            msgspec.structs.replace(declared, purpose=clean_line(declared.purpose, "attributes", MAX_LINE))
            for declared in given.attributes
        ),
        purposes=tuple(purpose for purpose in purposes if purpose)[:MAX_PURPOSES],
        terms_version=clean_line(given.terms_version, "terms_version", MAX_LINE),
    )
    return checked(kept, "retention_days")


def clean_schedule(given: Schedule) -> Schedule:
    """As it will be kept. Raises ``Refusal``: ``dates_refused``, or those of ``rules.phases.check_phases``."""
    if given.closes_on < given.opens_on:
        raise Refusal("dates_refused", field="closes_on")
    phases = tuple(
        msgspec.structs.replace(phase, title=clean_line(phase.title, "phases", MAX_TITLE)) for phase in given.phases
    )
    check_phases(map(rule_of, phases), given.opens_on, given.closes_on)
    return checked(msgspec.structs.replace(given, phases=phases), "phases")


def rule_of(phase: PublicPhase) -> Phase:
    """A phase as the rules know it."""
    return Phase(PhaseKind(phase.kind), phase.first, phase.last, frozenset(phase.sections))


def checked(part: T, field: str) -> T:
    """``part`` when its values are within the bounds of their types. Raises ``Refusal`` ``invalid_field``."""
    try:
        return msgspec.convert(msgspec.to_builtins(part), type(part))
    except msgspec.ValidationError:
        raise Refusal("invalid_field", field=field) from None


def missing(
    presentation: Presentation, organiser: Organiser, policy: PolicySettings, schedule: Schedule
) -> tuple[str, ...]:
    """The fields, as forms and refusals name them, that are still to be filled in before announcing."""
    facts = {
        "introduction": presentation.introduction,
        "commitment": presentation.commitment,
        "organiser": organiser.name,
        "organiser_number": organiser.number,
        "organiser_contact": organiser.contact,
        "publication_director": organiser.legal.publication_director,
        "host": organiser.legal.host,
        "data_protection": organiser.legal.data_protection,
        "purposes": policy.purposes,
        "retention_days": policy.retention_days,
        "terms_version": policy.terms_version,
    }
    return tuple(field for field, value in facts.items() if not value)


def _markdown(text: str, field: str) -> str:
    kept = clean_text(text, field)
    if len(kept.encode()) > MAX_BODY_BYTES:
        raise Refusal("text_too_long", field=field, limit=MAX_BODY_BYTES)
    return kept


def _link(text: str, field: str) -> str:
    if not text.strip():
        return ""
    try:
        return clean_link(text)
    except Refusal as refusal:
        raise Refusal(refusal.code, field=field, **refusal.facts) from None
