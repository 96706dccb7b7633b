/**
 * The Cloister SDK for Node 18 and later: one side of the protocol `cloister/1`, without dependencies.
 *
 *     import { Plugin, Failure } from "/sdk/node/cloister.mjs";
 *
 *     const plugin = new Plugin("hello", "1.0.0");
 *     plugin.tool("greet", async (call, input) => ({ text: `Hello, ${input.name}!` }));
 *     plugin.run();
 *
 * Handlers run side by side. One that computes for long without an `await` keeps the plugin from reading: it hears no
 * cancellation meanwhile, and answers no ping. Standard output belongs to the protocol: `console.log` and
 * `process.stdout.write` go to standard error. A child process must not inherit it; `call.execute` sees to that.
 */

import { spawn } from "node:child_process";

/** The protocol that this file speaks. */
export const PROTOCOL = "cloister/1";

/** The codes of the protocol's errors by name. */
export const codes = Object.freeze({
  PERMISSION_DENIED: -31999,
  QUOTA_EXCEEDED: -31998,
  DEADLINE_EXCEEDED: -31997,
  CANCELLED: -31996,
  INVALID_CONFIGURATION: -31995,
  NOT_FOUND: -31994,
  CONFLICT: -31993,
  SHUTTING_DOWN: -31992,
  RETRY_LATER: -31991,
  PLUGIN_FAILED: -31990,
  UNSUPPORTED: -31989,
  UNREACHABLE: -31988,
  INVALID_PARAMETERS: -32602,
  METHOD_NOT_FOUND: -32601,
  INTERNAL_ERROR: -32603,
});

const SILENCE = Symbol("no answer");
/** What the host takes of a message; longer ones are cut. */
const MESSAGE_LIMIT = 4096;
/** The longest line that is read before the host has said how long a line may be. */
const FIRST_LINE_LIMIT = 8 << 20;

/**
 * What a caller is told instead of a result. Also thrown when the host refuses a request.
 *
 * `message` is one line for a person that names the object and the reason; `hint` is what the reader can do about it.
 */
export class Failure extends Error {
  /**
   * @param {number} code one of `codes`
   * @param {string} message
   * @param {string} [hint]
   * @param {Record<string, unknown>} [data] further members for the host, such as `retryAfterMs`
   */
  constructor(code, message, hint, data) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.hint = hint;
    this.data = data;
  }

  /** @returns {object} the `error` of an answer */
  toJSON() {
    const data = { ...this.data, ...(this.hint === undefined ? {} : { hint: String(this.hint) }) };
    return {
      code: Number.isInteger(this.code) ? this.code : codes.PLUGIN_FAILED,
      message: String(this.message).slice(0, MESSAGE_LIMIT),
      ...(Object.keys(data).length > 0 ? { data } : {}),
    };
  }
}

/**
 * @typedef {object} HostDocument
 * @property {string} document the document's id
 * @property {string} [path] where it can be read
 * @property {string} name the caller's name for it: text not to be trusted
 * @property {string} mediaType
 * @property {number} size in bytes
 * @property {string} sha256
 */

/**
 * @typedef {object} Execution
 * @property {number | null} status the exit status; null where a signal ended the program
 * @property {string | null} signal
 * @property {Buffer} stdout
 * @property {Buffer} stderr the first 64 KiB
 */

/** One call of a tool or of a hook's handler, from its request to its answer. */
export class Call {
  /** @type {Plugin} */ #plugin;
  #milliseconds;
  #controller = new AbortController();
  /** @type {NodeJS.Timeout | undefined} */ #timer;
  #deadline = Infinity;

  /**
   * @param {Plugin} plugin
   * @param {string} id the identifier as the host wrote it
   * @param {string} name the tool or the handler
   * @param {Record<string, any>} parameters
   */
  constructor(plugin, id, name, parameters) {
    this.#plugin = plugin;
    this.id = id;
    this.name = name;
    /** The event whose hook runs; undefined in a tool. @type {string | undefined} */
    this.hook = typeof parameters.hook === "string" ? parameters.hook : undefined;
    /** The run of the hook. @type {string | undefined} */
    this.run = typeof parameters.id === "string" ? parameters.id : undefined;
    const given = parameters.deadlineMs;
    this.#milliseconds = typeof given === "number" && given > 0 ? Math.min(given, 86_400_000) : 30_000;
    this.storage = new Storage(this);
    this.#prolong();
  }

