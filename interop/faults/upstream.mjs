// An MCP server over HTTP whose one tool says a token after a while, and which counts how often it was told each: a call
// that is repeated behind a client's back is seen here. `GET /seen` answers the counts. Plain Node, no dependencies.
import { createServer } from "node:http";

const tool = {
  name: "say", description: "Says a token after so many milliseconds",
  inputSchema: {
    type: "object", properties: { token: { type: "string" }, millis: { type: "integer" } }, required: ["token", "millis"], additionalProperties: false,
  },
};
const seen = new Set();
let calls = 0, repeated = 0;

async function result(method, params) {
  switch (method) {
    case "initialize": return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "say", version: "1" } };
    case "tools/list": return { tools: [tool] };
    case "tools/call": {
      const { token, millis } = params.arguments;
      calls++;
      if (seen.has(token)) repeated++;
      seen.add(token);
      if (millis > 0) await new Promise((done) => setTimeout(done, millis));
      return { content: [{ type: "text", text: token }] };
    }
    default: return {};
  }
}

const server = createServer((request, response) => {
  if (request.url === "/seen") return response.end(JSON.stringify({ calls, repeated }));
  if (request.method !== "POST") return response.writeHead(request.method === "DELETE" ? 204 : 405).end();
  let body = "";
  request.on("data", (chunk) => { body += chunk; });
  request.on("end", async () => {
    const { id, method, params } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    const answer = JSON.stringify({ jsonrpc: "2.0", id, result: await result(method, params) });
    response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "one" }).end(answer);
  });
});
// A connection that Node closes for idleness just as it is used again is a fault that this campaign does not ask for.
server.keepAliveTimeout = 0;
server.listen(Number(process.argv[2]), "127.0.0.1");
