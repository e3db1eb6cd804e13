"""About one person: whom a name means, the report on them, and the requests for it that wait for a second lead."""
