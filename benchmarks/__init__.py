"""How fast the system is, as ratios of figures that were measured in one run on one machine and server."""
