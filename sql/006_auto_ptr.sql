-- Automatic PTR records: which of them DMS made itself, what waits to be done in reverse zones, and the look-ups.
set local search_path = dms;

alter table rr add column ptr_zone_id bigint;
comment on column rr.ptr_zone_id is 'The forward zone for which DMS made this PTR record; null: made by hand.  Not a foreign key: the mark outlives the zone';
create index rr_auto_ptr on rr (ptr_zone_id) where until is null and ptr_zone_id is not null;
-- Who has this address, in a zone or anywhere?  One expression, so that no other index can take its place in a plan: without statistics
-- (a fresh installation's first large load) that would read the zone once for each address.  And the records whose PTR is forced at every save.
create index rr_address_zone on rr ((rdata || ' ' || zone_id::text) text_pattern_ops) where until is null and type in (1, 28);
create index rr_track on rr (zone_id) where until is null and track_reverse;

create table ptr_update (
    id bigint generated always as identity primary key,
    zone_id bigint not null,
    label text not null,
    address text not null,
    host dns_name not null,
    forward_zone_id bigint not null,
    forced boolean not null,
    restored boolean not null,
    admin boolean not null,
    change_by text not null,
    change_id bigint not null,
    ctime timestamptz not null
);
create index ptr_update_zone on ptr_update (zone_id, id);
create index ptr_update_label on ptr_update (zone_id, label);
create index ptr_update_forward on ptr_update (forward_zone_id);
comment on table ptr_update is 'Addresses of forward zones that came, changed or went and whose PTR record is to be looked at: decided by the machine of the reverse zone';
comment on column ptr_update.zone_id is 'Reverse zone.  Not a foreign key: its check would lock the zone''s row, so that saves of forward zones would wait for each other';
comment on column ptr_update.address is 'As the record of the forward zone has it';
comment on column ptr_update.label is 'Owner of the PTR record, relative to the reverse zone';
comment on column ptr_update.forced is 'FORCEREV or TRACKREV: replace a PTR record whose host still has the address, make one where the setting says no';
comment on column ptr_update.restored is 'DMS had made it before the forward zone left service: made again whatever the settings say of new ones';
comment on column ptr_update.admin is 'The caller sees all zones; else the references of the zones decide (behaviour.md 8.2)';

create table ptr_parked (
    forward_zone_id bigint not null,
    zone_id bigint not null,
    label text not null,
    host dns_name not null,
    primary key (forward_zone_id, zone_id, label, host)
);
create index ptr_parked_zone on ptr_parked (zone_id);
comment on table ptr_parked is 'PTR records that DMS took away because their forward zone left service: made again when it comes back';

alter table update_rr add column force_reverse boolean not null default false;
alter table update_group add column sectag_id bigint;
comment on column update_group.sectag_id is 'Sectag of whoever submitted it, for automatic PTR records; null: Admin';

insert into config (key, value) values ('auto_reverse', 'true'), ('auto_create_ipv4_ptr', 'false'), ('auto_create_ipv6_ptr', 'true');
