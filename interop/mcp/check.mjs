// Every client era, upstream era and transport with every feature; agents' own clients; generated calls, direct and through.
// With INTEROP_WRITE=1 the matrix in docs/mcp-matrix.md is written.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { Client as Legacy } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema, LoggingMessageNotificationSchema, PromptListChangedNotificationSchema, ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { Client as Dual, StreamableHTTPClientTransport as DualTransport } from "@modelcontextprotocol/client";
import { assert, check, run, Skip } from "../lib/check.mjs";
import { freePort, until } from "../lib/gateway.mjs";
import { fixture, gateway, home, start, stateless } from "../conformance/stand.mjs";

const here = new URL(".", import.meta.url).pathname;
let direct, base;
const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
const answers = {
  "sampling/createMessage": async () => ({ role: "assistant", content: { type: "text", text: "sampled" }, model: "m", stopReason: "endTurn" }),
  "elicitation/create": async ({ params }) => (params.mode === "url" ? { action: params.url === "https://example.org/consent" ? "accept" : "decline" } : { action: "accept", content: { username: "u", email: "e@example.org" } }),
  "roots/list": async () => ({ roots: [{ uri: "file:///r" }] }),
};

async function legacy(transport) {
  const client = new Legacy({ name: "interop", version: "1" }, { capabilities });
  client.setRequestHandler(CreateMessageRequestSchema, answers["sampling/createMessage"]);
  client.setRequestHandler(ElicitRequestSchema, answers["elicitation/create"]);
  client.setRequestHandler(ListRootsRequestSchema, answers["roots/list"]);
  await client.connect(transport);
  const schemas = { "notifications/message": LoggingMessageNotificationSchema, "notifications/prompts/list_changed": PromptListChangedNotificationSchema, "notifications/resources/updated": ResourceUpdatedNotificationSchema };
  client.hear = (method, heard) => client.setNotificationHandler(schemas[method], heard);
  return client;
}

async function dual(url, mode) {
  const client = new Dual({ name: "interop", version: "1" }, { capabilities, versionNegotiation: { mode } });
  for (const [method, answer] of Object.entries(answers)) client.setRequestHandler(method, answer);
  await client.connect(new DualTransport(new URL(url)));
  client.hear = (method, heard) => client.setNotificationHandler(method, heard);
  return client;
}

const eras = {
  "sessions (sdk 1.x)": (url) => legacy(new LegacyTransport(new URL(url))),
  "sessions (client 2.x)": (url) => dual(url, "legacy"),
  "stateless (client 2.x, fixed)": (url) => dual(url, { pin: "2026-07-28" }),
  "stateless (client 2.x, auto)": (url) => dual(url, "auto"),
  "sessions (stdio, stepgate connect)": (url) => legacy(new StdioClientTransport({ command: `${home}stepgate`, args: ["connect", url], stderr: "ignore" })),
};
const stands = { "http, sessions": "conf-sessions", "http, stateless": "conf", "stdio, sessions": "conf-stdio-sessions", "stdio, stateless": "conf-stdio" };
const text = (result) => result.content?.[0]?.text ?? JSON.stringify(result);
const call = (client, name, args = {}, options) => (client instanceof Legacy ? client.callTool({ name, arguments: args }, undefined, options) : client.callTool({ name, arguments: args }, options));

