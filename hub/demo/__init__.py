"""The synthetic partnership: made-up people, real formats, the whole loop, on the embedded log or on Kafka."""
