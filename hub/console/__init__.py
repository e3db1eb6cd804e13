"""The console: pages over the projection of the log, for IG leads, support teams, operators and partners."""
