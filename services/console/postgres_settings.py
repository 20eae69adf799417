"""How the embedded PostgreSQL is set: for two cores and little memory, shared with our own processes."""

from collections.abc import Mapping
from pathlib import Path

_ALWAYS = {
    # Reachable through the private socket alone; authentication is by password all the same.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    # Holds the hot tables and indexes of a small province; the kernel's cache holds the rest.
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    # Three API pools, the worker's and a few operators; each unused slot costs next to nothing.
    "max_connections": "100",
    # A report sorts some thousand rows; index builds of migrations get more.
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    # Our own processes keep both cores busy, and parallel plans need shared memory that containers limit.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    # Reads come from memory nearly always: three helper processes would cost more than they save.
    "io_method": "sync",
    # There is no subscriber; this saves a process.
    "max_logical_replication_workers": "0",
    # Short statements only: compiling a plan takes longer than running it.
    "jit": "off",
    # Solid-state disks: a random page costs hardly more than the next one.
    "random_page_cost": "1.1",
    # Few checkpoints, so few full-page images; recovery after a crash still takes seconds.
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "wal_compression": "pglz",
    # An archive that is away must not fill the disk for ever; it then lacks something, and begins anew.
    "max_slot_wal_keep_size": "8GB",
    # Queue tables live from prompt cleaning.
    "autovacuum_naptime": "15s",
    # Nobody holds a transaction open while waiting for anything outside the database.
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Failed statements and their values may hold personal data: they go to the caller, never to a file.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}

# For tests: a crash may lose everything, nothing waits for the disk.
_NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "512MB",
}

ACCESS_RULES = """\
# Passwords for everybody, through the private socket only.
local all all scram-sha-256
local replication all scram-sha-256
"""


def server_arguments(data: Path, socket_folder: Path, *, durable: bool, more: Mapping[str, str]) -> list[str]:
    """The command line of `postgres`; its own configuration file stays as initialised."""
    settings = _ALWAYS | ({} if durable else _NOT_DURABLE) | dict(more)
    settings["unix_socket_directories"] = str(socket_folder)
    return ["-D", str(data), *(f"--{name}={value}" for name, value in settings.items())]
