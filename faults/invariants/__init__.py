"""What must hold once nothing is on its way any more, read straight from the databases and the log."""
