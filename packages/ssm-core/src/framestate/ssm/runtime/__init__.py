"""Records and streams through a step, on any array library."""
