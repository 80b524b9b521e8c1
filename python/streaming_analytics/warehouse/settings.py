"""The embedded server's configuration files."""

import os
import sys
from pathlib import Path

_MEGABYTE = 1024 * 1024

HOST_BASED_AUTHENTICATION = """\
# Written by streaming warehouse start: loopback and passwords only, no superuser.
host  all  postgres  127.0.0.1/32  reject
host  all  all       127.0.0.1/32  scram-sha-256
"""


def postgresql_conf(port: int) -> str:
    """Return `postgresql.conf` for analytics on a small machine.

    `ALTER SYSTEM` still overrides any of it, in a file of its own.
    """
    memory = _memory_megabytes()
    cores = os.cpu_count() or 1
    # A quarter of the memory is the usual share; beyond 1 GB the file system's
    # cache serves large scans as well.
    shared_buffers = min(max(memory // 4, 64), 1024)
    # Of each sort and hash join. A build has a dozen at a time, which then take an
    # eighth of the memory; sorting five million plays in memory takes three quarters
    # of the time that it takes on disk.
    work_mem = min(max(memory // 96, 64), 256)
    return f"""\
# Written at each start by streaming warehouse start; use ALTER SYSTEM for changes.

# Nobody outside this machine connects; a socket's path could be too long, or lie
# where other users can reach it.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
# dbt's threads, a few BI clients and the tests' readers.
max_connections = 100
password_encryption = scram-sha-256

shared_buffers = {shared_buffers}MB
effective_cache_size = {max(memory // 2, 128)}MB
# Hash joins and sorts over the facts stay in memory.
work_mem = {work_mem}MB
# Building keys and indexes on the facts.
maintenance_work_mem = 256MB
dynamic_shared_memory_type = {_dynamic_shared_memory()}
max_worker_processes = 8
max_parallel_workers = {cores}
max_parallel_workers_per_gather = {min(2, max(cores - 1, 0))}

# Everything can be built again, so a commit need not wait for the disk; the
# database stays consistent after a crash all the same.
synchronous_commit = off
# No replica follows: a table filled in the transaction that made or truncated it
# is not written to the log a second time.
wal_level = minimal
max_wal_senders = 0
# A whole build between two checkpoints, not one every few seconds.
max_wal_size = 4GB
checkpoint_timeout = 15min
# After a crash, one call for the file system instead of one for each file.
recovery_init_sync_method = {"syncfs" if sys.platform == "linux" else "fsync"}

# Solid-state disks: a random page costs hardly more than the next one.
random_page_cost = 1.1
# Compiling a query costs more than it saves here, and the wheel has no compiler.
jit = off
# So long a lock waits before autovacuum, which comes after each large change, gives
# way to it: publishing takes a lock on each of its tables.
deadlock_timeout = 100ms
# A build that was killed leaves no query running.
client_connection_check_interval = 10s

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'ISO, YMD'
# Messages are parsed (and reported) in English.
lc_messages = 'C'
log_checkpoints = off
log_autovacuum_min_duration = -1
"""


def _memory_megabytes() -> int:
    """Return the memory that this machine, or the container's limit, allows."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        limit = "max"
    if limit.isdecimal():
        memory = min(memory, int(limit))
    return memory // _MEGABYTE


def _dynamic_shared_memory() -> str:
    """Choose where parallel workers share memory.

    Containers often have 64 MB of /dev/shm, which a parallel hash join overruns;
    System V memory has no such limit on Linux.
    """
    if sys.platform != "linux":
        return "posix"
    try:
        shared = os.statvfs("/dev/shm")
    except OSError:
        return "sysv"
    large_enough = shared.f_frsize * shared.f_blocks >= 1024 * _MEGABYTE
    return "posix" if large_enough else "sysv"
