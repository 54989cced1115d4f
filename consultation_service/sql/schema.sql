-- consultation_service: what was said, under a pseudonym that only this service can compute. No e-mail address, name,
-- IP address, user agent, instant or serial number. Keys of what participants do are random; time is a day.

create table schema_version (version int not null);
comment on table schema_version is 'The one row says which migration this database has reached.';

create table consultation (
  id uuid primary key,
  version int not null default 1 check (version >= 1),
  slug text not null unique,
  title text not null,
  introduction text not null,
  introduction_html text not null,
  organiser text not null,
  language text not null check (language in ('fr', 'en')),
  level smallint not null default 1 check (level in (1, 2, 3)),
  scale text not null,
  terms_version text not null,
  opens_on date not null,
  closes_on date not null,
  source text not null default '',
  published_state text check (published_state in ('announced', 'open', 'closed', 'archived')),
  announced boolean not null default true,
  closed_on date,
  closed_reason text not null default '',
  archived boolean not null default false,
  languages text[] not null default '{}',
  organiser_number text not null default '',
  organiser_contact text not null default '',
  commitment text not null default '',
  commitment_html text not null default '',
  legal jsonb not null default '{}',
  purposes text[] not null default '{}',
  retention_days int not null default 0 check (retention_days >= 0),
  attributes jsonb not null default '[]',
  limits jsonb not null default '{}',
  release jsonb not null default '{}',
  frozen_digest text,
  check (opens_on <= closes_on)
);
comment on table consultation is 'A consultation: a draft until announced, then its state follows from its days (both '
  'included), from an early closing, and from archiving (rules/lifecycle.py).';
comment on column consultation.closed_on is 'The day of an early closing, for closed_reason, which is public.';
comment on column consultation.legal is 'contracts.events.PublicLegal.';
comment on column consultation.attributes is 'Sign-up attributes: a list of rules.attributes.Declared.';
comment on column consultation.limits is 'rules.edits.Limits.';
comment on column consultation.release is 'rules.policy.ReleaseCalendar.';
comment on column consultation.frozen_digest is 'Digest of the policy (rules/policy.py) with which it opened; null before.';
comment on column consultation.version is 'Grows with every change; the highest one wins in every projection.';
comment on column consultation.published_state is 'The state that was last published; null before the first time.';
comment on column consultation.source is 'Where imported data come from, with their licence; empty when held here.';

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

create table section (
  id uuid primary key,
  consultation_id uuid not null references consultation on delete cascade,
  parent_id uuid references section on delete cascade,
  position int not null check (position >= 0),
  title text not null,
  introduction text not null default '',
  introduction_html text not null default '',
  kinds text[] not null default '{}',
  scale text not null,
  kind text not null default 'proposals'
    check (kind in ('heading', 'proposals', 'articles', 'questionnaire', 'ranking')),
  review_first boolean not null default false,
  questionnaire jsonb,
  ranking jsonb
);
comment on table section is 'A part of a consultation; parent_id nests, position orders among siblings.';
comment on column section.kinds is 'What participants may add here or to what is here; empty for a heading.';
comment on column section.review_first is 'Whether moderators read contributions before they are published.';
comment on column section.questionnaire is 'rules.questionnaires.Questionnaire, in a section of that kind.';
comment on column section.ranking is 'contracts.events.PublicRankingRules, in a section of that kind.';
create index section_consultation on section (consultation_id);

create table participant (
  consultation_id uuid not null references consultation on delete cascade,
  pseudonym bytea not null check (octet_length(pseudonym) = 32),
  terms_version text not null,
  joined_on date not null,
  attributes jsonb not null default '{}',
  recipient bytea check (octet_length(recipient) = 80),
  frequency text not null default 'daily' check (frequency in ('none', 'immediate', 'daily', 'weekly')),
  primary key (consultation_id, pseudonym)
);
comment on table participant is 'Who takes part, as HMAC(K_co, T): only this service can compute it, and it never keeps T.';
comment on column participant.attributes is 'What they chose to say of themselves, from closed lists (rules/attributes.py).';
comment on column participant.recipient is 'T sealed for identity (contracts/recipients.py): this service cannot open it.';
comment on column participant.frequency is 'How often they want to be told that there is something new.';

