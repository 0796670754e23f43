-- Invariants of the database as queries: each gives a row (its name, how often it is violated) only where it is violated.
-- They hold after every commit, unless marked "at rest": those hold when nothing is due and every enabled server is reachable.
-- Run by the simulation, by tests and by an operator: psql -f check.sql gives no row when all is well.
set search_path = dms;

-- ---- nothing that was committed is lost

select 'a live zone has a version to publish', count(*) from zone
 where state in ('CREATE', 'RESET', 'UNCONFIG', 'PUBLISHED', 'UPDATE') and zi_candidate_id is null having count(*) > 0;

select 'newest version of a live zone is published, or its publication is queued or under way', count(*) from zone z
 where z.state in ('CREATE', 'RESET', 'UNCONFIG', 'PUBLISHED', 'UPDATE') and (z.zi_id is distinct from z.zi_candidate_id or z.state <> 'PUBLISHED')
   and not exists (select from event e where e.kind = 'zone' and e.machine_id = z.id and e.done is null
                      and e.type in ('ZoneSMConfig', 'ZoneSMUpdate', 'ZoneSMEditUpdate'))
   and not exists (select from zone_server g join server s on s.id = g.server_id where g.zone_id = z.id and s.role = 'master'
                      and g.goal = 'serve' and g.behind_since is not null)
   and (exists (select from server s where s.role = 'master' and s.state <> 'DISABLED') -- the next master gets every zone that is on none
        or exists (select from zone_server g join server s on s.id = g.server_id where g.zone_id = z.id and s.role = 'master'))
having count(*) > 0;

select 'a published zone has a row on the master', count(*) from zone z
 where z.state = 'PUBLISHED' and exists (select from server where role = 'master' and state <> 'DISABLED')
   and not exists (select from event e where e.kind = 'zone' and e.machine_id = z.id and e.done is null)
   and not exists (select from zone_server g join server s on s.id = g.server_id where g.zone_id = z.id and s.role = 'master'
                      and g.goal = 'serve') having count(*) > 0;

select 'a goal is reached or will be sent', count(*) from zone_server where (behind_since is null) <> (next_send is null) having count(*) > 0;

select 'a zone that is out of service is to go from every server', count(*) from zone z join zone_server g on g.zone_id = z.id
 where z.state in ('DISABLED', 'DELETED') and g.goal <> 'absent' having count(*) > 0;

select 'a zone in service is not to go from the master', count(*) from zone z join zone_server g on g.zone_id = z.id
   join server s on s.id = g.server_id
 where z.state in ('UNCONFIG', 'PUBLISHED', 'UPDATE') and s.role = 'master' and s.state <> 'DISABLED' and g.goal = 'absent'
   and not exists (select from event e where e.kind = 'zone' and e.machine_id = z.id and e.done is null) having count(*) > 0;

select 'what the master holds is the published version', count(*) from zone z join zone_server g on g.zone_id = z.id
   join server s on s.id = g.server_id
 where z.state = 'PUBLISHED' and s.role = 'master' and s.state <> 'DISABLED' and g.goal = 'serve' and g.behind_since is null
   and (g.live_zi_id is distinct from z.zi_id or g.live_serial is distinct from g.goal_serial) having count(*) > 0;

select 'a published zone has a goal on every enabled server of its groups that is configured', count(*)
  from zone z join zone_server m on m.zone_id = z.id and m.behind_since is null and m.goal = 'serve' join server ms on ms.id = m.server_id
   and ms.role = 'master' and ms.state <> 'DISABLED' join server s on s.role <> 'master' and s.state <> 'DISABLED' and s.config_applied > 0
   and (s.sg_id = z.sg_id or s.sg_id = z.alt_sg_id or s.sg_id in (select id from server_group where replica))
 where z.state = 'PUBLISHED' and not exists (select from zone_server g where g.zone_id = z.id and g.server_id = s.id and g.goal = 'serve'
   and serial_ge(g.goal_serial, m.live_serial))
   and not exists (select from zone_move v where v.zone_id = z.id and v.state in ('START', 'UNDO_ADD')) -- about to be published to the new group
   and not exists (select from event e where e.kind = 'zone' and e.machine_id = z.id and e.done is null and e.type = 'ZoneSMUpdate')