// Each feature says what it came to when it is no plain success; a refusal that is typed is one of the outcomes.
const features = {
  list: async (client) => assert.ok((await client.listTools()).tools.length > 10),
  text: async (client) => assert.match(text(await call(client, "test_simple_text")), /simple text/),
  structured: async (client) => assert.deepEqual((await call(client, "test_structured", { a: 2, b: 3 })).structuredContent, { sum: 5 }),
  "tool error": async (client) => assert.equal((await call(client, "test_error_handling")).isError, true),
  "unknown tool": async (client) => assert.rejects(() => call(client, "no_such_tool"), (problem) => problem.code === -32602),
  progress: async (client) => {
    // Once before: a bridge that has just started is slow, and the client drops progress that comes together with its result.
    await call(client, "test_tool_with_progress", {}, { onprogress: () => {} });
    const seen = [];
    await call(client, "test_tool_with_progress", {}, { onprogress: (progress) => seen.push(progress.progress) });
    assert.deepEqual(seen, [0, 50, 100]);
  },
  cancellation: async (client) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await assert.rejects(() => call(client, "test_slow", { millis: 20000 }, { signal: stop.signal }));
    assert.match(text(await call(client, "test_simple_text")), /simple text/);
  },
  sampling: async (client) => assert.match(text(await call(client, "test_sampling", { prompt: "p" })), /sampled/),
  elicitation: async (client) => assert.match(text(await call(client, "test_elicitation", { message: "m" })), /accept/),
  "elicitation of a URL": async (client) => assert.match(text(await call(client, "test_elicitation_url", { message: "m" })), /Visited: accept/),
  "a URL to be visited first": async (client, era) => {
    const visit = () => call(client, "test_visit_first", { ticket: "t1" });
    // An agent with sessions and an upstream with sessions have an error for it; all others are asked.
    const first = await visit().catch((problem) => { assert.equal(problem.code, -32042, problem.message); return undefined; });
    assert.equal(text(first ?? await visit()), "Visited");
    if (!first) { assert.ok(era.startsWith("sessions")); return "by error -32042"; }
  },
  roots: async (client) => assert.match(text(await call(client, "test_roots")), /file:\/\/\/r/),
  list_changed: async (client, era) => {
    const heard = [];
    client.hear("notifications/prompts/list_changed", () => { heard.push("prompts"); });
    const listening = era.startsWith("stateless") ? await client.listen({ promptsListChanged: true }) : undefined;
    await call(client, "test_trigger_prompt_change");
    await until(() => heard.length, "the change of prompts is heard", 5);
    await listening?.close();
  },
  "resource subscription": async (client, era) => {
    const uri = "test://watched-resource", heard = [];
    client.hear("notifications/resources/updated", ({ params }) => { heard.push(params.uri); });
    const listening = era.startsWith("stateless") ? await client.listen({ resourceSubscriptions: [uri] }) : void (await client.subscribeResource({ uri }));
    await call(client, "test_trigger_resource_update");
    await until(() => heard.includes(uri), "the update of the resource is heard", 5);
    await (listening ? listening.close() : client.unsubscribeResource({ uri }));
  },
  prompts: async (client) => assert.match(JSON.stringify(await client.getPrompt({ name: "test_prompt_with_arguments", arguments: { arg1: "x1", arg2: "x2" } })), /x1.*x2/),
  resources: async (client) => assert.match(JSON.stringify(await client.readResource({ uri: "test://template/7/data" })), /Data for ID: 7/),
  completion: async (client) => assert.deepEqual((await client.complete({ ref: { type: "ref/prompt", name: "test_prompt_with_arguments" }, argument: { name: "arg1", value: "par" } })).completion.values, ["paris", "park", "party"]),
  logging: async (client, era) => {
    if (era.startsWith("stateless")) return "by _meta only";
    const heard = [];
    client.hear("notifications/message", ({ params }) => { heard.push(params.data); });
    await client.setLoggingLevel("debug");
    await call(client, "test_tool_with_logging");
    assert.equal(heard.length, 3);
  },
};
const matrix = {};

const several = {
  manifest: (url) => `spec_version: 1
name: several
type: space
runtime: fastapi
app: server.app:app
port: 8000
description: Two that live and one that does not
stepgate:
  upstreams:
    one: { http: { url: "${url}" }, visible: { template: "one_{tool}" }, passes: [ prompts, resources ] }
    two: { http: { url: "${url}" }, revision: "2025-11-25", visible: { template: "two_{tool}" }, passes: [ prompts, resources ] }
    dead: { http: { url: "http://127.0.0.1:9/mcp" } }
  episode: { capacity: 64 }
`,
  policy: "policy: { name: several, version: 1 }\nenv: several\ntools:\n  one.test_simple_text: { allow: [ { id: any } ] }\n  two.test_simple_text: { allow: [ { id: any } ] }\n",
};

// Servers of others. The one from PyPI is started when the gateway has long looked for it.
const third = {
  manifest: (port) => `spec_version: 1
name: third
type: space
runtime: fastapi
app: server.app:app
port: 8000
description: Servers of others
stepgate:
  upstreams:
    memory:
      stdio:
        command: ${JSON.stringify(process.execPath)}
        args: [ ${JSON.stringify(`${here}node_modules/@modelcontextprotocol/server-memory/dist/index.js`)} ]
        env: { MEMORY_FILE_PATH: ${JSON.stringify(`${mkdtempSync(`${tmpdir()}/stepgate-memory-`)}/memory.jsonl`)} }
    late: { http: { url: "http://127.0.0.1:${port}/mcp" } }
  isolation: { profile: dev }
`,
  policy: `policy: { name: third, version: 1 }
env: third
tools:
${["memory.create_entities", "memory.search_nodes", "late.add", "late.fail"].map((key) => `  ${key}: { allow: [ { id: any } ] }`).join("\n")}
`,
};
let latePort;

