"""Consultations and their sections: created, held while they change, and stated as everybody sees them.

For whoever fills a consultation (importers, demonstration, back office): ``create`` writes it with its sections, rows
may then be copied into ``contribution``, ``vote`` and ``imported_tally``, and ``republication.publish_whole`` makes all
of it public. What administrations configure is in ``configuration.py``, how drafts are announced and closed in
``life.py``.

Nothing about a draft is public: ``publish`` does nothing then, and the outbox takes no fact about it.
"""

import datetime
from collections.abc import Mapping
from typing import Final

import msgspec

from consultation_service.publication import Row, consultation_events
from consultation_service.rules import lifecycle, policy
from consultation_service.rules.acts import Act
from consultation_service.rules.attributes import Declared
from consultation_service.rules.edits import Limits
from consultation_service.rules.lifecycle import Plan, State
from consultation_service.rules.phases import require_possible
from consultation_service.rules.policy import Policy, ReleaseCalendar
from consultation_service.rules.questionnaires import Questionnaire
from consultation_service.store import phases
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import (
    MAX_MESSAGE_BYTES,
    ConsultationState,
    Id,
    Language,
    PublicLegal,
    PublicRankingRules,
    SectionKind,
    Slug,
    encode,
)
from contracts.http import Refusal
from contracts.scales import ScaleName

PLAN: Final = "opens_on, closes_on, announced, closed_on, archived"
"""The columns of ``rules.lifecycle.Plan``, in its order."""

PUBLIC_STATES: Final[Mapping[State, ConsultationState]] = {
    State.ANNOUNCED: "announced",
    State.OPEN: "open",
    State.CLOSED: "closed",
    State.ARCHIVED: "archived",
}
"""What everybody is told; there is no word for a draft."""

COLUMNS: Final = (
    "id::text as id, version, slug, title, introduction_html, organiser, language, level, scale, terms_version, "
    "source, closed_reason, languages, organiser_number, organiser_contact, commitment_html, legal, purposes, "
    f"retention_days, attributes, release, frozen_digest, {PLAN}"
)
SECTION_COLUMNS: Final = (
    "id::text as id, parent_id::text as parent_id, position, title, introduction_html, kinds, scale, kind, "
    "review_first, questionnaire, ranking"
)


class NewSection(msgspec.Struct, frozen=True, kw_only=True):
    """A section to create; ``introduction_html`` comes from ``markdown.render``, never from outside. ``kind`` empty is
    a heading when nothing may be added, else a section of proposals.
    """

    id: Id
    parent: Id | None = None
    position: int
    title: str
    introduction: str = ""
    introduction_html: str = ""
    kinds: tuple[str, ...] = ()
    scale: ScaleName
    kind: SectionKind | None = None
    review_first: bool = False
    questionnaire: Questionnaire | None = None
    ranking: PublicRankingRules | None = None


