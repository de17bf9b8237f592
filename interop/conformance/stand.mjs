// The fixture, and a gateway with it behind in every way that it can stand there. Shared with the suite mcp.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { freePort, until } from "../lib/gateway.mjs";

const here = new URL(".", import.meta.url).pathname;
export const home = new URL("../..", import.meta.url).pathname;
export const node = process.execPath;

const children = [];
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  children.push(child);
  return child;
}

export async function fixture() {
  const child = start(node, [`${here}http.mjs`, "0"]);
  const line = await new Promise((done) => child.stdout.once("data", (data) => done(String(data))));
  return `http://127.0.0.1:${line.match(/listening (\d+)/)[1]}/mcp`;
}

export const stateless = { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} };

export async function ask(url, body, headers) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  const data = text.split("\n").filter((line) => line.startsWith("data: {")).at(-1)?.slice(6) ?? text;
  return { headers: answer.headers, json: data ? JSON.parse(data) : undefined };
}

export async function toolsOf(url, sessions) {
  if (!sessions) {
    const { json } = await ask(url, { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: stateless } }, { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" });
    return json.result.tools.map((tool) => tool.name);
  }
  const opened = await ask(url, { jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "interop", version: "1" } } });
  const headers = { "mcp-session-id": opened.headers.get("mcp-session-id"), "mcp-protocol-version": "2025-11-25" };
  const { json } = await ask(url, { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }, headers);
  return json.result.tools.map((tool) => tool.name);
}

export async function gateway(url, more = {}) {
  const folder = mkdtempSync(`${tmpdir()}/stepgate-conformance-`);
  const stdio = (era) => `stdio: { command: ${JSON.stringify(node)}, args: [ ${JSON.stringify(`${here}stdio.mjs`)} ], env: { STEPGATE_FIXTURE_ERA: ${era} } }`;
  const upstreams = {
    conf: `http: { url: "${url}" }\n      revision: "2026-07-28"`,
    "conf-sessions": `http: { url: "${url}" }\n      revision: "2025-11-25"`,
    "conf-found": `http: { url: "${url}" }`,
    "conf-stdio": stdio("dual"),
    "conf-stdio-sessions": stdio("legacy"),
    ...more,
  };
  mkdirSync(`${folder}/policies`);
  for (const [name, upstream] of Object.entries(upstreams)) {
    if (more[name]) {
      writeFileSync(`${folder}/policies/${name}.yaml`, more[name].policy);
      mkdirSync(`${folder}/environments/${name}`, { recursive: true });
      writeFileSync(`${folder}/environments/${name}/openenv.yaml`, more[name].manifest);
      continue;
    }
    const tools = await toolsOf(url, name.endsWith("sessions"));
    mkdirSync(`${folder}/environments/${name}`, { recursive: true });
    writeFileSync(`${folder}/environments/${name}/openenv.yaml`, `spec_version: 1\nname: ${name}\ntype: space\nruntime: fastapi\napp: server.app:app\nport: 8000\ndescription: The conformance fixture\nstepgate:\n  upstreams:\n    fixture:\n      ${upstream}\n      passes: [ prompts, resources, completions, logging, sampling, elicitation, roots ]\n  isolation: { profile: dev }\n  episode: { capacity: 256 }\n`);
    writeFileSync(`${folder}/policies/${name}.yaml`, `policy: { name: ${name}, version: 1 }\nenv: ${name}\ntools:\n${tools.map((tool) => `  fixture.${tool}: { allow: [ { id: any } ] }\n`).join("")}`);
  }
  const port = await freePort();
  start(`${home}stepgate`, ["serve", "--port", String(port), "--data", `${folder}/data`, "--environments", `${folder}/environments`, "--policies", `${folder}/policies`], { stdio: ["ignore", "ignore", "inherit"] });
  const base = `http://127.0.0.1:${port}`;
  await until(() => fetch(`${base}/health`).then((answer) => answer.ok, () => false), "the gateway answers", 60);
  for (const name of Object.keys(upstreams)) {
    await until(async () => (await (await fetch(`${base}/envs/${name}`)).json()).available, `${name} is available`, 60);
  }
  return { base, folder };
}
