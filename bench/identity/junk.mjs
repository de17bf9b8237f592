// A flood of junk tokens while one good caller works. The issuer is played by this process: one RSA key of 2,048 bits.
import { execFile } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync } from "node:fs";
import http from "node:http";
import { loadavg, tmpdir } from "node:os";
import { promisify } from "node:util";
import { freePort, runToEnd, serve } from "../processes.mjs";

const ROUNDS = 7;
const CONNECTIONS = 64;
const seconds = Number(process.argv[2]);
const home = new URL("../..", import.meta.url).pathname;
const script = new URL("junk.lua", import.meta.url).pathname;
const work = mkdtempSync(`${tmpdir()}/stepgate-bench-`);

async function issuer(audience) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const url = `http://127.0.0.1:${await freePort()}`;
  const metadata = { issuer: url, jwks_uri: `${url}/keys`, token_endpoint: `${url}/token`, authorization_endpoint: `${url}/authorize`, response_types_supported: ["code"] };
  const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "bench", use: "sig", alg: "RS256" }] };
  http.createServer((request, answer) => {
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify(request.url === "/keys" ? keys : metadata));
  }).listen(Number(new URL(url).port), "127.0.0.1").unref();
  const part = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const said = `${part({ alg: "RS256", typ: "at+jwt", kid: "bench" })}.${part({ iss: url, sub: "agent", client_id: "bench", aud: [audience], scope: "tools:list tools:call", iat: now, exp: now + 1800, jti: "1" })}`;
  return { url, token: `${said}.${sign("sha256", Buffer.from(said), privateKey).toString("base64url")}` };
}

// One call after the other on a session of their own.
async function calls(url, token, going) {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream", authorization: `Bearer ${token}`, "mcp-protocol-version": "2025-11-25" };
  const post = (body, more = {}) => fetch(url, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body), signal: AbortSignal.timeout(20_000) });
  const opened = await post({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } } });
  const session = { "mcp-session-id": opened.headers.get("mcp-session-id") };
  await opened.text();
  await (await post({ jsonrpc: "2.0", method: "notifications/initialized" }, session)).text();
  const waits = [];
  const began = performance.now();
  while (going()) {
    const at = performance.now();
    const answer = await post({ jsonrpc: "2.0", id: waits.length + 2, method: "tools/call", params: { name: "echo_message", arguments: { message: "hello" } } }, session);
    const text = await answer.text();
    if (answer.status !== 200 || !text.includes("hello")) throw new Error(`a good call was answered with ${answer.status}`);
    waits.push(performance.now() - at);
  }
  const perSecond = (waits.length * 1000) / (performance.now() - began);
  waits.sort((a, b) => a - b);
  return `${Math.round(perSecond)} good calls a second, p50 ${waits[waits.length >> 1].toFixed(1)} ms, p99 ${waits[Math.floor(waits.length * 0.99)].toFixed(1)} ms`;
}

// Calls for as long as something else is at work.
async function during(url, token, other) {
  let going = true;
  const ended = other.finally(() => { going = false; });
  return Promise.all([ended, calls(url, token, () => going)]);
}

async function bench() {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const mcp = `${base}/envs/echo/mcp`;
  const { url, token } = await issuer(mcp);
  await serve("stepgate", `${home}stepgate`, ["serve", "--env", "echo", "--port", String(port), "--data", `${work}/data`, "--issuer", url], { port, log: `${work}/log` });
  const alone = await during(mcp, token, new Promise((done) => setTimeout(done, seconds * 1000)));
  console.log(`no junk: ${alone[1]}`);
  for (let round = -4; round < ROUNDS; round++) { // those before the first warm it up
    const args = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, base];
    const flood = promisify(execFile)("wrk", args, { env: { ...process.env, BENCH_TOKEN: token }, timeout: (seconds + 30) * 1000 });
    const [{ stdout }, good] = await during(mcp, token, flood);
    const { answers, refused, micros, lost } = JSON.parse(stdout.trim().split("\n").at(-1));
    if (lost > 0 || refused !== answers) throw new Error(`of ${answers} junk tokens ${refused} were refused, ${lost} lost`);
    console.log(`${round < 0 ? "warm " : `round ${round + 1}`}  ${Math.round((refused * 1e6) / micros)} junk tokens a second, all refused; ${good}`);
  }
  console.log(`load average ${loadavg()[0].toFixed(1)}`);
}

await runToEnd(bench, work);
