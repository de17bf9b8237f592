// The environment `workspace` as its two sides use it: an agent by MCP, a trainer by OpenEnv, both on one episode.
import { readFileSync } from "node:fs";
import { assert, check, run } from "../lib/check.mjs";
import { available, episode, post, session, url } from "../lib/gateway.mjs";

const solution = (task) => readFileSync(new URL(`../../environments/src/test/resources/workspace/${task}.java`, import.meta.url), "utf8");
const tasks = [["median", "train", 0], ["roman", "train", 1], ["intervals", "train", 2], ["ledger", "train", 3], ["cache", "test", 0], ["wrap", "test", 1]];

async function said(agent, tool, args = {}) {
  const { result } = (await agent.call(tool, args)).json;
  assert.ok(!result.isError, result.content[0].text);
  return result.content[0].text;
}

for (const [id, split, index] of tasks) {
  check(`an agent solves ${id}; the trainer gets the reward and the agent sees none`, async () => {
    await available("workspace");
    const opened = await episode("workspace", { task: id });
    assert.equal(opened.reset.observation.task_id, id);
    assert.ok(opened.reset.observation.prompt.includes("Main.java"));
    assert.equal(opened.reset.metadata?.stepgate?.ignored ?? opened.reset.observation.metadata?.stepgate?.ignored, undefined);
    const agent = await session(opened.mcp_url);
    assert.ok((await said(agent, "list_files")).includes("Main.java"));
    assert.ok(!(await said(agent, "run_tests")).endsWith("2 of 2 passed"), "solved before it was begun");
    await said(agent, "write_file", { path: "Main.java", content: solution(id) });
    assert.ok((await said(agent, "run_tests")).endsWith("2 of 2 passed"));
    const handedIn = (await agent.call("submit", {})).text;
    assert.ok(handedIn.includes("Handed in.") && !/reward|done|1\.0/.test(handedIn), handedIn);
    const status = await (await fetch(`${url}/episodes/${opened.episode_id}`)).json();
    assert.deepEqual([status.status, status.reward_sum], ["done", 1]);
    assert.ok((await agent.call("list_files", {})).text.includes("episode"), "the tools are closed");
  }, 120);
}

check("the same seed is the same task, and POST /reset takes split and index", async () => {
  await available("workspace");
  const first = (await episode("workspace", { seed: 11 })).reset.observation.task_id;
  assert.equal((await episode("workspace", { seed: 11 })).reset.observation.task_id, first);
  const named = await post("/episodes", { env: "workspace", task: { split: "test", index: 1 } });
  assert.equal(named.json.reset.observation.task_id, "wrap");
  await fetch(`${url}/episodes/${named.json.episode_id}`, { method: "DELETE" });
}, 90);

check("nothing of the hidden tries is in the sandbox, and no network", async () => {
  await available("workspace");
  const opened = await episode("workspace", { task: "roman" });
  const agent = await session(opened.mcp_url);
  const found = await said(agent, "run_command", { command: "grep -rl MCMXCIV / 2>/dev/null --include=*.json; find / -name tries.json 2>/dev/null; cat /proc/net/route 2>/dev/null | wc -l" });
  // The head of the table alone, or no table where the driver shows none.
  assert.match(found, /^[01]\n\n\(exit code 0\)$/);
  const tests = JSON.parse(readFileSync(new URL("../../environments/workspace/tasks/roman/tries.json", import.meta.url), "utf8"));
  const everything = await said(agent, "run_command", { command: "cat $(find . -type f) ; env; cat /proc/[0-9]*/cmdline | tr '\\0' ' '" });
  for (const { out } of tests.hidden) assert.ok(!everything.includes(out), "a hidden output");
}, 90);

check("what an agent leaves running is gone with its episode, and the next one begins clean", async () => {
  await available("workspace");
  const opened = await episode("workspace");
  const agent = await session(opened.mcp_url);
  await said(agent, "run_command", { command: "echo left >file; (setsid sleep 987 >/dev/null 2>&1 &); echo started" });
  await fetch(`${url}/episodes/${opened.episode_id}`, { method: "DELETE" });
  const next = await session((await episode("workspace")).mcp_url);
  assert.equal(await said(next, "list_files"), "(nothing)");
  assert.ok(!(await said(next, "run_command", { command: "cat /proc/[0-9]*/cmdline | tr '\\0' ' '" })).includes("987"));
}, 60);

check("the policy bounds what is written, the schema what is asked", async () => {
  await available("workspace");
  const agent = await session((await episode("workspace")).mcp_url);
  const long = (await agent.call("run_command", { command: "x".repeat(10_001) })).json;
  assert.ok(JSON.stringify(long).includes("args."), JSON.stringify(long));
  assert.ok(JSON.stringify((await agent.call("read_file", { file: "x" })).json).includes("args.schema"));
}, 60);

await run();
