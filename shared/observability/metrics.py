"""The names under which the system tells how it is. Every metric of the product is declared here."""

from prometheus_client import Counter, Gauge

EVENTS_SENT = Counter("motcua_events_sent", "Events that the log has confirmed", ["stream"])
EVENTS_BLOCKED = Counter("motcua_events_blocked", "Events that cannot be sent as they are", ["stream"])
EVENTS_CONSUMED = Counter(
    "motcua_events_consumed",
    "What became of delivered events: applied, duplicate, held (out of order) or parked",
    ["group", "stream", "outcome"],
)

# What is read from a database is the same in every process that reads it: aggregate with max, never with sum.
OUTBOX_PENDING = Gauge("motcua_outbox_pending", "Events not yet confirmed by the log", ["service"])
OUTBOX_OLDEST_AGE = Gauge(
    "motcua_outbox_oldest_age_seconds", "Age of the oldest event not yet confirmed by the log", ["service"]
)
CONSUMER_LAG = Gauge("motcua_consumer_lag", "Messages in the log not yet consumed", ["group", "stream"])
EVENTS_HELD = Gauge("motcua_events_held", "Events that wait for others", ["group", "stream"])
EVENTS_PARKED = Gauge("motcua_events_parked", "Events that wait for a person", ["group", "stream"])
