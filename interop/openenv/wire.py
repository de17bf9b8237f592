"""OpenEnv's wire, message by message: what no client would send, and what every one relies on."""

import asyncio
import json
import os
import sys
import time

import websockets

from harness import JSON, Checks, Skip, environments, equal, http, in_use, needs, slots_fall_to
from peer import ask, call, closed, error, refused_handshake, request, rpc, socket, state, websocket

check = Checks("wire")


@check("POST /mcp with {} is a 200 with -32600 and no id")
async def _():
    status, _, body = http("POST", "/envs/echo/mcp", b"{}")
    equal((status, body["error"]["code"], body["id"], body["jsonrpc"]), (200, -32600, None, "2.0"))


@check("POST /mcp with a list, a scalar or garbage is a 200 with -32700")
async def _():
    for body in (b"[]", b"5", b"null", b"garbage", b""):
        status, _, answer = http("POST", "/envs/echo/mcp", body)
        equal((status, answer["error"]["code"]), (200, -32700), body)


@check("tools/list has only string descriptions and no error key")
async def _():
    for name, entry in environments().items():
        if not entry["available"]:
            continue
        answer = rpc(name, "tools/list")
        assert "error" not in answer and answer["result"]["tools"], name
        assert all(isinstance(tool["description"], str) and "inputSchema" in tool for tool in answer["result"]["tools"])


@check("a text-only tool has data that is not null, and no key of the result is null")
async def _():
    needs("slow")
    result = rpc("slow", "tools/call", name="sleep", arguments={"seconds": 0})["result"]
    equal(result["data"], "slept 0")
    equal([key for key, value in result.items() if value is None], [], "null keys")


@check("lifecycle and MCP methods are unknown in the dialect")
async def _():
    for method in ("ping", "resources/list", "prompts/list", "reset", "notifications/initialized"):
        equal(http("POST", "/envs/echo/mcp", {"jsonrpc": "2.0", "id": 1, "method": method})[2]["error"]["code"], -32601, method)


@check("close gets no reply, code 1000, and the slot is free before it")
async def _():
    before = in_use("tiny")
    async with socket("/envs/tiny/ws") as ws:
        equal((await ask(ws, {"type": "reset"}))["type"], "observation")
        equal(in_use("tiny"), before + 1)
        await ws.send('{"type":"close"}')
        equal(await closed(ws), 1000)
        equal(in_use("tiny"), before)


@check("a frame of no known type is UNKNOWN_TYPE and the session goes on")
async def _():
    async with socket("/envs/echo/ws") as ws:
        for frame in ("{}", '{"type":"nope"}', '{"type":5}'):
            equal(error(await ask(ws, frame)), "UNKNOWN_TYPE", frame)
        equal((await ask(ws, call()))["type"], "observation")


@check("text that is not JSON is INVALID_JSON and the session goes on")
async def _():
    async with socket("/envs/echo/ws") as ws:
        for frame in ("", "{", "nonsense", '{"type":"state"}{}'):
            equal(error(await ask(ws, frame)), "INVALID_JSON", frame)
        equal((await ask(ws, {"type": "state"}))["type"], "state")


@check("a list or a binary frame gets an error frame and a close")
async def _():
    for frame in ("[]", "5", b"\x00\x01"):
        async with socket("/envs/echo/ws") as ws:
            equal(error(await ask(ws, frame)), "SESSION_ERROR", repr(frame))
            equal(await closed(ws), 1000)


@check("a negative seed, an unknown argument and an odd seed are no errors of a reset")
async def _():
    async with socket("/envs/echo/ws") as ws:
        for data in ({"seed": -1}, {"seed": 2**70}, {"seed": "x"}, {"seed": None, "episode_id": None}, {"column": [1, {"a": None}]}):
            equal((await ask(ws, {"type": "reset", "data": data}))["type"], "observation", data)
        reply = await ask(ws, {"type": "reset", "data": {"column": 1, "seed": 4}})
        equal(reply["data"]["metadata"]["stepgate"]["ignored"], ["column"])


