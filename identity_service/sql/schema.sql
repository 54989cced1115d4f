-- identity_service: e-mail addresses (encrypted), consents, who takes part in which consultation. Never an opinion, a
-- vote, a pseudonymous token, an IP address or a user agent. Keys are random; time is a day, except the end of a sign-in
-- code and the next try of a mail, whose rows last minutes, or a day for a digest of news.

create table schema_version (version int not null);
comment on table schema_version is 'The one row says which migration this database has reached.';
comment on column schema_version.version is '1 for this file, plus one per file of migrations/.';

create table account (
  id uuid primary key,
  address_index bytea not null unique check (octet_length(address_index) = 32),
  address bytea not null,
  disposable boolean not null,
  created_on date not null
);
comment on table account is 'A person who confirmed a code sent to an address. Erasing the account deletes the row.';
comment on column account.id is 'Random; never leaves this service.';
comment on column account.address_index is 'HMAC of the canonical address under a key outside the database: one account per mailbox.';
comment on column account.address is 'The address as first typed, AES-256-GCM bound to this table, row and column.';
comment on column account.disposable is 'The domain was on a public list of throw-away addresses: a flag, not a refusal.';
comment on column account.created_on is 'Day of the first confirmed code.';

create table sign_in (
  id uuid primary key,
  address_index bytea not null unique check (octet_length(address_index) = 32),
  browser_hash bytea not null unique check (octet_length(browser_hash) = 32),
  code_hash bytea not null check (octet_length(code_hash) = 32),
  address bytea not null,
  disposable boolean not null,
  tries_left smallint not null check (tries_left >= 0),
  expires_at timestamptz not null
);
comment on table sign_in is 'A sign-in under way: one per mailbox, so a new code replaces the former. Gone once used or expired.';
comment on column sign_in.id is 'Random.';
comment on column sign_in.address_index is 'As account.address_index; there may be no account yet.';
comment on column sign_in.browser_hash is 'Digest of the secret held by the tab that asked: the code works nowhere else.';
comment on column sign_in.code_hash is 'Keyed hash of the code, bound to this row.';
comment on column sign_in.address is 'The address as typed, encrypted for this row: becomes the account''s if it is new.';
comment on column sign_in.disposable is 'As account.disposable.';
comment on column sign_in.tries_left is 'Codes that may still be tried; counted down before the comparison.';
comment on column sign_in.expires_at is '15 minutes after the code was asked for.';

create table session (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  account_id uuid not null references account on delete cascade,
  ends_on date not null
);
comment on table session is 'A signed-in browser or API client.';
comment on column session.token_hash is 'Digest of 256 random bits that only the client holds.';
comment on column session.account_id is 'Who signed in.';
comment on column session.ends_on is 'Last day of the session.';
create index session_account on session (account_id);

create table consultation (
  id uuid primary key,
  version int not null check (version >= 1),
  slug text not null,
  title text not null,
  organiser text not null,
  language text not null,
  terms_version text not null,
  opens_on date not null,
  closes_on date not null,
  state text not null,
  purposes text[] not null default '{}',
  retention_days int not null default 0 check (retention_days >= 0)
);
comment on table consultation is 'What consultation_service announced, for the consent page. The highest version wins.';
comment on column consultation.id is 'The consultation''s public id.';
comment on column consultation.version is 'Version of the announcement.';
comment on column consultation.slug is 'Its name in the addresses of the public pages.';
comment on column consultation.title is 'Its title.';
comment on column consultation.organiser is 'Who runs it.';
comment on column consultation.language is 'fr or en.';
comment on column consultation.terms_version is 'The version of the terms that participants must have accepted.';
comment on column consultation.opens_on is 'First day.';
comment on column consultation.closes_on is 'Last day.';
comment on column consultation.state is 'announced, open, closed or archived, on the day of the announcement.';
comment on column consultation.purposes is 'What data are processed for, as read before consenting.';
comment on column consultation.retention_days is 'How many days data are kept after the end; 0 when it was not said.';

create table consent (
  account_id uuid not null references account on delete cascade,
  consultation_id uuid not null references consultation,
  terms_version text not null,
  accepted_on date not null,
  subject_index bytea check (octet_length(subject_index) = 32),
  primary key (account_id, consultation_id, terms_version)
);
comment on table consent is 'Who agreed to take part in what. No access token is issued without it; leaving deletes it.';
comment on column consent.account_id is 'Who.';
comment on column consent.consultation_id is 'Where.';
comment on column consent.terms_version is 'What exactly was accepted.';
comment on column consent.accepted_on is 'On which day.';
comment on column consent.subject_index is 'Keyed digest of the pseudonymous token, by which a notice finds its account; null until a token was issued.';
create index consent_consultation on consent (consultation_id);
create index consent_subject on consent (subject_index) where subject_index is not null;

