"""What is done to the system, each fault a module of its own."""
