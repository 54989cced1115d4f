"""Releases of open data: which there are, and what each of them takes from the database.

A build is one transaction over one snapshot. ``prepare`` says what may be in it, as temporary tables;
``release_groups`` and ``release_classes`` decide what is told of people and remember it; ``release_rows`` gives the
rows.
"""

import datetime
import secrets
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from consultation_service import personal_data
from consultation_service.anonymise import Rules, rules_for, through
from consultation_service.publication import Row
from consultation_service.rules import lifecycle
from consultation_service.rules.policy import ReleaseCalendar
from consultation_service.store import consultations
from consultation_service.store.database import Connection, Pool
from contracts.http import Refusal

State = Literal["building", "built", "refused", "withdrawn"]
FIRST_DAY: Final = datetime.date(1, 1, 1)
SCAN: Final = 500
LOCK: Final = "hashtextextended('release ' || $1::text, 0)"


class Release(NamedTuple):
    """A release, with all that it is decided from. ``base`` is the number of the one before it, 0 for none, and
    ``since`` the last day that one was about. ``last_day`` is the consultation's.
    """

    consultation: str
    number: int
    day: datetime.date
    through: datetime.date
    closing: bool
    seed: bytes
    base: int
    since: datetime.date
    last_day: datetime.date
    slug: str
    rules: Rules

    @property
    def name(self) -> str:
        """How its folder is called."""
        return f"{self.slug}-{self.number}"


async def begin(
    connection: Connection,
    consultation: str,
    day: datetime.date,
    seed: bytes | None = None,
    rules: Rules | None = None,
) -> tuple[Release, bool]:
    """Start a release of ``day``, or find the last one again when ``seed`` is its own (the answer is then true). What
    an interrupted build left is forgotten. Until the connection is closed nobody else builds one of this consultation.

    Raises ``Refusal``: ``unknown_consultation``, ``state_refused`` before it opens, ``release_running``.
    """
    plan = await consultations.plan_of(connection, consultation)
    if lifecycle.state_on(plan, day) in (lifecycle.State.DRAFT, lifecycle.State.ANNOUNCED):
        raise Refusal("state_refused")
    if not await connection.fetchval(f"/* begin */ select pg_try_advisory_lock({LOCK})", consultation):
        raise Refusal("release_running")
    await _forget_interrupted(connection, consultation)
    await forget_who_left(connection, consultation)
    facts = await connection.fetchrow(
        """/* begin */ select slug, level, coalesce((release->>'smallest_group')::int, $2) as least
        from consultation where id = $1""",
        consultation,
        ReleaseCalendar().smallest_group,
    )
    assert facts is not None  # noqa: S101  its plan was found
    rules = rules or rules_for(facts["level"], facts["least"])
    last_day = min(plan.closes_on, plan.closed_on or plan.closes_on)
    past = await connection.fetch(
        """/* begin */ select number, state, day, through, closing, seed from release
        where consultation_id = $1 order by number desc""",
        consultation,
    )
    public = [row for row in past if row["state"] in ("built", "withdrawn")]
    again = bool(public) and seed == public[0]["seed"]
    if again:
        row, public = public[0], public[1:]
        number, day, until, closing = row["number"], row["day"], row["through"], row["closing"]
    else:
        number, until = (past[0]["number"] if past else 0) + 1, through(day, last_day, rules)
        closing = last_day <= until
    release = Release(
        consultation, number, day, until, closing, seed or secrets.token_bytes(32),
        public[0]["number"] if public else 0, public[0]["through"] if public else FIRST_DAY, last_day,
        facts["slug"], rules,
    )  # fmt: skip
    if not again:
        await connection.execute(
            """/* begin */ insert into release (consultation_id, number, state, day, through, closing, seed)
            values ($1, $2, 'building', $3, $4, $5, $6)""",
            consultation, number, day, until, closing, release.seed,
        )  # fmt: skip
    return release, again


async def _forget_interrupted(connection: Connection, consultation: str) -> None:
    await connection.execute(
        "/* forget_interrupted */ delete from release where consultation_id = $1 and state = 'building'", consultation
    )


async def forget_who_left(connection: Connection, consultation: str) -> None:
    """Whoever left while a release was being built may have been written down by it: they go here, after the build and
    before the next one. Imported votes are of people who never were participants.
    """
    for table in ("release_withheld", "release_voter"):
        await connection.execute(
            f"""/* forget_who_left */ delete from {table} r where r.consultation_id = $1
              and not exists (select from participant p
                where p.consultation_id = r.consultation_id and p.pseudonym = r.participant)
              and not exists (select from vote v where v.participant = r.participant)
              and not exists (select from response a where a.participant = r.participant)""",  # noqa: S608  ours
            consultation,
        )


async def finish(connection: Connection, release: Release, state: State, reason: str = "") -> None:
    """Say what became of it."""
    await connection.execute(
        "/* finish */ update release set state = $3, reason = $4 where consultation_id = $1 and number = $2",
        release.consultation,
        release.number,
        state,
        reason,
    )


async def give_up(connection: Connection, release: Release) -> None:
    """Forget a build that was interrupted."""
    await _forget_interrupted(connection, release.consultation)


