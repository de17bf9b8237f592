// What the policy refuses, seen from outside, and that a refused call leaves no trace at the tool.
import { afterwards, assert, check, run } from "../lib/check.mjs";
import { available, episode, post, session, url } from "../lib/gateway.mjs";

const unlessId = (text) => text.replace(/"id":\s*\d+/, '"id":0');

check("a hidden tool answers exactly like a made-up one, on every face", async () => {
  await available("slow");
  const opened = await episode("slow");
  const agent = await session(opened.mcp_url);
  const answers = async (name) => [
    unlessId((await agent.call(name, {})).text),
    (await post(`${opened.base_url}/mcp`, { jsonrpc: "2.0", id: 0, method: "tools/call", params: { name, arguments: {} } })).text,
    (await post(`${opened.base_url}/step`, { action: { type: "call_tool", tool_name: name, arguments: {} } }, { "content-type": "application/json" })).text,
  ].map((text) => text.replaceAll(name, "NAME"));
  assert.deepEqual(await answers("hidden"), await answers("xyzzy"));
  assert.ok((await answers("hidden")).every((text) => text.includes("Unknown tool: 'NAME'")));
  assert.ok(!(await agent.ask("tools/list")).text.includes("hidden"));
});

const outside = [
  "/etc/passwd", "/workspace/../etc/passwd", "/workspace/..", "/workspace/./../etc/passwd", "/workspacex/a", "/workspace\\..\\etc",
  "/workspace/..%2fetc/passwd", "/workspace/%2e%2e/etc/passwd", "..", "../etc/passwd", "workspace/a", "~/a", "/workspace/~root", "C:/workspace/a",
  "/workspace/C:/a", "/WORKSPACE/a", "//etc/passwd", "/workspace/a/../../etc/passwd", "/workspace/a\n/b", "/workspace/\u202e/a", "/workspace/\u200b..", "/workspace/e\u0301", "file:///workspace/a", "/proc/self/environ", "/",
];
for (const path of outside) {
  check(`read_text_file of ${JSON.stringify(path)} is refused by the gateway`, async () => {
    await available("files");
    const agent = await shared();
    const { result } = (await agent.call("read_text_file", { path })).json;
    assert.equal(result.isError, true);
    assert.equal(result._meta["dev.stepgate/code"], "args.constraint");
    assert.equal(result._meta["dev.stepgate/field"], "/path");
    assert.ok(!/within|read-in-workspace|\/workspace/.test(result.content[0].text), "names no rule");
  });
}

let opened;
const shared = async () => (opened ??= await session(`${url}/envs/files/mcp`, undefined, false));

check("a NUL in a path does not even parse", async () => {
  await available("files");
  const agent = await shared();
  const answer = await agent.call("read_text_file", { path: "/workspace/a\u0000" });
  assert.deepEqual([answer.status, answer.json.error.code], [400, -32700]);
});

check("arguments that do not fit the tool's schema are refused with pointer and type", async () => {
  await available("files");
  const { result } = (await (await shared()).call("read_text_file", { path: 5 })).json;
  assert.equal(result._meta["dev.stepgate/code"], "args.schema");
  assert.equal(result._meta["dev.stepgate/field"], "/path");
  assert.match(result.content[0].text, /string/);
});

check("a refused call leaves no trace at the tool, and is no step", async () => {
  await available("slow");
  const created = await episode("slow");
  const agent = await session(created.mcp_url);
  assert.equal((await agent.call("record", { text: "kept" })).json.result.content[0].text, "recorded");
  const refused = (await agent.call("record", { text: "NOT allowed; rm" })).json.result;
  assert.equal(refused._meta["dev.stepgate/code"], "args.constraint");
  assert.equal((await agent.call("recorded", {})).json.result.content[0].text, "kept\n");
  const status = await (await fetch(`${url}/episodes/${created.episode_id}`)).json();
  assert.equal(status.step_count, 2);
  const lines = (await (await fetch(`${url}/episodes/${created.episode_id}/trajectory`)).text()).trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => line.type), ["reset", "step", "refused", "step"]);
  assert.equal(lines[2].code, "args.constraint");
  assert.ok(!("step" in lines[2]));
});

