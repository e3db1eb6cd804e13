"""`hub openapi`: the API of the console, for programs."""

from hub.cli import logs
from hub.cli.console import installed
from hub.cli.screen import emit


def openapi() -> int:
    """
    Print the console's JSON API as an OpenAPI 3.1 document; a console serves the same at /api/v1/openapi.json.

    Example: hub openapi > openapi.json
    """
    logs.start()
    with installed():
        from hub.console.api.document import document
        from hub.console.api.routes import OPERATIONS
    emit(document(OPERATIONS))
    return 0
