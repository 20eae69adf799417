"""Whether anything acknowledged is ever lost, or counted twice, while parts of the system fail under load."""