create table used_token (
  digest bytea primary key check (octet_length(digest) = 32),
  day date not null
);
comment on table used_token is 'Access tokens that already opened a session, as keyed digests, until the next day.';

create table erased (
  digest bytea primary key check (octet_length(digest) = 32),
  day date not null
);
comment on table erased is 'Pseudonyms of erased participants, as SHA-256, until the next day: an access token that was '
  'issued just before the erasure lets nobody back in, because nobody could then be erased again.';

create table contribution (
  id uuid primary key,
  consultation_id uuid not null references consultation on delete cascade,
  section_id uuid not null references section on delete cascade,
  parent_id uuid references contribution on delete cascade,
  kind text not null check (kind in
    ('opinion', 'proposal', 'question', 'article', 'option', 'amendment', 'argument', 'source', 'comment')),
  side text check (side in ('for', 'against')),
  version int not null default 1 check (version >= 1),
  author bytea check (octet_length(author) = 32),
  request_key bytea check (octet_length(request_key) = 16),
  title text not null default '',
  body text not null default '',
  body_html text not null default '',
  link text not null default '',
  category text not null default '',
  scale text not null,
  day date not null,
  state text not null default 'published'
    check (state in ('pending', 'published', 'withdrawn', 'hidden', 'sent_back')),
  text_version int not null default 1 check (text_version >= 1),
  number text not null default '',
  position int not null default 0 check (position >= 0),
  before_text text not null default '',
  before_html text not null default '',
  explanation text not null default '',
  explanation_html text not null default '',
  base_version int not null default 0 check (base_version >= 0),
  changes jsonb not null default '[]',
  appendix boolean not null default false,
  depth smallint not null default 0 check (depth >= 0),
  rule text not null default '',
  waits_since date,
  waits_for text[] not null default '{}',
  review_first boolean not null default false,
  check ((kind = 'argument') = (side is not null)),
  constraint contribution_parent_check
    check ((kind in ('amendment', 'argument', 'source', 'comment')) = (parent_id is not null)),
  constraint contribution_official_check check (kind not in ('article', 'option') or author is null)
);
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
comment on column contribution.request_key is 'Digest of the Idempotency-Key it was sent with: a retry finds it again.';
create unique index contribution_request on contribution (author, request_key) where request_key is not null;
create index contribution_author on contribution (consultation_id, author);
create index contribution_parent on contribution (parent_id) where parent_id is not null;
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

create table vote (
  contribution_id uuid not null,
  participant bytea not null check (octet_length(participant) = 32),
  choice smallint not null,
  day date not null,
  text_version int not null default 1,
  primary key (contribution_id, participant)
);
comment on table vote is 'The present vote of a participant on an item: one at most, whatever the retries. No foreign '
  'key: contributions stay, as tombstones, and checking one at each vote is a fifth of its cost.';
comment on column vote.choice is 'contracts.scales.CHOICE_CODES.';
comment on column vote.text_version is 'The version of the text that the participant voted on.';
create index vote_participant on vote (participant);

create table imported_tally (
  contribution_id uuid primary key references contribution on delete cascade,
  counts jsonb not null
);
comment on table imported_tally is 'Totals that a source came with, without the votes; shown apart from votes cast here.';

create table tally (
  contribution_id uuid primary key references contribution on delete cascade,
  version int not null default 0
);
comment on table tally is 'How many times the totals of an item were published: the version of its last tally event.';

create table tally_due (
  contribution_id uuid not null
);
comment on table tally_due is 'Items whose votes changed since their last tally event; the relay empties it. No key: two '
  'transactions that write the same item must not wait for each other.';

create table outbox (
  event_id uuid primary key,
  subject text not null,
  body bytea not null,
  replaces text unique
);
comment on table outbox is 'Facts to publish, written with their cause; a row goes when the bus has acknowledged it.';
comment on column outbox.replaces is 'The public subject of which only the latest state needs publishing; null for other facts.';

create table inbox (
  event_id uuid primary key,
  day date not null
);
comment on table inbox is 'Events already applied, written with their effect, so that a repeat has none.';

