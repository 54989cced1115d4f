"""Making a consultation: what it is and why, who holds it, its rules and limits. One step, one page."""

import datetime
import re
import unicodedata
from collections import defaultdict
from typing import Any, Final, TypeVar

import msgspec
from starlette.responses import Response

from consultation_service.backoffice import names
from consultation_service.backoffice.desk import Desk, Form, Place
from consultation_service.backoffice.steps import C, address, onward, page, writing
from consultation_service.configuration import Organiser, PolicySettings, Presentation, clean_presentation
from consultation_service.markdown import render
from consultation_service.rules.acts import Act
from consultation_service.rules.attributes import CATALOGUE
from consultation_service.rules.edits import Limits
from consultation_service.rules.policy import ReleaseCalendar
from consultation_service.store import configuration, consultations
from consultation_service.store.consultations import NewConsultation
from consultation_service.words import LANGUAGES, language_of
from contracts.events import PublicLegal, new_id
from contracts.http import Refusal

T = TypeVar("T")

NEW: Final = "/backoffice/consultations/new"
FIRST_DAY: Final = 14
LAST_DAY: Final = 44
"""A new consultation opens in two weeks for a month, until its schedule is chosen."""

LIMITED: Final = ("opinion", "proposal", "question", "amendment", "argument", "source", "comment")
LEVELS: Final = (1,)
"""What this version does; levels 2 and 3 cannot be chosen before they work."""


async def new(desk: Desk) -> Response:
    """``GET /backoffice/consultations/new``: the first step of a consultation that does not exist yet."""
    values = {"title": "", "slug": "", "introduction": "", "commitment": "", "language": "fr", "languages": ["fr"]}
    return await page(desk, "presentation", "presentation.html", values=values, here=NEW)


async def create(desk: Desk) -> Response:
    """``POST /backoffice/consultations/new``: a draft, and on to its next step."""
    form = await desk.form()
    try:
        given = clean_presentation(_presentation(form))
        desk_of_new = await _create(desk, given)
    except Refusal as refusal:
        return await page(desk, "presentation", "presentation.html", refusal, values=_typed(form), here=NEW)
    return onward(desk_of_new, form, "presentation")


async def _create(desk: Desk, given: Presentation) -> Desk:
    today = desk.today()
    new = NewConsultation(
        id=new_id(), slug=given.slug, title=given.title, introduction=given.introduction,
        introduction_html=render(given.introduction), commitment=given.commitment,
        commitment_html=render(given.commitment), organiser="", language=given.language, languages=given.languages,
        scale="agree_mixed_disagree", terms_version="1", opens_on=today + datetime.timedelta(FIRST_DAY),
        closes_on=today + datetime.timedelta(LAST_DAY), announced=False,
    )  # fmt: skip
    desk.consultation = new.id
    try:
        async with writing(desk) as connection:
            await consultations.create(connection, new)
    except ValueError:
        desk.consultation = ""
        raise Refusal("slug_taken", field="slug") from None
    return desk


async def presentation(desk: Desk) -> Response:
    """``GET …/presentation``."""
    config = await configuration.read(desk.service.pool, desk.consultation)
    return await page(desk, "presentation", "presentation.html", values=msgspec.to_builtins(config.presentation))


async def save_presentation(desk: Desk) -> Response:
    """``POST …/presentation``."""
    form = await desk.form()
    try:
        given = _presentation(form)
        if desk.about is not None and desk.about.plan.announced:  # an address that is public does not change
            given = msgspec.structs.replace(given, slug=desk.about.slug)
        async with writing(desk) as connection:
            await configuration.save_presentation(connection, desk.consultation, given, desk.today())
    except Refusal as refusal:
        return await page(desk, "presentation", "presentation.html", refusal, values=_typed(form))
    return onward(desk, form, "presentation")


