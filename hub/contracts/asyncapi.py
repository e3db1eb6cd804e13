"""The hub's topics and records as an AsyncAPI 3.0 document, made from the catalogue and the schemas."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from hub.contracts.catalogue import Entry, versions
from hub.contracts.fields import document, example
from hub.wire.schemas import Schema, Schemas, fullname

AVRO = "application/vnd.apache.avro+json;version=1.9.0"
BINDING = "0.5.0"
INTAKE = ("intake.", "acks.")
Json = dict[str, Any]


def asyncapi(
    schemas: Schemas,
    entries: Iterable[Entry],
    name: str,
    version: str,
    server: str = "localhost:9092",
    tls: bool = False,
) -> Json:
    """
    The document of a hub called *name*, as plain JSON values; *server* is its Kafka, *tls* how it is reached.

    The hub is the application: it receives what agencies and teams publish, and sends all else.
    """
    listed = [entry for entry in entries if entry.types]
    kinds = {kind for entry in listed for kind in entry.types if kind in schemas.newest}
    used = [schema for kind in sorted(kinds) for schema in versions(schemas, kind)]
    return {
        "asyncapi": "3.0.0",
        "id": "urn:csp-hub",
        "info": {
            "title": f"{name}: partner information-sharing hub",
            "version": version,
            "description": "Pseudonymised events from agencies, and what each team may have of them.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/avro",
        "servers": {"kafka": _server(server, tls)},
        "channels": {entry.topic.name: _channel(entry, schemas) for entry in listed},
        "operations": dict(_operation(entry) for entry in listed),
        "components": {
            "messages": {_id(schema): _message(schema, schemas) for schema in used},
            "messageTraits": {"cloudEvents": CLOUD_EVENTS},
            "securitySchemes": {
                "scram": {"type": "scramSha512", "description": "The name and password of an agency or team."}
            },
        },
    }


def _server(host: str, tls: bool) -> Json:
    made: Json = {
        "host": host,
        "protocol": "kafka-secure" if tls else "kafka",
        "bindings": {"kafka": {"schemaRegistryVendor": "confluent", "bindingVersion": BINDING}},
    }
    return made | ({"security": [{"$ref": "#/components/securitySchemes/scram"}]} if tls else {})


def _channel(entry: Entry, schemas: Schemas) -> Json:
    topic = entry.topic
    found = [schema for kind in entry.types if kind in schemas.newest for schema in versions(schemas, kind)]
    settings: Json = {"cleanup.policy": [topic.cleanup]}
    settings |= {"max.message.bytes": topic.max_bytes} if topic.max_bytes else {}
    kafka = {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": settings,
        "bindingVersion": BINDING,
    }
    said = entry.words
    return {
        "address": topic.name,
        "title": said.says,
        "description": f"Written by {said.writes}, read by {said.reads}. Key: {said.key}.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {_id(schema): {"$ref": f"#/components/messages/{_id(schema)}"} for schema in found},
        "bindings": {"kafka": kafka},
    }


def _operation(entry: Entry) -> tuple[str, Json]:
    name = entry.topic.name
    taken = name.startswith(INTAKE)
    made = {
        "action": "receive" if taken else "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": entry.words.says,
    }
    return f"{'receive' if taken else 'send'}.{name}", made


def _message(schema: Schema, schemas: Schemas) -> Json:
    payload = document(schema)
    event = schema.domain is not None
    made: Json = {
        "name": f"csp.{_id(schema)}",
        "title": fullname(schema.type).removeprefix("csp."),
        "summary": payload["doc"],
        "contentType": "application/avro",
        "payload": {"schemaFormat": AVRO, "schema": payload},
        "bindings": {
            "kafka": {
                "key": {"type": "string"},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "bindingVersion": BINDING,
            }
        },
        "examples": [{"name": "made-up", "payload": plain(example(schemas, schema))}],
        "x-schema-id": schema.id,
    }
    cloudy = event or schema.type in {"decision", "delivery", "alert", "alert.change"}
    return made | ({"traits": [{"$ref": "#/components/messageTraits/cloudEvents"}]} if cloudy else {})


def _id(schema: Schema) -> str:
    return f"{schema.type}.v{schema.version}"


def plain(value: Any) -> Any:
    """A decoded value as JSON has it."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else value


CLOUD_EVENTS: Json = {
    "headers": {
        "type": "object",
        "description": "The attributes of CloudEvents 1.0, in Kafka's binary mode.",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
        "properties": {
            "ce_specversion": {"type": "string", "const": "1.0"},
            "ce_id": {"type": "string", "description": "The same for every re-send."},
            "ce_source": {"type": "string", "description": "Who published, such as /agencies/gmp."},
            "ce_type": {"type": "string", "description": "Type and version, such as csp.person.released.v1."},
            "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, in UTC."},
        },
    }
}
