-- The whole consultation: drafts, phases, articles, versions, questionnaires, rankings, moderation, staff. See schema.sql.
alter table consultation
  add column announced boolean not null default true,
  add column closed_on date,
  add column closed_reason text not null default '',
  add column archived boolean not null default false,
  add column languages text[] not null default '{}',
  add column organiser_number text not null default '',
  add column organiser_contact text not null default '',
  add column commitment text not null default '',
  add column commitment_html text not null default '',
  add column legal jsonb not null default '{}',
  add column purposes text[] not null default '{}',
  add column retention_days int not null default 0 check (retention_days >= 0),
  add column attributes jsonb not null default '[]',
  add column limits jsonb not null default '{}',
  add column release jsonb not null default '{}',
  add column frozen_digest text,
  drop constraint consultation_published_state_check,
  add constraint consultation_published_state_check
    check (published_state in ('announced', 'open', 'closed', 'archived'));
comment on table consultation is 'A consultation: a draft until announced, then its state follows from its days (both '
  'included), from an early closing, and from archiving (rules/lifecycle.py).';
comment on column consultation.closed_on is 'The day of an early closing, for closed_reason, which is public.';
comment on column consultation.legal is 'contracts.events.PublicLegal.';
comment on column consultation.attributes is 'Sign-up attributes: a list of rules.attributes.Declared.';
comment on column consultation.limits is 'rules.edits.Limits.';
comment on column consultation.release is 'rules.policy.ReleaseCalendar.';
comment on column consultation.frozen_digest is 'Digest of the policy (rules/policy.py) with which it opened; null before.';

create table phase (
  id uuid primary key,
  consultation_id uuid not null references consultation on delete cascade,
  kind text not null check (kind in ('collect', 'amend', 'vote', 'questionnaire', 'restitution')),
  title text not null,
  first date not null,
  last date not null,
  sections uuid[] not null default '{}',
  check (first <= last)
);
comment on table phase is 'Days of a consultation and what can be done then; sections is empty when it is about all of them.';
create index phase_consultation on phase (consultation_id);

alter table section
  add column kind text not null default 'proposals'
    check (kind in ('heading', 'proposals', 'articles', 'questionnaire', 'ranking')),
  add column review_first boolean not null default false,
  add column questionnaire jsonb,
  add column ranking jsonb;
update section set kind = 'heading' where kinds = '{}';
update section set kinds = kinds || '{argument,source}' where kinds <> '{}' and not kinds && '{argument,source}';
comment on column section.kinds is 'What participants may add here or to what is here; empty for a heading.';
comment on column section.review_first is 'Whether moderators read contributions before they are published.';
comment on column section.questionnaire is 'rules.questionnaires.Questionnaire, in a section of that kind.';
comment on column section.ranking is 'contracts.events.PublicRankingRules, in a section of that kind.';

alter table participant
  add column attributes jsonb not null default '{}',
  add column recipient bytea check (octet_length(recipient) = 80),
  add column frequency text not null default 'daily' check (frequency in ('none', 'immediate', 'daily', 'weekly'));
comment on column participant.attributes is 'What they chose to say of themselves, from closed lists (rules/attributes.py).';
comment on column participant.recipient is 'T sealed for identity (contracts/recipients.py): this service cannot open it.';
comment on column participant.frequency is 'How often they want to be told that there is something new.';

alter table contribution
  drop constraint contribution_kind_check,
  drop constraint contribution_state_check,
  drop constraint contribution_check1,
  add constraint contribution_kind_check check (kind in
    ('opinion', 'proposal', 'question', 'article', 'option', 'amendment', 'argument', 'source', 'comment')),
  add constraint contribution_state_check check (state in ('pending', 'published', 'withdrawn', 'hidden', 'sent_back')),
  add constraint contribution_parent_check
    check ((kind in ('amendment', 'argument', 'source', 'comment')) = (parent_id is not null)),
  add constraint contribution_official_check check (kind not in ('article', 'option') or author is null),
  add column text_version int not null default 1 check (text_version >= 1),
  add column number text not null default '',
  add column position int not null default 0 check (position >= 0),
  add column before_text text not null default '',
  add column before_html text not null default '',
  add column explanation text not null default '',
  add column explanation_html text not null default '',
  add column base_version int not null default 0 check (base_version >= 0),
  add column changes jsonb not null default '[]',
  add column appendix boolean not null default false,
  add column depth smallint not null default 0 check (depth >= 0),
  add column rule text not null default '',
  add column waits_since date,
  add column waits_for text[] not null default '{}',
  add column review_first boolean not null default false;
comment on table contribution is 'What is said: by participants, and by the organiser (articles of a bill, options to rank).';
comment on column contribution.text_version is 'The version of the text, which votes refer to; version is that of the public fact.';
comment on column contribution.before_text is 'An article: the law as it stands.';
comment on column contribution.base_version is 'An amendment: the version of its parent that it changes.';
comment on column contribution.changes is 'What changes, word by word: a list of contracts.events.Change.';
comment on column contribution.depth is 'A comment: how many comments it is below.';
comment on column contribution.rule is 'The motive of the moderation decision in force that withholds it.';
comment on column contribution.waits_since is 'Since when it is in the queue of moderators; null when it is not.';
comment on column contribution.waits_for is 'Why it is in that queue: reported, appeal, revised, review (a pending one always does).';
comment on column contribution.review_first is 'Whether it was to be read by moderators before publication; known from its first decision on.';
comment on column contribution.author is 'Pseudonym of the author; null once they left and for the organiser, random when imported.';
create index contribution_waits on contribution (consultation_id, waits_since) where waits_since is not null;

