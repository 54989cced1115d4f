-- Full text search, and the order of what divides most.

create extension unaccent;
create extension pg_trgm;

create text search configuration french_plain (copy = french);
alter text search configuration french_plain alter mapping for hword, hword_part, word with unaccent, french_stem;
comment on text search configuration french_plain is 'French, whatever the accents.';

create function folded(words text) returns text language sql immutable strict parallel safe
  return lower(unaccent('unaccent', words));
comment on function folded is 'Without capitals or accents. Immutable as long as nobody edits the rules of unaccent.';

-- The new columns come from the events: start again from the stream.
truncate consultation, contribution, tally, revision;
update projection set applied = 0, epoch = gen_random_uuid();

alter table contribution
  add column against bigint not null default 0,
  add column heading text not null,
  add column plain text not null,
  add column search tsvector not null generated always as (
    setweight(to_tsvector('french_plain', heading), 'A') || setweight(to_tsvector('french_plain', plain), 'D')) stored,
  add column beginning text not null generated always as (folded(heading || ' ' || left(plain, 160))) stored;
comment on column contribution.against is 'Derived from tally: votes against, cast here and imported. For sorting.';
comment on column contribution.heading is 'Its title, its signs made plain (gateway/plain_text.py). For search.';
comment on column contribution.plain is 'Its text without markup, likewise.';
comment on column contribution.beginning is 'Where the closest word is looked for when one is misspelt.';
create index contribution_search on contribution using gin (search);
create index contribution_alike on contribution using gin (beginning gin_trgm_ops);

alter table tally add column against bigint not null;

update schema_version set version = 2;