  /** Fires when the host cancels the call or its deadline passes: pass it to whatever takes a signal. */
  get signal() {
    return this.#controller.signal;
  }

  /** Whether nobody waits for the answer any more. */
  get cancelled() {
    return this.signal.aborted;
  }

  /** Until the deadline; 0 when it has passed. */
  secondsLeft() {
    return Math.max(0, this.#deadline - performance.now()) / 1000;
  }

  /** Throws when nobody waits for the answer any more. Only useful after an `await`. */
  check() {
    if (this.signal.aborted) throw this.signal.reason;
    if (this.secondsLeft() === 0) throw this.#late();
  }

  /**
   * Reports progress, which gives the call its deadline anew, up to the caller's hard limit.
   * @param {number} [done]
   * @param {number} [total]
   * @param {string} [message]
   */
  progress(done, total, message) {
    this.check();
    this.#prolong();
    this.#plugin._notify("progress", { done, total, message }, this.id);
  }

  /**
   * Asks the host something. Throws its refusal as a `Failure`.
   * @param {string} method
   * @param {object} parameters
   * @returns {Promise<any>}
   */
  request(method, parameters) {
    this.check();
    return this.#plugin._request(method, parameters, this.signal);
  }

  /**
   * Makes a document readable and tells its path. @param {string} document its id @returns {Promise<HostDocument>}
   */
  async open(document) {
    return { document, ...(await this.request("document/open", { document })) };
  }

  /** What is known of a document, without reading it. @param {string} document @returns {Promise<HostDocument>} */
  async info(document) {
    return { document, ...(await this.request("document/info", { document })) };
  }

  /**
   * Hands a file over that was written below `/exchange/out`.
   * @param {string} path
   * @param {string} name
   * @param {string} mediaType
   * @returns {Promise<HostDocument>} with its new id
   */
  create(path, name, mediaType) {
    return this.request("document/create", { path, name, mediaType });
  }

  /** A secret of the tenant. @param {string} name @returns {Promise<string>} */
  async secret(name) {
    return (await this.request("secret/get", { name })).value;
  }

  /** Raises an event. @param {string} event @param {unknown} value */
  async emit(event, value) {
    await this.request("event/emit", { event, value });
  }

  /** Uses a connection of the tenant. @param {string} connection @param {string} action @param {unknown} input */
  connection(connection, action, input) {
    return this.request("connection/call", { connection, action, input });
  }

  /**
   * Runs a program to its end. It is killed when the call is cancelled or its deadline passes, and when it writes more
   * than `limit` bytes (16 MiB) on its standard output.
   * @param {string[]} command
   * @param {{input?: string | Uint8Array, limit?: number, cwd?: string, env?: NodeJS.ProcessEnv}} [options]
   * @returns {Promise<Execution>}
   */
  execute(command, { input, limit = 16 << 20, cwd, env } = {}) {
    this.check();
    return new Promise((resolve, reject) => {
      const child = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "pipe"], cwd, env });
      const taken = { stdout: gather(child.stdout, limit, overflow), stderr: gather(child.stderr, 64 << 10) };
      /** @type {Failure | undefined} */ let failure;
      const abort = () => {
        failure ??= this.signal.reason;
        child.kill("SIGKILL");
      };
      function overflow() {
        failure ??= new Failure(codes.QUOTA_EXCEEDED, `${command[0]} wrote more than ${limit} bytes`);
        child.kill("SIGKILL");
      }
      this.signal.addEventListener("abort", abort, { once: true });
      child.on("error", (error) => {
        this.signal.removeEventListener("abort", abort);
        reject(new Failure(codes.PLUGIN_FAILED, `${command[0]} cannot be run: ${error.message}`));
      });
      child.on("close", (status, signal) => {
        this.signal.removeEventListener("abort", abort);
        if (failure) reject(failure);
        else resolve({ status, signal, stdout: Buffer.concat(taken.stdout), stderr: Buffer.concat(taken.stderr) });
      });
      child.stdin.on("error", () => {}); // it may end without reading all of its input
      child.stdin.end(input);
    });
  }

  /** For the plugin. @param {Failure} reason */
  _abort(reason) {
    this._finish();
    this.#controller.abort(reason);
  }

  /** For the plugin: the call is answered. */
  _finish() {
    clearTimeout(this.#timer);
  }

  #late() {
    return new Failure(codes.DEADLINE_EXCEEDED, `deadline exceeded: ${this.name}`);
  }

  #prolong() {
    // A little less than the host's own time, so that the reason for a late answer is still heard.
    const time = this.#milliseconds * 0.95;
    this.#deadline = performance.now() + time;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this._abort(this.#late()), time);
  }
}

