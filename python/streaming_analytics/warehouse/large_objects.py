"""Large objects, which everybody may write unless told otherwise: to the disk's end."""

#: Run as superuser in a database, it leaves them to superusers.
SHUT_LARGE_OBJECTS = """
do $$
declare
    writing regprocedure;
begin
    for writing in
        select oid from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname in (
            'lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_put',
            'lo_truncate', 'lo_truncate64', 'lowrite'
        )
    loop
        execute format('revoke execute on function %s from public', writing);
    end loop;
end
$$
"""