create table erasure (
  id uuid primary key,
  receipt_hash bytea not null unique check (octet_length(receipt_hash) = 32),
  address bytea,
  language text not null,
  requested_on date not null,
  done_on date
);
comment on table erasure is 'An account erased as a whole. Deleted 30 days after it was asked for.';
comment on column erasure.id is 'Random, unrelated to the account, which is gone.';
comment on column erasure.receipt_hash is 'Digest of the secret in the receipt''s link, the only way to see this row.';
comment on column erasure.address is 'Encrypted, only until the last proof is mailed, and never more than 7 days.';
comment on column erasure.language is 'Language of that mail.';
comment on column erasure.requested_on is 'Day of the request.';
comment on column erasure.done_on is 'Day on which every consultation had proved its part.';

create table removal (
  id uuid primary key,
  kind text not null check (kind in ('withdrawal', 'erasure')),
  consultation_id uuid not null references consultation,
  account_id uuid references account on delete cascade,
  erasure_id uuid references erasure on delete cascade,
  language text not null,
  requested_on date not null,
  done_on date,
  contributions int,
  votes int,
  check (account_id is null or erasure_id is null),
  check ((done_on is null) = (contributions is null) and (done_on is null) = (votes is null))
);
comment on table removal is 'One consultation asked to remove what one participant said, and its proof. Kept as long as the account, or 30 days after it.';
comment on column removal.id is 'The id of the event that asked; the proof names it.';
comment on column removal.kind is 'withdrawal: the person left one consultation; erasure: the account goes.';
comment on column removal.consultation_id is 'Where.';
comment on column removal.account_id is 'Who, as long as there is an account.';
comment on column removal.erasure_id is 'The erasure that this is a part of, once there is none.';
comment on column removal.language is 'Language of the mail that brings the proof.';
comment on column removal.requested_on is 'Day of the request.';
comment on column removal.done_on is 'Day named by the proof.';
comment on column removal.contributions is 'Contributions removed, as proved.';
comment on column removal.votes is 'Votes removed, as proved.';
create index removal_account on removal (account_id);
create index removal_erasure on removal (erasure_id);

create table mail (
  id uuid primary key,
  address bytea not null,
  template text not null,
  language text not null,
  facts jsonb not null,
  tries smallint not null default 0,
  next_try_at timestamptz not null
);
comment on table mail is 'Mails to send, other than codes; a row goes when the mail server took the mail, or after 12 tries.';
comment on column mail.id is 'Random; also the Message-ID.';
comment on column mail.address is 'Where to, encrypted for this row.';
comment on column mail.template is 'A file of mails/.';
comment on column mail.language is 'fr or en.';
comment on column mail.facts is 'What fills the template: titles, days and counts.';
comment on column mail.tries is 'Failures so far.';
comment on column mail.next_try_at is 'Not before this instant; for a digest, a random one of that day.';

create table outbox (
  event_id uuid primary key,
  subject text not null,
  body bytea not null
);
comment on table outbox is 'Facts to publish, written with their cause; a row goes when the bus has acknowledged it.';
comment on column outbox.event_id is 'Random; the message id on the bus.';
comment on column outbox.subject is 'The bus subject.';
comment on column outbox.body is 'The encoded event. Holds a pseudonymous token, hence deleted once acknowledged.';

create table inbox (
  event_id uuid primary key,
  day date not null
);
comment on table inbox is 'Events already applied, written with their effect, so that a repeat has none.';
comment on column inbox.event_id is 'The event''s id.';
comment on column inbox.day is 'Day on which it was applied.';

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
comment on column dead_letter.stream is 'The bus stream.';
comment on column dead_letter.sequence is 'Its place there.';
comment on column dead_letter.subject is 'The subject, one of contracts.subjects, or empty when it is not.';
comment on column dead_letter.reason is 'A word of contracts.events.InvalidMessage, or unstorable.';
comment on column dead_letter.sha256 is 'Digest of the bytes, to recognise them.';
comment on column dead_letter.day is 'When it was set aside.';

create table notice_refusal (
  account_id uuid not null references account on delete cascade,
  consultation_id uuid not null references consultation on delete cascade,
  primary key (account_id, consultation_id)
);
comment on table notice_refusal is 'Who wants no mail about news of a consultation.';
comment on column notice_refusal.account_id is 'Who.';
comment on column notice_refusal.consultation_id is 'Of which consultation.';

