-- The schema of DMS.  PostgreSQL is the truth: what a process must not forget is a row here.
-- Names follow DESIGN; states are the predecessor's, because front ends show them.  Forward only: never edit a
-- migration that was released, add the next number.
create schema if not exists dms;
set local search_path = dms;

-- RFC 1982: is serial a equal to or ahead of b?  Null is never ahead.
create function serial_ge(a bigint, b bigint) returns boolean language sql immutable strict parallel safe
as $$ select ((a - b) & 4294967295) < 2147483648 $$;
comment on function serial_ge is 'RFC 1982 section 3.2: a = b or a > b';

create domain soa_serial as bigint check (value between 1 and 4294967295);
create domain dns_name as text check (value = lower(value) and value like '%.' and length(value) <= 1024);
create domain ttl_text as text check (value ~ '^[0-9wdhmsWDHMS]{1,20}$');

-- -------------------------------------------------------------------------------------------------- references, sectags
create table reference (
    id bigint generated always as identity primary key,
    name text not null check (name ~ '^[A-Za-z0-9][-_A-Za-z0-9.@]*$' and length(name) <= 1024)
);
create unique index reference_name on reference (lower(name));
comment on table reference is 'Owner or customer strings of zones and PTR records; compared without case, kept with it';

create table sectag (
    id bigint generated always as identity primary key,
    label text not null unique check (label ~ '^[A-Za-z0-9][-_A-Za-z0-9.]{0,59}$' and label <> 'Admin')
);
comment on table sectag is 'Security tags: which front end may see a zone.  Admin is implicit and never stored';

-- -------------------------------------------------------------------------------------------------- groups, servers, master
create table server_group (
    id bigint generated always as identity primary key,
    name text not null unique check (name ~ '^[A-Za-z0-9][-_A-Za-z0-9]{0,31}$'),
    config_dir text,
    master_address inet,
    master_alt_address inet,
    replica boolean not null default false,
    apex_ns dns_name[] not null default '{}',
    ctime timestamptz not null default now()
);
create unique index server_group_replica on server_group (replica) where replica;
comment on table server_group is 'SG: a named set of name servers that serve a common list of zones; one of them may be the replica SG, which carries all zones';
comment on column server_group.apex_ns is 'NS names at the apex of zones with use_apex_ns, in order';

create table server (
    id bigint generated always as identity primary key,
    name text not null unique check (name ~ '^[a-z0-9][-._a-z0-9]{0,254}$'),
    sg_id bigint not null references server_group,
    role text not null default 'slave' check (role in ('master', 'replica', 'slave')),
    server_type text not null default 'bind9' check (server_type in ('bind9', 'nsd4')),
    address inet not null,
    port integer not null default 53 check (port between 1 and 65535),
    ssh_address inet,
    agent_key text unique check (length(agent_key) = 40),
    state text not null default 'DISABLED' check (state in ('DISABLED', 'CONFIG', 'OK', 'RETRY', 'BROKEN')),
    retry_msg text,
    config_goal bigint not null default 0,
    config_applied bigint not null default 0,
    config_command bigint,
    config_attempts integer not null default 0,
    config_next_send timestamptz,
    connected_at timestamptz,
    lost_at timestamptz,
    name_server_up boolean not null default false,
    software text,
    last_reply timestamptz,
    ctime timestamptz not null default now(),
    mtime timestamptz not null default now(),
    unique (address, port)
);
create index server_sg on server (sg_id);
create unique index server_master on server (role) where role = 'master' and state <> 'DISABLED';
comment on table server is 'One name server with its agent: the hidden master, a DR replica or a slave';
comment on column server.agent_key is 'CURVE public key of its agent (Z85); null: no agent enrolled yet';
comment on column server.config_goal is 'Configuration generation that it should be at; config_applied: what its agent has confirmed';
comment on column server.connected_at is 'Since when its agent has a session; null: none (lost_at says since when)';

