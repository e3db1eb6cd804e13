"""Ends with 0 when the container's Kafka answers; with 1 and a reason when not."""

import os
import sys

from hub.edges.broker_jars import BrokerError
from hub.edges.local_broker import wait

try:
    wait(os.environ.get("HUB_BOOTSTRAP", "localhost:9092"), lambda: None, patience=5)
except BrokerError as error:
    sys.exit(str(error))