check("a refusal has the same code on every face", async () => {
  await available("slow");
  const created = await episode("slow");
  const agent = await session(created.mcp_url);
  const args = { text: "NO" };
  const mcp = (await agent.call("record", args)).json.result;
  const dialect = (await post(`${created.base_url}/mcp`, { jsonrpc: "2.0", id: 0, method: "tools/call", params: { name: "record", arguments: args } })).json.error;
  const step = (await post(`${created.base_url}/step`, { action: { tool_name: "record", arguments: args } }, { "content-type": "application/json" })).json;
  assert.equal(mcp._meta["dev.stepgate/code"], "args.constraint");
  assert.deepEqual([dialect.code, dialect.data.code], [-32603, "args.constraint"]);
  assert.equal(step.observation.error.error_type, "invalid_args");
  assert.ok([mcp.content[0].text, dialect.message, step.observation.error.message].every((text) => text === mcp.content[0].text));
  assert.deepEqual(step.metadata.stepgate, { outcome: "invalid_arguments", code: "args.constraint" });
});

// Every kind of rule: what it permits, what it refuses, and with what code; on both faces, in an episode of its own each.
const select = { sql: "SELECT customer FROM orders WHERE total > 10 ORDER BY id" };
const weekend = [0, 6].includes(new Date().getUTCDay());
const kinds = [
  { kind: "in", tool: "one_of", good: { kind: "okapi" }, bad: { kind: "tapir" }, code: "args.constraint", field: "/kind" },
  { kind: "not", tool: "none_of", good: { kind: "tapir" }, bad: { kind: "quagga" }, code: "args.constraint", field: "/kind" },
  { kind: "min", tool: "bounded", good: { n: 3 }, bad: { n: 2 }, code: "args.constraint", field: "/n" },
  { kind: "max", tool: "bounded", good: { n: 7331 }, bad: { n: 7332 }, code: "args.constraint", field: "/n" },
  { kind: "maxLength", tool: "short", good: { text: "\u{1f998}\u{1f998}\u{1f998}\u{1f998}\u{1f998}" }, bad: { text: "sixsix" }, code: "args.constraint", field: "/text" },
  { kind: "maxItems", tool: "short", good: { words: ["a", "b"] }, bad: { words: ["a", "b", "c"] }, code: "args.constraint", field: "/words" },
  { kind: "pattern", tool: "patterned", good: { name: "okapi-x" }, bad: { name: "okapi-x\n" }, code: "args.constraint", field: "/name" },
  { kind: "within", tool: "placed", good: { path: "/workspace/okapi/a" }, bad: { path: "/workspace/okapi/../b" }, code: "args.constraint", field: "/path" },
  { kind: "url", tool: "linked", good: { url: "https://a.okapi.example/x" }, bad: { url: "https://a.okapi.example@evil.example/" }, code: "args.constraint", field: "/url" },
  { kind: "absent", tool: "spare", good: {}, bad: { extra: "x" }, code: "args.constraint", field: "/extra" },
  { kind: "noLeadingDash", tool: "run", good: { args: ["a-b"] }, bad: { args: ["a", "--output=/x"] }, code: "args.constraint", field: "/args/1" },
  { kind: "const, nested", tool: "nested", good: { where: { city: "okapi" } }, bad: { where: { city: "tapir" } }, code: "args.constraint", field: "/where/city" },
  { kind: "sql: read-only", tool: "query", good: select, bad: { sql: "WITH x AS (SELECT 1) DELETE FROM orders" }, code: "args.constraint", field: "/sql", quiet: true },
  { kind: "the tool's schema", tool: "bounded", good: { n: 4 }, bad: { n: "4" }, code: "args.schema", field: "/n" },
  { kind: "when, with history", tool: "timed", before: [["done", {}]], good: { text: "okapi" }, bad: { text: "tapir" }, code: "policy.denied" },
  { kind: "window", tool: "opened", good: { text: weekend ? "weekend" : "weekdays" }, bad: { text: weekend ? "weekdays" : "weekend" }, code: "policy.denied" },
  { kind: "deny", tool: "forbidden", good: { text: "tapir" }, bad: { text: "an okapi" }, code: "policy.denied" },
  { kind: "limit perEpisode", tool: "scarce", before: [["scarce", { n: 1 }]], good: { n: 2 }, bad: { n: 3 }, code: "budget.perEpisode" },
  { kind: "limit sameArgs", tool: "repeated", before: [["repeated", { text: "a" }]], good: { text: "a" }, bad: { text: "a" }, code: "budget.sameArgs" },
  { kind: "budget cost", tool: "costly", before: [["costly", {}]], good: {}, bad: {}, code: "budget.cost" },
  { kind: "approve, by a script", tool: "asked", good: { text: "x" } },
  { kind: "approve, by a script that refuses", tool: "declined", bad: { text: "x" }, code: "approval.refused" },
  { kind: "flows", tool: "publish", before: [["query", select]], good: { text: "x" }, between: [["browse", {}]], bad: { text: "x" }, code: "flow.blocked" },
  { kind: "result maxBytes", tool: "large", good: { n: 1900 }, bad: { n: 2000 }, code: "result.tooLarge", left: true },
  { kind: "result types", tool: "picture", good: { words: true }, bad: { words: false }, code: "result.type", left: true },
  { kind: "result schema", tool: "formless", good: { ok: true }, bad: { ok: false }, code: "result.schema", left: true },
  { kind: "enforce: shadow", tool: "watched", good: { text: "tapir" } },
  { env: "files", kind: "within", tool: "write_file", good: { path: "/workspace/a", content: "a" }, bad: { path: "/workspace/../a", content: "a" }, code: "args.constraint", field: "/path" },
  { env: "files", kind: "the tool's schema", tool: "write_file", good: { path: "/workspace/a", content: "a" }, bad: { path: "/workspace/a", content: 1 }, code: "args.schema", field: "/content" },
  // The builtin's own schemas are as narrow as the rules, and are asked first.
  { env: "workspace", kind: "what is longer than may be", tool: "write_file", good: { path: "A", content: "x".repeat(500_000) }, bad: { path: "B", content: "x".repeat(500_001) }, code: "args.schema", field: "/content" },
  { env: "workspace", kind: "the tool's schema", tool: "read_file", before: [["write_file", { path: "A", content: "a" }]], good: { path: "A" }, bad: { path: ["A"] }, code: "args.schema", field: "/path" },
  { env: "workspace", kind: "a longer command than may be", tool: "run_command", good: { command: "true" }, bad: { command: "touch B #".padEnd(10_001, "x") }, code: "args.schema", field: "/command" },
];

