-- Supervised moves of zones between server groups.
set local search_path = dms;

create table zone_move (
    id bigint generated always as identity primary key,
    zone_id bigint not null references zone on delete cascade,
    from_sg_id bigint not null references server_group on delete cascade,
    to_sg_id bigint not null references server_group on delete cascade check (to_sg_id <> from_sg_id),
    state text not null check (state in ('START', 'ADD', 'SWAP', 'WAIT', 'REMOVE', 'DONE', 'UNDO_ADD', 'UNDO_SWAP', 'BACK',
        'BACK_WAIT', 'BACK_REMOVE', 'CANCELED')),
    alt_before boolean not null,
    ttl_wait bigint check (ttl_wait between 0 and 2147483647),
    ttl_old bigint check (ttl_old between 0 and 2147483647),
    serial soa_serial,
    since timestamptz not null,
    until timestamptz,
    message text,
    change_id bigint not null,
    started_by text not null,
    started timestamptz not null,
    ended timestamptz check ((ended is not null) = (state in ('DONE', 'CANCELED')))
);
create unique index zone_move_open on zone_move (zone_id) where ended is null;
create index zone_move_running on zone_move (id) where ended is null;
create index zone_move_ended on zone_move (ended) where ended is not null;
create index zone_move_zone on zone_move (zone_id, id);
create index zone_move_from on zone_move (from_sg_id);
create index zone_move_to on zone_move (to_sg_id);
comment on table zone_move is 'Moves of zones from one server group to another, one open per zone; each step is an event ZoneSMSgMove of the zone';
comment on column zone_move.alt_before is 'The target was the zone''s alternative group before the move: a cancelled move leaves it so';
comment on column zone_move.ttl_wait is 'Seconds to wait between the swap and the removal of the old group, as asked for; null: by the TTLs';
comment on column zone_move.ttl_old is 'Longest time that resolvers keep the name servers of the zone as it was before the swap';
comment on column zone_move.serial is 'What the publication of this step has: servers with it, or one ahead of it, have made the step';
comment on column zone_move.since is 'When its state was reached; until: when the wait for TTLs ends';
comment on column zone_move.message is 'What the step waits for; null: nothing, it is about to be made';

insert into config (key, value) values ('move_parent_ttl', '24h');