@check("NaN, Infinity and integers of any size are accepted in a reset")
async def _():
    async with socket("/envs/echo/ws") as ws:
        frame = '{"type":"reset","data":{"a":NaN,"b":[Infinity,-Infinity],"c":123456789012345678901234567890}}'
        equal((await ask(ws, frame))["type"], "observation")
        step = await ask(ws, '{"type":"step","data":{"tool_name":"echo_message","arguments":{"message":NaN}}}')
        equal((step["type"], step["data"]["metadata"]["stepgate"]["outcome"]), ("observation", "invalid_arguments"))
        # JavaScript upstreams would read another integer than the policy did.
        equal(error(await ask(ws, '{"type":"step","data":{"tool_name":"echo_message","arguments":{"message":12345678901234567890}}}')), "VALIDATION_ERROR")


@check("frames that do not fit their model are VALIDATION_ERROR with errors, and the session goes on")
async def _():
    async with socket("/envs/echo/ws") as ws:
        for frame in ({"type": "step"}, {"type": "step", "data": 5}, {"type": "reset", "data": None}, {"type": "state", "data": {}},
                      {"type": "close", "data": {}}, {"type": "step", "data": {}, "x": 1}, {"type": "mcp"}, {"type": "step", "data": {"tool_name": 5}},
                      {"type": "step", "data": {"type": "move"}}, {"type": "step", "data": {"tool_name": "a", "extra": 1}},
                      {"type": "step", "data": {"tool_name": "a", "arguments": []}}):
            reply = await ask(ws, frame)
            equal(error(reply), "VALIDATION_ERROR", json.dumps(frame))
            assert reply["data"]["errors"][0]["loc"], frame
        equal((await ask(ws, call()))["type"], "observation")


@check("list_tools as a step gives the same tools, and is no step")
async def _():
    async with socket("/envs/echo/ws") as ws:
        await ask(ws, {"type": "reset"})
        reply = await ask(ws, {"type": "step", "data": {"type": "list_tools"}})
        equal([tool["name"] for tool in reply["data"]["observation"]["tools"]], ["echo_message", "echo_with_length"])
        assert all(set(tool) == {"name", "description", "input_schema"} for tool in reply["data"]["observation"]["tools"])
        equal((await state(ws))["step_count"], 0)


@check("a step needs no reset before it; a success has no error key")
async def _():
    async with socket("/envs/echo/ws") as ws:
        observation = (await ask(ws, call("first")))["data"]["observation"]
        equal(observation["result"]["data"], "first")
        assert "error" not in observation
        missing = (await ask(ws, call("x", "nosuch")))["data"]["observation"]
        equal(missing["error"], {"error_type": "tool_not_found", "message": "Unknown tool: 'nosuch'"})
        assert missing["result"] is None


@check("MCP inside /ws works on the same episode")
async def _():
    async with socket("/envs/echo/ws") as ws:
        await ask(ws, {"type": "reset"})
        reply = await ask(ws, {"type": "mcp", "data": request("tools/call", name="echo_message", arguments={"message": "m"})})
        equal((reply["type"], reply["data"]["result"]["data"]), ("mcp", "m"))
        equal((await state(ws))["step_count"], 1)
        equal((await ask(ws, {"type": "mcp", "data": {}}))["data"]["error"]["code"], -32600)
        own = await ask(ws, {"type": "mcp", "data": request("openenv/session/create")})
        close = await ask(ws, {"type": "mcp", "data": request("openenv/session/close", session_id=own["data"]["result"]["session_id"])})
        equal(close["data"]["error"]["code"], -32600, "a socket's own session")


@check("WS /mcp speaks bare JSON-RPC")
async def _():
    async with socket("/envs/echo/mcp") as ws:
        equal((await ask(ws, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))["result"]["tools"][0]["name"], "echo_message")
        equal((await ask(ws, "nonsense"))["error"]["code"], -32700)
        equal((await ask(ws, "{}"))["error"]["code"], -32600)
        equal((await ask(ws, "[]"))["error"]["code"], -32000)
        equal(await closed(ws), 1000)


@check("an unknown session_id is SESSION_ERROR and a close")
async def _():
    async with socket("/envs/echo/ws?session_id=bogus") as ws:
        reply = await ask(ws, {"type": "state"})
        equal((error(reply), reply["data"]["message"]), ("SESSION_ERROR", "Unknown session_id: bogus"))
        equal(await closed(ws), 1000)