class NewConsultation(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation to create, parents before their children among ``sections``. A draft unless ``announced``."""

    id: Id
    slug: Slug
    title: str
    introduction: str
    introduction_html: str
    organiser: str
    language: Language
    level: int = 1
    scale: ScaleName
    terms_version: str
    opens_on: datetime.date
    closes_on: datetime.date
    source: str = ""
    sections: tuple[NewSection, ...] = ()
    announced: bool = True
    languages: tuple[Language, ...] = ()
    organiser_number: str = ""
    organiser_contact: str = ""
    commitment: str = ""
    commitment_html: str = ""
    legal: PublicLegal = PublicLegal()
    purposes: tuple[str, ...] = ()
    retention_days: int = 0
    attributes: tuple[Declared, ...] = ()
    limits: Limits = Limits()
    release: ReleaseCalendar = ReleaseCalendar()


async def create(connection: Connection, new: NewConsultation) -> None:
    """Write a consultation and its sections, in the caller's transaction. Raises ``ValueError`` when the slug is
    taken.
    """
    async with connection.transaction():
        written = await connection.fetchval(
            """/* create */
            insert into consultation (id, slug, title, introduction, introduction_html, organiser, language, level,
              scale, terms_version, opens_on, closes_on, source, announced, languages, organiser_number,
              organiser_contact, commitment, commitment_html, legal, purposes, retention_days, attributes, limits,
              release)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
              $22, $23, $24, $25)
            on conflict do nothing returning true
            """,
            new.id, new.slug, new.title, new.introduction, new.introduction_html, new.organiser, new.language,
            new.level, new.scale, new.terms_version, new.opens_on, new.closes_on, new.source, new.announced,
            list(new.languages), new.organiser_number, new.organiser_contact, new.commitment, new.commitment_html,
            as_json(new.legal), list(new.purposes), new.retention_days, as_json(new.attributes), as_json(new.limits),
            as_json(new.release),
        )  # fmt: skip
        if not written:
            raise ValueError("a consultation with this id or slug exists")
        await connection.executemany(
            """/* create */
            insert into section (id, consultation_id, parent_id, position, title, introduction, introduction_html,
              kinds, scale, kind, review_first, questionnaire, ranking)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            [
                (
                    s.id, new.id, s.parent, s.position, s.title, s.introduction, s.introduction_html, list(s.kinds),
                    s.scale, s.kind or ("proposals" if s.kinds else "heading"), s.review_first,
                    s.questionnaire and as_json(s.questionnaire), s.ranking and as_json(s.ranking),
                )
                for s in new.sections
            ],
        )  # fmt: skip


def as_json(part: object) -> str:
    """What is written in a column of type ``jsonb``."""
    return msgspec.json.encode(part).decode()


async def id_of_slug(pool: Pool | Connection, slug: str) -> str | None:
    """The id of the consultation that is called ``slug``."""
    found: str | None = await pool.fetchval("/* id_of_slug */ select id::text from consultation where slug = $1", slug)
    return found


async def exists(pool: Pool, consultation: str) -> bool:
    """Whether there is such a consultation, as far as participants know: a draft is nothing."""
    return bool(
        await pool.fetchval("/* exists */ select true from consultation where id = $1 and announced", consultation)
    )


async def plan_of(connection: Pool | Connection, consultation: str) -> Plan:
    """Its life so far and to come. Raises ``Refusal`` ``unknown_consultation``."""
    return _plan(
        await connection.fetchrow(f"/* plan_of */ select {PLAN} from consultation where id = $1", consultation)  # noqa: S608  only constants of ours
    )


async def held(connection: Connection, consultation: str, act: Act, day: datetime.date) -> Plan:
    """``plan_of`` when it allows ``act`` on ``day``, and nobody else changes the consultation before this transaction
    ends: everything that staff write begins with this. Raises ``Refusal``.
    """
    plan = _plan(
        await connection.fetchrow(
            f"/* held */ select {PLAN} from consultation where id = $1 for no key update",  # noqa: S608  only constants of ours
            consultation,
        )
    )
    lifecycle.require_allowed(plan, act, day)
    return plan


def _plan(row: Row | None) -> Plan:
    if row is None:
        raise Refusal("unknown_consultation")
    return Plan(*(row[name] for name in Plan._fields))


async def require_act(
    connection: Pool | Connection, consultation: str, act: Act, day: datetime.date, section: str = ""
) -> None:
    """Raise ``Refusal`` unless participants can do ``act`` on ``day`` in ``section``: the state of the consultation and
    its phases allow it.
    """
    lifecycle.require_allowed(await plan_of(connection, consultation), act, day)
    require_possible(await phases.phases_of(connection, consultation), act, day, section)


async def limits_of(connection: Pool | Connection, consultation: str) -> Limits:
    """What it allows each participant. Raises ``Refusal`` ``unknown_consultation``."""
    found = await connection.fetchval("/* limits_of */ select limits from consultation where id = $1", consultation)
    if found is None:
        raise Refusal("unknown_consultation")
    return msgspec.json.decode(found, type=Limits)