/** The values that this plugin keeps for its tenant with the host. */
class Storage {
  #call;

  /** @param {Call} call */
  constructor(call) {
    this.#call = call;
  }

  /** The value, or null where there is none. @param {string} key @returns {Promise<any>} */
  async get(key) {
    return (await this.#call.request("storage/get", { key })).value;
  }

  /** @param {string} key @param {unknown} value */
  async put(key, value) {
    await this.#call.request("storage/put", { key, value });
  }

  /** Whether there was something to delete. @param {string} key @returns {Promise<boolean>} */
  async delete(key) {
    return (await this.#call.request("storage/delete", { key })).deleted;
  }

  /**
   * One page of keys; `cursor` is there when another follows.
   * @param {{prefix?: string, cursor?: string, limit?: number}} [options]
   * @returns {Promise<{keys: string[], cursor?: string}>}
   */
  list(options = {}) {
    return this.#call.request("storage/list", options);
  }
}

/**
 * @typedef {(call: Call, input: any) => unknown} ToolHandler returns the output, or a promise of it
 * @typedef {(call: Call, value: any, context: any) => unknown} HookHandler returns the value (a filter) or nothing
 */

/** A plugin: name its tools and handlers, then `run()`. */
export class Plugin {
  /** @type {Map<string, ToolHandler>} */ #tools = new Map();
  /** @type {Map<string, HookHandler>} */ #filters = new Map();
  /** @type {Map<string, HookHandler>} */ #actions = new Map();
  /** @type {Map<string, Call>} */ #calls = new Map();
  /** @type {Map<string, {resolve: (value: any) => void, reject: (reason: unknown) => void}>} */ #asked = new Map();
  /** @type {string[]} */ #shutdowns = [];
  #lastRequest = 0;
  #lineLimit = FIRST_LINE_LIMIT;
  #write = process.stdout.write.bind(process.stdout);

  /** @param {string} name @param {string} version */
  constructor(name, version) {
    this.name = name;
    this.version = version;
    /** As the tenant set it, with the manifest's defaults. @type {Record<string, any>} */
    this.configuration = {};
    /** What the tenant has granted. @type {{resource: string, actions: string[], conditions?: object}[]} */
    this.grants = [];
    /** @type {string | undefined} */
    this.tenant = undefined;
    /**
     * Called with a configuration before it takes effect; what it throws refuses it.
     * @type {((configuration: any) => unknown) | undefined}
     */
    this.onConfiguration = undefined;
  }

  /** @param {string} name @param {ToolHandler} handler */
  tool(name, handler) {
    this.#tools.set(name, handler);
  }

  /** A handler that returns what the value becomes. @param {string} name @param {HookHandler} handler */
  filter(name, handler) {
    this.#filters.set(name, handler);
  }

  /** A handler that takes note of a value. @param {string} name @param {HookHandler} handler */
  action(name, handler) {
    this.#actions.set(name, handler);
  }

  /**
   * Writes into the plugin's log.
   * @param {"trace" | "debug" | "info" | "notice" | "warning" | "error" | "critical"} level
   * @param {string} message
   */
  log(level, message) {
    this._notify("log", { level, message });
  }

  /** Serves until standard input ends; what is in flight then is cancelled and has a second to clean up. */
  run() {
    process.stdout.write = /** @type {any} */ (process.stderr.write.bind(process.stderr));
    process.stdout.on("error", () => process.exit(0)); // nobody reads any more
    const lines = new Lines((line) => this.#take(line), () => this.#lineLimit);
    process.stdin.on("data", (bytes) => lines.add(bytes));
    process.stdin.on("end", () => this.#end());
    process.stdin.on("error", () => this.#end());
  }

  /** @param {Buffer} line */
  #take(line) {
    let text, message;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(line);
      message = JSON.parse(text);
    } catch {
      return this.#complain("passed over a line that is not JSON");
    }
    if (!isObject(message)) return this.#complain("passed over a line that is not a message");
    if (typeof message.method === "string") {
      const parameters = isObject(message.params) ? message.params : {};
      if (!("id" in message)) return message.method === "cancel" ? this.#cancel(text, parameters) : undefined;
      const id = identifier(message.id, text, ["id"]);
      if (id === undefined) return this.#complain("passed over a request whose id is neither a string nor an integer");
      this.#request(id, message.method, parameters, "params" in message ? message.params : null);
    } else {
      const asked = this.#asked.get(String(message.id));
      if (!asked) return undefined; // the call that asked has gone
      this.#asked.delete(String(message.id));
      if (isObject(message.error)) asked.reject(refusal(message.error));
      else asked.resolve(message.result ?? {});
    }
  }

  /** @param {string} id @param {string} method @param {Record<string, any>} parameters @param {unknown} given */
  async #request(id, method, parameters, given) {
    if (given !== null && !isObject(given)) {
      const words = `the parameters of ${method.slice(0, 80)} are no object`;
      return this.#fail(id, new Failure(codes.INVALID_PARAMETERS, words));
    }
    let result;
    try {
      result = await this.#answer(id, method, parameters);
    } catch (error) {
      return this.#fail(id, error);
    }
    if (result !== SILENCE) this.#succeed(id, result);
  }

  /** @param {string} id @param {string} method @param {Record<string, any>} parameters @returns {unknown} */
  #answer(id, method, parameters) {
    switch (method) {
      case "initialize": return this.#initialize(parameters);
      case "ping": return {};
      case "shutdown": return this.#shutdown(id);
      case "configuration/changed": return this.#reconfigure(parameters);
      case "tool/call": {
        const { name, input = {} } = parameters;
        const tool = find(this.#tools, name, "tool");
        if (!isObject(input)) throw new Failure(codes.INVALID_PARAMETERS, `the input of ${name} is no object`);
        return this.#run(id, name, parameters, async (call) => ({ output: (await tool(call, input)) ?? null }));
      }
      case "hook/filter": {
        const { handler, value = null, context = {} } = parameters;
        const filter = find(this.#filters, handler, "filter");
        return this.#run(id, handler, parameters, async (call) => {
          return { value: (await filter(call, value, context)) ?? null };
        });
      }
      case "hook/action": {
        const { handler, value = null, context = {} } = parameters;
        const action = find(this.#actions, handler, "action");
        return this.#run(id, handler, parameters, async (call) => {
          await action(call, value, context);
          return {};
        });
      }
      default: throw new Failure(codes.METHOD_NOT_FOUND, `method not found: ${method.slice(0, 80)}`);
    }
  }