create table dead_letter (
  stream text not null,
  sequence bigint not null,
  subject text not null,
  reason text not null,
  sha256 bytea not null,
  day date not null,
  primary key (stream, sequence)
);
comment on table dead_letter is 'Messages that could not be accepted: where they are and why, not what they say.';

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

create table release (
  consultation_id uuid not null references consultation on delete cascade,
  number int not null check (number >= 1),
  state text not null check (state in ('building', 'built', 'refused', 'withdrawn')),
  day date not null,
  through date not null,
  closing boolean not null,
  seed bytea not null check (octet_length(seed) = 32),
  reason text not null default '',
  primary key (consultation_id, number)
);
comment on table release is 'A release of open data. One that is building is nowhere to be seen; a refused one never was.';
comment on column release.through is 'The last day of what people did that is in it.';
comment on column release.closing is 'Whether the consultation was over on that day: nothing more is waited for.';
comment on column release.seed is 'What its ids, order and choices at random are made from; for the organiser only.';
comment on column release.reason is 'Why it was refused, or withdrawn: the latter is public.';

create table release_day (
  consultation_id uuid not null references consultation on delete cascade,
  place uuid not null,
  day date not null,
  since int not null check (since >= 1),
  week text not null,
  primary key (place, day)
);
comment on table release_day is 'Votes on an item, or answers to a questionnaire, of a day, as a group that was released '
  'at once: everything with the same place, since and week. A group is of k people or more, and only shrinks.';
comment on column release_day.place is 'A contribution (votes) or a question (answers; a digest of its section and key).';
comment on column release_day.since is 'The number of the release in which it appeared first.';
comment on column release_day.week is 'The ISO week that is published with it; empty when none is.';
create index release_day_consultation on release_day (consultation_id);

create table release_group (
  consultation_id uuid not null references consultation on delete cascade,
  number int not null check (number >= 1),
  place uuid not null,
  since int not null check (since >= 1),
  week text not null,
  people int not null check (people >= 0),
  primary key (consultation_id, number, place, since, week)
);
comment on table release_group is 'How many people were in each of these groups in each release: what proves that two '
  'releases differ by nobody or by k people.';

create table release_withheld (
  consultation_id uuid not null references consultation on delete cascade,
  place uuid not null,
  participant bytea not null check (octet_length(participant) = 32),
  primary key (place, participant)
);
comment on table release_withheld is 'Whose vote or answers left their group, drawn at random, with those of somebody who '
  'left or changed their mind: they never come back, so that nobody knows which of them it was.';
create index release_withheld_participant on release_withheld (participant);

create table release_class (
  contribution_id uuid primary key,
  consultation_id uuid not null references consultation on delete cascade,
  since int not null check (since >= 1),
  week text not null,
  department text not null,
  region text not null,
  age text not null,
  status text not null
);
comment on table release_class is 'What is published beside a text: its week, and what is said of its author. Decided when '
  'it is first released, shared by k authors or more; later it can only become nothing at all (all empty). No foreign key: what is '
  'deleted is missed by the next release.';
create index release_class_consultation on release_class (consultation_id);

create table release_voter (
  consultation_id uuid not null references consultation on delete cascade,
  participant bytea not null check (octet_length(participant) = 32),
  department text not null,
  region text not null,
  age text not null,
  status text not null,
  primary key (consultation_id, participant)
);
comment on table release_voter is 'With which people somebody is counted in totals of votes by attribute; decided once, '
  'when the consultation is over, shared by k voters or more.';

create table release_total (
  consultation_id uuid not null references consultation on delete cascade,
  number int not null check (number >= 1),
  section_id uuid not null,
  department text not null,
  region text not null,
  age text not null,
  status text not null,
  people int not null check (people >= 1),
  votes bigint not null check (votes >= 1),
  primary key (consultation_id, number, section_id, department, region, age, status)
);
comment on table release_total is 'Groups of people of whom each release has the totals of votes in a section.';

create table release_review (
  contribution_id uuid not null references contribution on delete cascade,
  text_version int not null check (text_version >= 1),
  findings int not null check (findings >= 0),
  reviewed boolean not null default false,
  primary key (contribution_id, text_version)
);
comment on table release_review is 'Texts in which personal data were looked for; with findings, a text waits for a '
  'moderator before it is released.';
