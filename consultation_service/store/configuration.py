"""What an administration configures (``consultation_service/configuration.py``), in the database.

Each ``save_…`` cleans, checks that the state of the consultation on ``day`` allows the change while it holds the
consultation (a change made meanwhile waits), writes, and publishes when the consultation is announced; all of it in the
caller's transaction. Nobody can empty a field without which it would not have been announced.
"""

import datetime
from dataclasses import dataclass
from typing import Final

import asyncpg
import msgspec

from consultation_service.configuration import (
    Organiser,
    PolicySettings,
    Presentation,
    Schedule,
    clean_organiser,
    clean_policy,
    clean_presentation,
    clean_schedule,
    missing,
)
from consultation_service.markdown import render
from consultation_service.rules import lifecycle
from consultation_service.rules.acts import Act
from consultation_service.rules.attributes import Declared
from consultation_service.rules.edits import Limits
from consultation_service.rules.policy import ReleaseCalendar, check_policy
from consultation_service.store import consultations, phases
from consultation_service.store.consultations import as_json
from consultation_service.store.database import Connection, Pool
from contracts.events import PublicLegal
from contracts.http import Refusal


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything but the sections and what is in them."""

    presentation: Presentation
    organiser: Organiser
    policy: PolicySettings
    limits: Limits
    schedule: Schedule

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields to fill in before announcing."""
        return missing(self.presentation, self.organiser, self.policy, self.schedule)


async def read(connection: Pool | Connection, consultation: str) -> Configuration:
    """As it is now. Raises ``Refusal`` ``unknown_consultation``."""
    row = await connection.fetchrow(
        """/* read */
        select slug, title, introduction, commitment, language, languages, organiser, organiser_number,
          organiser_contact, legal, level, scale, attributes, purposes, retention_days, release, terms_version, limits,
          opens_on, closes_on
        from consultation where id = $1
        """,
        consultation,
    )
    if row is None:
        raise Refusal("unknown_consultation")
    return Configuration(
        presentation=Presentation(
            slug=row["slug"],
            title=row["title"],
            introduction=row["introduction"],
            commitment=row["commitment"],
            language=row["language"],
            languages=tuple(row["languages"]) or (row["language"],),
        ),
        organiser=Organiser(
            name=row["organiser"],
            number=row["organiser_number"],
            contact=row["organiser_contact"],
            legal=_legal(row["legal"]),
        ),
        policy=PolicySettings(
            level=row["level"],
            scale=row["scale"],
            attributes=_attributes(row["attributes"]),
            purposes=tuple(row["purposes"]),
            retention_days=row["retention_days"],
            release=_release(row["release"]),
            terms_version=row["terms_version"],
        ),
        limits=_limits(row["limits"]),
        schedule=Schedule(
            opens_on=row["opens_on"],
            closes_on=row["closes_on"],
            phases=await phases.read(connection, consultation),
        ),
    )


async def save_presentation(connection: Connection, consultation: str, given: Presentation, day: datetime.date) -> None:
    """Raises ``Refusal``: ``slug_taken``, ``slug_kept`` once announced, those of ``clean_presentation``, of the state
    and of empty fields.
    """
    kept = clean_presentation(given)
    plan, before = await _held(connection, consultation, Act.EDIT_SETTINGS, day)
    if plan.announced and kept.slug != before.presentation.slug:
        raise Refusal("slug_kept", field="slug")
    try:
        async with connection.transaction():
            await connection.execute(
                """/* save_presentation */
                update consultation set slug = $2, title = $3, introduction = $4, introduction_html = $5,
                  commitment = $6, commitment_html = $7, language = $8, languages = $9
                where id = $1
                """,
                consultation, kept.slug, kept.title, kept.introduction, render(kept.introduction), kept.commitment,
                render(kept.commitment), kept.language, list(kept.languages),
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Refusal("slug_taken", field="slug") from None
    await _saved(connection, consultation, plan, before, day)


async def save_organiser(connection: Connection, consultation: str, given: Organiser, day: datetime.date) -> None:
    """Raises ``Refusal``: those of ``clean_organiser``, of the state and of empty fields."""
    kept = clean_organiser(given)
    plan, before = await _held(connection, consultation, Act.EDIT_SETTINGS, day)
    await connection.execute(
        """/* save_organiser */
        update consultation set organiser = $2, organiser_number = $3, organiser_contact = $4, legal = $5
        where id = $1
        """,
        consultation,
        kept.name,
        kept.number,
        kept.contact,
        as_json(kept.legal),
    )
    await _saved(connection, consultation, plan, before, day)


async def save_policy(connection: Connection, consultation: str, given: PolicySettings, day: datetime.date) -> None:
    """Raises ``Refusal``: those of ``clean_policy``, of the state (it is frozen when the consultation opens), of empty
    fields and, once announced, of ``rules.policy.check_policy``.
    """
    kept = clean_policy(given)
    plan, before = await _held(connection, consultation, Act.EDIT_POLICY, day)
    await connection.execute(
        """/* save_policy */
        update consultation set level = $2, scale = $3, attributes = $4, purposes = $5, retention_days = $6,
          release = $7, terms_version = $8
        where id = $1
        """,
        consultation, kept.level, kept.scale, as_json(kept.attributes), list(kept.purposes), kept.retention_days,
        as_json(kept.release), kept.terms_version,
    )  # fmt: skip
    if plan.announced:
        check_policy(await consultations.policy_of(connection, consultation))
    await _saved(connection, consultation, plan, before, day)


async def save_limits(connection: Connection, consultation: str, given: Limits, day: datetime.date) -> None:
    """Raises ``Refusal`` of the state. Limits are not public: nothing is published."""
    await consultations.held(connection, consultation, Act.EDIT_SETTINGS, day)
    await connection.execute(
        "/* save_limits */ update consultation set limits = $2 where id = $1", consultation, as_json(given)
    )


async def save_schedule(connection: Connection, consultation: str, given: Schedule, day: datetime.date) -> None:
    """Raises ``Refusal``: those of ``clean_schedule`` and of ``rules.lifecycle.reschedule``; ``section_refused`` for a
    phase about a section of another consultation.
    """
    kept = clean_schedule(given)
    plan = await consultations.held(connection, consultation, Act.RESCHEDULE, day)
    changed = lifecycle.reschedule(plan, kept.opens_on, kept.closes_on, day)
    await connection.execute(
        "/* save_schedule */ update consultation set opens_on = $2, closes_on = $3 where id = $1",
        consultation,
        changed.opens_on,
        changed.closes_on,
    )
    await phases.save(connection, consultation, kept.phases)
    await consultations.touched(connection, consultation, day)


async def _held(
    connection: Connection, consultation: str, act: Act, day: datetime.date
) -> tuple[lifecycle.Plan, Configuration]:
    return await consultations.held(connection, consultation, act, day), await read(connection, consultation)


async def _saved(
    connection: Connection, consultation: str, plan: lifecycle.Plan, before: Configuration, day: datetime.date
) -> None:
    if plan.announced:
        emptied = [field for field in (await read(connection, consultation)).missing if field not in before.missing]
        if emptied:
            raise Refusal("field_needed", field=emptied[0])
    await consultations.touched(connection, consultation, day)


_legal: Final = msgspec.json.Decoder(PublicLegal).decode
_attributes: Final = msgspec.json.Decoder(tuple[Declared, ...]).decode
_release: Final = msgspec.json.Decoder(ReleaseCalendar).decode
_limits: Final = msgspec.json.Decoder(Limits).decode
