"""The steps in which a consultation is made, each a page that is saved alone; and what is missing in each."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Form
from consultation_service.rules import lifecycle
from consultation_service.rules.acts import Act
from consultation_service.store import life
from consultation_service.store.database import Connection
from contracts.http import Refusal

C: Final = "/backoffice/consultations/{consultation}"


class Step(NamedTuple):
    """A step: the last word of its address, its name in both languages, the act of its page, the fields that it has."""

    name: str
    words: tuple[str, str]
    act: Act
    fields: frozenset[str] = frozenset()


STEPS: Final = (
    Step(
        "presentation", ("Présentation", "Presentation"), Act.EDIT_SETTINGS,
        frozenset({"title", "slug", "introduction", "commitment"}),
    ),
    Step(
        "organiser", ("Organisateur", "Organiser"), Act.EDIT_SETTINGS,
        frozenset(
            {
                "organiser", "organiser_number", "organiser_contact", "publication_director", "host",
                "data_protection",
            }
        ),
    ),
    Step(
        "policy", ("Règles", "Rules"), Act.EDIT_POLICY,
        frozenset({"purposes", "retention_days", "terms_version", "scales", "attributes", "release"}),
    ),
    Step("structure", ("Contenu", "Content"), Act.EDIT_STRUCTURE, frozenset({"sections"})),
    Step("schedule", ("Calendrier", "Schedule"), Act.RESCHEDULE, frozenset({"opens_on", "closes_on", "phases"})),
    Step("check", ("Vérification", "Check"), Act.READ_SETTINGS),
)  # fmt: skip
"""In their order."""

BY_NAME: Final = {step.name: step for step in STEPS}


class Shown(NamedTuple):
    """A step as the page shows it. ``address`` is empty when it cannot be opened now."""

    words: str
    address: str
    current: bool
    done: bool


class Missing(NamedTuple):
    """Something to do before announcing: where, and why."""

    step: str
    field: str
    refusal: Refusal


async def missing(desk: Desk) -> list[Missing]:
    """Everything that is still to be done in the consultation of ``desk``; nothing once it is announced."""
    if desk.about is None or desk.about.plan.announced:
        return []
    found = await life.unready(desk.service.pool, desk.consultation, desk.today())
    return [Missing(step_of(refusal.field), refusal.field, refusal) for refusal in found]


def step_of(field: str) -> str:
    """The step that has ``field``; the id of a section is one of the structure."""
    return next((step.name for step in STEPS if field in step.fields), "structure")


def shown(desk: Desk, current: str, found: Iterable[Missing]) -> list[Shown]:
    """The steps of the consultation of ``desk``; once it is announced, only those that can still be opened."""
    if desk.about is None:
        return [Shown(_said(step, desk), "", step.name == current, done=False) for step in STEPS]
    state = desk.about.state(desk.today())
    undone = {missing.step for missing in found}
    return [
        Shown(
            _said(step, desk),
            f"{C}/{step.name}".format(consultation=desk.consultation)
            if desk.may(step.act) and lifecycle.allows(state, step.act)
            else "",
            step.name == current,
            done=step.name not in undone and step.name != "check",
        )
        for step in STEPS
    ]


async def page(desk: Desk, name: str, template: str, refusal: Refusal | None = None, **facts: Any) -> Response:
    """The page of a step; again, with what was typed, when there is a ``refusal``."""
    found = await missing(desk)
    given = {"steps": shown(desk, name, found), "here": f"{C}/{name}".format(consultation=desk.consultation), **facts}
    return desk.page(template, **given) if refusal is None else desk.refused(template, refusal, **given)


def onward(desk: Desk, form: Form, name: str) -> Response:
    """After a step was saved: the next one, or the same when that is what the button said."""
    at = [step.name for step in STEPS].index(name)
    there = STEPS[at + 1].name if form.get("then") == "next" else name
    return desk.back(address(desk, there), "saved")


def address(desk: Desk, *parts: str) -> str:
    """A page of the consultation of ``desk``."""
    return "/".join(["/backoffice/consultations", desk.consultation, *parts])


@asynccontextmanager
async def writing(desk: Desk) -> AsyncIterator[Connection]:
    """A transaction, in which the act of ``desk`` is recorded."""
    async with desk.service.pool.acquire() as connection, connection.transaction():
        yield connection
        await desk.record(connection)


def _said(step: Step, desk: Desk) -> str:
    return step.words[1] if desk.language == "en" else step.words[0]