check("the fixture and a gateway before it start", async () => {
  direct = await fixture();
  latePort = await freePort();
  ({ base } = await gateway(direct, {
    several: { manifest: several.manifest(direct), policy: several.policy },
    third: { manifest: third.manifest(latePort), policy: third.policy },
  }));
}, 150);

for (const [era, connect] of Object.entries(eras)) {
  for (const [stand, env] of Object.entries(stands)) {
    check(`${era} with an upstream over ${stand}`, async () => {
      const client = await connect(`${base}/envs/${env}/mcp`);
      const failures = [];
      try {
        for (const [feature, use] of Object.entries(features)) {
          let outcome = "ok";
          try { outcome = (await use(client, era)) || "ok"; } catch (problem) { outcome = "FAILED"; failures.push(`${feature}: ${String(problem.message).split("\n")[0]}`); }
          ((matrix[stand] ??= {})[feature] ??= {})[era] = outcome;
        }
      } finally {
        await client.close();
      }
      assert.deepEqual(failures, []);
    }, 120);
  }
}

check("of several upstreams one that is dead costs only its own tools, and is shown", async () => {
  const entry = await (await fetch(`${base}/envs/several`)).json();
  assert.deepEqual(entry.tools, ["one_test_simple_text", "two_test_simple_text"]);
  assert.ok(entry.missing_upstreams.dead);
  const client = await eras["sessions (sdk 1.x)"](`${base}/envs/several/mcp`);
  try {
    for (const name of entry.tools) assert.match(text(await call(client, name)), /simple text/);
    const names = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
    assert.ok(names.includes("one_test_simple_prompt") && names.includes("two_test_simple_prompt"));
    assert.match(JSON.stringify(await client.getPrompt({ name: "two_test_simple_prompt" })), /simple prompt/);
  } finally {
    await client.close();
  }
});

check("@modelcontextprotocol/server-memory works behind the gateway", async () => {
  for (const era of ["sessions (sdk 1.x)", "stateless (client 2.x, fixed)"]) {
    const client = await eras[era](`${base}/envs/third/mcp`);
    try {
      const entity = { name: era, entityType: "client", observations: ["calls"] };
      assert.match(text(await call(client, "create_entities", { entities: [entity] })), /calls/);
      assert.deepEqual((await call(client, "search_nodes", { query: era })).structuredContent.entities, [entity]);
    } finally {
      await client.close();
    }
  }
}, 60);

check("a FastMCP server that starts after the gateway brings its tools, to both eras", async () => {
  const python = process.env.INTEROP_PYTHON;
  if (!python || !existsSync(python)) throw new Skip("FastMCP is not installed");
  const before = await (await fetch(`${base}/envs/third`)).json();
  assert.ok(before.missing_upstreams.late);
  assert.ok(!before.tools.includes("add"));
  start(python, [`${here}served.py`, String(latePort)], { stdio: "ignore" });
  await until(async () => (await (await fetch(`${base}/envs/third`)).json()).tools.includes("add"), "its tools are there", 130);
  for (const era of ["sessions (sdk 1.x)", "stateless (client 2.x, fixed)"]) {
    const client = await eras[era](`${base}/envs/third/mcp`);
    try {
      const added = await call(client, "add", { a: 2, b: 3 });
      assert.equal(text(added), "5");
      assert.deepEqual(added.structuredContent, { result: 5 });
      const failed = await call(client, "fail");
      assert.equal(failed.isError, true);
      assert.match(text(failed), /as asked/);
    } finally {
      await client.close();
    }
  }
}, 160);

