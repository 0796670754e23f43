-- Change sets take back exactly what was there; updates that wait keep what they were held to; what was refused is kept for its author.
set local search_path = dms;

alter table change_set_rr add column group_no integer, add column pos double precision, add column ptr_zone_id bigint;
comment on column change_set_rr.group_no is 'RESTORE: the group where the record stood; null: that group is gone';
comment on column change_set_rr.pos is 'RESTORE: its position in the group';
comment on column change_set_rr.ptr_zone_id is 'As of the record (rr.ptr_zone_id)';
