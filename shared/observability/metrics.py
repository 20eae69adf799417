"""The names under which the system tells how it is. Every metric of the product is declared here."""

from prometheus_client import Counter, Gauge

EVENTS_SENT = Counter("motcua_events_sent", "Events that the log has confirmed", ["stream"])
EVENTS_BLOCKED = Counter("motcua_events_blocked", "Events that cannot be sent as they are", ["stream"])
EVENTS_CONSUMED = Counter(
    "motcua_events_consumed",
    "What became of delivered events: applied, duplicate, held (out of order) or parked",
    ["group", "stream", "outcome"],
)

# Of commands that end: they write these to a file (`textfile.write_textfile`), and no process shows them.
STATS_RECOUNT_MISMATCH_CELLS = Gauge(
    "stats_recount_mismatch_cells", "Cells of the reports in which the last recount differed", registry=None
)
AUDIT_CHAIN_OK = Gauge(
    "audit_chain_ok",
    "Whether the last check found the chain of every history whole",
    ["service"],
    registry=None,
)
BACKUP_COMPLETED = Gauge(
    "backup_completed_timestamp_seconds", "When the last backup was complete, in Unix time", registry=None
)
