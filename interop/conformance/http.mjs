// The fixture over HTTP, on loopback: sessions for the older revisions, none for the newer. node http.mjs PORT
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { NodeStreamableHTTPServerTransport, localhostHostValidation, localhostOriginValidation, toNodeHandler } from "@modelcontextprotocol/node";
import { build } from "./server.mjs";

const handler = createMcpHandler((context) => build({ era: context.era, changed: { tools: () => handler.notify.toolsChanged(), prompts: () => handler.notify.promptsChanged(), resource: (uri) => handler.notify.resourceUpdated(uri) } }), { legacy: "reject" });
const modern = toNodeHandler(handler);
const hostIsLocal = localhostHostValidation();
const originIsLocal = localhostOriginValidation();
const sessions = new Map();

// Keeps the events of each stream, so that a client whose connection broke can go on.
class Events {
  events = [];
  async storeEvent(streamId, message) {
    const id = `${streamId}_${this.events.length}`;
    this.events.push({ id, streamId, message });
    if (this.events.length > 1000) this.events.shift();
    return id;
  }
  async getStreamIdForEventId(id) { return this.events.find((event) => event.id === id)?.streamId; }
  async replayEventsAfter(lastId, { send }) {
    const at = this.events.findIndex((event) => event.id === lastId);
    const streamId = this.events[at]?.streamId ?? lastId.slice(0, lastId.lastIndexOf("_"));
    for (const event of this.events.slice(at + 1)) {
      if (event.streamId === streamId && Object.keys(event.message).length) await send(event.id, event.message);
    }
    return streamId;
  }
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

const refuse = (response, status, code, message) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } }));

async function withSession(request, response, parsed) {
  const id = request.headers["mcp-session-id"];
  const known = id && sessions.get(id);
  if (known) return known.handleRequest(request, response, parsed);
  if (id) return refuse(response, 404, -32001, "Session not found");
  if (parsed?.method !== "initialize") return refuse(response, request.method === "POST" ? 400 : 405, -32000, "Bad Request: a session is needed");
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID, eventStore: new Events(), retryInterval: 100,
    onsessioninitialized: (opened) => { sessions.set(opened, transport); },
    onsessionclosed: (closed) => { sessions.delete(closed); },
  });
  await build({ era: "legacy" }).connect(transport);
  return transport.handleRequest(request, response, parsed);
}

const server = createServer(async (request, response) => {
  try {
    if (!hostIsLocal(request, response) || !originIsLocal(request, response)) return;
    const raw = request.method === "POST" ? await body(request) : undefined;
    let parsed;
    try { parsed = raw === undefined ? undefined : JSON.parse(raw); } catch { return refuse(response, 400, -32700, "Parse error"); }
    const meta = parsed?.params?._meta?.["io.modelcontextprotocol/protocolVersion"];
    const header = request.headers["mcp-protocol-version"];
    const old = request.method !== "POST" || (meta === undefined && parsed?.method !== "server/discover" && (header === undefined || header < "2026"));
    if (old) return await withSession(request, response, parsed);
    return await modern(request, response, parsed);
  } catch (problem) {
    console.error(problem);
    if (!response.headersSent) refuse(response, 500, -32603, "internal");
  }
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(`listening ${server.address().port}`));
