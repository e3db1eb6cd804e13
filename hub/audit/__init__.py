"""
The ledger, audited: read back from a log or from an exported folder, checked, exported, proved and erased from.

What is read is the same from both, so there is one check. Nothing in here writes to a log: what to write is handed to
whoever may.
"""
