"""The garbage collector, told what a hub's objects are like."""

import gc

SWEEP = (500_000, 50, 100)  # the people a worker keeps unpacked are some 250,000 objects without a cycle


def spare() -> None:
    """
    Look for cycles seldom, and never again among what is here already.

    A batch is many thousand objects without a cycle, of which few outlive it; to look for one every 700 of them, and
    now and then among all people that are kept, costs a tenth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SWEEP)