async def past(connection: Pool | Connection, consultation: str) -> Sequence[Row]:
    """Every release there was: ``number``, ``state``, ``day``, ``through``, ``closing``, ``reason``, the last one
    first.
    """
    return await connection.fetch(
        """/* past */ select number, state, day, through, closing, reason from release
        where consultation_id = $1 order by number desc""",
        consultation,
    )


async def withdraw(connection: Connection, consultation: str, number: int, reason: str) -> None:
    """Take a release off the list, for a public reason. What was released stays decided: the next one does not differ
    from it by fewer people. Raises ``Refusal`` ``not_found``, or those of ``rules.lifecycle.check_reason``.
    """
    lifecycle.check_reason(reason)
    done = await connection.fetchval(
        """/* withdraw */ update release set state = 'withdrawn', reason = $3
        where consultation_id = $1 and number = $2 and state = 'built' returning true""",
        consultation,
        number,
        reason.strip(),
    )
    if not done:
        raise Refusal("not_found")


_UNREAD: Final = """
  select c.id, c.text_version as number, concat_ws(E'\\n', c.title, c.body, c.explanation, c.link, c.category) as text
  from contribution c where c.consultation_id = $1 and c.state = 'published' and c.kind not in ('article', 'option')
    and not exists (select from release_review r where r.contribution_id = c.id and r.text_version = c.text_version)
  union all
  select c.id, v.number, concat_ws(E'\\n', v.title, v.body)
  from contribution c join contribution_version v on v.contribution_id = c.id
  where c.consultation_id = $1 and c.state = 'published' and c.kind not in ('article', 'option') and not v.withheld
    and not exists (select from release_review r where r.contribution_id = c.id and r.text_version = v.number)
"""


async def scan(connection: Connection, consultation: str, progress: Callable[[int], None] = lambda _: None) -> int:
    """Look for personal data in the texts of participants that were not looked at yet; returns how many there were.
    What was done stays done when it is interrupted.
    """
    total = 0
    while rows := await connection.fetch(f"/* scan */ {_UNREAD} limit {SCAN}", consultation):
        await connection.execute(
            """/* scan */ insert into release_review (contribution_id, text_version, findings)
            select * from unnest($1::uuid[], $2::int[], $3::int[]) on conflict do nothing""",
            [row["id"] for row in rows],
            [row["number"] for row in rows],
            [len(personal_data.find(row["text"])) for row in rows],
        )
        total += len(rows)
        progress(len(rows))
    return total


async def to_review(connection: Pool | Connection, consultation: str) -> Sequence[Row]:
    """Texts that wait for a moderator before they are released: ``contribution``, ``text_version``, ``findings``."""
    return await connection.fetch(
        """/* to_review */
        select r.contribution_id::text as contribution, r.text_version, r.findings
        from release_review r join contribution c on c.id = r.contribution_id
        where c.consultation_id = $1 and c.state = 'published' and r.findings > 0 and not r.reviewed
        order by r.contribution_id, r.text_version
        """,
        consultation,
    )


async def review(connection: Connection, consultation: str, contribution: str, text_version: int) -> None:
    """A moderator read this version of a text: it may be released. Raises ``Refusal`` ``not_found``."""
    done = await connection.fetchval(
        """/* review */ update release_review r set reviewed = true from contribution c
        where c.id = r.contribution_id and c.consultation_id = $1 and c.id = $2 and r.text_version = $3
        returning true""",
        consultation,
        contribution,
        text_version,
    )
    if not done:
        raise Refusal("not_found")


_PREPARE: Final = """/* prepare */
create temp table released (
  id uuid primary key, section_id uuid, parent_id uuid, official boolean, author bytea, day date, week text,
  state text, text_version int, readable boolean, said text
) on commit drop;
create temp table cell (place uuid, day date, choice smallint, people int) on commit drop;
"""
# Of what was edited since, the version that was there on the last day. What is to be reviewed is there without text.
_RELEASED: Final = """/* prepare */
insert into released
select c.id, c.section_id, c.parent_id, c.kind in ('article', 'option'), c.author, c.day,
  to_char(c.day, 'IYYY-"W"IW'), c.state, c.chosen,
  c.state = 'published' and (c.kind in ('article', 'option') or not $3 or exists (
    select from release_review r where r.contribution_id = c.id and r.text_version = c.chosen
      and (r.findings = 0 or r.reviewed))),
  c.section_id::text || c.kind || coalesce(c.side, '')
from (
  select c.*, coalesce((
    select min(v.number) from contribution_version v
    where v.contribution_id = c.id and v.day > $2 and not v.withheld
  ), c.text_version) as chosen
  from contribution c
  where c.consultation_id = $1 and c.state <> 'pending' and (c.day <= $2 or c.kind in ('article', 'option'))
) c
"""


async def prepare(connection: Connection, release: Release) -> None:
    """Say what may be in a release: contributions (``released``); ``cell`` is for ``release_groups.count``."""
    await connection.execute(_PREPARE)
    await connection.execute(_RELEASED, release.consultation, release.through, release.rules.reviewed)
    await connection.execute("/* prepare */ analyze released")
