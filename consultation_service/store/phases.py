"""The phases of a consultation: when participants can do what, and where."""

from collections.abc import Sequence

from consultation_service.configuration import rule_of
from consultation_service.rules.phases import Phase
from consultation_service.store.database import Connection, Pool
from contracts.events import PublicPhase, new_id
from contracts.http import Refusal


async def read(connection: Pool | Connection, consultation: str) -> tuple[PublicPhase, ...]:
    """As everybody sees them, the first one first."""
    rows = await connection.fetch(
        """/* read */
        select kind, title, first, last, sections::text[] as sections from phase where consultation_id = $1
        order by first, last, kind, title, id
        """,
        consultation,
    )
    return tuple(
        PublicPhase(
            kind=row["kind"],
            title=row["title"],
            first=row["first"],
            last=row["last"],
            sections=tuple(row["sections"]),
        )
        for row in rows
    )


async def phases_of(connection: Pool | Connection, consultation: str) -> tuple[Phase, ...]:
    """As the rules know them."""
    return tuple(map(rule_of, await read(connection, consultation)))


async def save(connection: Connection, consultation: str, phases: Sequence[PublicPhase]) -> None:
    """Write these phases in the place of the former ones; whoever calls this checked them and publishes. Raises
    ``Refusal`` ``section_refused``.
    """
    about = {section for phase in phases for section in phase.sections}
    known = await connection.fetchval(
        "/* save */ select count(*) from section where consultation_id = $1 and id = any($2::uuid[])",
        consultation,
        list(about),
    )
    if known < len(about):
        raise Refusal("section_refused", field="phases")
    await connection.execute("/* save */ delete from phase where consultation_id = $1", consultation)
    await connection.executemany(
        """/* save */
        insert into phase (id, consultation_id, kind, title, first, last, sections)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        [
            (new_id(), consultation, phase.kind, phase.title, phase.first, phase.last, list(phase.sections))
            for phase in phases
        ],
    )
