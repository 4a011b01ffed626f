// Reads account events from Kafka: validates each against its schema, processes each id once, commits offsets itself.
//
//     npm ci && BROKERS=127.0.0.1:9092 GROUP=orders node consumer.mjs
//
// KafkaJS supports gzip only. For zstd, Daemun's default, add a codec (npm: @kafkajs/zstd), or set Daemun's
// `kafka.compression`.

import { readdirSync, readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { Kafka, logLevel } from "kafkajs";

const { BROKERS = "127.0.0.1:9092", GROUP = "node-example", PREFIX = "" } = process.env;
const SCHEMAS = process.env.SCHEMAS ?? new URL("../../events", import.meta.url).pathname;
// Ends after so many events; 0: never.
const COUNT = Number(process.env.COUNT ?? 0);
// A real service names the topics that it needs.
const SUFFIX = ".schema.json";
const TOPICS = readdirSync(SCHEMAS).filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));

const ajv = addFormats(new Ajv({ strict: false }));
const validators = new Map(
  TOPICS.map((topic) => [topic, ajv.compile(JSON.parse(readFileSync(`${SCHEMAS}/${topic}.schema.json`, "utf8")))]),
);

/** Processes an event. A real service stores its id in the same transaction. */
function handle(event) {
  console.log(event.eventId, event.eventType);
}

const kafka = new Kafka({ clientId: "node-example", brokers: BROKERS.split(","), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: GROUP });
// A real service stores the ids in its database.
const seen = new Set();
let end;
const ended = new Promise((resolve, reject) => (end = { resolve, reject }));

await consumer.connect();
await consumer.subscribe({ topics: TOPICS.map((topic) => PREFIX + topic), fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ topic, partition, message }) => {
    try {
      const event = JSON.parse(message.value.toString());
      const validate = validators.get(topic.slice(PREFIX.length));
      if (!validate(event)) throw new Error(`${topic} ${partition} ${message.offset}: ${ajv.errorsText(validate.errors)}`);
      if (message.headers.event_id.toString() !== event.eventId) throw new Error("the header names another event");
      if (message.key.toString() !== event.payload.uuid) throw new Error("the key is another member");
      if (!seen.has(event.eventId)) {
        handle(event);
        seen.add(event.eventId);
      }
      // After the effect: an event that is not committed is delivered again, and one committed before it could be lost.
      await consumer.commitOffsets([{ topic, partition, offset: (BigInt(message.offset) + 1n).toString() }]);
      if (COUNT && seen.size >= COUNT) end.resolve();
    } catch (error) {
      end.reject(error);
      throw error;
    }
  },
});
try {
  await ended;
} finally {
  await consumer.disconnect();
}
