"""`hub bench`: how fast the hub is, at what cost, and beside what."""