having count(*) > 0;

select 'no server is to serve a name and to lose it', count(*) from zone_server g join zone z on z.id = g.zone_id join zone o on o.name = z.name
   and o.id <> z.id join zone_server n on n.zone_id = o.id and n.server_id = g.server_id
 where g.goal = 'absent' and n.goal = 'serve' having count(*) > 0;

-- ---- serials

select 'a zone''s serial is not behind what was sent', count(*) from zone z join zone_server g on g.zone_id = z.id join server s on s.id = g.server_id
 where s.state <> 'DISABLED' and s.config_applied > 0 and not serial_ge(z.soa_serial, g.goal_serial) having count(*) > 0;

-- "Grows" holds from one to the next only: a serial that was wrapped is behind those of long ago.
select 'a serial jumps ahead', count(*) from serial_jump where from_serial = to_serial or not serial_ge(to_serial, from_serial) having count(*) > 0;

select 'a serial goes ahead from one jump to the next', count(*) from (select from_serial, lag(to_serial) over (partition by name order by id) as before
   from serial_jump) j where not serial_ge(from_serial, before) having count(*) > 0;

select 'a serial does not jump to one that was used', count(*) from serial_jump j join (select name, id, lag(to_serial) over (partition by name order by id) as first,
   from_serial as last from serial_jump) r on r.name = j.name and r.id <= j.id
 where ((j.to_serial - r.first) & 4294967295) <= ((r.last - r.first) & 4294967295) having count(*) > 0;

select 'a live zone''s serial is ahead of the newest jump of its name', count(*) from zone z join lateral (select j.to_serial from serial_jump j
   where j.name = z.name order by j.id desc limit 1) j on true
 where z.state in ('PUBLISHED', 'UPDATE', 'UNCONFIG') and not serial_ge(z.soa_serial, j.to_serial) having count(*) > 0;

select 'a live zone''s serial is ahead of what its name was served with before', count(*) from zone z join retired_serial r on r.name = z.name
 where z.state in ('PUBLISHED', 'UPDATE', 'UNCONFIG') and not serial_ge(z.soa_serial, r.soa_serial)
   and not exists (select from serial_jump j where j.name = z.name and j.at >= z.ctime) having count(*) > 0;

select 'serials of a name''s publications grow', count(*) from (select z.name, p.soa_serial, lag(p.soa_serial) over w as before,
   lag(p.committed_at) over w as since from publication p join zone z on z.id = p.zone_id where not p.waited and p.goal = 'serve' and p.master_at is not null
   window w as (partition by z.name order by p.change_id)) p
 where not serial_ge(p.soa_serial, p.before) and not exists (select from serial_jump j where j.name = p.name and j.at >= p.since
   and serial_ge(p.soa_serial, j.to_serial)) having count(*) > 0;

-- ---- names, versions, records

select 'one live zone per name', count(*) from (select name from zone where state <> 'DELETED' group by name having count(*) > 1) d having count(*) > 0;

select 'a zone''s versions are its own', count(*) from zone z join zi i on i.id in (z.zi_id, z.zi_candidate_id) where i.zone_id <> z.id
having count(*) > 0;

select 'version numbers end at zi_count', count(*) from zone z where z.zi_count < coalesce((select max(seq) from zi where zone_id = z.id), 0)
having count(*) > 0;

select 'a record is closed no later than its zone''s newest version', count(*) from rr r join zone z on z.id = r.zone_id
 where r.since > z.zi_count or r.until > z.zi_count having count(*) > 0;

select 'a record stands in a group of its time', count(*) from rr r
 where not exists (select from rr_group g where g.zone_id = r.zone_id and g.group_no = r.group_no and g.since <= r.since
                      and (g.until is null or g.until > r.since)) having count(*) > 0;