  /** @param {Record<string, any>} parameters */
  async #initialize(parameters) {
    if (parameters.protocol !== PROTOCOL) {
      const theirs = String(parameters.protocol).slice(0, 40);
      throw new Failure(codes.UNSUPPORTED, `the host speaks ${theirs}, this plugin ${PROTOCOL}`);
    }
    await this.#reconfigure(parameters);
    if (Array.isArray(parameters.grants)) this.grants = parameters.grants;
    if (typeof parameters.tenant === "string") this.tenant = parameters.tenant;
    const limit = parameters.limits?.lineBytes;
    if (Number.isInteger(limit) && limit > 0) this.#lineLimit = limit;
    return {
      name: this.name,
      version: this.version,
      tools: [...this.#tools.keys()],
      hooks: [...new Set([...this.#filters.keys(), ...this.#actions.keys()])],
    };
  }

  /** @param {Record<string, any>} parameters */
  async #reconfigure(parameters) {
    const configuration = isObject(parameters.configuration) ? parameters.configuration : {};
    await this.onConfiguration?.(configuration);
    this.configuration = configuration;
    return {};
  }

  /**
   * @param {string} id @param {string} name @param {Record<string, any>} parameters
   * @param {(call: Call) => Promise<object>} body
   */
  async #run(id, name, parameters, body) {
    if (this.#shutdowns.length > 0) throw new Failure(codes.SHUTTING_DOWN, "the plugin is about to end");
    const call = new Call(this, id, name, parameters);
    this.#calls.set(id, call);
    let result;
    try {
      result = await body(call);
    } catch (error) {
      // What a library throws when the signal fires tells less than why it fired.
      result = Promise.reject(call.cancelled && !(error instanceof Failure) ? call.signal.reason : error);
      result.catch(() => {});
    }
    call._finish();
    this.#calls.delete(id);
    if (this.#calls.size === 0) {
      // Behind the answer to this call, which is written when this function's promise has settled.
      const due = this.#shutdowns.splice(0);
      setImmediate(() => due.forEach((id) => this.#succeed(id, {})));
    }
    return result;
  }

  /** @param {string} id */
  #shutdown(id) {
    if (this.#calls.size === 0) return {};
    this.#shutdowns.push(id);
    return SILENCE;
  }

  /** @param {string} text @param {Record<string, any>} parameters */
  #cancel(text, parameters) {
    const id = identifier(parameters.id, text, ["params", "id"]);
    if (id !== undefined) this.#calls.get(id)?._abort(new Failure(codes.CANCELLED, "cancelled"));
  }

  #end() {
    for (const call of this.#calls.values()) call._abort(new Failure(codes.CANCELLED, "the host has gone"));
    process.stdin.destroy();
    // Ends by itself when nothing is left to do, and after a second in any case.
    setTimeout(() => process.exit(0), 1000).unref();
  }

  /**
   * For calls.
   * @param {string} method @param {object} parameters @param {AbortSignal} signal @returns {Promise<any>}
   */
  _request(method, parameters, signal) {
    const id = `p${++this.#lastRequest}`;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#asked.delete(id);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      const done = (/** @type {(value: any) => void} */ settle) => (/** @type {any} */ value) => {
        signal.removeEventListener("abort", abort);
        settle(value);
      };
      this.#asked.set(id, { resolve: done(resolve), reject: done(reject) });
      const line = encode({ jsonrpc: "2.0", id, method, params: parameters });
      if (Buffer.byteLength(line) > this.#lineLimit) {
        this.#asked.delete(id);
        done(reject)(new Failure(codes.QUOTA_EXCEEDED, `a request is longer than a line may be: ${method}`));
      } else {
        this.#send(line);
      }
    });
  }