@check("a created session, its socket and its calls are one episode in one slot; its close waits for the socket")
async def _():
    before = in_use("echo")
    session = rpc("echo", "openenv/session/create")["result"]["session_id"]
    async with socket(f"/envs/echo/ws?session_id={session}") as ws:
        await ask(ws, {"type": "reset"})
        equal(rpc("echo", "tools/call", name="echo_message", arguments={"message": "p"}, session_id=session)["result"]["data"], "p")
        equal((await state(ws))["step_count"], 1)
        equal(in_use("echo"), before + 1)
        async with socket(f"/envs/echo/ws?session_id={session}") as second:
            equal(error(await ask(second, {"type": "state"})), "SESSION_ERROR")
        equal(rpc("echo", "openenv/session/close", session_id=session)["result"], {"session_id": session, "closed": False, "closing": True})
        equal((await ask(ws, call("still")))["type"], "observation")
    await slots_fall_to("echo", before)
    equal(rpc("echo", "openenv/session/close", session_id=session)["error"]["code"], -32602)
    other = rpc("echo", "openenv/session/create")["result"]["session_id"]
    equal(rpc("echo", "openenv/session/close", session_id=other)["result"], {"session_id": other, "closed": True})
    equal(rpc("echo", "openenv/session/close")["error"]["code"], -32602)


@check("a step over its deadline is answered in band in time, with no stray frame later", 40)
async def _():
    needs("slow")
    async with socket("/envs/slow/ws") as ws:
        await ask(ws, {"type": "reset"})
        started = time.monotonic()
        reply = await ask(ws, {"type": "step", "data": {"tool_name": "sleep", "arguments": {"seconds": 5}}})
        assert time.monotonic() - started < 4.5
        equal(reply["data"]["observation"]["error"]["error_type"], "timeout")
        equal((reply["data"]["reward"], reply["data"]["done"], reply["data"]["metadata"]["stepgate"]["outcome"]), (None, False, "timeout"))
        after = await ask(ws, {"type": "step", "data": {"tool_name": "sleep", "arguments": {"seconds": 0.2}}})
        equal(after["data"]["observation"]["result"]["data"], "slept 0.2")
        try:
            stray = await asyncio.wait_for(ws.recv(), 4)
        except asyncio.TimeoutError:
            return
        raise AssertionError(f"a stray frame came: {stray[:100]}")


@check("pings are answered while a step runs", 30)
async def _():
    needs("slow")
    async with socket("/envs/slow/ws", ping_interval=None) as ws:
        await ask(ws, {"type": "reset"})
        await ws.send(json.dumps({"type": "step", "data": {"tool_name": "sleep", "arguments": {"seconds": 2.5}}}))
        for _ in range(4):
            await asyncio.wait_for(await ws.ping(), 1)
            await asyncio.sleep(0.4)
        equal(json.loads(await ws.recv())["data"]["observation"]["result"]["data"], "slept 2.5")


@check("a frame of 20 MB is accepted, one over the limit closes the socket", 60)
async def _():
    async with socket("/envs/echo/ws") as ws:
        equal((await ask(ws, {"type": "reset", "data": {"blob": "x" * 20_000_000}}))["type"], "observation")
        equal(error(await ask(ws, "y" * 20_000_000)), "INVALID_JSON")
    async with socket("/envs/echo/ws") as ws:
        try:
            await ws.send("x" * 40_000_000)
            await asyncio.wait_for(ws.recv(), 20)
        except websockets.ConnectionClosed:
            return
        raise AssertionError("40 MB were taken")


@check("the HTTP routes keep state, and refuse what does not fit as the reference does")
async def _():
    equal(http("POST", "/envs/tiny/reset", {"seed": 1, "episode_id": "H"}, JSON)[0], 200)
    _, _, step = http("POST", "/envs/tiny/step", {"action": {"tool_name": "echo_message", "arguments": {"message": "h"}}, "timeout_s": 5, "x": 1}, JSON)
    equal(step["observation"]["result"]["data"], "h")
    equal(http("GET", "/envs/tiny/state")[2], {"episode_id": "H", "step_count": 1})
    for body in (b"", b"{}", b"null"):
        equal(http("POST", "/envs/tiny/reset", body, JSON)[0], 200, body)
    for route, body, kind in (("reset", b'{"seed":-1}', "greater_than_equal"), ("reset", b"[]", "model_attributes_type"), ("reset", b"{", "json_invalid"),
                              ("reset", b'{"episode_id":"' + b"x" * 256 + b'"}', "string_too_long"), ("step", b"{}", "missing"), ("step", b'{"action":5}', "dict_type"),
                              ("step", b'{"action":{"type":"x"}}', "literal_error"), ("step", b'{"action":{}}', "missing"), ("step", b'{"action":{"tool_name":"a"},"timeout_s":0}', "greater_than")):
        status, _, answer = http("POST", f"/envs/tiny/{route}", body, JSON)
        equal((status, answer["detail"][0]["type"]), (422, kind), body)
    equal(http("POST", "/envs/tiny/reset", b"{}", {"Content-Type": "text/plain"})[0], 422)
    for path, allow in (("reset", "POST"), ("step", "POST"), ("mcp", "POST")):
        status, headers, _ = http("GET", f"/envs/tiny/{path}")
        equal(status, 405, path)
        assert allow in headers["Allow"]
    equal(http("GET", "/envs/tiny/ws")[0], 404)
    equal(http("GET", "/envs/tiny/nothing")[2], {"detail": "Not Found"})


