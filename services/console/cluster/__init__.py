"""The distributed mode on one machine: a process of its own for everything, as on many."""
