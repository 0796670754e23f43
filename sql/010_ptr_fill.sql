-- How many records each version has, so that a limit holds wherever a zone grows; reverse zones that are filled from what is there.
set local search_path = dms;

alter table zi add column records integer not null default 0;
comment on column zi.records is 'Records of the version, beside its SOA: kept, so that a small update of a large zone need not count';
-- One pass: what came and went with each version, added up.
update zi set records = t.total from (
    select zone_id, seq, sum(sum(n)) over (partition by zone_id order by seq) total from (
        select zone_id, since seq, count(*) n from rr group by zone_id, since union all
        select zone_id, until, -count(*) from rr where until is not null group by zone_id, until union all
        select zone_id, seq, 0 from zi) d group by zone_id, seq) t
    where t.zone_id = zi.zone_id and t.seq = zi.seq and t.total <> 0;

create table ptr_fill (
    zone_id bigint not null,
    network cidr not null,
    sectag_id bigint,
    change_by text not null,
    change_id bigint not null,
    own_after text default '',
    address_after inet,
    rr_after bigint not null default 0,
    primary key (zone_id, network)
);
comment on table ptr_fill is 'Reverse zones in which the addresses that are there are to be looked at, piece by piece: new ones, and those that came back or took over a network';
comment on column ptr_fill.zone_id is 'Reverse zone.  Not a foreign key: see ptr_update.zone_id';
comment on column ptr_fill.network is 'The zone''s own, or that of a zone inside it which has gone';
comment on column ptr_fill.sectag_id is 'Sectag of whoever asked: only hosts of zones that it sees; null: Admin';
comment on column ptr_fill.own_after is 'First the PTR records that DMS made are looked at, in order of their owners: the last one that was; null: all were';
comment on column ptr_fill.address_after is 'Then addresses of forward zones, in order: the last one that was looked at, and (rr_after) its record; null: none yet';

alter table ptr_update add column held boolean not null default false, add column fill boolean not null default false;
comment on column ptr_update.fill is 'Of an address that was there when its reverse zone was filled: it takes no place of a PTR record made by hand';
comment on column ptr_update.held is 'Its PTR record has no room: the zone has as many records as it may have.  It waits until there is';

create index rr_below on rr (zone_id, reverse(label) text_pattern_ops) where until is null and label like '%.%';
comment on index rr_below is 'Is there a name below another one?  Asked when a DNAME record comes';
