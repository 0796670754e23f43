-- Incremental updates: operations that wait for the end of an edit lock, and the look-ups that keep the cost of an update
-- independent of the size of its zone.
set local search_path = dms;

create table update_group (
    id bigint generated always as identity primary key,
    zone_id bigint not null references zone on delete cascade,
    update_type text not null check (update_type ~ '^[-A-Za-z0-9_.]{1,60}$'),
    change_by text not null,
    change_id bigint not null,
    may_lock_ptr boolean not null,
    may_reference boolean not null,
    ctime timestamptz not null,
    unique (zone_id, update_type)
);
comment on table update_group is 'Incremental updates that were accepted while the zone was locked; applied, in the order of id, when the lock ends';
comment on column update_group.may_lock_ptr is 'Privileges of whoever submitted it, for the check when it is applied';

create table update_rr (
    group_id bigint not null references update_group on delete cascade,
    no integer not null,
    group_comment text,
    op text not null,
    label text not null,
    type integer not null check (type between 1 and 65535),
    ttl bigint check (ttl between 0 and 2147483647),
    rdata text not null,
    comment text,
    disable boolean not null default false,
    lock_ptr boolean not null default false,
    track_reverse boolean not null default false,
    reference text,
    primary key (group_id, no)
);
comment on table update_rr is 'Operations of an update group in order; rdata "" is any (DELETE), type 255 is ANY';

-- Who points at a name, or at a name below it: reversed, so that "below" is a range.
create index rr_target on rr (zone_id, reverse(lower(substring(rdata from '[^ ]+$'))) text_pattern_ops)
    where until is null and type in (2, 15, 33);
create index rr_group_place on rr_group (zone_id, coalesce(tag, ''), md5(coalesce(comment, '')), group_no) where until is null;

alter table publication add column deferred boolean not null default false, add column failure text,
    add column waited boolean not null default false;
comment on column publication.deferred is 'The change waits for the end of an edit lock: no publication is its own yet';
comment on column publication.waited is 'It was deferred once: what was accepted after it may have been published before it';
comment on column publication.failure is 'Why a deferred change was not made after all';
