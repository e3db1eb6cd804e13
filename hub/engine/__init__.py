"""
The engine: one partition of the hub, from records in the log to one batch of everything they change.

RESOLVE and DECIDE of partition *p* of every topic are one task. A batch holds the outputs, the changed state rows and
the positions, and becomes visible in one transaction of whichever log it came from; the engine changes nothing itself
until the log says that the batch is committed. Its state may outgrow memory: it is read from a store, which the log
writes, and the people met last are kept unpacked.
"""

from hub.engine.batch import FIRED, FLOOD, RULES, Batch, Held, Program, place
from hub.engine.partition import Partition
from hub.wire.answers import SOURCE

__all__ = ["FIRED", "FLOOD", "RULES", "SOURCE", "Batch", "Held", "Partition", "Program", "place"]