// Agents' own clients. Each lists, calls a tool with text, one with a structured result, one that fails, one that tells of its
// progress (heard where the client has an ear for it) and a slow one, and breaks one off.
const mcpUrl = (env) => `${base}/envs/${env}/mcp`;
async function brokenOff(slow, after) {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  await assert.rejects(() => slow(stop.signal), (problem) => !/ms without|timed? ?out/i.test(problem.message));
  assert.match(JSON.stringify(await after()), /simple text/);
}
for (const env of ["conf-sessions", "conf"]) {
  check(`@ai-sdk/mcp with ${env}`, async () => {
    const { createMCPClient } = await import("@ai-sdk/mcp");
    const client = await createMCPClient({ transport: { type: "http", url: mcpUrl(env) } });
    try {
      const tools = await client.tools();
      const use = (name, args, abortSignal) => tools[name].execute(args, { toolCallId: "1", messages: [], abortSignal });
      assert.match(text(await use("test_simple_text", {})), /simple text/);
      assert.deepEqual((await use("test_structured", { a: 1, b: 2 })).structuredContent, { sum: 3 });
      assert.equal((await use("test_error_handling", {})).isError, true);
      assert.match(text(await use("test_slow", { millis: 4000 })), /slept/);
      assert.ok((await use("test_tool_with_progress", {})).content.length); // this client has no ear for progress
      await brokenOff((signal) => use("test_slow", { millis: 20000 }, signal), () => use("test_simple_text", {}));
    } finally {
      await client.close();
    }
  }, 60);
  check(`@openai/agents with ${env}`, async () => {
    const { MCPServerStreamableHttp } = await import("@openai/agents");
    const server = new MCPServerStreamableHttp({ url: mcpUrl(env), name: "interop" });
    await server.connect();
    try {
      assert.ok((await server.listTools()).some((tool) => tool.name === "test_simple_text"));
      assert.match(JSON.stringify(await server.callTool("test_simple_text", {})), /simple text/);
      assert.deepEqual((await server.callToolResult("test_structured", { a: 1, b: 2 })).structuredContent, { sum: 3 });
      assert.equal((await server.callToolResult("test_error_handling", {})).isError, true);
      assert.match(JSON.stringify(await server.callTool("test_slow", { millis: 3000 })), /slept/);
      assert.ok((await server.callToolResult("test_tool_with_progress", {})).content.length); // this client has no ear for progress
      await brokenOff((signal) => server.callTool("test_slow", { millis: 20000 }, null, { signal }), () => server.callTool("test_simple_text", {}));
    } finally {
      await server.close();
    }
  }, 60);
  check(`@langchain/mcp-adapters with ${env}`, async () => {
    const { MultiServerMCPClient } = await import("@langchain/mcp-adapters");
    const seen = [];
    const client = new MultiServerMCPClient({ mcpServers: { conf: { transport: "http", url: mcpUrl(env) } }, onProgress: (progress) => { seen.push(progress.progress); } });
    try {
      const tools = Object.fromEntries((await client.getTools()).map((tool) => [tool.name, tool]));
      assert.match(JSON.stringify(await tools.test_simple_text.invoke({})), /simple text/);
      assert.match(JSON.stringify(await tools.test_structured.invoke({ a: 1, b: 2 })), /3/);
      await assert.rejects(() => tools.test_error_handling.invoke({}));
      assert.match(JSON.stringify(await tools.test_slow.invoke({ millis: 3000 })), /slept/);
      await tools.test_tool_with_progress.invoke({});
      assert.deepEqual(seen, [0, 50, 100]);
      await brokenOff((signal) => tools.test_slow.invoke({ millis: 20000 }, { signal }), () => tools.test_simple_text.invoke({}));
    } finally {
      await client.close();
    }
  }, 60);
  check(`@huggingface/mcp-client with ${env}`, async () => {
    const { McpClient } = await import("@huggingface/mcp-client");
    const client = new McpClient({ endpointUrl: "http://127.0.0.1:9", model: "none", apiKey: "none" });
    await client.addMcpServer({ type: "http", config: { url: mcpUrl(env) } });
    try {
      assert.ok(client.availableTools.some((tool) => tool.function.name === "test_simple_text"));
      const own = client.clients.get("test_simple_text");
      assert.match(text(await own.callTool({ name: "test_simple_text", arguments: {} })), /simple text/);
      assert.deepEqual((await own.callTool({ name: "test_structured", arguments: { a: 1, b: 2 } })).structuredContent, { sum: 3 });
      assert.equal((await own.callTool({ name: "test_error_handling", arguments: {} })).isError, true);
      assert.match(text(await own.callTool({ name: "test_slow", arguments: { millis: 3000 } })), /slept/);
      const seen = [];
      await own.callTool({ name: "test_tool_with_progress", arguments: {} }, undefined, { onprogress: ({ progress }) => seen.push(progress) });
      assert.deepEqual(seen, [0, 50, 100]);
      await brokenOff((signal) => own.callTool({ name: "test_slow", arguments: { millis: 20000 } }, undefined, { signal }), () => own.callTool({ name: "test_simple_text", arguments: {} }));
    } finally {
      await client.cleanup?.();
    }
  }, 60);
  check(`mcp and fastmcp from PyPI with ${env}`, async () => {
    const python = process.env.INTEROP_PYTHON;
    if (!python || !existsSync(python)) throw new Skip("the Python clients are not installed");
    const { stdout } = await promisify(execFile)(python, [`${here}clients.py`, mcpUrl(env)], { timeout: 100000 });
    assert.match(stdout, /mcp ok/);
    assert.match(stdout, /fastmcp ok/);
  }, 110);
}

