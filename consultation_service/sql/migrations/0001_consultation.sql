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
  published_state text check (published_state in ('announced', 'open', 'closed')),
  check (opens_on <= closes_on)
);
comment on table consultation is 'A consultation. Its state follows from opens_on and closes_on (both days included).';
comment on column consultation.version is 'Grows with every change; the highest one wins in every projection.';
comment on column consultation.published_state is 'The state that was last published; null before the first time.';
comment on column consultation.source is 'Where imported data come from, with their licence; empty when held here.';

create table section (
  id uuid primary key,
  consultation_id uuid not null references consultation on delete cascade,
  parent_id uuid references section on delete cascade,
  position int not null check (position >= 0),
  title text not null,
  introduction text not null default '',
  introduction_html text not null default '',
  kinds text[] not null default '{}',
  scale text not null
);
comment on table section is 'A part of a consultation; parent_id nests, position orders among siblings.';
comment on column section.kinds is 'What participants may add here: opinion, proposal; empty for a heading.';
create index section_consultation on section (consultation_id);

create table participant (
  consultation_id uuid not null references consultation on delete cascade,
  pseudonym bytea not null check (octet_length(pseudonym) = 32),
  terms_version text not null,
  joined_on date not null,
  primary key (consultation_id, pseudonym)
);
comment on table participant is 'Who takes part, as HMAC(K_co, T): only this service can compute it, and it never keeps T.';

create table used_token (
  digest bytea primary key check (octet_length(digest) = 32),
  day date not null
);
comment on table used_token is 'Access tokens that already opened a session, as keyed digests, until the next day.';

create table contribution (
  id uuid primary key,
  consultation_id uuid not null references consultation on delete cascade,
  section_id uuid not null references section on delete cascade,
  parent_id uuid references contribution on delete cascade,
  kind text not null check (kind in ('opinion', 'proposal', 'argument', 'source')),
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
  state text not null default 'published' check (state in ('published', 'withdrawn')),
  check ((kind = 'argument') = (side is not null)),
  check ((kind in ('argument', 'source')) = (parent_id is not null))
);
comment on table contribution is 'An opinion or a proposal, or an argument or a source about one of them.';
comment on column contribution.author is 'Pseudonym of the author; null once withdrawn, random when imported.';
comment on column contribution.request_key is 'Digest of the Idempotency-Key it was sent with: a retry finds it again.';
create unique index contribution_request on contribution (author, request_key) where request_key is not null;
create index contribution_author on contribution (consultation_id, author);
create index contribution_parent on contribution (parent_id) where parent_id is not null;

create table vote (
  contribution_id uuid not null references contribution on delete cascade,
  participant bytea not null check (octet_length(participant) = 32),
  choice smallint not null,
  day date not null,
  primary key (contribution_id, participant)
);
comment on table vote is 'The present vote of a participant on an item: one at most, whatever the retries.';
comment on column vote.choice is 'contracts.scales.CHOICE_CODES.';
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