  /** For calls. @param {string} method @param {object} parameters @param {string} [call] whose id comes along */
  _notify(method, parameters, call) {
    const members = encode(parameters).slice(1, -1);
    const id = call === undefined ? "" : `"id":${call}${members ? "," : ""}`;
    const line = `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":{${id}${members}}}`;
    if (Buffer.byteLength(line) <= this.#lineLimit) this.#send(line);
  }

  /** @param {string} id @param {unknown} result */
  #succeed(id, result) {
    let line;
    try {
      line = `{"jsonrpc":"2.0","id":${id},"result":${encode(result)}}`;
    } catch (error) {
      return this.#fail(id, error); // a cycle, or a BigInt
    }
    if (Buffer.byteLength(line) > this.#lineLimit) {
      return this.#fail(id, new Failure(codes.QUOTA_EXCEEDED, `the result is longer than a line may be`));
    }
    this.#send(line);
  }

  /** @param {string} id @param {unknown} error */
  #fail(id, error) {
    let failure = error;
    if (!(failure instanceof Failure)) {
      // A defect: the caller learns its kind, the log all of it.
      this.#complain(error instanceof Error ? error.stack ?? error.message : String(error));
      failure = new Failure(codes.PLUGIN_FAILED, error instanceof Error ? `${error.name}: ${error.message}` : "failed");
    }
    this.#send(`{"jsonrpc":"2.0","id":${id},"error":${encode(failure)}}`);
  }

  /** @param {string} line */
  #send(line) {
    this.#write(line + "\n");
  }

  /** @param {string} text */
  #complain(text) {
    process.stderr.write(`${this.name}: ${text}\n`);
  }
}