create table master (
    id integer primary key default 1 check (id = 1),
    state text not null default 'READY' check (state in ('READY', 'HOLD')),
    epoch bigint not null default 1,
    generation bigint not null default 0,
    hold_start timestamptz,
    hold_stop timestamptz,
    hold_sg bigint not null default 0
);
insert into master default values;
comment on table master is 'The master state machine: one row.  HOLD: configuration generation `generation` is being applied by agents';
comment on column master.epoch is 'Fencing: agents refuse commands of an older epoch; promotion adds one';
comment on column master.hold_sg is 'Scope of the requests that merged while in HOLD: 0 none, -1 master only, -2 all, else the group';

-- -------------------------------------------------------------------------------------------------- zones
create table zone (
    id bigint generated always as identity primary key,
    name dns_name not null,
    state text not null default 'INIT' check (state in ('INIT', 'CREATE', 'RESET', 'UNCONFIG', 'PUBLISHED', 'UPDATE', 'DISABLED', 'DELETED')),
    zi_id bigint,
    zi_candidate_id bigint,
    soa_serial soa_serial,
    use_apex_ns boolean not null default true,
    edit_lock boolean not null default false,
    auto_dnssec boolean not null default false,
    nsec3 boolean not null default false,
    inc_updates boolean not null default false,
    sg_id bigint not null references server_group,
    alt_sg_id bigint references server_group check (alt_sg_id <> sg_id),
    ref_id bigint references reference,
    lock_state text not null default 'EDIT_UNLOCK' check (lock_state in ('EDIT_LOCK', 'EDIT_UNLOCK')),
    edit_lock_token bigint check ((edit_lock_token is not null) = (lock_state = 'EDIT_LOCK')),
    locked_by text,
    locked_at timestamptz,
    zi_count integer not null default 0,
    deleted_start timestamptz,
    ctime timestamptz not null default now(),
    mtime timestamptz not null default now()
);
create unique index zone_live_name on zone (name text_pattern_ops) where state <> 'DELETED';
create index zone_name on zone (name);
create index zone_deleted on zone (deleted_start) where state = 'DELETED';
create index zone_sg on zone (sg_id);
create index zone_alt_sg on zone (alt_sg_id) where alt_sg_id is not null;
create index zone_ref on zone (ref_id) where ref_id is not null;
comment on table zone is 'A zone and its life cycle machine.  Several rows may share a name as long as at most one is not DELETED';
comment on column zone.zi_id is 'Published ZI: what the hidden master was last confirmed to serve (or will first serve)';
comment on column zone.zi_candidate_id is 'ZI that will be published next; equal to zi_id when quiescent';
comment on column zone.soa_serial is 'Highest serial ever sent to the hidden master for this zone';
comment on column zone.zi_count is 'Sequence number of the newest ZI';

create table retired_serial (
    name dns_name primary key,
    soa_serial soa_serial not null
);
comment on table retired_serial is 'Highest serial used by destroyed zones of a name, so that it never goes backwards when the name comes again';

create table zi (
    id bigint generated always as identity primary key,
    zone_id bigint not null references zone on delete cascade,
    seq integer not null check (seq > 0),
    soa_serial soa_serial not null,
    soa_mname dns_name not null,
    soa_rname dns_name not null,
    soa_refresh ttl_text not null,
    soa_retry ttl_text not null,
    soa_expire ttl_text not null,
    soa_minimum ttl_text not null,
    soa_ttl ttl_text,
    soa_comment text,
    soa_reference text,
    zone_ttl ttl_text not null,
    apex_ns dns_name[],
    change_by text not null,
    ctime timestamptz not null,
    mtime timestamptz not null,
    ptime timestamptz,
    unique (zone_id, seq)
);
alter table zone add foreign key (zi_id) references zi on delete set null deferrable initially deferred,
    add foreign key (zi_candidate_id) references zi on delete set null deferrable initially deferred;
create index zone_zi on zone (zi_id);
create index zone_zi_candidate on zone (zi_candidate_id);
comment on table zi is 'Zone instance: one version of a zone''s contents.  Its records are the rr rows with since <= seq and (until is null or until > seq)';
comment on column zi.apex_ns is 'Apex NS names taken from the SG (use_apex_ns); null: the zone''s own NS are records';

