"""The names under which the system tells how it is. Every metric of the product is declared here.

Names are those of OpenTelemetry's conventions where these name something, else plain words with their unit.
A label never holds an id: its values are few and known beforehand. docs/metrics.md is generated from this.
"""

from prometheus_client import Counter, Gauge, Histogram

# Requests.
HTTP_DURATION = Histogram(
    "http_server_request_duration_seconds",
    "How long requests took; the route is a template, empty where no route was found",
    ["http_request_method", "http_route", "http_response_status_code"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
HTTP_ACTIVE = Gauge("http_server_active_requests", "Requests that have begun and not ended")
HTTP_TURNED_AWAY = Counter(
    "http_server_requests_turned_away_total", "Requests that came while too many others were under way"
)
AUTHZ_DENIED = Counter("authz_denied_total", "Requests without a valid token or the right to it", ["reason"])
IDEMPOTENT_REPLAYS = Counter(
    "idempotent_replays_total", "Requests that came again under their key and got their first answer"
)
UPLOAD_REJECTED = Counter("upload_rejected_total", "Uploads, and other bodies, that were refused", ["reason"])

# From commit to the log.
OUTBOX_PENDING = Gauge("outbox_pending", "Committed events that the log has not confirmed", ["service"])
OUTBOX_OLDEST_AGE = Gauge(
    "outbox_oldest_age_seconds",
    "How long the oldest event that is pending has waited; 0 without any",
    ["service"],
)
EVENTS_SENT = Counter("events_sent_total", "Events that the log has confirmed", ["stream"])
EVENTS_BLOCKED = Counter(
    "events_blocked_total",
    "Attempts to send an event that cannot be sent as it is; one a minute and event",
    ["stream"],
)

# From the log to the effect.
CONSUMER_LAG = Gauge(
    "consumer_lag_seconds",
    "How long ago the log ended where the group is now, in the partition that is furthest behind",
    ["group", "stream"],
)
CONSUMER_UNREAD = Gauge(
    "consumer_unread_events", "How far the group is from the end of the log", ["group", "stream"]
)
CONSUMER_HELD = Gauge(
    "consumer_held_events", "Events that wait for something that is not there yet", ["group", "stream"]
)
DLQ_DEPTH = Gauge("dlq_depth", "Parked events that wait for a person", ["group", "stream"])
EVENTS_APPLIED = Counter("events_applied_total", "Events that took effect", ["group", "stream"])
INBOX_DUPLICATES = Counter(
    "inbox_duplicates_total", "Events that were delivered again and changed nothing", ["group", "stream"]
)
EVENTS_OUT_OF_ORDER = Counter(
    "events_out_of_order_total",
    "Events that came before something they need, and were held",
    ["group", "stream"],
)
EVENTS_PARKED = Counter(
    "events_parked_total", "Events that can never be handled, and were parked", ["group", "stream"]
)
BATCH_DURATION = Histogram(
    "consumer_batch_duration_seconds",
    "How long the transaction of a batch took",
    ["group", "stream"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

# To the national portal.
PORTAL_BACKLOG = Gauge(
    "portal_backlog", "Dossiers of which the national portal does not know the last change"
)
PORTAL_OLDEST_AGE = Gauge(
    "portal_oldest_age_seconds", "For how long it has not known the longest of these; 0 without any"
)
PORTAL_PROBLEMS = Gauge(
    "portal_problems", "Dossiers that it cannot be told of before a person has looked at them"
)
PORTAL_CALLS = Counter("portal_calls_total", "Calls to it, by what came of them", ["call", "outcome"])

# A process.
BUILD_INFO = Gauge("motcua_build_info", "1, for the release and the kind of process", ["version", "process"])
PROCESS_READY = Gauge("process_ready", "What /readyz says: 1 is ready", ["process"])
TIMER_LAG = Gauge(
    "timer_lag_seconds", "For how long a timer should have come to its end once more; 0 is on time", ["timer"]
)
EVENT_LOOP_LAG = Histogram(
    "event_loop_lag_seconds",
    "How late what is due twice a second was begun",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
POOL_CONNECTIONS = Gauge(
    "db_client_connection_count",
    "Connections to the database, used and idle",
    ["db_client_connection_pool_name", "db_client_connection_state"],
)
POOL_MAX = Gauge(
    "db_client_connection_max", "Most connections to the database", ["db_client_connection_pool_name"]
)
POOL_WAITING = Gauge(
    "db_client_connection_pending_requests",
    "Callers who wait for a connection",
    ["db_client_connection_pool_name"],
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