@check("a socket on an unknown path is refused in the handshake")
async def _():
    for path in ("/envs/echo/nothing", "/envs/echo/harness", "/envs/nowhere/ws", "/nothing"):
        equal(await refused_handshake(path), 403, path)


@check("a reset and a step of a 0.10 server carry metadata in both places")
async def _():
    async with socket("/envs/echo/ws") as ws:
        for frame in ({"type": "reset"}, call()):
            data = (await ask(ws, frame))["data"]
            equal(data["observation"]["metadata"], data["metadata"], frame["type"])
            assert not {"reward", "done"} & set(data["observation"]), "reward and done belong beside the observation"


@check("the frames of a validation channel that 0.10 does not have are UNKNOWN_TYPE")
async def _():
    async with socket("/envs/echo/ws") as ws:
        equal(error(await ask(ws, {"type": "validation_open", "data": {"schema_version": 1, "token": "x" * 32}})), "UNKNOWN_TYPE")


@check("the schemas are objects that name nothing outside themselves, and come uncompressed when asked so")
async def _():
    status, fields, schemas = http("GET", "/envs/echo/schema", headers={"Accept-Encoding": "identity"})
    equal((status, fields.get("Content-Encoding", "identity")), (200, "identity"))
    for name in ("action", "observation", "reset_observation", "state"):
        assert isinstance(schemas[name], dict), name
    assert "http" not in json.dumps(schemas)


@check("production has no lifecycle")
async def _():
    url = os.environ.get("STEPGATE_PRODUCTION_URL")
    if not url:
        raise Skip("no gateway in production mode was given by STEPGATE_PRODUCTION_URL")
    for method, path in (("POST", "reset"), ("POST", "step"), ("GET", "state")):
        equal(http(method, f"{url}/envs/echo/{path}", b"{}" if method == "POST" else None, JSON)[::2], (404, {"detail": "Not Found"}), path)
    async with socket(websocket(url) + "/envs/echo/ws") as ws:
        for frame in ({"type": "reset"}, {"type": "state"}):
            equal(error(await ask(ws, frame)), "EXECUTION_ERROR")
        reply = await ask(ws, call("p"))
        equal((reply["data"]["observation"]["result"]["data"], reply["data"]["reward"], reply["data"]["done"]), ("p", None, False))


@check("what an OpenEnv image runs: one environment at the root, for every address")
async def _():
    url = os.environ.get("STEPGATE_ROOT_URL")
    if not url:
        raise Skip("no gateway with --default-env was given by STEPGATE_ROOT_URL")
    equal(http("GET", f"{url}/health")[2], {"status": "healthy"})
    equal(http("GET", f"{url}/metadata")[2]["name"], "echo")
    assert "/reset" in http("GET", f"{url}/openapi.json")[2]["paths"]
    equal(http("POST", f"{url}/reset", {"seed": 1, "episode_id": "root"}, JSON)[0], 200)
    equal(http("GET", f"{url}/state")[2], {"episode_id": "root", "step_count": 0})
    equal(http("POST", f"{url}/mcp", {})[2]["error"]["code"], -32600)
    async with socket(websocket(url) + "/ws") as ws:
        equal((await ask(ws, call("root")))["data"]["observation"]["result"]["data"], "root")
    async with socket(websocket(url) + "/mcp") as ws:
        equal(len((await ask(ws, request("tools/list")))["result"]["tools"]), 2)


@check("an image started by an engine answers on port 8000")
async def _():
    raise Skip("needs a container engine")


sys.exit(asyncio.run(check.run()))
