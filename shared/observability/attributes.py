"""Names of what spans tell, as OpenTelemetry's conventions have them; those for messaging may still change.

Spans carry no personal data, and no ids but codes of dossiers.
"""

HTTP_METHOD = "http.request.method"
HTTP_ROUTE = "http.route"
HTTP_STATUS = "http.response.status_code"
ERROR_TYPE = "error.type"

MESSAGING_SYSTEM = "messaging.system"
MESSAGING_STREAM = "messaging.destination.name"
MESSAGING_OPERATION = "messaging.operation.type"
MESSAGING_OPERATION_NAME = "messaging.operation.name"
MESSAGING_GROUP = "messaging.consumer.group.name"
MESSAGING_BATCH = "messaging.batch.message_count"

SERVICE_NAME = "service.name"
SERVICE_NAMESPACE = "service.namespace"
SERVICE_VERSION = "service.version"

# Our own.
DOSSIER_CODE = "motcua.dossier.code"
EVENT_TYPE = "motcua.event.type"
EVENT_SEQUENCE = "motcua.event.sequence"
