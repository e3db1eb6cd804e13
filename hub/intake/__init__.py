"""How what agencies send fares: what was refused and why, whether it would be taken now, and sending it again."""
