// An MCP server that does what it is told wrongly: node faulty.mjs sessions|stateless [PORT]. Without a port it speaks over
// standard streams. Plain Node, no dependencies.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const [era, port] = process.argv.slice(2);
const stateless = era === "stateless";
const object = (properties) => ({ type: "object", properties });
const tools = [
  { name: "say", description: "Says a token after so many milliseconds", inputSchema: object({ token: { type: "string" }, millis: { type: "integer" } }) },
  { name: "misbehave", description: "Says a token with a fault, or does not", inputSchema: object({ token: { type: "string" }, fault: { type: "string" }, size: { type: "integer" } }) },
];
const wait = (millis) => new Promise((done) => setTimeout(done, millis));
const said = (token) => ({ content: [{ type: "text", text: token }] });
const notice = (number) => ({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: `${number} ${"n".repeat(200)}` } });
const GIGABYTE = 1 << 30;

// `out` is the way back to the client: message, raw bytes, or the end of everything.
async function answer({ id, method, params = {} }, out) {
  const reply = (result) => out.message({ jsonrpc: "2.0", id, result: stateless ? { resultType: "complete", ...result } : result });
  switch (method) {
    case "initialize": return stateless ? out.message(unknown(id)) : reply({ protocolVersion: "2025-11-25", capabilities: { tools: {}, logging: {} }, serverInfo: { name: "faulty", version: "1" } });
    case "server/discover": return stateless ? reply({ supportedVersions: ["2026-07-28"], capabilities: { tools: {}, logging: {} }, ttlMs: 0, cacheScope: "private" }) : out.message(unknown(id));
    case "tools/list": return reply(stateless ? { tools, ttlMs: 0, cacheScope: "private" } : { tools });
    case "tools/call": break;
    default: return reply({});
  }
  const { token, millis = 0, fault, size = 1 } = params.arguments ?? {};
  if (params.name === "say") {
    await wait(millis);
    return reply(said(token));
  }
  switch (fault) {
    case "hang": return;
    case "half": await out.raw(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[`); return out.end();
    case "end": return out.end();
    case "huge": return huge(id, out);
    case "nonsense": await out.raw("{this is no message\n"); return out.over();
    case "no-object": await out.raw(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":7}\n`); return out.over();
    case "twice": await out.more({ jsonrpc: "2.0", id, result: said(token) }); return reply(said(`${token} again`));
    case "unknown": await out.more({ jsonrpc: "2.0", id: "nobody-asked", result: said("wrong") }); await out.more({ jsonrpc: "2.0", id: 999999999, result: said("wrong") }); return reply(said(token));
    case "flood": for (let number = 0; number < size; number++) await out.more(notice(number)); return reply(said(token));
    case "restart": return out.restart();
    default: return out.message({ jsonrpc: "2.0", id, error: { code: -32602, message: "no such fault" } });
  }
}

const unknown = (id) => ({ jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } });

async function huge(id, out) {
  await out.raw(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"`);
  const chunk = "x".repeat(1 << 20);
  for (let sent = 0; sent < GIGABYTE; sent += chunk.length) await out.raw(chunk);
  await out.raw("\"}]}}\n");
  return out.over();
}

async function written(stream, bytes) {
  if (stream.destroyed || stream.writableEnded) return;
  if (!stream.write(bytes)) await Promise.race([once(stream, "drain"), once(stream, "close")]);
}

function overStreams() {
  const line = (message) => written(process.stdout, `${JSON.stringify(message)}\n`);
  const end = () => process.exit(1);
  process.stdout.on("error", end);
  const out = { message: line, more: line, raw: (bytes) => written(process.stdout, bytes), over: () => {}, end, restart: end };
  createInterface({ input: process.stdin }).on("line", (text) => {
    const message = JSON.parse(text);
    if (message.id !== undefined && message.method) answer(message, out).catch(end);
  }).on("close", () => process.exit(0));
}

function overHttp() {
  let sessions = new Set();
  const sockets = new Set();
  const server = createServer(async (request, response) => {
    response.on("error", () => {});
    if (request.method !== "POST") return response.writeHead(request.method === "DELETE" ? 204 : 405).end();
    const chunks = [];
    try { for await (const chunk of request) chunks.push(chunk); } catch { return; }
    const message = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const session = request.headers["mcp-session-id"];
    if (!stateless && session && !sessions.has(session)) return response.writeHead(404).end();
    if (message.id === undefined || !message.method) return response.writeHead(202).end();
    const headers = {};
    if (!stateless && message.method === "initialize") sessions.add(headers["mcp-session-id"] = randomUUID());
    answer(message, way(response, headers)).catch(() => response.destroy());
  });
  // Whatever comes before the one answer makes it an event stream.
  function way(response, headers) {
    let stream = false;
    const event = (message) => {
      if (!stream) { response.writeHead(200, { ...headers, "content-type": "text/event-stream" }); stream = true; }
      return written(response, `data: ${JSON.stringify(message)}\n\n`);
    };
    return {
      more: event,
      message: async (message) => { if (stream) { await event(message); response.end(); } else response.writeHead(200, { ...headers, "content-type": "application/json" }).end(JSON.stringify(message)); },
      raw: (bytes) => { if (!response.headersSent) response.writeHead(200, { ...headers, "content-type": "application/json" }); return written(response, bytes); },
      over: () => response.end(),
      end: () => response.destroy(),
      restart,
    };
  }
  function restart() {
    sessions = new Set();
    server.close();
    for (const socket of sockets) socket.destroy();
    setTimeout(() => server.listen(Number(port), "127.0.0.1"), 300);
  }
  server.on("connection", (socket) => { sockets.add(socket); socket.on("close", () => sockets.delete(socket)); });
  server.keepAliveTimeout = 0;
  server.listen(Number(port), "127.0.0.1");
}

if (port) overHttp();
else overStreams();
