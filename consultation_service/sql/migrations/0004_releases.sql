-- Releases of open data: which there were, and what has to be remembered of them so that no difference between two of
-- them is about fewer than k people (docs/adr/0016-releases.md).

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
