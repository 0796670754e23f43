-- What the serials of a name were, across wraps and across zones that were deleted.
set local search_path = dms;

create table serial_jump (
    id bigint generated always as identity primary key,
    name dns_name not null,
    from_serial soa_serial not null,
    to_serial soa_serial not null,
    at timestamptz not null
);
create index serial_jump_name on serial_jump (name, id);
comment on table serial_jump is 'Where the serial of a name left the numbers that follow one another (set by hand, wrapped, back to the date): between two rows lies a run of used serials, which must not come again';
comment on column serial_jump.at is 'Versions that are older than the newest jump of their name bring no serial of their own any more';

comment on table retired_serial is 'The serial that the zone of a name had when it was deleted last: the next zone of the name, or one that is undeleted, goes on from there';

-- Until now only destroyed zones had their row.  The newest zone of a name had it last, as far as can be known.
insert into retired_serial (name, soa_serial)
select distinct on (z.name) z.name, z.soa_serial from zone z where z.state = 'DELETED' and z.soa_serial is not null order by z.name, z.id desc
on conflict (name) do update set soa_serial = excluded.soa_serial where serial_ge(excluded.soa_serial, retired_serial.soa_serial);
