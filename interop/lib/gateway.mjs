// The gateway under test, as a raw HTTP peer: what no well-behaved client would send.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { afterwards, Skip } from "./check.mjs";
import { received } from "./secrets.mjs";

export const url = process.env.STEPGATE_URL ?? "http://127.0.0.1:8000";
const legacy = { "content-type": "application/json", accept: "application/json, text/event-stream" };

export async function available(name) {
  let entry;
  const answered = async () => {
    entry = await (await fetch(`${url}/envs/${name}`)).json();
    return entry.available || !String(entry.reason).includes("still being started");
  };
  await until(answered, `${name} is started`, 60);
  if (!entry.available) throw new Skip(entry.reason ?? entry.detail);
  return entry;
}

export async function post(path, body, headers = {}) {
  const target = path.startsWith("http") ? path : url + path;
  const answer = await fetch(target, { method: "POST", body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body), headers, signal: AbortSignal.timeout(20000) });
  const text = await answer.text();
  received(answer.status, text);
  let json;
  try { json = JSON.parse(told(answer.headers, text)); } catch { json = undefined; }
  return { status: answer.status, headers: answer.headers, text, json };
}

// A slow answer comes at the end of an event stream, after what is said meanwhile.
function told(headers, text) {
  if (!headers.get("content-type")?.startsWith("text/event-stream")) return text;
  const data = text.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
  return data.filter((line) => line).at(-1) ?? "";
}

// An MCP session by hand, for what the official client would not let through.
export async function session(mcpUrl, version = "2025-11-25", keep = true) {
  const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: "interop", version: "1" } };
  const opened = await post(mcpUrl, { jsonrpc: "2.0", id: 0, method: "initialize", params }, legacy);
  const headers = { ...legacy, "mcp-session-id": opened.headers.get("mcp-session-id"), "mcp-protocol-version": version };
  let id = 0;
  if (keep) afterwards.push(() => fetch(mcpUrl, { method: "DELETE", headers }));
  return {
    headers,
    initialized: opened.json.result,
    send: (body, more = {}) => post(mcpUrl, body, { ...headers, ...more }),
    ask: (method, params) => post(mcpUrl, { jsonrpc: "2.0", id: ++id, method, params }, headers),
    call: (name, args) => post(mcpUrl, { jsonrpc: "2.0", id: ++id, method: "tools/call", params: { name, arguments: args } }, headers),
    end: () => fetch(mcpUrl, { method: "DELETE", headers }),
  };
}

export async function episode(env, more = {}) {
  const created = await post("/episodes", { env, ...more });
  if (created.status !== 201) throw new Error(`no episode: ${created.status} ${created.text}`);
  afterwards.push(() => fetch(`${url}/episodes/${created.json.episode_id}`, { method: "DELETE" }));
  return created.json;
}

// Bytes on a socket of our own, for what no HTTP client would write.
export function raw(text) {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(text));
    let received = "";
    socket.setTimeout(8000, () => { socket.destroy(); done(received || "(no answer)"); });
    socket.on("data", (chunk) => { received += chunk; if (/\r\n\r\n/.test(received)) { socket.destroy(); done(received); } });
    socket.on("end", () => done(received));
    socket.on("error", fail);
  });
}

// All processes below a gateway, found through /proc; by default below the one that was started for this run.
export function descendants(root = Number(process.env.STEPGATE_PID)) {
  if (!root) throw new Skip("STEPGATE_PID is not set");
  const parents = new Map(readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), Number(statOf(pid)?.[1] ?? 0)]));
  const below = (pid) => { for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (at === root) return true; return false; };
  return [...parents.keys()].filter((pid) => pid !== root && below(pid));
}

// One that is dead but not yet waited for runs no more.
export const runs = (pid) => (statOf(pid)?.[0] ?? "Z") !== "Z";

// The fields of /proc/PID/stat from the third on; nothing for a process that has ended.
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

export const commandLine = (pid) => { try { return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "); } catch { return ""; } };

export async function until(holds, what, seconds) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
    const held = await holds();
    if (held) return held;
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

// A gateway of its own, for a check that ends it or looks into it: with the environment `slow` alone, unless told otherwise.
export async function startGateway({ env = "slow", from = new URL("../fixtures", import.meta.url).pathname, data = mkdtempSync(`${process.env.INTEROP_LEFT ?? tmpdir()}/gateway-`), variables = {} } = {}) {
  const home = new URL("../..", import.meta.url).pathname;
  const log = openSync(`${data}/log`, "a");
  const port = await freePort();
  const args = ["serve", "--port", String(port), "--data", data, "--env", env, "--environments", `${from}/environments`, "--policies", `${from}/policies`];
  const child = spawn(`${home}stepgate`, args, { stdio: ["ignore", log, log], env: { ...process.env, ...variables } });
  closeSync(log);
  const ended = new Promise((done) => child.on("exit", done));
  const gateway = { pid: child.pid, url: `http://127.0.0.1:${port}`, data, ended, kill: (signal = "SIGKILL") => child.kill(signal) };
  try {
    await until(() => fetch(`${gateway.url}/health`).then((answer) => answer.ok, () => false), "a second gateway answers", 30);
    return gateway;
  } catch (problem) {
    gateway.kill();
    throw problem;
  }
}

export function freePort() {
  return new Promise((done, fail) => {
    const server = net.createServer().on("error", fail);
    server.listen(0, "127.0.0.1", () => { const { port } = server.address(); server.close(() => done(port)); });
  });
}
