"""Messages that could not be accepted: where they are and why, not what they say."""

import datetime
import hashlib

from consultation_service.store.database import Pool


async def set_aside(
    pool: Pool, *, stream: str, sequence: int, subject: str, body: bytes, reason: str, day: datetime.date
) -> None:
    """Remember a message that was refused."""
    await pool.execute(
        """/* set_aside */
        insert into dead_letter (stream, sequence, subject, reason, sha256, day) values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing
        """,
        stream,
        sequence,
        subject[:200],
        reason,
        hashlib.sha256(body).digest(),
        day,
    )
