// A plugin that does one thing per tool, for the tests of the SDK.
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure, Plugin, codes } from "../cloister.mjs";

const plugin = new Plugin("kitchen", "1.2.3");
plugin.onConfiguration = (configuration) => {
  if (configuration.language === "klingon") throw new Failure(codes.INVALID_CONFIGURATION, "no such language: klingon");
};
plugin.tool("echo", (call, input) => input);
plugin.tool("print", () => {
  console.log("a stray line");
  process.stdout.write("half a line");
  return {};
});
plugin.tool("sleep", async (call, input) => {
  await sleep(input.ms, undefined, { signal: call.signal });
  return { slept: true };
});
plugin.tool("progress", async (call, input) => {
  for (let step = 1; step <= input.steps; step++) {
    await sleep(input.ms, undefined, { signal: call.signal });
    call.progress(step, input.steps, "step by step");
  }
  return {};
});
plugin.tool("log", (call, input) => {
  plugin.log("warning", input.message);
  return {};
});
plugin.tool("fail", () => {
  throw new Failure(codes.CONFLICT, "taken: the name", "choose another");
});
plugin.tool("defect", () => undefined.name);
plugin.tool("keep", async (call, input) => {
  const was = await call.storage.get(input.key);
  await call.storage.put(input.key, input.value);
  return { was };
});
plugin.tool("keys", async (call, input) => {
  const { keys, cursor } = await call.storage.list(input);
  return { keys, more: Boolean(cursor) };
});
plugin.tool("drop", async (call, input) => ({ deleted: await call.storage.delete(input.key) }));
plugin.tool("copy", async (call, input) => {
  const document = await call.open(input.document);
  const path = `${input.folder}/copy`;
  await writeFile(path, await readFile(document.path));
  const { document: id, name, mediaType, size } = await call.create(path, document.name, document.mediaType);
  return { document: id, name, mediaType, size };
});
plugin.tool("secret", async (call, input) => ({ length: (await call.secret(input.name)).length }));
plugin.tool("emit", async (call, input) => {
  await call.emit("kitchen.cooked", input.value);
  return {};
});
plugin.tool("try", async (call, input) => {
  try {
    return { value: await call.storage.get(input.key) };
  } catch (error) {
    return { code: error.code };
  }
});
plugin.tool("settings", () => plugin.configuration);
plugin.tool("long", (call, input) => "x".repeat(input.bytes));
plugin.tool("execute", async (call, input) => {
  const { status, stdout } = await call.execute(input.command, { input: input.input, limit: input.limit });
  return { status, output: stdout.toString() };
});
plugin.filter("shout", (call, value, context) => ({ was: value, hook: call.hook, run: call.run, depth: context.depth }));
plugin.action("note", async (call, value) => call.storage.put("noted", value));
plugin.run();
