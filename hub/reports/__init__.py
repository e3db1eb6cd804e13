"""What people ask of the log, from records: about one person, of one month, of one agreement; pure, and so testable."""
