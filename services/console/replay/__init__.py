"""Lives of dossiers, lived through the public HTTP API in business time, and what the report says then."""
