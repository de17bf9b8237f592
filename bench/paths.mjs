// The ways that a call can take, each with the process that stands in the middle.
import { mkdirSync, writeFileSync } from "node:fs";
import { STATELESS } from "./load.mjs";
import { freePort, serve } from "./processes.mjs";

const bench = (path) => new URL(path, import.meta.url).pathname;
const home = bench("..");

// Answers the paths that can be measured here; what cannot is told to `skip`.
export async function startPaths({ work, java, libraries, nginx, mcpProxy, skip }) {
  const upstream = await startUpstream({ work, java, libraries });
  const paths = [{ name: "direct", what: "the upstream itself", server: upstream, url: `http://127.0.0.1:${upstream.port}/mcp` }];
  if (nginx) paths.push(await startNginx({ work, upstream }));
  else skip("nginx", "it is not installed");
  paths.push(...await startStepgate({ work, upstream, skip }));
  if (mcpProxy) paths.push(await startMcpProxy({ work }));
  else skip("mcp-proxy", "its npm packages are not installed");
  return paths;
}

async function startUpstream({ work, java, libraries }) {
  const port = await freePort();
  const args = ["-Xmx256m", "-cp", libraries, bench("upstream/Upstream.java"), String(port)];
  return { ...await serve("the upstream", java, args, { port, log: `${work}/upstream.log` }), port };
}

async function startNginx({ work, upstream }) {
  const port = await freePort();
  mkdirSync(`${work}/nginx`, { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind};`).join(" ");
  // One process, so that its processor time is in one place; kept connections on both sides, without a limit of requests.
  writeFileSync(`${work}/nginx/nginx.conf`, `
daemon off; master_process off; pid nginx.pid; error_log error.log;
events { worker_connections 512; }
http {
  access_log off; ${temporary} keepalive_requests 100000000;
  upstream direct { server 127.0.0.1:${upstream.port}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://direct; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`);
  const server = await serve("nginx", "nginx", ["-p", `${work}/nginx`, "-e", "error.log", "-c", "nginx.conf"], { port, log: `${work}/nginx.log` });
  return { name: "nginx", what: "nginx in front of it: a proxy that reads no message", server, url: `http://127.0.0.1:${port}/mcp` };
}

async function startStepgate({ work, upstream, skip }) {
  const port = await freePort();
  const environments = `${work}/environments`;
  mkdirSync(`${environments}/bench-http`, { recursive: true });
  // This one manifest is written here, because the upstream's port is not known before.
  writeFileSync(`${environments}/bench-http/openenv.yaml`, `
spec_version: 1
name: bench-http
type: space
runtime: fastapi
app: server.app:app
port: 8000
stepgate:
  upstreams:
    echo: { http: { url: "http://127.0.0.1:${upstream.port}/mcp" } }
`);
  const folders = { environments: [environments, bench("environments"), `${home}/environments`], policies: [bench("policies"), `${home}/policies`] };
  const args = Object.entries(folders).flatMap(([option, values]) => values.flatMap((value) => [`--${option}`, value]));
  const only = ["echo", "bench-http", "bench-stdio"].flatMap((name) => ["--env", name]);
  const server = await serve("stepgate", `${home}/stepgate`, ["serve", "--port", String(port), "--data", `${work}/data`, ...args, ...only], { port, log: `${work}/stepgate.log` });
  const paths = [];
  for (const [env, name, what] of [
    ["bench-http", "stepgate → http", "Stepgate in front of it, policy and journal on"],
    ["echo", "stepgate, builtin", "Stepgate alone: the tool is its own echo"],
    ["bench-stdio", "stepgate → stdio", "Stepgate in front of a Node echo over stdio"],
  ]) {
    const entry = await (await fetch(`http://127.0.0.1:${port}/envs/${env}`)).json();
    if (!entry.available) skip(name, entry.reason ?? entry.detail);
    else {
      const path = { name, what: entry.driver === "none" ? what : `${what}, sandbox driver ${entry.driver}`, server, url: `http://127.0.0.1:${port}/envs/${env}/mcp` };
      paths.push(path, { ...path, name: `${name}, stateless`, what: `the same, called without a session as revision ${STATELESS} does`, revision: STATELESS });
    }
  }
  return paths;
}

async function startMcpProxy({ work }) {
  const port = await freePort();
  const args = [bench("node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"), "--host", "127.0.0.1", "--port", String(port), "--server", "stream", "--no-eventStore", "--", process.execPath, bench("environments/bench-stdio/stdio/echo.mjs")];
  const server = await serve("mcp-proxy", process.execPath, args, { port, log: `${work}/mcp-proxy.log` });
  return { name: "mcp-proxy → stdio", what: "mcp-proxy in front of the same Node echo, no sandbox, its event store off", server, url: `http://127.0.0.1:${port}/mcp` };
}