def _presentation(form: Form) -> Presentation:
    title = form.get("title")
    language = language_of(form.get("language"))
    spoken = tuple(one for one in LANGUAGES if one in form.all("languages"))
    return Presentation(
        slug=form.get("slug").lower() or slug_of(title),
        title=title,
        introduction=form.get("introduction"),
        commitment=form.get("commitment"),
        language=language,
        languages=spoken or (language,),
    )


def slug_of(title: str) -> str:
    """An address made of the words of ``title``; empty when there is no letter in it."""
    plain = unicodedata.normalize("NFKD", title.lower().replace("œ", "oe").replace("æ", "ae"))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    slug = ""
    for word in words:
        if len(slug) + len(word) >= 60:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or (words[0][:60] if words else "")


async def organiser(desk: Desk) -> Response:
    """``GET …/organiser``."""
    given = (await configuration.read(desk.service.pool, desk.consultation)).organiser
    legal = msgspec.to_builtins(given.legal)
    values = {"organiser": given.name, "organiser_number": given.number, "organiser_contact": given.contact, **legal}
    return await page(desk, "organiser", "organiser.html", values=values)


async def save_organiser(desk: Desk) -> Response:
    """``POST …/organiser``."""
    form = await desk.form()
    given = Organiser(
        name=form.get("organiser"),
        number=form.get("organiser_number"),
        contact=form.get("organiser_contact"),
        legal=PublicLegal(
            publication_director=form.get("publication_director"),
            host=form.get("host"),
            data_protection=form.get("data_protection"),
        ),
    )
    try:
        async with writing(desk) as connection:
            await configuration.save_organiser(connection, desk.consultation, given, desk.today())
    except Refusal as refusal:
        return await page(desk, "organiser", "organiser.html", refusal, values=_typed(form))
    return onward(desk, form, "organiser")


async def policy(desk: Desk) -> Response:
    """``GET …/policy``."""
    given = (await configuration.read(desk.service.pool, desk.consultation)).policy
    values = {
        "level": given.level, "scale": given.scale, "purposes": "\n".join(given.purposes),
        "retention_days": given.retention_days or "", "terms_version": given.terms_version,
        **msgspec.to_builtins(given.release), "asked": [declared.attribute for declared in given.attributes],
        **{f"purpose-{declared.attribute}": declared.purpose for declared in given.attributes},
    }  # fmt: skip
    return await _policy_page(desk, values)


async def save_policy(desk: Desk) -> Response:
    """``POST …/policy``."""
    form = await desk.form()
    try:
        given = _policy(form)
        async with writing(desk) as connection:
            await configuration.save_policy(connection, desk.consultation, given, desk.today())
    except Refusal as refusal:
        return await _policy_page(desk, _typed(form) | {"asked": form.all("attribute")}, refusal)
    return onward(desk, form, "policy")


def _policy(form: Form) -> PolicySettings:
    asked = [name for name in CATALOGUE if name in form.all("attribute")]
    for name in asked:
        if not form.get(f"purpose-{name}"):
            raise Refusal("purpose_missing", field=f"purpose-{name}")
    level = number(form, "level", 1)
    if level not in LEVELS:
        raise Refusal("level_unavailable", field="level")
    release = {name: number(form, name, 0) for name in ("every_days", "final_after_days", "smallest_group")}
    given = {
        "level": level, "scale": form.get("scale"),
        "attributes": [{"attribute": name, "purpose": form.get(f"purpose-{name}")} for name in asked],
        "purposes": [line.strip() for line in form.get("purposes").splitlines() if line.strip()],
        "retention_days": number(form, "retention_days", 0), "terms_version": form.get("terms_version"),
    }  # fmt: skip
    for name, value in release.items():
        try:
            msgspec.convert({name: value}, ReleaseCalendar)
        except msgspec.ValidationError:
            raise Refusal("number_out_of_bounds", field=name) from None
    return converted(given | {"release": release}, PolicySettings)


