-- Change sets take back exactly what was there; updates that wait keep what they were held to; what was refused is kept for its author.
set local search_path = dms;

alter table change_set_rr add column group_no integer, add column pos double precision, add column ptr_zone_id bigint;
comment on column change_set_rr.group_no is 'RESTORE: the group where the record stood; null: that group is gone';
comment on column change_set_rr.pos is 'RESTORE: its position in the group';
comment on column change_set_rr.ptr_zone_id is 'As of the record (rr.ptr_zone_id)';
alter table change_set_zone drop constraint change_set_zone_zone_id_fkey;
drop index change_set_zone_zone;
comment on column change_set_zone.zone_id is 'Null: there was none.  Not a foreign key: its check would lock the row of every zone that a plan chooses, so that all their edits would wait';

alter table update_group add column strict boolean not null default false, add column if_zi_id bigint, add column if_serial bigint;
comment on column update_group.strict is 'What it was held to when it was submitted; judged again when it is made';
comment on column update_group.if_zi_id is 'It is refused unless this version is the newest when it is made; null: no such condition';
comment on column update_group.if_serial is 'It is refused unless the newest version has this serial when it is made; null: no such condition';

create table kept_text (
    id bigint generated always as identity primary key,
    change_id bigint unique,
    zone_id bigint references zone on delete set null,
    name text not null,
    front_end text not null,
    login text not null,
    token text,
    method text not null,
    at timestamptz not null,
    contents text not null,
    error_code integer,
    message text,
    check ((error_code is null) = (message is null))
);
create index kept_text_author on kept_text (front_end, login, id);
create index kept_text_at on kept_text (at);
create index kept_text_zone on kept_text (zone_id) where zone_id is not null;
comment on table kept_text is 'Contents of saves that were refused because somebody else was faster, and of updates that wait: their author can fetch what was refused';
comment on column kept_text.change_id is 'The incremental update that waits for the end of an edit lock, or waited';
comment on column kept_text.zone_id is 'Null: there was no such zone, or it is gone';
comment on column kept_text.login is 'Who sent it; with front_end and token: who may fetch it, besides administrators of all zones';
comment on column kept_text.token is 'Public id of the API token that was used; null: none';
comment on column kept_text.contents is 'JSON text of the parameters that bring contents, as they were sent';
comment on column kept_text.error_code is 'Why it was refused, with message; null: it waits';

create index token_ended on token (least(revoked_at, expires));

insert into config (key, value) values ('token_max_age', '90'), ('kept_text_max_age', '7');
