"""Finds connectors by their folders: a new partner is a new folder here, and nothing else."""

import importlib
import pkgutil
from typing import cast

import connectors
from connectors.mapping import Connector


class UnknownConnectorError(LookupError):
    """No folder of that name speaks for a partner."""


def names() -> tuple[str, ...]:
    """
    Every folder that speaks for a partner.

    >>> "prison" in names()
    True
    """
    return tuple(sorted(found.name for found in pkgutil.iter_modules(connectors.__path__) if found.ispkg))


def connector(name: str) -> Connector:
    """
    Return the connector of one folder.

    >>> connector("prison").AGENCY
    'HMPPS_PRISON'
    """
    if name not in names():
        raise UnknownConnectorError(f"no connector for this partner; hint: one of {', '.join(names())}")
    return cast(Connector, importlib.import_module(f"connectors.{name}"))
