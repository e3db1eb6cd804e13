"""What a policy says, exhaustively: all that can be asked of it, what a change opens and closes, the amendment."""
