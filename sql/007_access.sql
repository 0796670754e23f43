-- Access: API tokens with scopes, client certificates, and what a front end or an account is limited to.
set local search_path = dms;

alter table front_end add column enabled boolean not null default true,
    add column methods text[] check (cardinality(methods) > 0), add column networks cidr[] check (cardinality(networks) > 0);
comment on column front_end.methods is 'The only methods of its role that it has; null: all of them';
comment on column front_end.networks is 'The only networks its callers may come from; null: any';

alter table account add column networks cidr[] check (cardinality(networks) > 0);
comment on column account.networks is 'The only networks it may be used from; null: any';

create table token (
    id bigint generated always as identity primary key,
    public_id text not null unique check (public_id ~ '^[0-9a-f]{16}$'),
    hash text not null check (hash ~ '^[0-9a-f]{64}$'),
    account_id bigint not null references account on delete cascade,
    comment text check (length(comment) <= 200),
    read_only boolean not null default false,
    methods text[] check (cardinality(methods) > 0),
    names text[] check (cardinality(names) > 0),
    types text[] check (cardinality(types) > 0),
    networks cidr[] check (cardinality(networks) > 0),
    scoped boolean not null default false,
    created_by text not null,
    ctime timestamptz not null,
    expires timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    last_address inet
);
create index token_account on token (account_id);
comment on table token is 'API tokens of an account: dms_<public_id>_<secret>; of the secret, 256 random bits, only the BLAKE2b digest is kept';
comment on column token.names is 'Patterns of owner names of the records that it may see and change; null: any';
comment on column token.types is 'Types of the records that it may see and change; null: any';
comment on column token.scoped is 'It sees only the zones of token_zone that match';
comment on column token.last_used_at is 'Written at most once a minute';

create table token_zone (
    token_id bigint not null references token on delete cascade,
    pattern text not null,
    name_like text,
    primary key (token_id, pattern)
);
create index token_zone_seen on token_zone ((-token_id)); -- as zone_seen is asked
comment on table token_zone is 'Zones that exist for a token, also those that are yet to be created: a canonical name or a pattern with * and ?';
comment on column token_zone.name_like is 'The pattern for LIKE; null: an exact name';

create table certificate (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    front_end_id bigint not null references front_end on delete cascade,
    fingerprint text check (fingerprint ~ '^[0-9a-f]{64}$'),
    subject text check (length(subject) between 1 and 1000),
    ctime timestamptz not null,
    unique (front_end_id, fingerprint),
    unique (front_end_id, subject),
    check ((fingerprint is null) <> (subject is null))
);
create index certificate_account on certificate (account_id);
comment on table certificate is 'Client certificates that log in as an account, by SHA-256 fingerprint or by subject (RFC 4514)';

alter table change add column token text;
comment on column change.token is 'Public id of the API token that was used; null: none';

-- Which zones exist for a caller that does not see all: those of the security tag (its id), or those of a token's scope (minus the id of the
-- token) that the security tag of its front end sees.  Every look-up on behalf of a caller asks here.
create view zone_seen (zone_id, sectag_id) as
    select zone_id, sectag_id from zone_sectag
    union all
    select z.id, -s.token_id from token_zone s join token t on t.id = s.token_id join account a on a.id = t.account_id
        join front_end f on f.id = a.front_end_id join zone z on z.name = s.pattern
        where s.name_like is null
        and (f.sectag_id is null or exists (select from zone_sectag x where x.zone_id = z.id and x.sectag_id = f.sectag_id))
    union all
    select z.id, -s.token_id from token_zone s join token t on t.id = s.token_id join account a on a.id = t.account_id
        join front_end f on f.id = a.front_end_id join zone z on z.name like s.name_like
        where s.name_like is not null
        and (f.sectag_id is null or exists (select from zone_sectag x where x.zone_id = z.id and x.sectag_id = f.sectag_id));
comment on view zone_seen is 'Zones that exist for a caller with a security tag (sectag_id > 0) or a token with a zone scope (sectag_id < 0)';
