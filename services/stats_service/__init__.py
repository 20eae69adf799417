"""Statistics: everything derived from what happened to dossiers. Writes nothing back to anybody."""
