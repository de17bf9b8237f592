// Says of a number what follows from it and from how often it was asked before. With LIE it says something else of one number.
import { createInterface } from "node:readline";

const number = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
const tools = [
  { name: "ask", description: "Says something of a number; fails for every thirteenth", inputSchema: number },
  { name: "guess", description: "Says whether a number is a multiple of seven", inputSchema: number },
];
let asked = 0;
const said = (structuredContent) => ({ content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent });
const calls = {
  ask({ n }) {
    asked++;
    if (n % 13 === 5) return { content: [{ type: "text", text: `nothing is known of ${n}` }], isError: true };
    const word = String(n) === process.env.LIE ? "another word" : (Math.imul(n, 2654435761) >>> 0).toString(36);
    return said({ word, asked });
  },
  guess: ({ n }) => said({ right: n % 7 === 0, asked }),
};
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize") send({ id, result: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "oracle", version: "1" } } });
  else if (method === "tools/list") send({ id, result: { tools } });
  else if (method === "tools/call") send({ id, result: calls[params.name](params.arguments) });
  else if (id !== undefined) send({ id, error: { code: -32601, message: "unknown method" } });
});
