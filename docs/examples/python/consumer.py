"""Reads account events from Kafka: validates each against its schema, processes each id once, commits offsets itself.

Debian: apt-get install python3-confluent-kafka python3-jsonschema
Others: pip install confluent-kafka jsonschema

    BROKERS=127.0.0.1:9092 GROUP=orders python3 consumer.py
"""

import json
import os
import sys
from pathlib import Path

from confluent_kafka import Consumer
from jsonschema import Draft202012Validator, FormatChecker

PREFIX = os.environ.get("PREFIX", "")
SCHEMAS = Path(os.environ.get("SCHEMAS", Path(__file__).resolve().parents[2] / "events"))
# A real service names the topics that it needs.
TOPICS = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json"))
# Ends after so many events; 0: never.
COUNT = int(os.environ.get("COUNT", "0"))


def validator(topic: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{topic}.schema.json").read_text())
    return Draft202012Validator(schema, format_checker=FormatChecker())


def handle(event: dict) -> None:
    """Processes an event. A real service stores its id in the same transaction."""
    print(event["eventId"], event["eventType"], flush=True)


def main() -> None:
    validators = {topic: validator(topic) for topic in TOPICS}
    consumer = Consumer({
        "bootstrap.servers": os.environ.get("BROKERS", "127.0.0.1:9092"),
        "group.id": os.environ.get("GROUP", "python-example"),
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
    })
    consumer.subscribe([PREFIX + topic for topic in TOPICS])
    # A real service stores the ids in its database.
    seen = set()
    while not COUNT or len(seen) < COUNT:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            print(message.error(), file=sys.stderr)
            continue
        topic = message.topic().removeprefix(PREFIX)
        event = json.loads(message.value())
        validators[topic].validate(event)
        headers = {name: value.decode() for name, value in message.headers()}
        assert headers["event_id"] == event["eventId"] == headers["ce_id"]
        assert message.key().decode() == event["payload"]["uuid"]
        if event["eventId"] not in seen:
            handle(event)
            seen.add(event["eventId"])
        # After the effect: an event that is not committed is delivered again, and one committed before it could be lost.
        consumer.commit(message, asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    main()
