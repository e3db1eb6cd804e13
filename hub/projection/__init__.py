"""The read model: what the log says, in tables that pages can ask; rebuilt from the log at any time, to the same."""
