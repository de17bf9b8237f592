// The least MCP server over stdio that is worth measuring in front of: one tool, no checks.
import { createInterface } from "node:readline";

const tool = {
  name: "echo_message",
  description: "Answers what it was told",
  inputSchema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
};

function result(method, params) {
  switch (method) {
    case "initialize":
      return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "bench", version: "1" } };
    case "tools/list":
      return { tools: [tool] };
    case "tools/call":
      return { content: [{ type: "text", text: params.arguments.message }] };
    default:
      return {};
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: result(method, params) }) + "\n");
});
