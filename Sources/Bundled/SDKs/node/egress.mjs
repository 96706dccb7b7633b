// Makes `fetch` use the way out of a sealed plugin: `import "/sdk/node/egress.mjs";` as the first line of a program.
//
// Node 24 and later do so by themselves (NODE_USE_ENV_PROXY); earlier ones know no proxy in the environment. Each
// connection of fetch becomes a tunnel through the proxy that HTTPS_PROXY names. Without that variable nothing changes.

import net from "node:net";
import tls from "node:tls";

const HEAD_LIMIT = 64 * 1024;

/** The answer to CONNECT as `{status, text}`, once it is whole; what a refusal says is its problem document. */
function answer(socket) {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const settle = (action, value) => {
      socket.off("data", read).off("end", end).off("error", fail).pause();
      action(value);
    };
    const fail = (error) => settle(reject, error);
    const end = () => settle(resolve, parse(bytes));
    const read = (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length > HEAD_LIMIT) return fail(new Error("the proxy's answer is too long"));
      if (bytes.includes("\r\n\r\n") && bytes.subarray(0, 13).toString("latin1") === "HTTP/1.1 200 ") end();
    };
    socket.on("data", read).on("end", end).on("error", fail);
  });
}

function parse(bytes) {
  const text = bytes.toString("utf8");
  return { status: Number(text.slice(9, 12)), text: text.slice(text.indexOf("\r\n\r\n") + 4) };
}

function refusal(target, { status, text }) {
  const error = new Error(`the way out to ${target} is shut (${status || "no answer"})`);
  error.code = "ECONNREFUSED";
  try {
    error.problem = JSON.parse(text);
    error.message += `: ${error.problem.detail}`;
  } catch {
    // An answer without a problem document says no more than its status.
  }
  return error;
}

async function tunnel(proxy, { hostname, port, protocol, servername }) {
  const secure = protocol === "https:";
  const host = hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
  const target = `${host}:${port || (secure ? 443 : 80)}`;
  const socket = net.connect({ host: proxy.hostname, port: Number(proxy.port), noDelay: true });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const said = await answer(socket);
  if (said.status !== 200) {
    socket.destroy();
    throw refusal(target, said);
  }
  if (!secure) return socket;
  const name = servername || hostname;
  const session = tls.connect({ socket, servername: net.isIP(name) ? "" : name, host: hostname, ALPNProtocols: ["http/1.1"] });
  await new Promise((resolve, reject) => session.once("secureConnect", resolve).once("error", reject));
  return session;
}

const place = process.env.HTTPS_PROXY ?? process.env.https_proxy;
if (place && Number(process.versions.node.split(".")[0]) < 24) {
  const proxy = new URL(place);
  await fetch("data:,"); // brings in what fetch is made of, with the dispatcher that it uses
  const key = Symbol.for("undici.globalDispatcher.1");
  const Agent = globalThis[key].constructor;
  globalThis[key] = new Agent({
    connect: (options, done) => {
      tunnel(proxy, options).then((socket) => done(null, socket), (error) => done(error, null));
    },
  });
}
