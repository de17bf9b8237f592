// What an agent and an operator of compose.production.yaml's realm come to, at the gateway's image in production.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { assert, check, run } from "../lib/check.mjs";
import { secret } from "../lib/secrets.mjs";

const { STEPGATE_URL: url, ISSUER, AGENT_SECRET, OPERATOR_SECRET } = process.env;
for (const one of [AGENT_SECRET, OPERATOR_SECRET]) secret(one);
async function token(client, password) {
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: client, client_secret: password });
  const answer = await fetch(`${ISSUER}/protocol/openid-connect/token`, { method: "POST", body, signal: AbortSignal.timeout(20000) });
  assert.equal(answer.status, 200);
  const { access_token: token } = await answer.json();
  secret(token);
  return token;
}
const bearer = async (client, password) => ({ authorization: `Bearer ${await token(client, password)}` });

check("without a token nobody is let in", async () => {
  for (const path of ["/envs/workspace/mcp", "/envs/echo/mcp", "/q/metrics", "/episodes"]) {
    assert.equal((await fetch(url + path, { signal: AbortSignal.timeout(10000) })).status, 401, path);
  }
});
check("the agent lists and calls tools of workspace, and reaches no control plane", async () => {
  const headers = await bearer("agent", AGENT_SECRET);
  const client = new Client({ name: "images", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/envs/workspace/mcp`), { requestInit: { headers } }));
  try {
    assert.ok((await client.listTools()).tools.length > 3);
    const written = await client.callTool({ name: "write_file", arguments: { path: "a.txt", content: "x" } });
    assert.ok(!written.isError, JSON.stringify(written));
  } finally {
    await client.close();
  }
  const reset = await fetch(`${url}/envs/workspace/reset`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: "{}" });
  assert.ok([403, 404].includes(reset.status), String(reset.status));
  assert.equal((await fetch(`${url}/envs/echo/mcp`, { headers })).status, 401);
}, 60);
check("the collector's client reads the metrics, and calls no tool", async () => {
  const headers = await bearer("operator", OPERATOR_SECRET);
  const metrics = await fetch(`${url}/q/metrics`, { headers });
  assert.equal(metrics.status, 200);
  assert.match(await metrics.text(), /^# HELP /m);
  assert.equal((await fetch(`${url}/envs/workspace/mcp`, { headers })).status, 401);
});

await run();
