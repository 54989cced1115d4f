"""Who can be told of news of a consultation, and who refused."""

import uuid

from identity_service.store.database import Connection, Pool, Row


async def note_subject(pool: Pool, account: uuid.UUID, consultation: str, subject_index: bytes) -> None:
    """A token was issued: from now on a notice with it finds this account."""
    await pool.execute(
        """/* note_subject */
        update consent set subject_index = $3
        where account_id = $1 and consultation_id = $2 and subject_index is distinct from $3
        """,
        account,
        consultation,
        subject_index,
    )


async def recipient(connection: Connection, consultation: str, subject_index: bytes) -> Row | None:
    """Who takes part with that token and did not refuse: ``account``, ``address`` (sealed), the consultation's
    ``title`` and ``language``.
    """
    return await connection.fetchrow(
        """/* recipient */
        select account.id as account, account.address, title, language
        from consent join account on account.id = consent.account_id
          join consultation on consultation.id = consent.consultation_id
        where subject_index = $2 and consent.consultation_id = $1 and not exists (
          select from notice_refusal r where r.account_id = account.id and r.consultation_id = consent.consultation_id
        )
        limit 1
        """,
        consultation,
        subject_index,
    )


async def choose(connection: Connection, account: uuid.UUID, consultation: str, *, wanted: bool) -> None:
    """Write or delete a refusal, if the account and the consultation are still there."""
    if wanted:
        await connection.execute(
            "/* choose_notices */ delete from notice_refusal where account_id = $1 and consultation_id = $2",
            account,
            consultation,
        )
        return
    await connection.execute(
        """/* choose_notices */
        insert into notice_refusal (account_id, consultation_id)
        select account.id, consultation.id from account, consultation where account.id = $1 and consultation.id = $2
        for key share
        on conflict do nothing
        """,
        account,
        consultation,
    )


async def refused(pool: Pool | Connection, account: uuid.UUID) -> set[str]:
    """The consultations of which an account wants no mail."""
    rows = await pool.fetch(
        "/* refused_notices */ select consultation_id::text as id from notice_refusal where account_id = $1", account
    )
    return {row["id"] for row in rows}


async def title(pool: Pool, consultation: str) -> str | None:
    """The title of a consultation."""
    found: str | None = await pool.fetchval("/* title_of */ select title from consultation where id = $1", consultation)
    return found
