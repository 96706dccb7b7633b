// PLUGIN_NAME: counts the lines and words of a text.
import { createReadStream } from "node:fs";
import { Counter } from "./counter.mjs";

const { Plugin } = await import(`${process.env.CLOISTER_SDK ?? "/sdk"}/node/cloister.mjs`);

const plugin = new Plugin("PLUGIN_ID", "0.1.0");

plugin.tool("count", async (call, input) => {
  const counter = new Counter(plugin.configuration.minimum ?? 1);
  // The signal fires when nobody waits for the answer any more.
  for await (const part of createReadStream(input.text, { encoding: "utf8", signal: call.signal })) counter.add(part);
  return counter.end();
});

plugin.run();
