"""An MCP server over stdio that leaves files, processes and sockets behind. Only the standard library, without site."""
import json
import os
import signal
import sys
import time

WORKSPACE = sys.argv[1]
TOOLS = [
    {"name": "settle", "description": "Leaves files and processes behind", "inputSchema": {"type": "object"}},
    {"name": "end", "description": "Ends the server, not what it has started", "inputSchema": {"type": "object"}},
]


def settle():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for name in range(20):
        with open(f"{WORKSPACE}/{name}", "wb") as file:
            file.write(b"x" * 50_000)
    os.mkfifo(f"{WORKSPACE}/fifo")
    for _ in range(2):  # daemons as a shell makes them: a session of their own, and no parent
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for fd in (0, 1, 2):
                    os.close(fd)
                time.sleep(3600)
            os._exit(0)
        os.wait()
    return "settled"


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    method = message["method"]
    if method == "initialize":
        result = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "settler", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": TOOLS}
    elif method == "tools/call" and message["params"]["name"] == "end":
        os._exit(3)
    elif method == "tools/call":
        result = {"content": [{"type": "text", "text": settle()}]}
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no such method"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
