// What the boundary holds, and what becomes of an episode whose environment dies.
import { assert, check, run } from "../lib/check.mjs";
import { available, commandLine, descendants, episode, post, runs, session, startGateway, until, url } from "../lib/gateway.mjs";

const result = async (promise) => (await promise).json.result;
const outcome = (tool) => tool._meta?.["dev.stepgate/outcome"];
const servers = () => descendants().filter((pid) => /^node .*odd\.mjs/.test(commandLine(pid)) || /\/node .*odd\.mjs/.test(commandLine(pid)));

// The servers that were started while this ran.
async function startedBy(body) {
  const before = new Set(servers());
  const value = await body();
  return [value, servers().filter((pid) => !before.has(pid))];
}

check("kill -9 of the tool server: the running call answers env_error, its episode is over, another goes on", async () => {
  await available("slow");
  const other = await episode("slow");
  const [victim, pids] = await startedBy(() => episode("slow"));
  const agent = await session(victim.mcp_url);
  const bystander = await session(other.mcp_url);
  const running = result(agent.call("sleep", { seconds: 2.5 }));
  await new Promise((done) => setTimeout(done, 300));
  assert.ok(pids.length > 0, "the server is found below the gateway");
  for (const pid of pids) try { process.kill(pid, "SIGKILL"); } catch { /* ended with the first */ }
  const started = Date.now();
  assert.equal(outcome(await running), "env_error");
  assert.ok(Date.now() - started < 1500, "answered when it died, not at its deadline");
  assert.equal(outcome(await result(agent.call("sleep", { seconds: 0 }))), "episode_over");
  assert.equal((await (await fetch(`${url}/episodes/${victim.episode_id}`)).json()).status, "closed");
  assert.equal((await result(bystander.call("sleep", { seconds: 0 }))).content[0].text, "slept 0");
  const again = await post(`${victim.base_url}/reset`, {}, { "content-type": "application/json" });
  assert.equal(again.status, 200);
  assert.equal((await result(agent.call("sleep", { seconds: 0 }))).content[0].text, "slept 0");
});

for (const [tool, reason] of [["crash", "ends in the middle of a call"], ["garbage", "writes what is no message"], ["flood", "writes a line without an end"]]) {
  check(`a tool server that ${reason} is env_error in band, at once`, async () => {
    await available("slow");
    const created = await episode("slow");
    const agent = await session(created.mcp_url);
    assert.equal(outcome(await result(agent.call(tool, {}))), "env_error");
    assert.equal(outcome(await result(agent.call("sleep", { seconds: 0 }))), "episode_over");
    await fetch(`${url}/episodes/${created.episode_id}`, { method: "DELETE" });
  });
}

check("a large answer passes whole", async () => {
  await available("slow");
  const agent = await session((await episode("slow")).mcp_url);
  const big = await result(agent.call("big", { bytes: 8_000_000 }));
  assert.equal(big.content[0].text.length, 8_000_000);
});

check("an episode that is deleted leaves no process", async () => {
  await available("slow");
  const [created, pids] = await startedBy(() => episode("slow"));
  assert.ok(pids.length > 0);
  assert.equal((await fetch(`${url}/episodes/${created.episode_id}`, { method: "DELETE" })).status, 204);
  assert.deepEqual(servers().filter((pid) => pids.includes(pid)), []);
  assert.equal((await fetch(`${url}/episodes/${created.episode_id}`, { method: "DELETE" })).status, 204);
});

check("a reset gives a fresh workspace and keeps the URLs", async () => {
  await available("slow");
  const created = await episode("slow");
  const agent = await session(created.mcp_url);
  await agent.call("record", { text: "before" });
  await post(`${created.base_url}/reset`, {}, { "content-type": "application/json" });
  assert.equal((await result(agent.call("recorded", {}))).content[0].text, "");
  const state = await (await fetch(`${created.base_url}/state`)).json();
  assert.equal(state.step_count, 1);
});

check("two episodes do not see each other's files", async () => {
  await available("slow");
  const one = await session((await episode("slow")).mcp_url);
  const two = await session((await episode("slow")).mcp_url);
  await one.call("record", { text: "mine" });
  assert.equal((await result(two.call("recorded", {}))).content[0].text, "");
});

check("files inside the sandbox are those of the sandbox", async () => {
  await available("files");
  const agent = await session(`${url}/envs/files/mcp`);
  await agent.call("write_file", { path: "/workspace/x", content: "1" });
  const tree = await result(agent.call("directory_tree", { path: "/workspace" }));
  assert.deepEqual(JSON.parse(tree.content[0].text), [{ name: "x", type: "file" }]);
});

check("a tool server sees nothing of the machine, of the gateway or of other sandboxes", async () => {
  await available("slow");
  const agent = await session((await episode("slow")).mcp_url);
  const seen = JSON.parse((await result(agent.call("whoami", {}))).content[0].text);
  assert.ok(seen.processes <= 4, `it sees ${seen.processes} processes`);
  assert.deepEqual(seen.interfaces, []);
  assert.deepEqual(seen.homes, []);
  assert.deepEqual(seen.temporary, []);
  const strange = Object.keys(seen.environment).filter((name) => !["PATH", "HOME", "TMPDIR", "LANG", "PWD", "container"].includes(name));
  assert.deepEqual(strange, []);
});

check("kill -9 of a gateway leaves no sandbox", async () => {
  await available("slow");
  const gateway = await startGateway();
  try {
    const created = await post(`${gateway.url}/episodes`, { env: "slow" });
    assert.equal(created.status, 201, created.text);
    const below = descendants(gateway.pid);
    assert.ok(below.some((pid) => /odd\.mjs/.test(commandLine(pid))), "its server is found below it");
    gateway.kill();
    await until(() => below.every((pid) => !runs(pid)), "its sandbox is gone", 5);
  } finally {
    gateway.kill();
  }
}, 60);

check("twenty episodes at once, each with its own server, all right and all gone afterwards", async () => {
  await available("slow");
  const [created, pids] = await startedBy(() => Promise.all(Array.from({ length: 20 }, () => episode("slow"))));
  assert.equal(new Set(pids).size >= 20, true);
  await Promise.all(created.map(async (entry, i) => {
    const agent = await session(entry.mcp_url);
    await agent.call("record", { text: "abcdefghijklmnopqrst"[i] });
    assert.equal((await result(agent.call("recorded", {}))).content[0].text, "abcdefghijklmnopqrst"[i] + "\n");
  }));
  await Promise.all(created.map((entry) => fetch(`${url}/episodes/${entry.episode_id}`, { method: "DELETE" })));
  assert.deepEqual(servers().filter((pid) => pids.includes(pid)), []);
}, 90);

run();
