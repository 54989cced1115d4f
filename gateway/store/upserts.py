"""The statements that write the projection: a row only ever gives way to one of a higher version."""

from typing import Final

CONSULTATIONS: Final = """/* apply: consultations */
    insert into consultation as known (id, version, slug, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[])
    on conflict (id) do update set version = excluded.version, slug = excluded.slug, document = excluded.document
    where excluded.version > known.version
    returning id, id as consultation_id"""

CONTRIBUTIONS: Final = """/* apply: contributions */
    insert into contribution as known (id, version, consultation_id, section_id, parent_id, kind, side, day, state,
                                       excerpt, heading, plain, position, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
                         $8::date[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        section_id = excluded.section_id, parent_id = excluded.parent_id, kind = excluded.kind, side = excluded.side,
        day = excluded.day, state = excluded.state, excerpt = excluded.excerpt, document = excluded.document,
        heading = excluded.heading, plain = excluded.plain, position = excluded.position
    where excluded.version > known.version
    returning id, consultation_id"""

TALLIES: Final = """/* apply: tallies */
    insert into tally as known (contribution_id, version, consultation_id, against, support, votes_cast,
                                votes_imported, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                         $8::text[])
    on conflict (contribution_id) do update set version = excluded.version,
        consultation_id = excluded.consultation_id, support = excluded.support, votes_cast = excluded.votes_cast,
        votes_imported = excluded.votes_imported, document = excluded.document, against = excluded.against
    where excluded.version > known.version
    returning contribution_id as id, consultation_id"""

VERSIONS: Final = """/* apply: versions */
    insert into former_version as known (id, version, consultation_id, contribution_id, number, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::int[], $6::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        contribution_id = excluded.contribution_id, number = excluded.number, document = excluded.document
    where excluded.version > known.version
    returning id, consultation_id"""

RANKINGS: Final = """/* apply: rankings */
    insert into ranking_result as known (id, version, consultation_id, ballots, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        ballots = excluded.ballots, document = excluded.document
    where excluded.version > known.version
    returning id, consultation_id"""

QUESTIONNAIRES: Final = """/* apply: questionnaires */
    insert into questionnaire_total as known (id, version, consultation_id, sent, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        sent = excluded.sent, document = excluded.document
    where excluded.version > known.version
    returning id, consultation_id"""

OFFICIAL_ANSWERS: Final = """/* apply: official answers */
    insert into official_answer as known (id, version, consultation_id, status, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        status = excluded.status, document = excluded.document
    where excluded.version > known.version
    returning id, consultation_id"""

STATEMENTS: Final = """/* apply: statements */
    insert into statement as known (id, version, consultation_id, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        document = excluded.document
    where excluded.version > known.version
    returning id, consultation_id"""

JOURNALS: Final = """/* apply: journals */
    insert into journal as known (id, version, consultation_id, day, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::date[], $5::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        day = excluded.day, document = excluded.document
    where excluded.version > known.version
    returning id, consultation_id"""

# Counted again from the rows, never added to: the result depends on what is there, not on how it came. A reply counts
# even when the comment it answers is no longer published, and nothing is counted twice (union forgets repeats).
DERIVE: Final = """/* apply: derive */
    update contribution set support = coalesce(tally.support, 0), against = coalesce(tally.against, 0),
        votes = coalesce(tally.votes_cast + tally.votes_imported, 0),
        arguments_for = children.arguments_for, arguments_against = children.arguments_against,
        sources = children.sources, amendments = children.amendments, comments = thread.comments,
        status = coalesce(official_answer.status, '')
    from unnest($1::uuid[]) as touched (id)
    left join tally on tally.contribution_id = touched.id
    left join official_answer on official_answer.id = touched.id
    cross join lateral (
        select count(*) filter (where kind = 'argument' and side = 'for') as arguments_for,
               count(*) filter (where kind = 'argument' and side = 'against') as arguments_against,
               count(*) filter (where kind = 'source') as sources,
               count(*) filter (where kind = 'amendment') as amendments
        from contribution child where child.parent_id = touched.id and child.state = 'published'
    ) as children
    cross join lateral (
        with recursive reply (id, state) as (
            select id, state from contribution where parent_id = touched.id and kind = 'comment'
            union
            select c.id, c.state from contribution c join reply on c.parent_id = reply.id where c.kind = 'comment'
        )
        select count(*) filter (where state = 'published') as comments from reply
    ) as thread
    where contribution.id = touched.id"""

ABOVE: Final = """/* apply: above */
    with recursive above (id) as (
        select parent_id from contribution where id = any($1::uuid[]) and parent_id is not null
        union
        select c.parent_id from contribution c join above on c.id = above.id where c.parent_id is not null
    )
    select id from above"""