const told = /zebra|quagga|okapi-|\/workspace|\*\.okapi|7331|hidden_vault|okapi-keeper|auto-script|policy governed|database\.py/;

async function faces(env = "governed") {
  await available(env);
  const { Client } = await import("../clients/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js");
  const { StreamableHTTPClientTransport } = await import("../clients/node_modules/@modelcontextprotocol/sdk/dist/esm/client/streamableHttp.js");
  const agents = await episode(env), trainers = await episode(env);
  const client = new Client({ name: "interop", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(agents.mcp_url)));
  const socket = await open(`${trainers.base_url}/ws`.replace(/^http/, "ws"));
  afterwards.push(() => client.close(), () => socket.close());
  return [
    { name: "a real MCP client", client, episode: agents, async call(tool, args) {
      const result = await client.callTool({ name: tool, arguments: args });
      return { error: result.isError ? result.content[0].text : undefined, code: result._meta?.["dev.stepgate/code"], field: result._meta?.["dev.stepgate/field"], whole: JSON.stringify(result) };
    } },
    { name: "/ws", episode: trainers, async call(tool, args) {
      const { data } = await socket.ask({ type: "step", data: { type: "call_tool", tool_name: tool, arguments: args } });
      return { error: data.observation.error?.message, code: data.metadata.stepgate.code, whole: JSON.stringify(data) };
    } },
  ];
}

async function open(address) {
  const { default: WebSocket } = await import("../clients/node_modules/ws/wrapper.mjs");
  const socket = new WebSocket(address);
  await new Promise((done, fail) => { socket.once("open", done); socket.once("error", fail); });
  return {
    ask: (frame) => new Promise((done) => { socket.once("message", (data) => done(JSON.parse(data))); socket.send(JSON.stringify(frame)); }),
    close: () => socket.close(),
  };
}

// What shows in each environment whether a tool was called.
const looks = { governed: ["done", {}], files: ["list_directory", { path: "/workspace" }], workspace: ["list_files", {}] };

for (const { env = "governed", kind, tool, before = [], good, between = [], bad, code, field, left, quiet } of kinds) {
  check(`${env}, ${kind}: permits and refuses on both faces alike`, async () => {
    const texts = [];
    for (const face of await faces(env)) {
      for (const [name, args] of before) assert.equal((await face.call(name, args)).error, undefined, face.name);
      if (good) assert.equal((await face.call(tool, good)).error, undefined, face.name);
      for (const [name, args] of between) assert.equal((await face.call(name, args)).error, undefined, face.name);
      if (!bad) continue;
      const traces = (await face.call(...looks[env])).whole;
      const steps = (await status(face)).step_count;
      const refused = await face.call(tool, bad);
      assert.equal(refused.code, code, face.name);
      if (face.client) assert.equal(refused.field, field);
      assert.ok(!told.test(refused.whole), `${face.name} is told ${refused.whole}`);
      assert.equal((await status(face)).step_count, steps + (left ? 1 : 0), "what is refused is no step");
      if (!left && !quiet) assert.equal(strip((await face.call(...looks[env])).whole), strip(traces), "what is refused leaves no trace");
      texts.push(refused.error);
    }
    if (bad) assert.equal(texts[0], texts[1]);
    if (bad) assert.ok(texts[0].startsWith(`${code}: `));
  }, env === "workspace" ? 120 : 60);
}

