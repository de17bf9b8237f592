"""An MCP server with a shell in its workspace, and a way to say that the work is done."""

import json
import subprocess
import sys

TEXT = {"type": "object", "properties": {"script": {"type": "string"}}, "required": ["script"]}
TOOLS = [
    {"name": "run", "description": "Runs a shell script in the workspace", "inputSchema": TEXT},
    {"name": "submit", "description": "Ends the work", "inputSchema": {"type": "object", "properties": {}}},
]


def result(method, params):
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "work", "version": "1"}}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call" and params["name"] == "run":
        done = subprocess.run(["/bin/sh", "-c", params["arguments"]["script"]], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return {"content": [{"type": "text", "text": done.stdout + done.stderr}]}
    return {"content": [{"type": "text", "text": "submitted"}]} if method == "tools/call" else None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answer = result(message.get("method"), message.get("params", {}))
    reply = {"error": {"code": -32601, "message": "no such method"}} if answer is None else {"result": answer}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **reply}), flush=True)
