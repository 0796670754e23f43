-- History, search over the estate, audit.  The indexes of rr hold closed rows too: a zone that was rolled back publishes rows
-- that its newest version has not, and the estate as it was reads nothing else.
set local search_path = dms;

create index rr_past on rr (zone_id, label) where until is not null;
create index rr_group_since on rr_group (zone_id, since);
create index rr_group_until on rr_group (zone_id, until) where until is not null;

create index rr_value on rr (type, lower(left(rdata, 80) collate "C"), id);
create index rr_label on rr (label collate "C", id) where label <> '@';
create index rr_address on rr ((rdata::inet), id) where type in (1, 28);
comment on index rr_value is 'Search by value; the beginning only, since rdata may be larger than an index row';
comment on index rr_label is 'Search by owner; the apex is found by the name of its zone';
comment on index rr_address is 'Search by address: records of types A and AAAA';

create index zone_reverse on zone (reverse(name) text_pattern_ops);
comment on index zone_reverse is 'Names by their end: patterns such as *.example.org';
drop index zone_ref;
create index zone_ref on zone (ref_id, name) where ref_id is not null;
drop index zone_sg;
create index zone_sg on zone (sg_id, name);

create index change_object on change (left(object_name, 255), id) where object_name is not null;
comment on index change_object is 'The beginning only: the name in a refused call may be of any length';
create index change_login on change (login, id);
create index event_failed on event (id) where state in ('RETRY', 'FAILURE');