const status = async ({ episode: { episode_id: id } }) => (await fetch(`${url}/episodes/${id}`)).json();
const strip = (text) => text.replace(/"(elapsed|millis)":[\d.]+/g, "");

check("what a deleting statement was to delete is still there", async () => {
  for (const face of await faces()) {
    for (const sql of ["DELETE FROM orders", "SELECT 1; DROP TABLE orders", "/* SELECT */ UPDATE orders SET total = 0", "SELECT load_extension('x')", "PRAGMA writable_schema = 1", "ATTACH '/x' AS y"]) {
      assert.equal((await face.call("query", { sql })).code, "args.constraint", sql);
    }
    const { whole } = await face.call("query", { sql: "SELECT count(*) AS n FROM orders" });
    assert.match(whole, /n\\": 3/);
  }
});

check("what is withheld reaches neither agents nor trainers, in results or in errors", async () => {
  for (const face of await faces()) {
    for (const [tool, args] of [["rows", {}], ["query", { sql: "SELECT email FROM orders" }], ["query", { sql: "SELECT nothing FROM orders" }], ["fails", {}]]) {
      const { whole } = await face.call(tool, args);
      assert.ok(!/@example/.test(whole), `${face.name}: ${whole}`);
      assert.match(whole, /\[withheld/);
    }
    const trajectory = await (await fetch(`${url}/episodes/${face.episode.episode_id}/trajectory`)).text();
    assert.ok(!/@example/.test(trajectory));
  }
});

check("a tool for another caller, one that no rule names and one that is not there are the same to both faces", async () => {
  for (const face of await faces()) {
    const answers = [];
    for (const tool of ["staffed", "hidden_vault", "nowhere"]) {
      try {
        answers.push((await face.call(tool, {})).whole.replaceAll(tool, "NAME"));
      } catch (refused) {
        answers.push(String(refused.message).replaceAll(tool, "NAME"));
      }
    }
    assert.equal(new Set(answers).size, 1, answers.join(" | "));
    if (face.client) {
      const names = (await face.client.listTools()).tools.map((one) => one.name);
      assert.ok(names.includes("query") && !names.includes("staffed") && !names.includes("hidden_vault"));
    }
  }
});

// Two episodes of one caller: whoever comes without a capability is the same.
const twoEpisodes = async () => {
  await available("governed");
  const opened = [await session(`${url}/envs/governed/mcp`), await session(`${url}/envs/governed/mcp`)];
  return opened.map((agent) => async (tool, args) => (await agent.call(tool, args)).json.result._meta?.["dev.stepgate/code"]);
};

check("no more calls run at once than may, over all episodes of a caller", async () => {
  const [one, other] = await twoEpisodes();
  await Promise.all([one("done", {}), other("done", {})]);
  const codes = await Promise.all([one("slow", { seconds: 2 }), one("slow", { seconds: 2 }), other("slow", { seconds: 2 })]);
  assert.deepEqual(codes.map((code) => code ?? "ok").sort(), ["budget.concurrent", "budget.concurrent", "ok"]);
  assert.equal(await other("slow", { seconds: 0 }), undefined);
});

check("no more calls are made in a minute than may, over all episodes of a caller", async () => {
  const [one, other] = await twoEpisodes();
  const codes = [];
  for (let i = 0; i < 3; i++) codes.push(await one("paced", {}), await other("paced", {}));
  assert.equal(codes.filter((code) => code === "budget.perMinute").length, 3);
}, 60);

check("calls and bytes of an episode come to an end", async () => {
  const [agent, trainer] = await faces();
  let calls = 0;
  for (; calls < 80; calls++) if ((await agent.call("scarce", { n: calls })).code === "budget.calls") break;
  for (let n = 0; n < 80 && (await agent.call("done", {})).code !== "budget.calls"; n++) calls++;
  assert.equal((await status(agent)).step_count, 60);
  let results = 0, last;
  for (; results < 40; results++) if ((last = await trainer.call("large", { n: 1900 })).error) break;
  assert.equal(results, 10, "of 20,000 bytes");
  assert.equal(last.code, "result.tooLarge"); // what is left would hold a smaller one
  assert.equal((await trainer.call("large", { n: 10 })).error, undefined);
}, 120);

check("a call that only shadows says so in the trajectory", async () => {
  const [agent] = await faces();
  await agent.call("watched", { text: "tapir" });
  const lines = (await (await fetch(`${url}/episodes/${agent.episode.episode_id}/trajectory`)).text()).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.at(-1).shadowed, "args.constraint");
  assert.equal(lines.at(-1).policy, "governed@1");
});

run();
