// Servers that fail behind the gateway, over both transports and in both eras, and clients that fail in front of it:
// node behind.mjs GATEWAY PID SEED. Every fault has the outcome it must have, others go on meanwhile, and at the end nothing is left.
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { assert, check, run } from "../lib/check.mjs";
import { descendants, runs, until } from "../lib/gateway.mjs";
import { received } from "../lib/secrets.mjs";

const [gateway, pid, seed] = [new URL(process.argv[2]), Number(process.argv[3]), Number(process.argv[4])];
const rounds = process.env.INTEROP_FULL === "1" ? 5 : 1;
const KINDS = ["stdio-sessions", "stdio-stateless", "http-sessions", "http-stateless"];
const ERAS = ["2025-11-25", "2026-07-28"];
const wait = (millis) => new Promise((done) => setTimeout(done, millis));

let state = seed >>> 0;
const random = (below) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * below); };
const shuffled = (list) => list.map((value) => [random(1 << 30), value]).sort(([a], [b]) => a - b).map(([, value]) => value);

// A connection for each request: what stays open afterwards is the gateway's own.
function send(method, path, body, headers = {}) {
  return new Promise((done, fail) => {
    const request = http.request({ host: gateway.hostname, port: gateway.port, path, method, agent: false, headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers }, timeout: 25_000 }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk)).on("error", fail);
      response.on("end", () => { const text = Buffer.concat(chunks).toString("utf8"); received(response.statusCode, text); done({ status: response.statusCode, headers: response.headers, text }); });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer of ${method} within 25 s`))).on("error", fail);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

// The last message is the answer, if it came as a stream.
function told({ status, headers, text }) {
  const stream = String(headers["content-type"]).startsWith("text/event-stream");
  const lines = stream ? text.split("\n").filter((line) => line.startsWith("data:") && line.length > 6) : [];
  try { return JSON.parse(stream ? lines.at(-1).slice(5) : text); } catch { throw new Error(`no answer: ${status} ${text.slice(0, 200)}`); }
}

// Somebody with an episode of its own: `request` makes what it would send, and `end` ends it.
async function actor(env, revision) {
  let id = 0;
  if (revision === "2025-11-25") {
    const params = { protocolVersion: revision, capabilities: {}, clientInfo: { name: "faults", version: "1" } };
    const opened = await send("POST", `/envs/${env}/mcp`, { jsonrpc: "2.0", id: 0, method: "initialize", params });
    const session = { "mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": revision };
    return made(`/envs/${env}/mcp`, () => session, {}, () => send("DELETE", `/envs/${env}/mcp`, undefined, session));
  }
  const opened = JSON.parse((await send("POST", "/episodes", { env })).text);
  const meta = { "io.modelcontextprotocol/protocolVersion": revision, "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/logLevel": "info" };
  return made(new URL(opened.mcp_url).pathname, (name) => ({ "mcp-protocol-version": revision, "mcp-method": "tools/call", "mcp-name": name }), { _meta: meta }, () => send("DELETE", `/episodes/${opened.episode_id}`));

  function made(path, headers, params, end) {
    const request = (name, args, more = {}) => ({ path, headers: headers(name), body: { jsonrpc: "2.0", id: ++id, method: "tools/call", params: { name, arguments: args, ...params, ...more } } });
    const call = async (name, args) => { const it = request(name, args); return told(await send("POST", it.path, it.body, it.headers)); };
    return { request, call, end };
  }
}

// What a call came to: the token that was said, or the code of the refusal.
const outcome = ({ result, error }) => (error ? `error ${error.code}` : result.isError ? result._meta?.["dev.stepgate/code"] ?? "tool error" : result.content[0].text);

async function says(somebody, token, millis = 0) {
  assert.equal(outcome(await somebody.call("say", { token, millis })), token);
}

// One that works all the while beside the fault.
async function neighbour(env, revision, body) {
  const other = await actor(env, revision);
  let over = false, calls = 0;
  try {
    await says(other, "before");
    const working = (async () => { while (!over) await says(other, `beside ${calls++}`, random(20)); })();
    working.catch(() => {});
    await body();
    over = true;
    await working;
    await says(other, "after");
  } finally {
    over = true;
    await other.end();
  }
}

const slots = async (env) => JSON.parse((await send("GET", `/envs/${env}`)).text).capacity.in_use;
const free = (env) => until(async () => (await slots(env)) === 0, `the slots of ${env} are free`, 20);

const FAULTS = {
  hang: ["timeout"],
  half: ["env_error", "transport_error"],
  end: ["env_error", "transport_error"],
  huge: ["env_error"],
  nonsense: ["env_error", "timeout"],
  "no-object": ["env_error", "timeout"],
  twice: ["token"],
  unknown: ["token"],
  flood: ["token"],
  restart: ["env_error", "transport_error"],
};

async function fault(env, revision, name) {
  const [agent, beside] = [await actor(env, revision), ERAS[random(2)]];
  const shared = name === "restart" && env.startsWith("http"); // the neighbour's server is the one that restarts
  try {
    await says(agent, "at first");
    const misbehave = async () => {
      const came = outcome(await agent.call("misbehave", { token: "token", fault: name, size: 2000 + random(8000) }));
      assert.ok(FAULTS[name].includes(came), `came to ${came}, must be ${FAULTS[name].join(" or ")}`);
    };
    if (shared) { await misbehave(); await wait(500); } else await neighbour(env, beside, misbehave);
  } finally {
    await agent.end();
  }
  const next = await actor(env, revision);
  try { await says(next, "at last"); } finally { await next.end(); }
}

// Clients ----------------------------------------------------------------------------------------------------------------

function head(it, bytes, more = "") {
  const headers = Object.entries({ "content-type": "application/json", accept: "application/json, text/event-stream", ...it.headers });
  return `POST ${it.path} HTTP/1.1\r\nHost: ${gateway.host}\r\nContent-Length: ${bytes}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}${more}\r\n`;
}

function connected(paused = false) {
  const socket = net.connect({ host: gateway.hostname, port: Number(gateway.port) });
  socket.on("error", () => {});
  const gone = new Promise((done) => socket.on("close", done));
  if (paused) socket.pause();
  return { socket, gone };
}

async function vanish(env, revision) {
  const agents = await Promise.all(Array.from({ length: 8 }, () => actor(env, revision)));
  await neighbour(env, ERAS[random(2)], async () => {
    await Promise.all(agents.map(async (agent) => {
      const it = agent.request("say", { token: "nobody", millis: 1500 }, {});
      const body = JSON.stringify(it.body);
      const { socket, gone } = connected();
      socket.write(head(it, body.length) + body.slice(0, random(3) ? body.length : body.length / 2));
      await wait(50 + random(400));
      socket.resetAndDestroy();
      await gone;
    }));
    await Promise.all(agents.map((agent) => says(agent, "here again")));
  });
  await Promise.all(agents.map((agent) => agent.end()));
}

async function trickle(env, revision) {
  const agent = await actor(env, revision);
  try {
    const it = agent.request("say", { token: "slowly" });
    const body = JSON.stringify(it.body);
    const bytes = head(it, body.length, "Connection: close\r\n") + body;
    const { socket, gone } = connected();
    let text = "";
    socket.on("data", (chunk) => { text += chunk; });
    await neighbour(env, ERAS[random(2)], async () => {
      for (let at = 0; at < bytes.length; at += 7) { socket.write(bytes.slice(at, at + 7)); await wait(10 + random(20)); }
      await gone;
    });
    assert.match(text, /^HTTP\/1\.1 200[^]*"text":"slowly"/);
  } finally {
    await agent.end();
  }
}

// Bounds of half a minute: they run while everything else is checked.
async function deaf(revision) {
  const agent = await actor("deaf", revision);
  const it = agent.request("misbehave", { token: "unread", fault: "flood", size: 100_000 });
  const body = JSON.stringify(it.body);
  const { socket, gone } = connected(true);
  socket.write(head(it, body.length) + body);
  await until(() => socket.readyState !== "opening", "it is connected", 10);
  // A paused socket does not see its end: it reads on after the time in which nobody listens to it.
  await wait(45_000);
  let bytes = 0;
  socket.on("data", (chunk) => { bytes += chunk.length; });
  socket.resume();
  await Promise.race([gone, wait(20_000).then(() => { throw new Error("the connection of one that never reads goes on"); })]);
  assert.ok(bytes < 20_000_000, `${bytes} bytes came: all that it did not read was kept`);
  await agent.end();
}

async function unfinished(revision) {
  const agent = await actor("deaf", revision);
  const it = agent.request("say", { token: "never" });
  const { socket, gone } = connected();
  let text = "";
  socket.on("data", (chunk) => { text += chunk; });
  socket.write(`${head(it, 500)}{"jsonrpc":`);
  await until(() => text.startsWith("HTTP/1.1 408"), "a body that does not end is given up", 45);
  socket.destroy();
  await gone;
  await agent.end();
}

// What must not grow: things of one request, session, stream or process, and what the machine lends. A closed episode is
// remembered, but not what it ran on.
const OF_THE_MOMENT = /^dev\.stepgate\.(adapter\.(Waiting|McpClient|McpConversation|StatelessListening|stdio\.\w+|http\.(Http(Exchange|Session)|EventAnswers))|environment\.(?!\w*(Manifest|Catalog))\w*Sandbox\w*|gateway\.(session\.(McpSession|EventLog|HeldRequests\$Held)|http\.(Exchange|EventStream|SessionStream|StatelessExchange|Mailbox|Door)|upstream\.(UpstreamLink|Listening|Upstreams\$OpenUpstreams)))$/;

function counted() {
  const histogram = execFileSync(`${process.env.JAVA_HOME}/bin/jcmd`, [String(pid), "GC.class_histogram"], { encoding: "utf8", maxBuffer: 1 << 26 });
  const things = {};
  for (const [, count, name] of histogram.matchAll(/^\s*\d+:\s+(\d+)\s+\d+\s+(\S+)/gm)) if (OF_THE_MOMENT.test(name)) things[name] = Number(count);
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => { try { return readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/[:[/].*/, ""); } catch { return ""; } });
  things["open pipes"] = open.filter((kind) => kind === "pipe").length;
  things["open sockets"] = open.filter((kind) => kind === "socket").length;
  things["child processes"] = descendants(pid).filter(runs).length;
  return things;
}

async function measured() {
  const things = counted();
  const { text } = await send("GET", "/q/metrics");
  const sum = (pattern) => [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  things["pinned bytes of buffers"] = sum(/^netty_allocator_memory_pinned\{.*\} (\S+)$/gm);
  things["threads"] = sum(/^jvm_threads_live_threads (\S+)$/gm);
  return things;
}

// Connections that are kept for the next call, and threads that are about to end, are no leak.
const SLACK = { threads: 6, "open sockets": 12, "pinned bytes of buffers": 65_536 };
const grown = (before, now) => Object.entries(now).filter(([what, count]) => count > (before[what] ?? 0) + (SLACK[what] ?? 0)).map(([what, count]) => `${what}: ${before[what] ?? 0} → ${count}`);

let baseline;
const patient = [];

check("each server says a token to each era before anything is wrong", async () => {
  for (const env of KINDS) for (const revision of ERAS) await fault(env, revision, "twice");
  await Promise.all([...KINDS, "deaf"].map(free));
  baseline = await measured();
  for (const revision of ERAS) {
    for (let count = 0; count < 4; count++) patient.push(deaf(revision));
    patient.push(unfinished(revision));
  }
  patient.forEach((one) => one.catch(() => {}));
}, 90);

for (let round = 0; round < rounds; round++) {
  for (const env of shuffled(KINDS)) {
    for (const name of shuffled(Object.keys(FAULTS))) {
      const eras = rounds > 1 ? ERAS : [ERAS[random(2)]];
      for (const revision of eras) check(`${env}, agent of ${revision}: ${name} comes to ${FAULTS[name].join(" or ")}, its neighbour goes on`, async () => { await fault(env, revision, name); await free(env); }, 40);
    }
  }
  for (const revision of ERAS) {
    for (const env of ["stdio-sessions", "http-stateless"]) {
      check(`${env}: clients of ${revision} that vanish during a call cost nobody else anything`, async () => { await vanish(env, revision); await free(env); }, 60);
      check(`${env}: a client of ${revision} that sends seven bytes at a time is answered`, async () => { await trickle(env, revision); await free(env); }, 60);
    }
  }
}

check("clients that never read are cut off, and so are those that never end their request", () => Promise.all(patient), 120);

check("nothing is left of all this: requests, sessions, streams, processes, descriptors, buffers, threads", async () => {
  let more;
  await until(async () => { more = grown(baseline, await measured()); return more.length === 0; }, "all is as it was", 60).catch(() => assert.fail(more.join(", ")));
}, 90);

console.log(`# seed ${seed}`);
run();
