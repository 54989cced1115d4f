"""What the databases outside identity may not contain, and how all of them must be set up: questions to the catalogue.

Each question returns what breaks its rule, so that an empty answer is the good one.
"""

import asyncpg

_OWN = "n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')"
_COLUMNS = f"""
select n.nspname || '.' || c.relname || '.' || a.attname as place, a.attname as name, c.relname as relation,
       format_type(a.atttypid, null) as type, pg_get_expr(d.adbin, d.adrelid) as value, a.attidentity as identity
from pg_attribute a
join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v', 'm', 'f')
join pg_namespace n on n.oid = c.relnamespace and {_OWN}
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped
"""

SCHEMA_RULES = {
    "looks personal": f"""
        select place from ({_COLUMNS}) c where name ~* any (array[
          'e?mail', 'courriel', 'phone', '^tel', '(^|_)nom$', '(^|_)name$', 'first_?name', 'pr[eé]nom', 'adresse',
          'address', '(^|_)ip($|_)', 'user_?agent', 'birth', 'naissance', 'siret', '(^|_)nir$', 'session', 'account',
          'device', 'cookie', 'referer', 'locale', 'postal', 'zip'])
        or type in ('inet', 'cidr', 'macaddr', 'macaddr8')""",
    "tells an instant": f"select place from ({_COLUMNS}) c where type ~ '^(timestamp|time|interval)'",
    "tells an order": f"""
        select place from ({_COLUMNS}) c where identity <> ''
        or value like 'nextval%' or value ~* 'uuidv7|uuid_generate_v1'
        union all select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'S' and {_OWN}""",
    "has no fixed shape": f"select place from ({_COLUMNS}) c where type in ('json', 'jsonb', 'xml', 'hstore')",
    "leads elsewhere": """
        select extname from pg_extension where extname <> 'plpgsql'
        union all select srvname from pg_foreign_server
        union all select fdwname from pg_foreign_data_wrapper
        union all select pubname from pg_publication
        union all select oid::text from pg_largeobject_metadata""",
    "is open to everybody": f"""
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace,
        aclexplode(c.relacl) granted where granted.grantee = 0 and {_OWN}""",
    "is lost in a crash": f"""
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relpersistence = 'u' and {_OWN}""",
}

ROLE_RULES = {
    "has powers": """
        select rolname from pg_roles where rolname = any ($1)
        and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)""",
    "is a member of another role": """
        select m.rolname from pg_auth_members a join pg_roles m on m.oid = a.member where m.rolname = any ($1)""",
    "enters a database that is not its own": """
        select rolname || ' in ' || datname from pg_roles, pg_database
        where rolname = any ($1) and datname <> rolname and datallowconn
        and has_database_privilege(rolname, datname, 'connect')""",
    "is kept out of its own database": """
        select rolname from pg_roles where rolname = any ($1)
        and not has_database_privilege(rolname, rolname, 'connect')""",
    "is a stranger who can log in": """
        select rolname from pg_roles where rolcanlogin and rolname <> all ($1::text[] || 'operator'::text)""",
    "has settings of its own": """
        select coalesce(rolname, datname) from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
        left join pg_database d on d.oid = s.setdatabase where $1::text[] is not null""",
    "enters without a password": """
        select line_number::text from pg_hba_file_rules
        where (auth_method <> 'scram-sha-256' or error is not null) and $1::text[] is not null""",
    "has a password kept badly": """
        select rolname from pg_authid where rolcanlogin
        and rolpassword not like 'SCRAM-SHA-256$%' and $1::text[] is not null""",
}

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "track_commit_timestamp": "off",
    "archive_mode": "off",
    "listen_addresses": "127.0.0.1",
    "password_encryption": "scram-sha-256",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_messages": "log",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_disconnections": "off",
    "log_hostname": "off",
    "log_replication_commands": "off",
    "log_temp_files": "-1",
    "debug_print_parse": "off",
    "debug_print_plan": "off",
    "debug_print_rewritten": "off",
}


async def schema_findings(
    connection: asyncpg.Connection, allowed: frozenset[str] = frozenset()
) -> dict[str, list[str]]:
    """What breaks each rule in the database of ``connection``, except the places ``allowed``."""
    found = {}
    for rule, question in SCHEMA_RULES.items():
        places = [row[0] for row in await connection.fetch(question) if row[0] not in allowed]
        if places:
            found[rule] = sorted(places)
    return found


async def role_findings(connection: asyncpg.Connection, roles: list[str]) -> dict[str, list[str]]:
    """What breaks each rule among ``roles``; ``connection`` is the operator's."""
    found = {}
    for rule, question in ROLE_RULES.items():
        names = [row[0] for row in await connection.fetch(question, roles)]
        if names:
            found[rule] = sorted(names)
    return found


async def setting_findings(connection: asyncpg.Connection) -> dict[str, str]:
    """The settings that are not as they must be, with their value."""
    rows = await connection.fetch("select name, setting from pg_settings where name = any ($1)", list(SETTINGS))
    found = {row["name"]: row["setting"] for row in rows if row["setting"] != SETTINGS[row["name"]]}
    found |= dict.fromkeys(SETTINGS.keys() - {row["name"] for row in rows}, "absent")
    connections = await connection.fetchval("select setting from pg_settings where name = 'log_connections'")
    prefix = await connection.fetchval("select setting from pg_settings where name = 'log_line_prefix'")
    if connections not in ("", "off"):
        found["log_connections"] = connections
    if any(mark in prefix for mark in ("%h", "%r", "%L")):
        found["log_line_prefix"] = prefix
    return found
