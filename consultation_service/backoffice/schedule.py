"""When a consultation opens and closes, and the phases between: what can be done when, and where."""

import datetime
import re
from typing import Any, Final

from starlette.responses import Response

from consultation_service.backoffice import names
from consultation_service.backoffice.desk import Desk, Form, Place
from consultation_service.backoffice.steps import C, onward, page, writing
from consultation_service.configuration import Schedule
from consultation_service.rules.acts import Act
from consultation_service.rules.lifecycle import State
from consultation_service.store import configuration, sections
from contracts.events import PhaseKind, PublicPhase
from contracts.http import Refusal

MAX_PHASES: Final = 30
KINDS: Final[dict[str, PhaseKind]] = {
    "collect": "collect", "amend": "amend", "vote": "vote", "questionnaire": "questionnaire",
    "restitution": "restitution",
}  # fmt: skip
Row = dict[str, Any]
"""A phase as its form has it: ``kind``, ``title``, ``first``, ``last``, ``sections``."""


async def schedule(desk: Desk) -> Response:
    """``GET …/schedule``."""
    given = (await configuration.read(desk.service.pool, desk.consultation)).schedule
    values = {"opens_on": given.opens_on.isoformat(), "closes_on": given.closes_on.isoformat()}
    rows = [
        {
            "kind": phase.kind, "title": phase.title, "first": phase.first.isoformat(),
            "last": phase.last.isoformat(), "sections": list(phase.sections),
        }
        for phase in given.phases
    ]  # fmt: skip
    return await _page(desk, values, rows)


async def _page(desk: Desk, values: Row, rows: list[Row], refusal: Refusal | None = None) -> Response:
    tree = await sections.tree(desk.service.pool, desk.consultation)
    state = desk.about.state(desk.today()) if desk.about else State.DRAFT
    return await page(
        desk, "schedule", "schedule.html", refusal, values=values, rows=rows, tree=tree, begun=state is State.OPEN,
        kinds=names.options(names.PHASES, desk.language),
    )  # fmt: skip


async def save(desk: Desk) -> Response:
    """``POST …/schedule``; when ``then`` is ``more``, the same page with one more phase to fill in, nothing saved."""
    form = await desk.form()
    values, rows = {"opens_on": form.get("opens_on"), "closes_on": form.get("closes_on")}, _rows(form)
    if form.get("then") == "more":
        blank = {"kind": "collect", "title": "", "first": values["opens_on"], "last": values["closes_on"]}
        return await _page(desk, values, [*rows, blank | {"sections": []}][:MAX_PHASES])
    try:
        given = Schedule(
            opens_on=day(form.get("opens_on"), "opens_on"),
            closes_on=day(form.get("closes_on"), "closes_on"),
            phases=tuple(_phase(n, row) for n, row in enumerate(rows)),
        )
        async with writing(desk) as connection:
            await configuration.save_schedule(connection, desk.consultation, given, desk.today())
    except Refusal as refusal:
        return await _page(desk, values, rows, refusal)
    return onward(desk, form, "schedule")


def _rows(form: Form) -> list[Row]:
    """The phases that were typed, without those to remove."""
    count = min(int(form.get("rows")), MAX_PHASES) if re.fullmatch(r"[0-9]{1,2}", form.get("rows")) else 0
    return [
        {name: form.get(f"phase-{n}-{name}") for name in ("kind", "title", "first", "last")}
        | {"sections": form.all(f"phase-{n}-sections")}
        for n in range(count)
        if not form.has(f"phase-{n}-remove")
    ]


def _phase(n: int, row: Row) -> PublicPhase:
    kind = KINDS.get(row["kind"])
    if kind is None:
        raise Refusal("invalid_field", field=f"phase-{n}-kind")
    return PublicPhase(
        kind=kind,
        title=row["title"],
        first=day(row["first"], f"phase-{n}-first"),
        last=day(row["last"], f"phase-{n}-last"),
        sections=tuple(row["sections"]),
    )


def day(text: str, field: str) -> datetime.date:
    """A day of a form. Raises ``Refusal`` ``day_refused``."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal("day_refused", field=field) from None


ROUTES = (
    Place("GET", f"{C}/schedule", Act.RESCHEDULE, schedule),
    Place("POST", f"{C}/schedule", Act.RESCHEDULE, save),
)
