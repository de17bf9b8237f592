// The gateway's answers to tokens of a real Keycloak, and what becomes of them when its keys change or it goes away.
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, readFileSync } from "node:fs";
import net from "node:net";
import { Client } from "../clients/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js";
import { ClientCredentialsProvider } from "../clients/node_modules/@modelcontextprotocol/sdk/dist/esm/client/auth-extensions.js";
import { StreamableHTTPClientTransport } from "../clients/node_modules/@modelcontextprotocol/sdk/dist/esm/client/streamableHttp.js";
import * as second from "../clients/node_modules/@modelcontextprotocol/client/dist/index.mjs";
import { afterwards, assert, check, run } from "../lib/check.mjs";
import { until } from "../lib/gateway.mjs";
import { flood } from "./flood.mjs";
import { adminToken, header, keycloak, retireAllBut, rotate, secret, token } from "./keycloak.mjs";
import { leaks, received, secret as keep, secrets } from "../lib/secrets.mjs";

const url = process.env.STEPGATE_URL;
const home = new URL("../..", import.meta.url).pathname;
const mcp = "/envs/echo/mcp";
const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "echo_message", arguments: { message: "hello" } } };
const pids = { keycloak: Number(process.env.KEYCLOAK_JAVA) };

async function ask(path, { token: bearer, body, method = body ? "POST" : "GET", base = url } = {}) {
  const headers = { ...(body ? { "content-type": "application/json" } : {}), ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
  const answer = await fetch(path.startsWith("http") ? path : base + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30000) });
  const text = await answer.text();
  received(answer.status, text);
  if (answer.status !== 201) appendFileSync(`${process.env.IDENTITY_WORK}/answers.log`, `${[...answer.headers].join("\n")}\n${text}\n`);
  let json;
  try { json = JSON.parse(text); } catch { json = undefined; }
  return { status: answer.status, challenge: answer.headers.get("www-authenticate") ?? "", retryAfter: answer.headers.get("retry-after"), text, json };
}

// The first generation of the SDK asks for the scope that it was made with; the second for what the challenge names.
const first = { Client, ClientCredentialsProvider, StreamableHTTPClientTransport };

async function connected(client, sdk) {
  const provider = new sdk.ClientCredentialsProvider({ clientId: client, clientSecret: secret, expectedIssuer: `${keycloak}/realms/stepgate` });
  const agent = new sdk.Client({ name: "interop", version: "1" });
  await agent.connect(new sdk.StreamableHTTPClientTransport(new URL(url + mcp), { authProvider: provider }));
  afterwards.push(() => agent.close());
  keep(provider.tokens().access_token);
  return agent;
}

async function refusedAsInvalid(bearer) {
  const answer = await ask(mcp, { token: bearer, body: list });
  assert.equal(answer.status, 401);
  assert.match(answer.challenge, /error="invalid_token", error_description="the access token is not valid here"/);
  assert.ok(answer.challenge.includes(`resource_metadata="${url}/.well-known/oauth-protected-resource${mcp}"`), "it names the metadata");
}

check("an anonymous caller is told where to get a token", async () => {
  const answer = await ask(mcp, { body: list });
  assert.equal(answer.status, 401);
  assert.ok(!answer.challenge.includes("error="), "no error without a token");
  const metadata = (await ask(/resource_metadata="([^"]+)"/.exec(answer.challenge)[1])).json;
  assert.equal(metadata.resource, url + mcp);
  assert.ok(metadata.authorization_servers.includes(`${keycloak}/realms/stepgate`));
});

for (const [name, sdk] of [["1", first], ["2", second]]) check(`the TypeScript SDK ${name} discovers the issuer, gets a token and calls a tool`, async () => {
  const agent = await connected("agent", sdk);
  assert.equal((await agent.listTools()).tools.length, 2);
  const result = await agent.callTool({ name: "echo_message", arguments: { message: "hello" } });
  assert.equal(result.content[0].text, "hello");
}, 60);

check("the TypeScript SDK 2 steps up when a call needs a further scope", async () => {
  const agent = await connected("reader", second);
  assert.equal((await agent.listTools()).tools.length, 2);
  const result = await agent.callTool({ name: "echo_message", arguments: { message: "more" } });
  assert.equal(result.content[0].text, "more");
}, 60);

check("Keycloak's default audience `account` is refused", async () => refusedAsInvalid(await token("agent", "plain")), 60);
check("a token of another realm is refused", async () => refusedAsInvalid(await adminToken()), 60);

check("an expired token is refused", async () => {
  const brief = await token("brief");
  await until(async () => (await ask(mcp, { token: brief, body: list })).status === 401, "it ends", 20);
  await refusedAsInvalid(brief);
}, 60);

