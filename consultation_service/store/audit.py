"""The audit journal of staff: who (a pseudonym), what, on which day. Only ever added to."""

import datetime

from consultation_service.rules.acts import Act
from consultation_service.store.database import Connection


async def record(
    connection: Connection, staff: str, act: Act, consultation: str, object_: str, day: datetime.date
) -> None:
    """Add a line, in the transaction of what it tells. ``object_`` names what was acted on: an id or a word of ours."""
    await connection.execute(
        """/* record */
        insert into audit_entry (staff, act, consultation_id, object, day) values ($1, $2, $3, $4, $5)
        """,
        staff,
        act.value,
        consultation or None,
        object_,
        day,
    )
