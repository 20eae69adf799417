"""The names under which the system tells how it is. Every metric of the product is declared here."""

from prometheus_client import Counter

EVENTS_SENT = Counter("motcua_events_sent", "Events that the log has confirmed", ["stream"])
EVENTS_BLOCKED = Counter("motcua_events_blocked", "Events that cannot be sent as they are", ["stream"])
EVENTS_CONSUMED = Counter(
    "motcua_events_consumed",
    "What became of delivered events: applied, duplicate, held (out of order) or parked",
    ["group", "stream", "outcome"],
)