check("a token for this environment is of no use at another", async () => {
  const bearer = await token("agent");
  assert.equal((await ask("/envs/other/mcp", { token: bearer, body: list })).status, 401);
  assert.equal((await ask("/q/metrics", { token: bearer })).status, 401);
});

check("missing scopes are named", async () => {
  const none = await ask("/episodes", { token: await token("agent"), body: { env: "echo" } });
  assert.equal(none.status, 403);
  assert.match(none.challenge, /error="insufficient_scope", error_description="[a-z ]+", scope="episodes"/);
  const nothing = await ask("/envs", { token: await token("reader") });
  assert.equal(nothing.status, 403);
  assert.match(nothing.challenge, /scope="tools:list"/);
});

check("a trainer's episode is its own, and its two capabilities need no token", async () => {
  const trainer = await token("trainer");
  const created = await ask("/episodes", { token: trainer, body: { env: "echo" } });
  assert.equal(created.status, 201);
  const { base_url, mcp_url, episode_id } = created.json;
  assert.equal((await ask(`${base_url}/reset`, { body: {} })).status, 200);
  assert.equal((await ask(mcp_url, { body: call })).json.result.content[0].text, "hello");
  assert.equal((await ask(mcp_url.replace(/mcp$/, "reset"), { body: {} })).status, 403);
  const other = await token("other-trainer");
  assert.equal((await ask(`/episodes/${episode_id}`, { token: other })).status, 404);
  assert.equal((await ask(`/episodes/${episode_id}/trajectory`, { token: other })).status, 404);
  assert.equal((await ask(`/episodes/${episode_id}`, { token: trainer })).json.step_count, 1);
  assert.equal((await ask(`/episodes/${episode_id}`, { token: trainer, method: "DELETE" })).status, 204);
  assert.notEqual((await ask(mcp_url, { body: call })).json?.result?.content?.[0]?.text, "hello");
}, 60);

check("a socket takes its token in the handshake", async () => {
  assert.match(await handshake(""), /^HTTP\/1\.1 401/);
  assert.match(await handshake(`Authorization: Bearer ${await token("trainer")}\r\n`), /^HTTP\/1\.1 101/);
});

check("a request whose head comes byte by byte is cut off", async () => {
  const { hostname, port } = new URL(url);
  const closed = await new Promise((done) => {
    const socket = net.connect(Number(port), hostname, () => socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\nX: "));
    const drip = setInterval(() => socket.write("y"), 500);
    const late = setTimeout(() => { socket.destroy(); done(false); }, 40000);
    socket.on("error", () => {});
    socket.on("close", () => { clearInterval(drip); clearTimeout(late); done(true); });
  });
  assert.ok(closed, "it was not, within 40 s");
}, 60);

check("metrics are for operators, probes for anyone", async () => {
  assert.equal((await ask("/q/metrics")).status, 401);
  assert.equal((await ask("/q/health/live")).status, 200);
  assert.equal((await ask("/q/metrics", { token: await token("operator") })).status, 200);
});

check("a new signing key counts at once, the old one still does, and no longer once it is retired", async () => {
  const old = await token("agent");
  await rotate(500);
  const fresh = await token("agent");
  assert.notEqual(header(fresh).kid, header(old).kid);
  assert.equal((await ask(mcp, { token: fresh, body: list })).status, 200);
  assert.equal((await ask(mcp, { token: old, body: list })).status, 200);
  await retireAllBut(500);
  // A verified token counts for a minute, a key set for ten seconds here.
  await until(async () => (await ask(mcp, { token: old, body: list })).status === 401, "the retired key is refused", 110);
  assert.equal((await ask(mcp, { token: fresh, body: list })).status, 200);
}, 180);

check("good callers keep working under a flood of junk tokens", async () => {
  const bearer = await token("agent");
  const seconds = 8;
  const calls = async (meanwhile) => {
    let going = true;
    const other = meanwhile.finally(() => { going = false; });
    const waits = [];
    for (; going; ) {
      const began = performance.now();
      const answer = await ask(mcp, { token: bearer, body: call });
      assert.equal(answer.json?.result?.content?.[0]?.text, "hello", `a good call was answered with ${answer.status}`);
      waits.push(performance.now() - began);
    }
    waits.sort((a, b) => a - b);
    return { ...(await other), perSecond: waits.length / seconds, p50: waits[waits.length >> 1], p99: waits[Math.floor(waits.length * 0.99)] };
  };
  const quiet = await calls(new Promise((done) => setTimeout(() => done({}), seconds * 1000)));
  const most = await calls(flood(url, bearer, { connections: 64, milliseconds: seconds * 1000, path: "/health", status: "200" }));
  const junk = await calls(flood(url, bearer, { connections: 64, milliseconds: seconds * 1000 }));
  const shown = ({ perSecond, p50, p99 }) => `${perSecond.toFixed(0)} good calls a second, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  console.log(`# alone: ${shown(quiet)}`);
  console.log(`# with ${most.rate} requests a second that show the same to a route without a token: ${shown(most)}`);
  console.log(`# with ${junk.rate} junk tokens a second: ${shown(junk)}; none lost`);
  assert.equal(junk.other, 0, "every junk token is answered with 401");
  assert.ok(junk.refused > 1000 && junk.perSecond > 1, "both were at work");
}, 120);

check("a slow issuer holds up nobody whose key is known", async () => {
  const bearer = await token("agent");
  const stranger = forged("never-seen");
  process.kill(pids.keycloak, "SIGSTOP");
  afterwards.push(() => process.kill(pids.keycloak, "SIGCONT"));
  const waiting = ask(mcp, { token: stranger, body: list });
  assert.equal((await ask(mcp, { token: bearer, body: list })).status, 200);
  const answer = await waiting;
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.retryAfter) >= 1, "it says when to come again");
}, 60);

