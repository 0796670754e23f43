-- An estate at rest: zones :first to :last (by number; that is their id too), each with a version, a group and five records, its last
-- event and its last receipt.  Foreign keys are not checked, nothing is waited for.
set search_path = dms;
set session_replication_role = replica;
set synchronous_commit = off;
insert into zone (id, name, state, zi_id, zi_candidate_id, soa_serial, sg_id, zi_count, inc_updates) overriding system value
    select n, 'z' || n || '.bench.test.', 'PUBLISHED', n, n, 2026010100, :sg, 1, true from generate_series(:first::bigint, :last) n;
insert into zi (id, zone_id, seq, soa_serial, soa_mname, soa_rname, soa_refresh, soa_retry, soa_expire, soa_minimum, zone_ttl, apex_ns, change_by,
    ctime, mtime, ptime) overriding system value
    select n, n, 1, 2026010100, 'ns1.bench.test.', 'hostmaster.bench.test.', '2h', '900', '7d', '1h', '1h', '{ns1.bench.test.,ns2.bench.test.}',
    'bench', now(), now(), now() from generate_series(:first::bigint, :last) n;
insert into rr_group (zone_id, group_no, since, pos) select n, 1, 1, 1 from generate_series(:first::bigint, :last) n;
insert into rr (zone_id, group_no, since, pos, label, type, rdata)
    select n, 1, 1, k.pos, k.label, k.type, k.rdata from generate_series(:first::bigint, :last) n,
    (values (1, '@', 1, '192.0.2.1'), (2, '@', 15, '10 mail'), (3, 'mail', 1, '192.0.2.2'), (4, 'www', 1, '192.0.2.3'), (5, 'ftp', 5, 'www'))
    k (pos, label, type, rdata);
insert into change (id, at, login, role, front_end, method, zone_id, object_name, ok) overriding system value
    select n, now(), 'bench', 'admin', '/admin_dms', 'create_zone', n, 'z' || n || '.bench.test.', true from generate_series(:first::bigint, :last) n;
insert into publication (change_id, zone_id, zi_id, zi_seq, soa_serial, committed_at, master_at, live_at)
    select n, n, n, 1, 2026010100, now(), now(), now() from generate_series(:first::bigint, :last) n;
insert into event (id, kind, machine_id, type, state, created, due, done) overriding system value
    select n, 'zone', n, 'ZoneSMUpdate', 'SUCCESS', now(), now(), now() from generate_series(:first::bigint, :last) n;
select setval(pg_get_serial_sequence('dms.zone', 'id'), :last), setval(pg_get_serial_sequence('dms.zi', 'id'), :last),
    setval(pg_get_serial_sequence('dms.change', 'id'), :last), setval(pg_get_serial_sequence('dms.event', 'id'), :last) \g /dev/null
set session_replication_role = origin;
vacuum (analyze) zone, zi, rr, rr_group, change, publication, event;
checkpoint;
select count(public.pg_prewarm(oid)) from pg_class where relnamespace = 'dms'::regnamespace and relkind in ('r', 'i') \g /dev/null
