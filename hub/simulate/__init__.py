"""A made-up partnership-year, and a second opinion on every alert that it leads to."""
