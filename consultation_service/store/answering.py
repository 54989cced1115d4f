"""A section where participants answer or rank, and what every act of theirs there begins with."""

import datetime
from typing import NamedTuple

from consultation_service.rules.acts import Act
from consultation_service.store.consultations import require_act
from consultation_service.store.database import Connection, Pool
from contracts.events import Language, SectionKind
from contracts.http import Refusal


class Place(NamedTuple):
    """A section and its consultation; ``definition`` is what is kept of a questionnaire or a ranking (JSON)."""

    section: str
    consultation: str
    slug: str
    consultation_title: str
    language: Language
    title: str
    introduction_html: str
    definition: str | None


async def place_of(pool: Pool | Connection, section: str, kind: SectionKind) -> Place:
    """The section when it is of ``kind`` and its consultation is no draft. Raises ``Refusal`` ``unknown_section``."""
    row = await pool.fetchrow(
        """/* place_of */
        select s.id::text, c.id::text, c.slug, c.title, c.language, s.title, s.introduction_html,
          case s.kind when 'questionnaire' then s.questionnaire else s.ranking end
        from section s join consultation c on c.id = s.consultation_id
        where s.id = $1 and s.kind = $2 and c.announced
        """,
        section,
        kind,
    )
    if row is None:
        raise Refusal("unknown_section")
    return Place(*row)


async def begin(connection: Connection, place: Place, participant: bytes, act: Act, day: datetime.date) -> None:
    """Hold the participant until the end of the transaction, so that an erasure comes before it or sees all of it.
    Raises ``Refusal``: ``not_participating``, or why ``act`` is not possible on ``day``.
    """
    inside = await connection.fetchval(
        """/* begin */
        select true from participant where consultation_id = $1 and pseudonym = $2 for key share
        """,
        place.consultation,
        participant,
    )
    if not inside:
        raise Refusal("not_participating")
    await require_act(connection, place.consultation, act, day, place.section)