create table staff (
  id uuid primary key,
  address_index bytea not null unique check (octet_length(address_index) = 32),
  address bytea not null,
  roles text[] not null,
  version int not null check (version >= 0),
  totp bytea,
  proposed_totp bytea,
  enrolled_on date,
  last_counter bigint not null default 0,
  joined_on date not null,
  removed_on date
);
comment on table staff is 'Members of staff. Nothing joins them to accounts: the index of an address has another key here.';
comment on column staff.id is 'Random; never leaves this service. The pseudonym is an HMAC of it.';
comment on column staff.address_index is 'HMAC of the canonical address under the key of staff.';
comment on column staff.address is 'The address as invited, encrypted for this row.';
comment on column staff.roles is 'What they may do; empty once removed.';
comment on column staff.version is 'That of the roles as they were last stated on the bus; 0 before.';
comment on column staff.totp is 'The secret of the second factor (RFC 6238), encrypted for this row.';
comment on column staff.proposed_totp is 'A secret shown and not proved yet; the one before is good until then.';
comment on column staff.enrolled_on is 'When the second factor was proved for the first time; no right before.';
comment on column staff.last_counter is 'The last time step whose code was used: each is good once.';
comment on column staff.joined_on is 'Day on which the invitation was accepted.';
comment on column staff.removed_on is 'Day of the removal. The row is deleted a year later: journals are read until then.';

create table staff_invitation (
  id uuid primary key,
  address_index bytea not null unique check (octet_length(address_index) = 32),
  address bytea not null,
  roles text[] not null,
  link_hash bytea not null unique check (octet_length(link_hash) = 32),
  last_day date not null
);
comment on table staff_invitation is 'Invitations not yet accepted: one per mailbox, a new one replaces the former.';
comment on column staff_invitation.id is 'Random.';
comment on column staff_invitation.address_index is 'As staff.address_index.';
comment on column staff_invitation.address is 'Where it was mailed to, encrypted for this row.';
comment on column staff_invitation.roles is 'The roles it gives.';
comment on column staff_invitation.link_hash is 'Digest of the secret in the link.';
comment on column staff_invitation.last_day is 'Last day of the invitation.';

create table staff_sign_in (
  id uuid primary key,
  address_index bytea not null unique check (octet_length(address_index) = 32),
  browser_hash bytea not null unique check (octet_length(browser_hash) = 32),
  code_hash bytea not null check (octet_length(code_hash) = 32),
  invitation_id uuid references staff_invitation on delete cascade,
  tries_left smallint not null check (tries_left >= 0),
  expires_at timestamptz not null
);
comment on table staff_sign_in is 'A first factor under way, for staff and for whoever types an address there: the answers are the same.';
comment on column staff_sign_in.id is 'Random.';
comment on column staff_sign_in.address_index is 'As staff.address_index.';
comment on column staff_sign_in.browser_hash is 'Digest of the secret held by the tab that asked.';
comment on column staff_sign_in.code_hash is 'Keyed hash of the code, bound to this row.';
comment on column staff_sign_in.invitation_id is 'The invitation that is being accepted.';
comment on column staff_sign_in.tries_left is 'Codes that may still be tried; counted down before the comparison.';
comment on column staff_sign_in.expires_at is '15 minutes after the code was asked for.';

create table staff_session (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  staff_id uuid not null references staff on delete cascade,
  proved boolean not null,
  tries_left smallint not null check (tries_left >= 0),
  ends_on date not null
);
comment on table staff_session is 'A browser of a member of staff, after the first factor.';
comment on column staff_session.token_hash is 'Digest of 256 random bits that only the browser holds.';
comment on column staff_session.staff_id is 'Who.';
comment on column staff_session.proved is 'Whether the second factor was proved in this session.';
comment on column staff_session.tries_left is 'Second factors that may still be tried.';
comment on column staff_session.ends_on is 'Last day.';
create index staff_session_staff on staff_session (staff_id);

create table staff_recovery (
  staff_id uuid not null references staff on delete cascade,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  primary key (staff_id, code_hash)
);
comment on table staff_recovery is 'Recovery codes, each good once in the place of the second factor.';
comment on column staff_recovery.staff_id is 'Whose.';
comment on column staff_recovery.code_hash is 'Keyed hash of the code, bound to its owner.';

create table staff_act (
  number bigint generated always as identity primary key,
  staff text not null,
  act text not null,
  object text not null,
  day date not null
);
comment on table staff_act is 'What staff did here, in order. Staff are accountable, so these rows have a number.';
comment on column staff_act.number is 'The order.';
comment on column staff_act.staff is 'The pseudonym of who did it; operator for the command line.';
comment on column staff_act.act is 'What.';
comment on column staff_act.object is 'The pseudonym of the member of staff concerned, or roles given; never an address.';
comment on column staff_act.day is 'When.';