async def policy_of(connection: Pool | Connection, consultation: str) -> Policy:
    """Its policy as it is written now. Raises ``Refusal`` ``unknown_consultation``."""
    row = await connection.fetchrow(
        """/* policy_of */
        select level, scale, attributes, purposes, retention_days, release, terms_version,
          (select coalesce(json_object_agg(s.id, s.scale), '{}') from section s where s.consultation_id = n.id)::text
          as scales
        from consultation n where n.id = $1
        """,
        consultation,
    )
    if row is None:
        raise Refusal("unknown_consultation")
    return Policy(
        level=row["level"],
        scales={"": row["scale"], **msgspec.json.decode(row["scales"], type=dict[str, str])},
        attributes=msgspec.json.decode(row["attributes"], type=tuple[Declared, ...]),
        purposes=tuple(row["purposes"]),
        retention_days=row["retention_days"],
        release=msgspec.json.decode(row["release"], type=ReleaseCalendar),
        terms_version=row["terms_version"],
    )


async def touched(connection: Connection, consultation: str, day: datetime.date) -> None:
    """Something public of it changed: publish it with a new version, in the caller's transaction; nothing leaves while
    it is a draft. Raises ``Refusal`` ``policy_frozen`` when it is no longer the policy with which it opened.
    """
    frozen = await connection.fetchval(
        "/* touched */ update consultation set version = version + 1 where id = $1 returning frozen_digest",
        consultation,
    )
    if frozen is not None:
        policy.require_same(frozen, await policy_of(connection, consultation))
    await publish(connection, consultation, day)


async def publish(connection: Connection, consultation: str, day: datetime.date) -> None:
    """Enqueue the consultation as it is on ``day``, for everybody and for identity, in the caller's transaction; a
    draft is left alone. The first time that it is open, its policy is frozen. Raises ``Refusal``
    ``consultation_too_large`` when no message of the bus could hold it.
    """
    row = await connection.fetchrow(
        f"/* publish */ select {COLUMNS} from consultation where id = $1 for no key update",  # noqa: S608  only constants of ours
        consultation,
    )
    if row is None:
        raise ValueError("no such consultation")
    state = lifecycle.state_on(_plan(row), day)
    if state is State.DRAFT:
        return
    digest = row["frozen_digest"] or policy.digest(await policy_of(connection, consultation))
    sections = await connection.fetch(
        f"""/* publish */
        select {SECTION_COLUMNS} from section where consultation_id = $1 order by parent_id nulls first, position, id
        """,  # noqa: S608  only constants of ours
        consultation,
    )
    events = consultation_events(
        row, sections, await phases.read(connection, consultation), digest, PUBLIC_STATES[state]
    )
    if len(encode(events[0])) > MAX_MESSAGE_BYTES:
        raise Refusal("consultation_too_large", limit=MAX_MESSAGE_BYTES // 1024)
    await enqueue(connection, events)
    await connection.execute(
        "/* publish */ update consultation set published_state = $2, frozen_digest = $3 where id = $1",
        consultation,
        PUBLIC_STATES[state],
        None if state is State.ANNOUNCED else digest,
    )


async def publish_changes_of_state(pool: Pool, day: datetime.date) -> int:
    """Publish, with a new version, every consultation that is not in the state that was last published."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(
            f"""/* publish_changes_of_state */
            select id::text as id, published_state, {PLAN} from consultation
            where announced and published_state is distinct from 'archived' order by id
            """  # noqa: S608  only constants of ours
        )
        changed = 0
        for row in rows:
            state = PUBLIC_STATES[lifecycle.state_on(_plan(row), day)]
            if row["published_state"] != state and await _renewed(connection, row["id"], state):
                await publish(connection, row["id"], day)
                changed += 1
        return changed


async def _renewed(connection: Connection, consultation: str, state: ConsultationState) -> bool:
    # Somebody else may have published it since it was read: then this waits for them, and does nothing.
    return bool(
        await connection.fetchval(
            """/* renewed */
            update consultation set version = version + (published_state is not null)::int
            where id = $1 and published_state is distinct from $2 returning true
            """,
            consultation,
            state,
        )
    )
