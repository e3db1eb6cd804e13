"""The synthetic partnership: made-up people, real formats, the whole loop, on the embedded log or on Kafka."""

from hub.demo.play import Options, run

__all__ = ["Options", "run"]