async def _policy_page(desk: Desk, values: dict[str, Any], refusal: Refusal | None = None) -> Response:
    n = 1 if desk.language == "en" else 0
    catalogue = [
        (name, entry.label[n], [label[n] for label in entry.values.values()]) for name, entry in CATALOGUE.items()
    ]
    return await page(
        desk, "policy", "policy.html", refusal, values=values, catalogue=catalogue,
        scales=names.options(names.SCALES, desk.language),
    )  # fmt: skip


async def limits(desk: Desk) -> Response:
    """``GET …/limits``."""
    given = (await configuration.read(desk.service.pool, desk.consultation)).limits
    values = {f"limit-{kind}": most for kind, most in given.texts_a_day.items()}
    values |= {f"length-{kind}": most for kind, most in given.characters.items()}
    values |= {"edits_a_day": given.edits_a_day, "reports_a_day": given.reports_a_day}
    return _limits_page(desk, values)


async def save_limits(desk: Desk) -> Response:
    """``POST …/limits``."""
    form = await desk.form()
    try:
        given = Limits(
            texts_a_day={
                kind: number(form, f"limit-{kind}", 0, least=1) for kind in LIMITED if form.get(f"limit-{kind}")
            },
            characters={
                kind: number(form, f"length-{kind}", 0, least=1) for kind in LIMITED if form.get(f"length-{kind}")
            },
            edits_a_day=number(form, "edits_a_day", 0, least=1),
            reports_a_day=number(form, "reports_a_day", 0, least=1),
        )
        async with writing(desk) as connection:
            await configuration.save_limits(connection, desk.consultation, given, desk.today())
    except Refusal as refusal:
        return _limits_page(desk, _typed(form), refusal)
    return desk.back(address(desk, "limits"), "saved")


def _limits_page(desk: Desk, values: dict[str, Any], refusal: Refusal | None = None) -> Response:
    facts: dict[str, Any] = {
        "values": values,
        "added": names.plain(names.ADDED, desk.language),
        "here": address(desk, "limits"),
    }
    return desk.page("limits.html", **facts) if refusal is None else desk.refused("limits.html", refusal, **facts)


def number(form: Form, name: str, default: int, least: int = 0) -> int:
    """A number of a form; ``default`` when nothing was typed. Raises ``Refusal`` ``number_out_of_bounds``."""
    text = form.get(name)
    if not text:
        if default < least:
            raise Refusal("text_missing", field=name)
        return default
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or int(text) < least:
        raise Refusal("number_out_of_bounds", field=name)
    return int(text)


def converted(given: dict[str, Any], shape: type[T]) -> T:
    """``given`` as ``shape``. Raises ``Refusal`` ``invalid_field``, naming the field."""
    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        field = next((name for name in given if f"$.{name}" in str(error)), "")
        raise Refusal("invalid_field", field=field) from None


def _typed(form: Form) -> dict[str, Any]:
    # What was not sent is empty: not every form comes from our pages.
    values: defaultdict[str, Any] = defaultdict(str, form.fields)
    values["languages"] = form.all("languages")
    return values


ROUTES = (
    Place("GET", NEW, Act.EDIT_SETTINGS, new),
    Place("POST", NEW, Act.EDIT_SETTINGS, create),
    Place("GET", f"{C}/presentation", Act.EDIT_SETTINGS, presentation),
    Place("POST", f"{C}/presentation", Act.EDIT_SETTINGS, save_presentation),
    Place("GET", f"{C}/organiser", Act.EDIT_SETTINGS, organiser),
    Place("POST", f"{C}/organiser", Act.EDIT_SETTINGS, save_organiser),
    Place("GET", f"{C}/policy", Act.EDIT_POLICY, policy),
    Place("POST", f"{C}/policy", Act.EDIT_POLICY, save_policy),
    Place("GET", f"{C}/limits", Act.EDIT_SETTINGS, limits),
    Place("POST", f"{C}/limits", Act.EDIT_SETTINGS, save_limits),
)
