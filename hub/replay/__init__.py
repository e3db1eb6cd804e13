"""Replay: a recorded log through the core again, compared with what production wrote."""
