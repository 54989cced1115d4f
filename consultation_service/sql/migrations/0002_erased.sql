-- Erased participants stay out; votes are written without a foreign key. See schema.sql.
create table erased (
  digest bytea primary key check (octet_length(digest) = 32),
  day date not null
);
comment on table erased is 'Pseudonyms of erased participants, as SHA-256, until the next day: an access token that was '
  'issued just before the erasure lets nobody back in, because nobody could then be erased again.';

alter table vote drop constraint vote_contribution_id_fkey;
comment on table vote is 'The present vote of a participant on an item: one at most, whatever the retries. No foreign '
  'key: contributions stay, as tombstones, and checking one at each vote is a fifth of its cost.';