check("an issuer that is gone: known keys go on, unknown ones are 503, saved ones outlive a restart", async () => {
  const before = await token("agent");
  await until(async () => (await ask(mcp, { token: await token("agent"), body: list })).status === 200, "the issuer answers again", 30);
  process.kill(pids.keycloak, "SIGTERM");
  await until(() => fetch(keycloak).then(() => false, () => true), "Keycloak is gone", 60);
  assert.equal((await ask(mcp, { token: before, body: list })).status, 200);
  const unknown = await ask(mcp, { token: forged("gone"), body: list });
  assert.equal(unknown.status, 503);
  cpSync(`${process.env.STEPGATE_DATA}/keys`, `${process.env.IDENTITY_WORK}/data-saved/keys`, { recursive: true });
  const empty = await secondGateway("data-second");
  const none = await ask(mcp, { token: before, body: list, base: empty.base });
  assert.equal(none.status, 503);
  assert.ok(none.retryAfter, "it says when to come again");
  await empty.end();
  const saved = await secondGateway("data-saved");
  assert.equal((await ask(mcp, { token: before, body: list, base: saved.base })).status, 200);
  await saved.end();
}, 180);

check("no token and no capability is in any log, journal, metric or answer", async () => {
  assert.ok(secrets() > 20, "there was something to look for");
  const work = process.env.IDENTITY_WORK;
  const logs = ["gateway.log", "second.log"].map((name) => `${work}/${name}`);
  const search = leaks([process.env.STEPGATE_DATA, `${work}/data-second`, `${work}/data-saved`, `${work}/answers.log`, ...logs]);
  assert.ok(!search.found, search.said.join("; "));
  console.log(`# ${search.said.at(-1)}`);
  assert.ok(!logs.some((name) => readFileSync(name, "latin1").includes("level=ERROR")), "and no error");
}, 60);

// A token of the right issuer with a key that it never had.
function forged(keyId) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: "RS256", kid: keyId })}.${part({ iss: `${keycloak}/realms/stepgate`, sub: "x", aud: url + mcp, iat: now, exp: now + 60 })}.${Buffer.alloc(256, 7).toString("base64url")}`;
}

async function secondGateway(data) {
  const port = process.env.SECOND_PORT;
  const work = process.env.IDENTITY_WORK;
  const base = `http://127.0.0.1:${port}`;
  const args = ["-c", 'exec "$0" "$@" >>"$LOG" 2>&1', `${home}stepgate`, "serve", "--env", "echo", "--port", port, "--data", `${work}/${data}`, "--issuer", `${keycloak}/realms/stepgate`];
  const child = spawn("bash", args, { stdio: "ignore", env: { ...process.env, LOG: `${work}/second.log`, STEPGATE_PUBLIC_URL: url } });
  const ended = new Promise((done) => child.on("exit", done));
  const end = async () => { child.kill("SIGTERM"); await ended; };
  afterwards.push(end);
  await until(() => fetch(`${base}/health`).then((answer) => answer.ok, () => false), "a gateway starts without its issuer", 60);
  return { base, end };
}

function handshake(field) {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(`GET /envs/echo/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${field}\r\n`));
    socket.setTimeout(20000, () => { socket.destroy(); fail(new Error("no answer")); });
    socket.once("data", (chunk) => { socket.destroy(); done(chunk.toString("latin1")); });
    socket.on("error", fail);
  });
}

await run();