select 'lifetimes of a group do not overlap', count(*) from rr_group a join rr_group b on b.zone_id = a.zone_id and b.group_no = a.group_no
   and b.since > a.since
 where a.until is null or a.until > b.since having count(*) > 0;

select 'lifetimes of one record do not overlap', count(*) from rr a join rr b on b.zone_id = a.zone_id and b.label = a.label and b.type = a.type
   and b.rdata = a.rdata and b.id > a.id
 where a.since < coalesce(b.until, 2147483647) and b.since < coalesce(a.until, 2147483647) having count(*) > 0;

-- ---- locks

select 'an edit lock has its guard', count(*) from zone z
 where z.lock_state = 'EDIT_LOCK' and coalesce((select value from config c where c.key = 'edit_lock_timeout' and c.sg_id is null), '30m') <> '0'
   and not exists (select from event e where e.id = z.edit_lock_token and e.kind = 'zone' and e.machine_id = z.id
                      and e.type = 'ZoneSMEditTimeout' and e.done is null) having count(*) > 0;

select 'a deleted zone is not locked', count(*) from zone where state = 'DELETED' and lock_state = 'EDIT_LOCK' having count(*) > 0;

-- ---- receipts

select 'a receipt that is on the master has a serial', count(*) from publication
 where goal = 'serve' and master_at is not null and soa_serial is null having count(*) > 0;

select 'a receipt that every enabled server has is complete', count(*) from publication p
 where p.live_at is null and p.goal = 'serve' and p.master_at is not null
   and not exists (select from zone_server g join server s on s.id = g.server_id where g.zone_id = p.zone_id and s.role <> 'master'
                      and s.state <> 'DISABLED' and g.goal = 'serve'
                      and not coalesce((serial_ge(g.live_serial, p.soa_serial) and serial_ge(g.goal_serial, g.live_serial)
                          or g.behind_since is null and g.live_serial is not null) and s.config_applied > 0, false))
having count(*) > 0;

select 'an open receipt''s zone is not at rest', count(*) from publication p join zone z on z.id = p.zone_id
 where p.live_at is null and p.goal = 'serve' and not p.deferred and z.state = 'PUBLISHED'
   and not exists (select from event e where e.kind = 'zone' and e.machine_id = z.id and e.done is null)
   and not exists (select from zone_server g join server s on s.id = g.server_id where g.zone_id = z.id
                      and (s.role = 'master' or s.state <> 'DISABLED') and g.behind_since is not null)
   and not exists (select from zone_server g join server s on s.id = g.server_id where g.zone_id = z.id and g.goal = 'serve'
                      and s.state <> 'DISABLED' and s.config_applied = 0) -- back again: its zones follow its configuration
having count(*) > 0;

select 'receipts are closed in order', count(*) from publication where live_at < master_at having count(*) > 0;

-- ---- servers and configuration

select 'no server is at a generation that was never given out', count(*) from server s, master m
 where s.config_goal > m.generation having count(*) > 0;

select 'an enabled server whose configuration is not applied will get it', count(*) from server s
 where s.state <> 'DISABLED' and s.config_applied < s.config_goal and s.config_next_send is null having count(*) > 0;

select 'a server that awaits its first generation is in a queued or held request', count(*) from server s, master m
 where s.state <> 'DISABLED' and s.config_goal = 0 and m.state = 'READY'
   and not exists (select from event e where e.kind = 'master' and e.done is null) having count(*) > 0;

select 'the hold ends', count(*) from master m
 where m.state = 'HOLD' and not exists (select from event e where e.kind = 'master' and e.done is null and e.type = 'MasterSMHoldTimeout')
having count(*) > 0;

-- ---- events

select 'events of zones that are gone do not wait', count(*) from event e
 where e.kind = 'zone' and e.done is null and not exists (select from zone z where z.id = e.machine_id) having count(*) > 0;

-- ---- change sets

