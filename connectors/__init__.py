"""One folder per partner system: each speaks its partner's language outside and the hub's events inside."""
