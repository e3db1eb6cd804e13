"""`hub asyncapi`: the topics and records of the hub, for programs."""

from hub.cli import logs
from hub.cli.screen import emit
from hub.place import HERE, Place


def asyncapi(*, place: Place = HERE) -> int:
    """
    Print the hub's topics and records as an AsyncAPI 3.0 document, made-up examples and all.

    Without a home, of the partnership whose policies travel with the hub.

    Example: hub asyncapi > asyncapi.json
    """
    logs.start()
    from hub.contracts.here import described
    from hub.edges.home import HomeError
    from hub.rulebook import in_force

    try:
        rules = in_force(place)
    except HomeError:
        rules = None
    emit(described(place, rules))
    return 0
