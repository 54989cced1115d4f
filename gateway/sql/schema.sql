-- gateway: what everybody may know, as the last public.v1.* events said it. No participant, no author, no instant.
-- Everything here can be dropped: it rebuilds itself from the PUBLIC stream.
--
-- There are no foreign keys: events come in any order, and an argument may be here before what it is about.

create table schema_version (version int not null);
comment on table schema_version is 'The one row says which migration this database has reached.';
insert into schema_version values (3);

create extension unaccent;
create extension pg_trgm;
-- Both are PostgreSQL's own and work on text only.

create text search configuration french_plain (copy = french);
alter text search configuration french_plain alter mapping for hword, hword_part, word with unaccent, french_stem;
comment on text search configuration french_plain is 'French, whatever the accents.';

create function folded(words text) returns text language sql immutable strict parallel safe
  return lower(unaccent('unaccent', words));
comment on function folded is 'Without capitals or accents. Immutable as long as nobody edits the rules of unaccent.';

create table projection (
  epoch uuid not null default gen_random_uuid(),
  applied bigint not null default 0 check (applied >= 0),
  one boolean primary key default true check (one)
);
comment on table projection is 'One row: how far the PUBLIC stream was applied.';
comment on column projection.epoch is 'Random, new with each empty database, so that a revision of another one is never taken for ours.';
comment on column projection.applied is 'Highest stream sequence applied, written in the transaction that applied it.';
insert into projection default values;

create table revision (
  consultation_id uuid primary key,
  revision bigint not null
);
comment on table revision is 'Grows whenever something public changes in a consultation; what caches compare.';

create table consultation (
  id uuid primary key,
  version bigint not null,
  slug text not null,
  document text not null
);
comment on table consultation is 'A consultation with its tree of sections. The highest version wins.';
comment on column consultation.slug is 'Its name in addresses. Not unique here: two may swap names and the events arrive crossed.';
comment on column consultation.document is 'JSON: contracts.events.PublicConsultation, its HTML sanitised again.';

create table contribution (
  id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  section_id uuid not null,
  parent_id uuid,
  kind text not null,
  side text,
  day date not null,
  state text not null,
  excerpt text not null,
  document text not null,
  support bigint not null default 0,
  votes bigint not null default 0,
  arguments_for int not null default 0,
  arguments_against int not null default 0,
  sources int not null default 0,
  against bigint not null default 0,
  heading text not null,
  plain text not null,
  search tsvector not null generated always as (
    setweight(to_tsvector('french_plain', heading), 'A') || setweight(to_tsvector('french_plain', plain), 'D')) stored,
  beginning text not null generated always as (folded(heading || ' ' || left(plain, 160))) stored,
  position bigint not null default 0,
  amendments int not null default 0,
  comments int not null default 0,
  status text not null default ''
);
comment on table contribution is 'What was said, of any kind. The highest version wins; what is withdrawn or withheld stays, empty.';
comment on column contribution.day is 'When it was made, to the day.';
comment on column contribution.excerpt is 'The beginning of its text, without markup.';
comment on column contribution.document is 'JSON: gateway.documents.Text; what is published of it is this text, not the columns.';
comment on column contribution.support is 'Derived from tally: votes in favour, cast here and imported. For sorting.';
comment on column contribution.votes is 'Derived from tally: all votes, cast here and imported.';
comment on column contribution.arguments_for is 'Derived: published arguments whose parent is this one.';
comment on column contribution.arguments_against is 'Derived, likewise.';
comment on column contribution.sources is 'Derived: published sources whose parent is this one.';
comment on column contribution.against is 'Derived from tally: votes against, cast here and imported. For sorting.';
comment on column contribution.heading is 'Its title, its signs made plain (gateway/plain_text.py). For search.';
comment on column contribution.plain is 'Its text without markup, likewise.';
comment on column contribution.beginning is 'Where the closest word is looked for when one is misspelt.';
comment on column contribution.position is 'The place of an article or an option among the others of its section.';
comment on column contribution.amendments is 'Derived: published amendments whose parent is this one.';
comment on column contribution.comments is 'Derived: published comments on this one and their replies.';
comment on column contribution.status is 'Derived from official_answer: what became of it.';
create index contribution_search on contribution using gin (search);
create index contribution_alike on contribution using gin (beginning gin_trgm_ops);
create index contribution_listed on contribution (consultation_id, kind, day, id);
create index contribution_parent on contribution (parent_id, kind, side) where parent_id is not null;

create table tally (
  contribution_id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  support bigint not null,
  votes_cast bigint not null,
  votes_imported bigint not null,
  document text not null,
  against bigint not null
);
comment on table tally is 'The totals of an item. The highest version wins.';
comment on column tally.document is 'JSON: gateway.documents.Tally: votes cast here and, apart, totals that a source came with.';
create index tally_consultation on tally (consultation_id, contribution_id);

create table former_version (
  id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  contribution_id uuid not null,
  number int not null,
  document text not null
);
comment on table former_version is 'A former version of a text. The highest version of the fact wins.';
comment on column former_version.document is 'JSON: contracts.events.PublicVersion, its HTML sanitised again.';
create index former_version_contribution on former_version (contribution_id, number);
create index former_version_exported on former_version (consultation_id, id);

create table ranking_result (
  id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  ballots bigint not null,
  document text not null
);
comment on table ranking_result is 'The totals of a section where options are ranked. The highest version wins.';
comment on column ranking_result.id is 'That of the section.';
comment on column ranking_result.document is 'JSON: contracts.events.PublicRankingResult.';
create index ranking_result_exported on ranking_result (consultation_id, id);

create table questionnaire_total (
  id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  sent bigint not null,
  document text not null
);
comment on table questionnaire_total is 'The totals of a questionnaire. The highest version wins.';
comment on column questionnaire_total.id is 'That of the section.';
comment on column questionnaire_total.document is 'JSON: contracts.events.PublicAnswers.';
create index questionnaire_total_exported on questionnaire_total (consultation_id, id);

create table official_answer (
  id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  status text not null,
  document text not null
);
comment on table official_answer is 'What the organiser answers to a contribution. The highest version wins.';
comment on column official_answer.id is 'That of the contribution.';
comment on column official_answer.status is 'Of the present version of the answer; empty when there is none.';
comment on column official_answer.document is 'JSON: contracts.events.PublicOfficialAnswer, its HTML sanitised again.';
create index official_answer_exported on official_answer (consultation_id, id);

create table statement (
  id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  document text not null
);
comment on table statement is 'A synthesis, or the restitution, of a consultation. The highest version wins.';
comment on column statement.document is 'JSON: contracts.events.PublicStatement, its HTML sanitised again.';
create index statement_exported on statement (consultation_id, id);

create table journal (
  id uuid primary key,
  version bigint not null,
  consultation_id uuid not null,
  day date not null,
  document text not null
);
comment on table journal is 'What moderation did about a contribution. The highest version wins.';
comment on column journal.id is 'That of the contribution.';
comment on column journal.day is 'Of its last entry.';
comment on column journal.document is 'JSON: contracts.events.PublicJournal.';
create index journal_exported on journal (consultation_id, id);
create index journal_day on journal (consultation_id, day, id);

create table dead_letter (
  sequence bigint primary key,
  subject text not null,
  reason text not null,
  sha256 bytea not null,
  day date not null
);
comment on table dead_letter is 'Messages that could not be accepted: where they are and why, not what they say.';
comment on column dead_letter.subject is 'Without the id it ends with.';