select 'a zone that a change set has changed has its change log row', count(*) from change_set_zone c join zone z on z.id = c.zone_id
 where c.state = 'DONE' and not exists (select from change h where h.id = c.change_id and h.zone_id = c.zone_id) having count(*) > 0;

select 'a change set that has ended has nothing left to do', count(*) from change_set s where s.state = 'DONE'
   and exists (select from change_set_zone c where c.set_id = s.id and c.state in ('NEW', 'PLANNED')) having count(*) > 0;

select 'a request that was committed has a result', count(*) from request where result is null having count(*) > 0;

-- ---- incremental updates

select 'an update that waits has a lock to wait for, or its event is queued', count(*) from update_group u join zone z on z.id = u.zone_id
 where z.lock_state <> 'EDIT_LOCK' and not exists (select from event e where e.kind = 'zone' and e.machine_id = z.id and e.done is null
   and e.type = 'ZoneSMIncUpdate') having count(*) > 0;

select 'an update that waits has a receipt that waits', count(*) from update_group u
 where not exists (select from publication p where p.change_id = u.change_id and p.deferred and p.failure is null) having count(*) > 0;

select 'a kept text that waits is of an update that waits', count(*) from kept_text k
 where k.error_code is null and not exists (select from update_group u where u.change_id = k.change_id)
   and exists (select from zone z where z.id = k.zone_id) having count(*) > 0;

-- ---- moves to another server group

select 'a move that is under way has its next step', count(*) from zone_move v join zone z on z.id = v.zone_id
 where v.ended is null and z.state <> 'DISABLED' and not exists (select from event e where e.kind = 'zone' and e.machine_id = v.zone_id
   and e.done is null and e.type = 'ZoneSMSgMove') having count(*) > 0;

select 'a move has one step that waits', count(*) from (select machine_id from event where kind = 'zone' and done is null
   and type = 'ZoneSMSgMove' group by machine_id having count(*) > 1) e having count(*) > 0;

select 'a zone that is being moved has the groups of its step', count(*) from zone_move v join zone z on z.id = v.zone_id
 where v.ended is null and (z.sg_id, coalesce(z.alt_sg_id, 0)) is distinct from case
   when v.state in ('START', 'ADD', 'UNDO_ADD', 'BACK', 'BACK_WAIT') then (v.from_sg_id, v.to_sg_id)
   when v.state in ('SWAP', 'WAIT', 'UNDO_SWAP') then (v.to_sg_id, v.from_sg_id)
   when v.state = 'REMOVE' then (v.to_sg_id, 0::bigint) else (v.from_sg_id, 0::bigint) end having count(*) > 0;

select 'a deleted zone is not being moved', count(*) from zone_move v join zone z on z.id = v.zone_id
 where v.ended is null and z.state = 'DELETED' having count(*) > 0;
-- ---- automatic PTR records

select 'PTR records that wait have a lock to wait for, or their event is queued', count(*) from (select zone_id from ptr_update union select zone_id from ptr_fill) u
  join zone z on z.id = u.zone_id where z.lock_state <> 'EDIT_LOCK' and z.state <> 'DELETED' and not exists (select from event e
   where e.kind = 'zone' and e.machine_id = z.id and e.done is null and e.type = 'ZoneSMAutoPtr') having count(*) > 0;

select 'only PTR records are made for other zones', count(*) from rr where ptr_zone_id is not null and (type <> 12 or track_reverse)
having count(*) > 0;
select 'the newest version has as many records as it says', count(*) from zi i join zone z on z.id = i.zone_id and z.zi_count = i.seq
 where i.records <> (select count(*) from rr r where r.zone_id = z.id and r.until is null) having count(*) > 0;
-- ---- access

select 'a token sees some zones if, and only if, it is limited to zones', count(*) from token t
 where t.scoped <> exists (select from token_zone s where s.token_id = t.id) having count(*) > 0;

select 'a certificate is bound to an account of its front end', count(*) from certificate c join account a on a.id = c.account_id
 where a.front_end_id <> c.front_end_id having count(*) > 0;
