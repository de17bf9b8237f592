// The client of the suites' client scenarios, with the official package. It is given the address of a scenario's server and does
// what the scenario wants; with STEPGATE_BETWEEN=1 it does so through a gateway that has that server as its one upstream.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { freePort, until } from "../lib/gateway.mjs";
import { home, start } from "./stand.mjs";

const server = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const revision = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION ?? "2025-11-25";
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");

const echo = "json_schema_echo";

// What a scenario's server has, as far as a policy must name it, and what its client does.
const scenarios = {
  initialize: { does: (client) => client.listTools() },
  tools_call: { tools: ["add_numbers"], does: (client) => call(client, "add_numbers", { a: 5, b: 3 }) },
  "elicitation-sep1034-client-defaults": { tools: ["test_client_elicitation_defaults"], does: (client) => call(client, "test_client_elicitation_defaults") },
  "sse-retry": { tools: ["test_reconnection"], does: (client) => call(client, "test_reconnection") },
  "request-metadata": { does: (client) => client.listTools() },
  "http-standard-headers": { tools: ["test_headers", "my-hyphenated-tool"], does: everything },
  "http-custom-headers": {
    tools: ["test_custom_headers", "test_custom_headers_null"],
    does: async (client) => { await client.listTools(); for (const { name, arguments: args } of context.toolCalls) await call(client, name, args); },
  },
  // The others are not admitted, and a policy that names what is not there is refused.
  "http-invalid-tool-headers": { tools: ["valid_tool"], does: callAll },
  // Its tool is not admitted: a schema that points into the network is refused, and never fetched.
  "json-schema-ref-no-deref": { does: (client) => client.listTools() },
  "json-schema-2020-12-preservation": {
    tools: ["json_schema_2020_12_tool", echo],
    does: async (client) => {
      const { tools } = await client.listTools();
      await call(client, echo, { schema: tools.find((tool) => tool.name !== echo).inputSchema });
    },
  },
  "sep-2322-client-request-state": {
    tools: ["test_mrtr_echo_state", "test_mrtr_no_state", "test_mrtr_unrelated", "test_mrtr_no_result_type"],
    does: async (client) => {
      await client.listTools();
      await Promise.all([call(client, "test_mrtr_echo_state"), call(client, "test_mrtr_unrelated")]);
      await call(client, "test_mrtr_no_state");
      await call(client, "test_mrtr_no_result_type");
    },
  },
};

function call(client, name, args = {}) {
  return client.callTool({ name, arguments: args });
}

async function callAll(client) {
  const { tools } = await client.listTools();
  for (const tool of tools) await call(client, tool.name, Object.fromEntries(Object.keys(tool.inputSchema.properties ?? {}).map((key) => [key, "x"])));
}

async function everything(client) {
  await callAll(client);
  for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
  for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name });
}

// A gateway of its own, for one server that lives as long as its scenario.
async function between(upstream, tools, body) {
  const folder = mkdtempSync(`${tmpdir()}/stepgate-client-`);
  mkdirSync(`${folder}/environments/scenario`, { recursive: true });
  mkdirSync(`${folder}/policies`);
  writeFileSync(`${folder}/environments/scenario/openenv.yaml`, `spec_version: 1\nname: scenario\ntype: space\nruntime: fastapi\napp: server.app:app\nport: 8000\ndescription: The server of a conformance scenario\nstepgate:\n  upstreams:\n    it:\n      http: { url: "${upstream}" }\n      passes: [ prompts, resources, completions, logging, sampling, elicitation, roots ]\n  isolation: { profile: dev }\n`);
  writeFileSync(`${folder}/policies/scenario.yaml`, `policy: { name: scenario, version: 1 }\nenv: scenario\ntools:${tools.length ? "" : " {}"}\n${tools.map((tool) => `  it.${tool}: { allow: [ { id: any } ] }\n`).join("")}`);
  const port = await freePort();
  const child = start(`${home}stepgate`, ["serve", "--port", String(port), "--data", `${folder}/data`, "--environments", `${folder}/environments`, "--policies", `${folder}/policies`], { stdio: ["ignore", "ignore", "inherit"] });
  const base = `http://127.0.0.1:${port}`;
  try {
    let entry;
    await until(async () => {
      entry = await fetch(`${base}/envs/scenario`).then((answer) => answer.json(), () => undefined);
      return entry?.available || (entry?.reason && !entry.reason.includes("still being started"));
    }, "the environment is there", 90);
    if (!entry.available) throw new Error(entry.reason);
    await body(`${base}/envs/scenario/mcp`);
  } finally {
    child.kill("SIGTERM");
    await new Promise((done) => child.once("close", done));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function drive(url) {
  const client = new Client({ name: "interop", version: "1" }, {
    capabilities: { sampling: {}, elicitation: { form: { applyDefaults: true } }, roots: {} },
    versionNegotiation: { mode: revision === "2026-07-28" ? "auto" : "legacy" },
  });
  client.setRequestHandler("elicitation/create", async () => ({ action: "accept", content: scenario.startsWith("sep-2322") ? { confirmed: true } : {} }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  try {
    await scenarios[scenario].does(client);
  } finally {
    await client.close();
  }
}

const { tools = [] } = scenarios[scenario];
await (process.env.STEPGATE_BETWEEN === "1" ? between(server, tools, drive) : drive(server));
process.exit(0);