create table rr_group (
    zone_id bigint not null references zone on delete cascade,
    group_no integer not null,
    since integer not null,
    until integer check (until > since),
    pos double precision not null,
    comment text,
    tag text,
    primary key (zone_id, group_no, since)
);
create unique index rr_group_live on rr_group (zone_id, group_no) where until is null;
comment on table rr_group is 'RR groups by lifetime; group_no is the identity, so two groups with one comment stay two';
comment on column rr_group.pos is 'Sparse position: a group or record put in the middle moves no other row';

create table rr (
    id bigint generated always as identity primary key,
    zone_id bigint not null references zone on delete cascade,
    group_no integer not null,
    since integer not null,
    until integer check (until > since),
    pos double precision not null,
    label text not null,
    type integer not null check (type between 1 and 65535),
    ttl bigint check (ttl between 0 and 2147483647),
    rdata text not null,
    comment text,
    disable boolean not null default false,
    lock_ptr boolean not null default false,
    track_reverse boolean not null default false,
    ref_id bigint references reference
);
create unique index rr_live on rr (zone_id, label, type, md5(rdata)) where until is null;
create index rr_since on rr (zone_id, since);
create index rr_until on rr (zone_id, until) where until is not null;
create index rr_ref on rr (ref_id) where ref_id is not null;
comment on table rr is 'Resource records by lifetime: a record is kept once, not once per version';
comment on column rr.label is 'Owner relative to the zone, "@" for the apex';
comment on column rr.ttl is 'Null: the ZI''s zone_ttl';
comment on column rr.rdata is 'Canonical text, names inside the zone relative; proven by a round trip through wire form';

create table zone_sectag (
    zone_id bigint not null references zone on delete cascade,
    sectag_id bigint not null references sectag,
    primary key (zone_id, sectag_id)
);
create index zone_sectag_tag on zone_sectag (sectag_id);
comment on table zone_sectag is 'Which front ends may see a zone';

create table reverse_network (
    zone_id bigint primary key references zone on delete cascade,
    network cidr not null
);
create index reverse_network_net on reverse_network using gist (network inet_ops);
comment on table reverse_network is 'Network of a reverse zone, for look-up by address';

-- -------------------------------------------------------------------------------------------------- state per (zone, server): goals, outbox, reports
create sequence command_id;
comment on sequence command_id is 'Command ids and goal revisions: unique for ever, only growing';

create table zone_server (
    zone_id bigint not null references zone on delete cascade,
    server_id bigint not null references server,
    goal text not null default 'serve' check (goal in ('serve', 'absent')),
    revision bigint not null,
    goal_zi_id bigint,
    goal_serial soa_serial,
    goal_soa text,
    goal_apex_ns dns_name[],
    goal_at timestamptz not null,
    live_zi_id bigint,
    live_serial soa_serial,
    live_soa text,
    live_apex_ns dns_name[],
    live_at timestamptz,
    behind_since timestamptz,
    command_id bigint,
    sent_at timestamptz,
    attempts integer not null default 0,
    next_send timestamptz,
    reason integer not null default 0,
    evidence text,
    primary key (zone_id, server_id),
    check (next_send is null or behind_since is not null)
) with (fillfactor = 80);
create index zone_server_outbox on zone_server (server_id, next_send) where next_send is not null;
create unique index zone_server_command on zone_server (command_id) where command_id is not null;
create index zone_server_behind on zone_server (server_id, behind_since) where behind_since is not null;
comment on table zone_server is 'What each server should serve of each zone (goal), what it was last seen serving (live), and the outbox: rows with next_send are to be (re)sent then';
comment on column zone_server.behind_since is 'Null: the goal is reached.  Else since when it is not';
comment on column zone_server.goal_soa is 'SOA rdata; on the hidden master''s row only, with zi and apex NS: what the difference is built from';
comment on column zone_server.reason is 'Numbered reason (dms.proto Reason) of the last report that was not done; evidence: the name server''s words';

-- -------------------------------------------------------------------------------------------------- events
create table event (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('zone', 'server', 'master')),
    machine_id bigint not null,
    type text not null,
    state text not null default 'NEW' check (state in ('NEW', 'RETRY', 'SUCCESS', 'FAILURE')),
    parameters jsonb not null default '{}',
    results jsonb,
    attempts integer not null default 0,
    created timestamptz not null,
    due timestamptz not null,
    done timestamptz check ((done is not null) = (state in ('SUCCESS', 'FAILURE'))),
    change_id bigint
);
create index event_due on event (due, id) where done is null;
create index event_machine on event (kind, machine_id, due, id) where done is null;
create index event_done on event (done) where done is not null;
create index event_history on event (kind, machine_id, id);
comment on table event is 'Events of the machines, executed in order per machine with its row locked; finished ones stay for the history until vacuumed';

