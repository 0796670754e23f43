-- Rights.  Run after every migration; repeating it is harmless.
--   dms_owner       owns everything, nobody logs in as it
--   dms_controller  what the controller needs: rows, no tables; the change log can be written and read, never altered
--   dms_rsyslog     writes log lines and does nothing else
--   dms_reader      reads everything but hashes of passwords and tokens, and the answers kept for idempotency keys
set local search_path = dms;

do $$
declare
    role text;
    object record;
begin
    foreach role in array array['dms_owner', 'dms_controller', 'dms_rsyslog', 'dms_reader'] loop
        begin
            execute format('create role %I %s', role, case when role in ('dms_controller', 'dms_rsyslog') then 'login' else 'nologin' end);
        exception when duplicate_object or unique_violation then null;
        end;
    end loop;
    if not pg_has_role(current_user, 'dms_owner', 'member') then
        execute format('grant dms_owner to %I', current_user);
    end if;
    execute format('grant create on database %I to dms_owner', current_database());
    alter schema dms owner to dms_owner;
    for object in select c.relname, c.relkind from pg_class c
        where c.relnamespace = 'dms'::regnamespace and c.relowner <> 'dms_owner'::regrole
        and (c.relkind in ('r', 'v') or c.relkind = 'S' and not exists
            (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')) loop
        execute format('alter %s dms.%I owner to dms_owner',
            case object.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end, object.relname);
    end loop;
    for object in select t.typname from pg_type t
        where t.typnamespace = 'dms'::regnamespace and t.typtype = 'd' and t.typowner <> 'dms_owner'::regrole loop
        execute format('alter domain dms.%I owner to dms_owner', object.typname);
    end loop;
    for object in select p.oid::regprocedure as signature from pg_proc p
        where p.pronamespace = 'dms'::regnamespace and p.proowner <> 'dms_owner'::regrole loop
        execute format('alter function %s owner to dms_owner', object.signature);
    end loop;
end $$;

revoke all on schema dms from public;
grant usage on schema dms to dms_controller, dms_rsyslog, dms_reader;

revoke all on all tables in schema dms from dms_controller, dms_rsyslog, dms_reader;
grant select, insert, update, delete on all tables in schema dms to dms_controller;
revoke update, delete on change from dms_controller;
revoke insert, update, delete on schema_migration from dms_controller;
revoke insert, update on log_line from dms_controller;
grant insert on log_line to dms_rsyslog;
grant usage, select on all sequences in schema dms to dms_controller;
grant update on sequence command_id to dms_controller; -- lifted beyond what agents hold after the restore of an older dump

grant select on all tables in schema dms to dms_reader;
revoke select on account from dms_reader;
grant select (id, front_end_id, login, enabled, networks, ctime) on account to dms_reader;
revoke select on token from dms_reader;
grant select (id, public_id, account_id, comment, read_only, methods, names, types, networks, scoped, created_by, ctime, expires, revoked_at,
    last_used_at, last_address) on token to dms_reader;
revoke select on request from dms_reader;
grant select (id, front_end, login, key, method, at) on request to dms_reader;
