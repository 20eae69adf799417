"""The legal clock: when a dossier is due. Pure; nothing else in the product computes a due date."""
