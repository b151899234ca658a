-- Applications behind the portal. House rules as in the first migration.

create table applications (
    id text primary key,
    name text not null unique,
    url text not null,
    origin text not null unique,
    -- In order, one a line.
    rules text not null,
    -- Set while every user needs a second factor, whatever the account says.
    two_factor_required_at bigint,
    -- How old a log-in may be, in seconds; null for as old as the session.
    max_age_s bigint,
    -- Networks in CIDR form, one a line.
    excluded_networks text not null,
    -- Its media type and its bytes in base64; both null without an icon.
    icon_type text,
    icon text,
    -- Set while the settings file defines the application, and not the command line.
    from_file_since bigint,
    created_at bigint not null
);

-- The accounts that have an application.
create table application_accounts (
    application_id text not null references applications (id) on delete cascade,
    account_id text not null references accounts (id) on delete cascade,
    -- Set while every user of the account may use the application; null while only chosen ones may.
    everyone_since bigint,
    -- Incremented with every change of who may use it.
    version bigint not null default 1,
    primary key (application_id, account_id)
);
create index application_accounts_account on application_accounts (account_id);

-- The users whom the administrators of an account have chosen.
create table application_members (
    application_id text not null,
    account_id text not null,
    user_id text not null,
    primary key (application_id, account_id, user_id),
    foreign key (application_id, account_id) references application_accounts (application_id, account_id) on delete cascade,
    foreign key (account_id, user_id) references memberships (account_id, user_id) on delete cascade
);
create index application_members_member on application_members (account_id, user_id);