create table contribution_version (
  id uuid primary key,
  contribution_id uuid not null references contribution on delete cascade,
  number int not null check (number >= 1),
  revision int not null default 1 check (revision >= 1),
  title text not null,
  body text not null,
  body_html text not null,
  changes jsonb not null default '[]',
  day date not null,
  withheld boolean not null default false,
  unique (contribution_id, number)
);
comment on table contribution_version is 'Former versions of texts; the present one is in contribution.';
comment on column contribution_version.revision is 'Grows with each change of what is public of it; the highest one wins.';
comment on column contribution_version.day is 'When the next version took its place.';
comment on column contribution_version.withheld is 'Never shown again: its author changed it because moderation sent it back.';

alter table vote add column text_version int not null default 1;
comment on column vote.text_version is 'The version of the text that the participant voted on.';

create table follow (
  consultation_id uuid not null references consultation on delete cascade,
  participant bytea not null check (octet_length(participant) = 32),
  target uuid not null,
  primary key (participant, target)
);
comment on table follow is 'What a participant wants news of: a consultation, a section or a contribution.';
create index follow_target on follow (target);

create table notice_due (
  consultation_id uuid not null references consultation on delete cascade,
  participant bytea not null check (octet_length(participant) = 32),
  reason text not null check (reason in ('news', 'own', 'moderation')),
  since date not null default current_date,
  primary key (participant, reason)
);
comment on table notice_due is 'Who is to be told, at the next round of their frequency, that there is something new.';
comment on column notice_due.reason is 'news of what they follow; an answer to their own contribution, or a moderation decision about it.';
comment on column notice_due.since is 'The day of the first thing to tell: what is about their own contribution waits for company, not for ever.';

create table notice_round (
  frequency text primary key check (frequency in ('daily', 'weekly')),
  day date not null
);
comment on table notice_round is 'When the last round of notices took place.';

create table ranking_ballot (
  section_id uuid not null references section on delete cascade,
  participant bytea not null check (octet_length(participant) = 32),
  ranked uuid[] not null,
  points jsonb not null default '{}',
  day date not null,
  primary key (section_id, participant)
);
comment on table ranking_ballot is 'The present ranking of a participant: the ids of options, the preferred one first.';
create index ranking_ballot_participant on ranking_ballot (participant);

create table response (
  section_id uuid not null references section on delete cascade,
  participant bytea not null check (octet_length(participant) = 32),
  answers jsonb not null default '{}',
  sent boolean not null default false,
  draft jsonb,
  day date not null,
  primary key (section_id, participant)
);
comment on table response is 'The answers of a participant to a questionnaire, by key of question.';
comment on column response.answers is 'What was sent, which counts; empty before.';
comment on column response.draft is 'What is being filled in, or changed after sending; null when everything is sent.';
create index response_participant on response (participant);

create table section_total (
  section_id uuid primary key references section on delete cascade,
  version int not null default 0,
  due boolean not null default true,
  published jsonb
);
comment on column section_total.published is 'The event that was last published, to state it again as it was.';
comment on table section_total is 'How many times the totals of a ranking or a questionnaire were published, and whether they changed since.';

create table moderation_entry (
  contribution_id uuid not null references contribution on delete cascade,
  number int not null check (number >= 1),
  kind text not null check (kind in ('reported', 'decided', 'revised', 'appealed', 'appeal_decided', 'reversed')),
  day date not null,
  decision text check (decision in ('keep', 'hide', 'send_back')),
  rule text not null default '',
  facts text not null default '',
  automated boolean not null default false,
  staff text not null default '',
  about int not null default 0,
  participant bytea check (octet_length(participant) = 32),
  words text not null default '',
  primary key (contribution_id, number)
);
comment on table moderation_entry is 'The moderation journal: a contribution''s state is a fold over its entries (rules/moderation.py).';
comment on column moderation_entry.participant is 'Who reported or appealed; null once they left, and for staff.';
comment on column moderation_entry.words is 'What they wrote to the moderators; never public.';
create index moderation_entry_participant on moderation_entry (participant) where participant is not null;

create table official_answer (
  contribution_id uuid not null references contribution on delete cascade,
  number int not null check (number >= 1),
  status text not null check (status in ('under_study', 'taken_up', 'partly', 'not_taken_up', 'answered')),
  reason text not null default '',
  body text not null,
  body_html text not null,
  day date not null,
  primary key (contribution_id, number)
);
comment on table official_answer is 'What the organiser answers to a contribution; the highest number is the present version.';

create table statement (
  id uuid primary key,
  consultation_id uuid not null references consultation on delete cascade,
  kind text not null check (kind in ('synthesis', 'restitution'))
);
comment on table statement is 'A synthesis or the restitution of a consultation.';

create table statement_text (
  statement_id uuid not null references statement on delete cascade,
  number int not null check (number >= 1),
  title text not null,
  body text not null,
  body_html text not null,
  day date not null,
  primary key (statement_id, number)
);
comment on table statement_text is 'Its versions, each of them published; the highest number is the present one.';

create table staff (
  pseudonym text primary key,
  version int not null check (version >= 1),
  roles text[] not null,
  epoch int not null default 0
);
comment on table staff is 'Members of staff, as identity names them here; no role once removed.';
comment on column staff.epoch is 'Grows when they sign out, or lose a role: cookies of before no longer open anything.';

create table audit_entry (
  number bigint generated always as identity primary key,
  staff text not null,
  act text not null,
  consultation_id uuid,
  object text not null default '',
  day date not null
);
comment on table audit_entry is 'What staff did (rules/acts.py), in order. Staff are accountable, so these rows have a number.';
create index audit_entry_consultation on audit_entry (consultation_id);