-- -------------------------------------------------------------------------------------------------- change log, receipts
create table change (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    login text not null,
    role text not null,
    front_end text not null,
    address text,
    request_id text,
    method text not null,
    object text,
    object_name text,
    zone_id bigint,
    ok boolean not null,
    error_code integer,
    message text
);
create index change_zone on change (zone_id, id) where zone_id is not null;
create index change_at on change (at);
comment on table change is 'Change log: one row per accepted or refused change of anything.  Its id is the change_id of receipts';

create table publication (
    change_id bigint primary key references change,
    zone_id bigint not null references zone on delete cascade,
    goal text not null default 'serve' check (goal in ('serve', 'absent')),
    zi_id bigint,
    zi_seq integer,
    soa_serial soa_serial,
    committed_at timestamptz not null,
    master_at timestamptz,
    live_at timestamptz
);
create index publication_open on publication (zone_id) where live_at is null;
create index publication_zone on publication (zone_id, change_id);
comment on table publication is 'Receipt of a change that publishes: committed, on the hidden master, live on every server';

create table publication_server (
    change_id bigint not null references publication on delete cascade,
    server_id bigint not null references server on delete cascade,
    live_at timestamptz not null,
    soa_serial soa_serial,
    primary key (change_id, server_id)
);
comment on table publication_server is 'When each server was first seen serving the change';

-- -------------------------------------------------------------------------------------------------- configuration, front ends, accounts
create table config (
    key text not null,
    sg_id bigint references server_group on delete cascade,
    value text not null,
    unique nulls not distinct (key, sg_id)
);
comment on table config is 'Settings by key: the row of the SG, else the global one (sg_id null)';
insert into config (key, value) values
    ('default_sg', ''), ('default_ref', ''), ('default_stype', 'bind9'),
    ('auto_dnssec', 'false'), ('edit_lock', 'false'), ('inc_updates', 'false'), ('nsec3', 'false'), ('use_apex_ns', 'true'),
    ('soa_mname', 'ns1.example.net.'), ('soa_rname', 'hostmaster.example.net.'),
    ('soa_refresh', '2h'), ('soa_retry', '900'), ('soa_expire', '7d'), ('soa_minimum', '1h'), ('zone_ttl', '1h'),
    ('event_max_age', '120.0'), ('syslog_max_age', '120.0'), ('zi_max_num', '25'), ('zi_max_age', '90.0'),
    ('zone_del_age', '0.0'), ('zone_del_pare_age', '90.0'), ('edit_lock_timeout', '30m');

create table front_end (
    id bigint generated always as identity primary key,
    uri text not null unique check (uri ~ '^/[-_a-z0-9]{1,60}$'),
    role text not null check (role in ('admin', 'helpdesk', 'value_reseller', 'hosted', 'list_zone')),
    sectag_id bigint references sectag
);
comment on table front_end is 'Web front ends: URI, role (method set and privileges) and sectag (null: Admin)';
insert into front_end (uri, role) values ('/admin_dms', 'admin'), ('/helpdesk_dms', 'helpdesk'), ('/list_zone', 'list_zone');
insert into sectag (label) values ('HOSTED'), ('VALUE_RESELLER');
insert into front_end (uri, role, sectag_id) select '/' || lower(label) || '_dms', lower(label), id from sectag;

create table account (
    id bigint generated always as identity primary key,
    front_end_id bigint not null references front_end on delete cascade,
    login text not null check (login ~ '^[A-Za-z0-9][-_A-Za-z0-9.@]*$' and length(login) <= 512),
    password_hash text not null check (password_hash like '$argon2id$%'),
    enabled boolean not null default true,
    ctime timestamptz not null default now(),
    unique (front_end_id, login)
);
comment on table account is 'Accounts of a front end; only argon2id hashes are kept';