/** Cuts what comes into lines. One over the limit is passed over, and no more than the limit of it is kept. */
class Lines {
  #take;
  #limit;
  /** @type {Buffer[]} */ #parts = [];
  #size = 0;
  #isOverlong = false;

  /** @param {(line: Buffer) => void} take @param {() => number} limit */
  constructor(take, limit) {
    this.#take = take;
    this.#limit = limit;
  }

  /** @param {Buffer} bytes */
  add(bytes) {
    let start = 0;
    for (let end; (end = bytes.indexOf(10, start)) >= 0; start = end + 1) {
      this.#append(bytes.subarray(start, end));
      const line = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
      const isWhole = !this.#isOverlong;
      this.#parts = [];
      this.#size = 0;
      this.#isOverlong = false;
      if (isWhole) this.#take(line);
      else process.stderr.write("passed over a line that is longer than a line may be\n");
    }
    if (start < bytes.length) this.#append(bytes.subarray(start));
  }

  /** @param {Buffer} part */
  #append(part) {
    this.#size += part.length;
    if (this.#size > this.#limit()) {
      this.#isOverlong = true;
      this.#parts = [];
    } else {
      this.#parts.push(part);
    }
  }
}

/** @param {unknown} value @returns {value is Record<string, any>} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @template T @param {Map<string, T>} handlers @param {unknown} name @param {string} what @returns {T} */
function find(handlers, name, what) {
  if (typeof name !== "string") throw new Failure(codes.INVALID_PARAMETERS, `the name of a ${what} is missing`);
  const handler = handlers.get(name);
  if (handler === undefined) {
    const hint = `there are: ${[...handlers.keys()].join(", ")}`;
    throw new Failure(codes.NOT_FOUND, `${what} not found: ${name.slice(0, 80)}`, hint);
  }
  return handler;
}

/** @param {Record<string, any>} error @returns {Failure} */
function refusal(error) {
  const data = isObject(error.data) ? error.data : {};
  return new Failure(error.code, String(error.message), typeof data.hint === "string" ? data.hint : undefined, data);
}

/**
 * An identifier as JSON text that goes back as it came: integers have 64 bits, more than a number here can hold.
 * @param {unknown} value @param {string} text the message @param {string[]} path where the identifier stands in it
 * @returns {string | undefined}
 */
function identifier(value, text, path) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  if (Number.isSafeInteger(value)) return String(value);
  // Reads the message once more with every number as a string of its digits.
  const exact = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify(token));
  const digits = path.reduce((node, member) => node[member], JSON.parse(exact));
  return /^-?\d+$/.test(digits) ? digits : undefined;
}

/**
 * JSON in which half a surrogate pair, which UTF-8 has no form for, is U+FFFD.
 * @param {unknown} value @returns {string}
 */
function encode(value) {
  const text = JSON.stringify(value);
  return text.includes("\\ud") ? text.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, "$1\\ufffd") : text;
}

/**
 * @param {import("node:stream").Readable} stream @param {number} limit @param {() => void} [overflow]
 * @returns {Buffer[]}
 */
function gather(stream, limit, overflow) {
  /** @type {Buffer[]} */
  const parts = [];
  let size = 0;
  stream.on("data", (part) => {
    if (size < limit) parts.push(part.subarray(0, limit - size));
    size += part.length;
    if (size > limit) overflow?.();
  });
  return parts;
}
