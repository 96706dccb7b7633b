// An MCP server in JavaScript without dependencies, as authors write them for Node: `server.mjs [legacy]`.
//
// It speaks revision 2026-07-28, or with `legacy` those before it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

const isLegacy = process.argv[2] === "legacy";
const object = (properties, required = Object.keys(properties)) => ({ type: "object", properties, required });
const number = { type: "number" };

const tools = {
  add: {
    description: "Adds two numbers",
    inputSchema: object({ a: number, b: number }),
    outputSchema: object({ sum: number }),
    run: ({ a, b }) => ({ content: text(String(a + b)), structuredContent: { sum: a + b } }),
  },
  digest: {
    description: "The SHA-256 of a file",
    inputSchema: object({ path: { type: "string" } }),
    run: async ({ path }) => ({ content: text(createHash("sha256").update(await readFile(path)).digest("hex")) }),
  },
  thread: {
    description: "Counts in a thread of its own",
    inputSchema: object({ to: { type: "integer" } }),
    run: ({ to }) =>
      new Promise((resolve, reject) => {
        const count = "const { parentPort, workerData } = require('node:worker_threads'); let n = 0; while (n < workerData) n++; parentPort.postMessage(n);";
        const worker = new Worker(count, { eval: true, workerData: to });
        worker.once("message", (n) => resolve({ content: text(String(n)) }));
        worker.once("error", reject);
      }),
  },
  reach: {
    description: "Tries to get out",
    inputSchema: object({ url: { type: "string" } }),
    run: async ({ url }) => ({ content: text(String((await fetch(url)).status)) }),
  },
};

const text = (words) => [{ type: "text", text: words }];
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
const answer = (id, result) => send({ id, result: isLegacy ? result : { resultType: "complete", ...result } });
const refuse = (id, code, message) => send({ id, error: { code, message } });

async function call(id, { name, arguments: input = {} }) {
  if (!(name in tools)) return refuse(id, -32602, `Unknown tool: ${name}`);
  try {
    answer(id, await tools[name].run(input));
  } catch (error) {
    answer(id, { content: text(`${error.message}${error.cause ? `: ${error.cause.message || error.cause.code}` : ""}`), isError: true });
  }
}

const page = isLegacy ? {} : { ttlMs: 0, cacheScope: "private" };
const methods = {
  "tools/list": (id) =>
    answer(id, { tools: Object.entries(tools).map(([name, { run, ...tool }]) => ({ name, ...tool })), ...page }),
  "tools/call": call,
  ...(isLegacy
    ? {
        initialize: (id, { protocolVersion }) =>
          answer(id, { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "node", version: process.version } }),
        ping: (id) => answer(id, {}),
      }
    : { "server/discover": (id) => answer(id, { supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, ...page }) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined || method === undefined) continue;
  if (method in methods) methods[method](id, params);
  else refuse(id, -32601, "Method not found");
}
