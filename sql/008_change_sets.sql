-- Requests that may be sent again (idempotency keys), and change sets: one change over many zones, planned, then made zone by zone.
set local search_path = dms;

create table request (
    id bigint generated always as identity primary key,
    front_end text not null,
    login text not null,
    key text not null check (length(key) between 1 and 128),
    method text not null,
    digest text not null,
    result text,
    at timestamptz not null,
    unique (front_end, login, key)
);
create index request_at on request (at);
comment on table request is 'Idempotency keys: what a changing request gave, so that the same request sent again gives it again and does nothing';
comment on column request.digest is 'Of the method''s parameters, passwords left out: the same key with others is a mistake';
comment on column request.result is 'JSON text; null: in the transaction that is making the change, never committed so';

create table change_set (
    id bigint generated always as identity primary key,
    title text,
    definition text,
    revert_of bigint references change_set on delete set null,
    state text not null default 'NEW' check (state in ('NEW', 'PLANNING', 'PLANNED', 'APPLYING', 'DONE', 'CANCELLED')),
    login text not null,
    role text not null,
    front_end text not null,
    address text,
    sectag_id bigint,
    change_by text not null,
    change_id bigint,
    created timestamptz not null,
    planned_at timestamptz,
    applied_at timestamptz,
    finished_at timestamptz
);
create index change_set_applying on change_set (id) where state = 'APPLYING';
create index change_set_revert on change_set (revert_of) where revert_of is not null;
create index change_set_created on change_set (created);
comment on table change_set is 'A change over many zones.  While it is APPLYING the engine makes it, zone by zone';
comment on column change_set.definition is 'Its operations as JSON text, as they were given; null: it takes another one back (revert_of)';
comment on column change_set.login is 'Who made it, and then who applied it: its changes are that account''s, with its role and its view of zones';
comment on column change_set.sectag_id is 'Whose zones only; a tag that is deleted meanwhile leaves none, so it is no reference';
comment on column change_set.change_id is 'Change log row of the last apply_change_set';

create table change_set_zone (
    set_id bigint not null references change_set on delete cascade,
    name dns_name not null,
    id bigint generated always as identity unique,
    zone_id bigint references zone on delete set null,
    operations integer[] not null default '{}',
    state text not null default 'NEW' check (state in ('NEW', 'UNCHANGED', 'REFUSED', 'PLANNED', 'DONE', 'FAILED', 'CANCELLED')),
    zi_id bigint,
    added integer not null default 0,
    removed integer not null default 0,
    changed integer not null default 0,
    error_code integer,
    message text,
    change_id bigint,
    new_zi_id bigint,
    done_at timestamptz,
    reverts bigint references change_set_zone (id) on delete set null,
    primary key (set_id, name),
    check ((state = 'DONE') = (change_id is not null))
);
create index change_set_zone_state on change_set_zone (set_id, state, name);
create index change_set_zone_zone on change_set_zone (zone_id) where zone_id is not null;
create index change_set_zone_reverts on change_set_zone (reverts) where reverts is not null;
comment on table change_set_zone is 'What a change set does to one zone: planned for version zi_id and made only while that is the newest one';
comment on column change_set_zone.state is 'NEW: not planned yet; UNCHANGED, REFUSED: nothing will be done; PLANNED: to be done; then DONE, FAILED or CANCELLED';
comment on column change_set_zone.operations is 'Which operations of the definition chose the zone, from 0';
comment on column change_set_zone.error_code is 'Why it is REFUSED or FAILED, with message';

create table change_set_rr (
    set_zone_id bigint not null references change_set_zone (id) on delete cascade,
    shown boolean not null,
    no integer not null,
    op text not null,
    group_comment text,
    label text not null,
    type integer not null check (type between 1 and 65535),
    ttl bigint check (ttl between 0 and 2147483647),
    rdata text not null,
    comment text,
    disable boolean not null default false,
    lock_ptr boolean not null default false,
    track_reverse boolean not null default false,
    reference text,
    primary key (set_zone_id, shown, no)
);
comment on column change_set_zone.reverts is 'What it takes back: the row of the set that is reverted';
comment on table change_set_rr is 'Operations of a change set on one zone as they will be made, and (shown) the difference that they make: ADDED, REMOVED, and WAS before CHANGED';

insert into config (key, value) values ('idempotency_max_age', '7'), ('change_set_max_age', '365');
