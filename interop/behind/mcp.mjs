// An unmodified MCP client from npm plays OpenEnv environments behind the gateway.
import { assert, check, run } from "../lib/check.mjs";
import { episode, url } from "../lib/gateway.mjs";

const sdk = (path) => import(new URL(`../clients/node_modules/@modelcontextprotocol/sdk/dist/esm/${path}`, import.meta.url));
const { Client } = await sdk("client/index.js");
const { StreamableHTTPClientTransport } = await sdk("client/streamableHttp.js");

async function connected(mcpUrl, body) {
  const client = new Client({ name: "interop", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl)));
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

for (const name of ["counter-url", "counter", "counter-core"]) {
  check(`the sdk client plays the tools of ${name}, with results that pass its own schema checks`, () => connected(`${url}/envs/${name}/mcp`, async (client) => {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), ["add", "fail", "big", "hang", "crash", "host"]);
    assert.ok(tools.every((tool) => tool.inputSchema.type === "object" && tool.description));
    const sum = await client.callTool({ name: "add", arguments: { amount: 2 } });
    assert.deepEqual([sum.content[0].text, sum.structuredContent], ["2", { result: 2 }]);
    assert.ok(!/reward|done|total/.test(JSON.stringify(sum)), "nothing of the trainer's");
    const failed = await client.callTool({ name: "fail", arguments: {} });
    assert.deepEqual([failed.isError, /it went wrong/.test(failed.content[0].text)], [true, true]);
  }), 90);
}

check("the sdk client and the trainer play one episode of a native action together", async () => {
  const opened = await episode("guess-url", { seed: 5 });
  await connected(opened.mcp_url, async (client) => {
    assert.deepEqual((await client.listTools()).tools.map((tool) => tool.name), ["guess", "parity", "rewarded"]);
    const parity = await client.callTool({ name: "parity", arguments: {} });
    assert.match(parity.content[0].text, /odd|even/);
    let low = 1, high = 100, hint = "";
    while (hint !== "found") {
      const number = (low + high) >> 1;
      const { structuredContent, isError } = await client.callTool({ name: "guess", arguments: { number } });
      assert.ok(!isError, "no error");
      hint = structuredContent.hint;
      if (hint === "higher") low = number + 1;
      if (hint === "lower") high = number - 1;
    }
    const over = await client.callTool({ name: "parity", arguments: {} });
    assert.equal(over._meta["dev.stepgate/code"], "episode_over");
  });
  const status = await (await fetch(`${url}/episodes/${opened.episode_id}`)).json();
  assert.equal(status.status, "done");
  assert.ok(Math.abs(status.reward_sum - 0.9) < 1e-9, `the reward is the trainer's: ${status.reward_sum}`);
}, 60);

run();
