// One measurement: wrk calls in a session, or without one where the path speaks 2026-07-28; the answers are checked to be answers.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cpuMicros } from "./processes.mjs";

const script = new URL("call.lua", import.meta.url).pathname;
const accept = "application/json, text/event-stream";
const measured = "measured ".repeat(8);
export const STATELESS = "2026-07-28";
const SESSIONS = "2025-11-25";

// Calls per second, latencies and processor time of `connections` callers during `seconds`.
export async function measure(path, connections, seconds) {
  const credentials = path.authorization ? { authorization: path.authorization } : {};
  const caller = path.revision === STATELESS ? stateless(credentials) : await open(path.url, credentials);
  try {
    await mustEcho(path, caller);
    const before = cpuMicros(path.server.pid);
    const load = await wrk(path, caller, connections, seconds);
    const cpu = cpuMicros(path.server.pid) - before;
    await mustEcho(path, caller);
    if (load.errors > 0 || load.calls === 0) throw new Error(`${path.name}: ${load.errors} errors in ${load.calls} calls`);
    return { perSecond: (load.calls * 1e6) / load.micros, p50: load.p50, p99: load.p99, cpu: cpu / load.calls, calls: load.calls, size: load.bytes / load.calls };
  } finally {
    if (caller.headers["mcp-session-id"]) await fetch(path.url, { method: "DELETE", headers: caller.headers }).catch(() => {});
  }
}

// A caller is the headers and the members of `params` that every call of it has.
function stateless(credentials) {
  const headers = { ...credentials, "mcp-protocol-version": STATELESS, "mcp-method": "tools/call", "mcp-name": "echo_message" };
  const meta = { "io.modelcontextprotocol/protocolVersion": STATELESS, "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" }, "io.modelcontextprotocol/clientCapabilities": {} };
  return { headers, params: { _meta: meta } };
}

async function open(url, credentials) {
  const params = { protocolVersion: SESSIONS, capabilities: {}, clientInfo: { name: "bench", version: "1" } };
  const opened = await post(url, { jsonrpc: "2.0", id: 1, method: "initialize", params }, credentials);
  const headers = { ...credentials, "mcp-session-id": opened.headers.get("mcp-session-id"), "mcp-protocol-version": SESSIONS };
  await opened.text();
  await (await post(url, { jsonrpc: "2.0", method: "notifications/initialized" }, headers)).text();
  return { headers, params: {} };
}

function post(url, body, headers) {
  return fetch(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", accept, ...headers }, signal: AbortSignal.timeout(20_000) });
}

// A refusal would be answered faster than a call, and would pass for a good figure.
async function mustEcho(path, caller) {
  const answer = await post(path.url, call(2, caller), caller.headers);
  const text = await answer.text();
  if (answer.status !== 200 || !text.includes(measured) || text.includes('"isError":true')) throw new Error(`${path.name} does not echo: ${answer.status} ${text.slice(0, 300)}`);
}

const call = (id, { params }) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "echo_message", arguments: { message: measured }, ...params } });

// The script counts the nine digits of the id up.
async function wrk(path, caller, connections, seconds) {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "--latency", "-s", script, path.url];
  const headers = Object.entries({ "content-type": "application/json", accept, ...caller.headers }).map(([name, value]) => `${name}: ${value}\n`).join("");
  const env = { ...process.env, BENCH_HEADERS: headers, BENCH_BODY: JSON.stringify(call(123456789, caller)) };
  const { stdout } = await promisify(execFile)("wrk", args, { env, timeout: (seconds + 30) * 1000 });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
