-- The whole consultation: every kind of contribution, former versions, totals of rankings and questionnaires, official
-- answers, syntheses, journals of moderation.

-- The new columns come from the events: start again from the stream.
truncate consultation, contribution, tally, revision;
update projection set applied = 0, epoch = gen_random_uuid();

alter table contribution
  add column position bigint not null default 0,
  add column amendments int not null default 0,
  add column comments int not null default 0,
  add column status text not null default '';
comment on table contribution is 'What was said, of any kind. The highest version wins; what is withdrawn or withheld stays, empty.';
comment on column contribution.position is 'The place of an article or an option among the others of its section.';
comment on column contribution.amendments is 'Derived: published amendments whose parent is this one.';
comment on column contribution.comments is 'Derived: published comments on this one and their replies.';
comment on column contribution.status is 'Derived from official_answer: what became of it.';

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

update schema_version set version = 3;
