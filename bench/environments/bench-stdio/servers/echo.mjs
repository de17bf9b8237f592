// The least MCP server there can be over stdio. Plain Node.
import { createInterface } from "node:readline";

const tool = { name: "echo", description: "Says it back", inputSchema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] } };
const send = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\n");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === "initialize") send(id, { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "echo", version: "1" } });
  else if (method === "tools/list") send(id, { tools: [tool] });
  else if (method === "tools/call") send(id, { content: [{ type: "text", text: params.arguments.message }] });
  else send(id, {});
});
