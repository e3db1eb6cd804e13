"""What teams were told and what came of it, from the log's records: lists, clocks, calendars, timelines, pictures."""
