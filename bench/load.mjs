// One measurement: a session is opened, wrk calls on it, and the answers are checked to be answers.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cpuMicros } from "./processes.mjs";

const script = new URL("call.lua", import.meta.url).pathname;
const accept = "application/json, text/event-stream";
const measured = "measured ".repeat(8);

// Calls per second, latencies and processor time of `connections` callers during `seconds`.
export async function measure(path, connections, seconds) {
  const session = await open(path.url, path.authorization ? { authorization: path.authorization } : {});
  try {
    await mustEcho(path, session);
    const before = cpuMicros(path.server.pid);
    const load = await wrk(path.url, session, connections, seconds);
    const cpu = cpuMicros(path.server.pid) - before;
    await mustEcho(path, session);
    if (load.errors > 0 || load.calls === 0) throw new Error(`${path.name}: ${load.errors} errors in ${load.calls} calls`);
    return { perSecond: (load.calls * 1e6) / load.micros, p50: load.p50, p99: load.p99, cpu: cpu / load.calls, calls: load.calls, size: load.bytes / load.calls };
  } finally {
    await fetch(path.url, { method: "DELETE", headers: session }).catch(() => {});
  }
}

async function open(url, credentials) {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } };
  const opened = await post(url, { jsonrpc: "2.0", id: 1, method: "initialize", params }, credentials);
  const session = { ...credentials, "mcp-session-id": opened.headers.get("mcp-session-id"), "mcp-protocol-version": "2025-11-25" };
  await opened.text();
  await (await post(url, { jsonrpc: "2.0", method: "notifications/initialized" }, session)).text();
  return session;
}

function post(url, body, headers) {
  return fetch(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", accept, ...headers }, signal: AbortSignal.timeout(20_000) });
}

// A refusal would be answered faster than a call, and would pass for a good figure.
async function mustEcho(path, session) {
  const answer = await post(path.url, { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "echo_message", arguments: { message: measured } } }, session);
  const text = await answer.text();
  if (answer.status !== 200 || !text.includes(measured) || text.includes('"isError":true')) throw new Error(`${path.name} does not echo: ${answer.status} ${text.slice(0, 300)}`);
}

async function wrk(url, session, connections, seconds) {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "--latency", "-s", script, url];
  const env = { ...process.env, BENCH_SESSION: session["mcp-session-id"] };
  if (session.authorization) env.BENCH_AUTHORIZATION = session.authorization;
  const { stdout } = await promisify(execFile)("wrk", args, { env, timeout: (seconds + 30) * 1000 });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
