// Writes one record, given as JSON {key, value, headers} on standard input.
// Arguments: bootstrap address, topic.
const { Kafka } = require("kafkajs");
const { readFileSync } = require("node:fs");

async function main() {
  const [bootstrap, topic] = process.argv.slice(1);
  const producer = new Kafka({ brokers: [bootstrap] }).producer();
  await producer.connect();
  await producer.send({ topic, messages: [JSON.parse(readFileSync(0, "utf8"))] });
  await producer.disconnect();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
