-- Since when a server is in its state: a server that fails says why (retry_msg), and since when.
set local search_path = dms;

alter table server add column state_since timestamptz not null default now();
update server set state_since = coalesce(lost_at, mtime);
comment on column server.state_since is 'When it entered its state; retry_msg says why it is not OK';
