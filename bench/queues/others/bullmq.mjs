// BullMQ: `add COUNT CONCURRENCY` or `take - CONCURRENCY`. Speaks as speak.py does.
import { once } from "node:events";
import readline from "node:readline";
import { Queue, Worker } from "bullmq";

const [role, count, concurrency] = process.argv.slice(2);
const url = new URL(process.env.REDIS_URL);
const connection = { host: url.hostname, port: Number(url.port), maxRetriesPerRequest: null };
const progress = { count: 0, at: 0, told: 0 };

function done(more = 1) {
  progress.count += more;
  progress.at = Date.now() / 1000;
}

function tell() {
  if (progress.count === progress.told) return;
  progress.told = progress.count;
  console.log(JSON.stringify({ count: progress.count, at: progress.at }));
}

async function start() {
  console.log("ready");
  await once(readline.createInterface({ input: process.stdin }), "line");
  setInterval(tell, 100).unref();
}

async function add() {
  const queue = new Queue("bench", { connection });
  await queue.waitUntilReady();
  const keep = { removeOnComplete: true };
  await start();
  let next = 0;
  const adding = async () => {
    while (next < Number(count)) {
      const number = next++;
      await queue.add("work", { inquiryId: `i${number}` }, keep);
      done();
    }
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, adding));
  tell();
  await queue.close();
}

async function take() {
  const worker = new Worker("bench", async () => {}, {
    connection, concurrency: Number(concurrency), autorun: false,
  });
  worker.on("completed", () => done());
  await worker.waitUntilReady();
  await start();
  setInterval(() => {}, 1000);
  await worker.run();
}

await (role === "add" ? add() : take());
