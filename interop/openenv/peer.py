"""The gateway as a raw peer: frames and bodies that no well-behaved client would send."""

import asyncio
import itertools
import json

import websockets

from harness import JSON, WS, equal, http


def websocket(url):
    return url.replace("http", "ws", 1)


def socket(path, **more):
    target = path if path.startswith("ws") else WS + path
    return websockets.connect(target, max_size=None, open_timeout=60, **more)


async def ask(ws, message):
    await ws.send(message if isinstance(message, (str, bytes)) else json.dumps(message))
    return json.loads(await asyncio.wait_for(ws.recv(), 30))


async def closed(ws):
    await asyncio.wait_for(ws.wait_closed(), 15)
    return ws.close_code


async def state(ws):
    return (await ask(ws, {"type": "state"}))["data"]


def call(message="hi", tool="echo_message"):
    return {"type": "step", "data": {"type": "call_tool", "tool_name": tool, "arguments": {"message": message}}}


def error(reply):
    equal(reply["type"], "error", json.dumps(reply)[:200])
    return reply["data"]["code"]


ids = itertools.count(1)


def request(method, **params):
    """A JSON-RPC request with an id of its own: within one MCP session no id may come twice."""
    return {"jsonrpc": "2.0", "id": next(ids), "method": method, "params": params}


def rpc(env, method, **params):
    """One call in OpenEnv's own JSON-RPC dialect: no handshake, always a 200."""
    return http("POST", f"/envs/{env}/mcp", request(method, **params))[2]


def mcp_session(url):
    """The headers of a real MCP session that was just opened on this URL."""
    headers = {**JSON, "Accept": "application/json, text/event-stream"}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "interop", "version": "1"}}
    _, answered, _ = http("POST", url, request("initialize", **params), headers)
    return {**headers, "Mcp-Session-Id": answered["Mcp-Session-Id"]}


async def refused_handshake(path):
    """The status with which a socket on this path is refused, or None if it was accepted."""
    try:
        async with socket(path):
            return None
    except websockets.InvalidStatus as refused:
        return refused.response.status_code
