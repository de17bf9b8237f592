// An unmodified MCP client and the gateway's image.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { assert, check, run } from "../lib/check.mjs";

check("an MCP client writes a file and runs a command in the image's workspace", async () => {
  const client = new Client({ name: "images", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${process.env.STEPGATE_URL}/envs/workspace/mcp`)));
  try {
    const { tools } = await client.listTools();
    assert.ok(tools.some((tool) => tool.name === "write_file"), tools.map((tool) => tool.name).join());
    const written = await client.callTool({ name: "write_file", arguments: { path: "note.txt", content: "from the image\n" } });
    assert.ok(!written.isError, JSON.stringify(written));
    const shown = await client.callTool({ name: "run_command", arguments: { command: "cat note.txt; id -u" } });
    assert.match(JSON.stringify(shown), /from the image/);
  } finally {
    await client.close();
  }
}, 60);

await run();
