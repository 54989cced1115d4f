"""What consultation_service announced."""

from contracts.events import ConsultationAnnounced
from identity_service.store.database import Connection, Pool, Row


async def announce(connection: Connection, event: ConsultationAnnounced) -> None:
    """Keep the announcement unless a later one is there already: order and repeats do not matter."""
    await connection.execute(
        """/* announce */
        insert into consultation
          (id, version, slug, title, organiser, language, terms_version, opens_on, closes_on, state, purposes,
           retention_days)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (id) do update set
          version = excluded.version, slug = excluded.slug, title = excluded.title, organiser = excluded.organiser,
          language = excluded.language, terms_version = excluded.terms_version, opens_on = excluded.opens_on,
          closes_on = excluded.closes_on, state = excluded.state, purposes = excluded.purposes,
          retention_days = excluded.retention_days
        where excluded.version > consultation.version
        """,
        event.consultation, event.version, event.slug, event.title, event.organiser, event.language,
        event.terms_version, event.opens_on, event.closes_on, event.state, list(event.purposes),
        event.retention_days,
    )  # fmt: skip


async def read(pool: Pool | Connection, consultation: str) -> Row | None:
    """``slug``, ``title``, ``organiser``, ``terms_version``, ``opens_on``, ``closes_on``, ``purposes``,
    ``retention_days``.
    """
    return await pool.fetchrow(
        """/* read_consultation */
        select id::text as id, slug, title, organiser, terms_version, opens_on, closes_on, purposes, retention_days
        from consultation where id = $1
        """,
        consultation,
    )
