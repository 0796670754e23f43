-- The log of every host, as rsyslog on the active master writes it (deploy/rsyslog), one row per line.
-- Nothing here may refuse a line: rsyslog would lose it, with those that it sent together.  So there are no checks, and the texts that are indexed
-- are cut by the writer.
set local search_path = dms;

-- Which zone a line is about, in DMS's spelling: what stands before /IN in named's lines, behind zone= in those of dms-agent and dms-controller, and in
-- quotes behind "zone".  Null: none.  Words only, no look-up: a line costs the same in an estate of any size.
create function log_zone(line text) returns text language sql immutable parallel safe
    return left(lower(rtrim(coalesce(
        substring(line from '([^[:space:]''"()=]+?)(?:/[A-Z0-9]+)?/IN\M'),
        substring(line from '\mzone=([^[:space:]''"(),;:]+)'),
        substring(line from '\mzone ["'']([^[:space:]''"]+)["'']')), '.')) || '.', 255);
comment on function log_zone is 'The zone that a line of named or of DMS is about, by its words';

create table log_line (
    id bigint generated always as identity primary key,
    received_at timestamptz not null default now(),
    at timestamptz not null,
    host text not null,
    sender text not null,
    facility smallint not null,
    severity smallint not null,
    program text not null,
    message text not null,
    zone text generated always as (log_zone(message)) stored
);
create index log_line_at on log_line (at, id);
create index log_line_host on log_line (host, at, id);
create index log_line_sender on log_line (sender, at, id);
create index log_line_program on log_line (program, at, id);
create index log_line_zone on log_line (zone, at, id) where zone is not null;
create index log_line_severe on log_line (at, id) where severity <= 4;
create index log_line_received on log_line (received_at);
comment on table log_line is 'Log lines of all hosts, written by rsyslog and only by it; vacuum_syslog removes old ones (setting syslog_max_age)';
comment on column log_line.id is 'In the order of arrival in the database';
comment on column log_line.received_at is 'When the database got it; later than at while a master or the database was away';
comment on column log_line.at is 'When it was logged, by the clock of its host';
comment on column log_line.host is 'Name that the host gives itself, at most 255 characters';
comment on column log_line.sender is 'IP address that the master got it from: a host cannot choose it. That of a server in DMS, if its log comes by the same address';
comment on column log_line.facility is 'Number of syslog: 23 is local7, where named, dms-agent and dms-controller log';
comment on column log_line.severity is 'Number of syslog: 0 emergency ... 3 error, 4 warning, 5 notice, 6 info, 7 debug';
comment on column log_line.program is 'named, dms-agent, dms-controller ...; at most 255 characters';
comment on column log_line.message is 'The line behind the name of the program';
comment on column log_line.zone is 'The zone that it is about (log_zone); null: none';
comment on index log_line_severe is 'What went wrong: few rows, asked for most';
