-- Setting soa_ttl: TTL of the SOA record of zones that bring none; empty: the zone's TTL.
set local search_path = dms;

insert into config (key, value) values ('soa_ttl', '');
