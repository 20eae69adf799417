"""A month that was published, and the lives of dossiers that make it come true."""
