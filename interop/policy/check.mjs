// What the policy refuses, seen from outside, and that a refused call leaves no trace at the tool.
import { assert, check, run } from "../lib/check.mjs";
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

run();
