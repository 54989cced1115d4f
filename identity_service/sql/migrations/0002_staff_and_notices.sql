-- Staff with two factors, notices, purposes and retention on the consent page.

alter table consultation add column purposes text[] not null default '{}';
alter table consultation add column retention_days int not null default 0 check (retention_days >= 0);
comment on column consultation.purposes is 'What data are processed for, as read before consenting.';
comment on column consultation.retention_days is 'How many days data are kept after the end; 0 when it was not said.';

alter table consent add column subject_index bytea check (octet_length(subject_index) = 32);
comment on column consent.subject_index is 'Keyed digest of the pseudonymous token, by which a notice finds its account; null until a token was issued.';
create index consent_subject on consent (subject_index) where subject_index is not null;

comment on column consultation.state is 'announced, open, closed or archived, on the day of the announcement.';

comment on column mail.next_try_at is 'Not before this instant; for a digest, a random one of that day.';

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