// Generated calls; the ids of envelopes and what a hop adds beside the result are not compared.
function random(seed) {
  let state = seed;
  return () => { state = (state * 1103515245 + 12345) & 0x7fffffff; return state / 0x7fffffff; };
}

async function bare(url, session, id, method, params) {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream", ...(session ?? { "mcp-protocol-version": "2026-07-28", "mcp-method": method, "mcp-name": params.name }) };
  if (!session && params.name === "test_custom_header") headers["mcp-param-region"] = `=?base64?${Buffer.from(params.arguments.region ?? "").toString("base64")}?=`;
  const body = { jsonrpc: "2.0", id, method, params: session ? params : { ...params, _meta: { ...params._meta, ...stateless } } };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const raw = await answer.text();
  const json = JSON.parse(raw.split("\n").filter((line) => line.startsWith("data: {")).at(-1)?.slice(6) ?? raw);
  if (json.result?._meta) { delete json.result._meta["io.modelcontextprotocol/serverInfo"]; if (!Object.keys(json.result._meta).length) delete json.result._meta; }
  return json.result ?? { error: { code: json.error.code, message: json.error.message } };
}

async function opened(url) {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "interop", version: "1" } } }) });
  await answer.text();
  return { "mcp-session-id": answer.headers.get("mcp-session-id"), "mcp-protocol-version": "2025-11-25" };
}

for (const [era, env] of [["sessions", "conf-sessions"], ["stateless", "conf"]]) {
  check(`400 generated calls come to the same directly and through the gateway: ${era}`, async () => {
    const next = random(20261125);
    const words = () => Array.from({ length: Math.floor(next() * 12) }, () => ["ä", "€", "😀", "a", " ", "\"", "\\", "\n", "<", "0", "é"][Math.floor(next() * 11)]).join("");
    const number = () => [0, 1, -1, 1.5, 1e21, 0.1, 123456789, -2.25e-7][Math.floor(next() * 8)];
    const tools = [
      () => ["test_simple_text", {}], () => ["test_image_content", {}], () => ["test_audio_content", {}], () => ["test_embedded_resource", {}], () => ["test_multiple_content_types", {}],
      () => ["test_error_handling", {}], () => ["test_structured", { a: number(), b: number() }], () => ["test_custom_header", { region: `r${words()}r` }],
    ];
    const through = `${base}/envs/${env}/mcp`;
    const sessions = era === "sessions" ? [await opened(direct), await opened(through)] : [undefined, undefined];
    for (let i = 1; i <= 400; i++) {
      const [name, args] = tools[Math.floor(next() * tools.length)]();
      const params = { name, arguments: args, ...(next() < 0.3 ? { _meta: { "vendor.example/x": words(), traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } } : {}) };
      const [one, other] = await Promise.all([bare(direct, sessions[0], i, "tools/call", params), bare(through, sessions[1], i, "tools/call", params)]);
      assert.deepEqual(other, one, JSON.stringify(params));
    }
  }, 120);
}

check("the matrix has no hole", async () => {
  const holes = Object.entries(matrix).flatMap(([stand, rows]) => Object.entries(rows).flatMap(([feature, cells]) => Object.entries(cells).filter(([, outcome]) => outcome === "FAILED").map(([era]) => `${stand}/${feature}/${era}`)));
  assert.deepEqual(holes, []);
  if (process.env.INTEROP_WRITE === "1") writeFileSync(`${home}docs/mcp-matrix.md`, table());
});

function table() {
  const names = Object.keys(eras);
  const parts = Object.entries(matrix).map(([stand, rows]) => `\n## Upstream over ${stand}\n\n| feature | ${names.join(" | ")} |\n| --- |${" --- |".repeat(names.length)}\n${Object.entries(rows).map(([feature, cells]) => `| ${feature} | ${names.map((era) => cells[era] ?? "–").join(" | ")} |`).join("\n")}`);
  return `# MCP: clients, upstreams, transports, features\n\nWritten by \`INTEROP_WRITE=1 interop/run mcp\`. Client across, feature down; one table for each kind of upstream.\n${parts.join("\n")}\n`;
}

await run();
