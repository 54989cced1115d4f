"""Who is registered, for the data-protection officer: figures, agreements, and what became of erasures."""

from collections.abc import Sequence

from identity_service.store.database import Connection, Pool, Row


async def figures(pool: Pool) -> Row:
    """``accounts`` and how many of them have a ``disposable`` address."""
    row = await pool.fetchrow(
        "/* figures */ select count(*) as accounts, count(*) filter (where disposable) as disposable from account"
    )
    assert row is not None  # noqa: S101 - an aggregate without groups has one row
    return row


async def by_consultation(pool: Pool) -> Sequence[Row]:
    """Each announced consultation: ``title``, ``organiser``, ``state``, and how many ``people`` take part, ``refuse``
    mails, or left (``departures``).
    """
    return await pool.fetch(
        """/* by_consultation */
        select title, organiser, state,
          (select count(distinct account_id) from consent where consultation_id = c.id) as people,
          (select count(*) from notice_refusal where consultation_id = c.id) as refusals,
          (select count(*) from removal where consultation_id = c.id and kind = 'withdrawal') as departures
        from consultation c order by title, id
        """
    )


async def agreements(connection: Connection) -> Sequence[Row]:
    """Every agreement: ``account`` and its sealed ``address``, ``title``, ``terms_version``, ``accepted_on``."""
    return await connection.fetch(
        """/* agreements */
        select account.id as account, address, title, consent.terms_version, accepted_on
        from consent join account on account.id = account_id join consultation on consultation.id = consultation_id
        """
    )


async def erasures(pool: Pool) -> Sequence[Row]:
    """Erased accounts whose receipt is still kept, newest day first: ``requested_on``, ``done_on``, the ``parts`` asked
    of consultations, those ``proved``, and what they removed in all.
    """
    return await pool.fetch(
        """/* erasures */
        select e.requested_on, e.done_on, count(r.id) as parts, count(r.done_on) as proved,
          coalesce(sum(r.contributions), 0) as contributions, coalesce(sum(r.votes), 0) as votes
        from erasure e left join removal r on r.erasure_id = e.id
        group by e.id order by e.requested_on desc, e.id
        """
    )
