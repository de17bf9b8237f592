"""OpenEnv's wire, message by message: what no client would send, and what every one relies on."""

import asyncio
import json
import os
import sys
import time

import websockets

from harness import JSON, URL, WS, Checks, Skip, episode, equal, http, in_use, needs

check = Checks("wire")
FULL = os.environ.get("INTEROP_FULL") == "1"


def socket(path, **more):
    target = path if path.startswith("ws") else WS + path
    return websockets.connect(target, max_size=None, open_timeout=10, **more)


async def ask(ws, message):
    await ws.send(message if isinstance(message, (str, bytes)) else json.dumps(message))
    return json.loads(await asyncio.wait_for(ws.recv(), 30))


async def closed(ws):
    await asyncio.wait_for(ws.wait_closed(), 15)
    return ws.close_code


def call(message="hi", tool="echo_message"):
    return {"type": "step", "data": {"type": "call_tool", "tool_name": tool, "arguments": {"message": message}}}


def error(reply):
    equal(reply["type"], "error", json.dumps(reply)[:200])
    return reply["data"]["code"]


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
    for env in ("echo", "tiny"):
        _, _, answer = http("POST", f"/envs/{env}/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert "error" not in answer
        assert all(isinstance(tool["description"], str) and "inputSchema" in tool for tool in answer["result"]["tools"])


@check("a text-only tool has data that is not null")
async def _():
    needs("slow")
    _, _, answer = http("POST", "/envs/slow/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "sleep", "arguments": {"seconds": 0}}})
    equal(answer["result"]["data"], "slept 0")


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
        equal(error(await ask(ws, '{"type":"step","data":{"tool_name":"echo_message","arguments":{"message":NaN}}}')), "VALIDATION_ERROR")


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
        equal((await ask(ws, {"type": "state"}))["data"]["step_count"], 0)


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
        reply = await ask(ws, {"type": "mcp", "data": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo_message", "arguments": {"message": "m"}}}})
        equal((reply["type"], reply["data"]["result"]["data"]), ("mcp", "m"))
        equal((await ask(ws, {"type": "state"}))["data"]["step_count"], 1)
        equal((await ask(ws, {"type": "mcp", "data": {}}))["data"]["error"]["code"], -32600)
        own = await ask(ws, {"type": "mcp", "data": {"jsonrpc": "2.0", "id": 2, "method": "openenv/session/create"}})
        close = await ask(ws, {"type": "mcp", "data": {"jsonrpc": "2.0", "id": 3, "method": "openenv/session/close", "params": {"session_id": own["data"]["result"]["session_id"]}}})
        equal(close["data"]["error"]["code"], -32600, "a socket's own session")


@check("WS /mcp speaks bare JSON-RPC")
async def _():
    async with socket("/envs/echo/mcp") as ws:
        equal((await ask(ws, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))["result"]["tools"][0]["name"], "echo_message")
        equal((await ask(ws, "nonsense"))["error"]["code"], -32700)
        equal((await ask(ws, "{}"))["error"]["code"], -32600)
        equal((await ask(ws, "[]"))["error"]["code"], -32000)
        equal(await closed(ws), 1000)


@check("a client over capacity sees CAPACITY_REACHED although it sends one second late; then a slot frees", 90)
async def _():
    free = 2 - in_use("tiny")
    held = [await socket("/envs/tiny/ws") for _ in range(free)]
    for ws in held:
        await ask(ws, {"type": "reset"})
    async with socket("/envs/tiny/ws") as late:
        await asyncio.sleep(1)
        reply = await ask(late, {"type": "reset"})
        equal(error(reply), "CAPACITY_REACHED")
        equal((reply["data"]["active_sessions"], reply["data"]["max_sessions"]), (2, 2))
        equal(reply["data"]["message"], "Server at capacity: 2/2 sessions active. Cannot accept new connections.")
        equal(await closed(late), 1000)
    status, _, answer = http("POST", "/envs/tiny/mcp", {"jsonrpc": "2.0", "id": 1, "method": "openenv/session/create"})
    equal((status, answer["error"]["code"], answer["error"]["data"]), (200, -32000, {"active_sessions": 2, "max_sessions": 2}))
    status, headers, _ = http("POST", "/episodes", {"env": "tiny"})
    equal((status, headers["Retry-After"] is not None), (503, True))
    await held[0].close()
    await asyncio.sleep(0.3)
    async with socket("/envs/tiny/ws") as next_one:
        equal((await ask(next_one, {"type": "reset"}))["type"], "observation")
    for ws in held[1:]:
        await ws.close()


@check("a refused client that never sends is told after 10 s", 40)
async def _():
    held = [await socket("/envs/tiny/ws") for _ in range(2 - in_use("tiny"))]
    async with socket("/envs/tiny/ws") as silent:
        equal(error(json.loads(await asyncio.wait_for(silent.recv(), 15))), "CAPACITY_REACHED")
        equal(await closed(silent), 1000)
    for ws in held:
        await ws.close()


@check("an unknown session_id is SESSION_ERROR and a close")
async def _():
    async with socket("/envs/echo/ws?session_id=bogus") as ws:
        reply = await ask(ws, {"type": "state"})
        equal((error(reply), reply["data"]["message"]), ("SESSION_ERROR", "Unknown session_id: bogus"))
        equal(await closed(ws), 1000)


def rpc(env, method, **params):
    return http("POST", f"/envs/{env}/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})[2]


@check("a created session, its socket and its calls are one episode in one slot; its close waits for the socket")
async def _():
    before = in_use("echo")
    session = rpc("echo", "openenv/session/create")["result"]["session_id"]
    async with socket(f"/envs/echo/ws?session_id={session}") as ws:
        await ask(ws, {"type": "reset"})
        equal(rpc("echo", "tools/call", name="echo_message", arguments={"message": "p"}, session_id=session)["result"]["data"], "p")
        equal((await ask(ws, {"type": "state"}))["data"]["step_count"], 1)
        equal(in_use("echo"), before + 1)
        async with socket(f"/envs/echo/ws?session_id={session}") as second:
            equal(error(await ask(second, {"type": "state"})), "SESSION_ERROR")
        equal(rpc("echo", "openenv/session/close", session_id=session)["result"], {"session_id": session, "closed": False, "closing": True})
        equal((await ask(ws, call("still")))["type"], "observation")
    await asyncio.sleep(0.3)
    equal(in_use("echo"), before)
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
    for path in ("/envs/echo/nothing", "/envs/nowhere/ws", "/nothing"):
        try:
            async with socket(path):
                pass
        except websockets.InvalidStatus as refused:
            equal(refused.response.status_code, 403, path)
            continue
        raise AssertionError(f"{path} was accepted")


def mcp_session(url):
    headers = {**JSON, "Accept": "application/json, text/event-stream"}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    _, answered, _ = http("POST", url, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}, headers)
    return {**headers, "Mcp-Session-Id": answered["Mcp-Session-Id"]}


@check("one call, four ways, one episode: the same text each time, and four alike lines in the trajectory")
async def _():
    created = episode("echo")
    arguments = {"message": "the same"}
    request = {"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "echo_message", "arguments": arguments}}
    by_mcp = http("POST", created["mcp_url"], request, mcp_session(created["mcp_url"]))[2]["result"]
    by_dialect = http("POST", created["base_url"] + "/mcp", request)[2]["result"]
    by_http = http("POST", created["base_url"] + "/step", {"action": {"type": "call_tool", "tool_name": "echo_message", "arguments": arguments}}, JSON)[2]
    async with socket(created["base_url"].replace("http", "ws", 1) + "/ws") as ws:
        by_socket = (await ask(ws, call("the same")))["data"]
        equal((await ask(ws, {"type": "state"}))["data"]["step_count"], 4)
    texts = [result["content"][0]["text"] for result in (by_mcp, by_dialect, by_http["observation"]["result"], by_socket["observation"]["result"])]
    equal(texts, ["the same"] * 4)
    lines = [json.loads(line) for line in http("GET", f"/episodes/{created['episode_id']}/trajectory")[2].strip().split("\n")]
    steps = [line for line in lines if line["type"] == "step"]
    equal([line["face"] for line in steps], ["mcp", "jsonrpc", "http", "ws"])
    equal(len({tuple(line) for line in steps}), 1, "the keys of the lines")
    equal(len({json.dumps(line["observation"]) for line in steps}), 1, "the observations")
    equal([line["step"] for line in steps], [1, 2, 3, 4])
    for key in ("episode_id", "run", "step", "time", "face", "tool", "arguments", "observation", "reward", "done", "outcome", "code", "policy", "millis"):
        assert key in steps[0], key


@check("the trainer sees steps and reward of what the agent did on mcp_url")
async def _():
    created = episode("echo")
    headers = mcp_session(created["mcp_url"])
    for message in ("a", "b", "c"):
        http("POST", created["mcp_url"], {"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "echo_message", "arguments": {"message": message}}}, headers)
    equal(http("GET", created["base_url"] + "/state")[2]["step_count"], 3)
    status = http("GET", f"/episodes/{created['episode_id']}")[2]
    equal((status["step_count"], status["reward_sum"], status["status"]), (3, 0.0, "open"))
    equal(http("GET", "/episodes")[0], 200)


@check("bodies of POST /episodes that do not fit are 400, an unknown environment 404, a name twice 409")
async def _():
    for body in (b"", b"[]", b"{", b'{"env":5}', b'{"env":"echo","x":1}', b'{"env":"echo","seed":-1}', b'{"env":"echo","ttl":0}', b'{"env":"echo","episode_id":""}', b'{"env":"echo","episode_id":"' + b"x" * 256 + b'"}'):
        status, _, answer = http("POST", "/episodes", body)
        equal((status, answer["code"]), (400, "bad_request"), body)
    equal(http("POST", "/episodes", {"env": "nowhere"})[0], 404)
    name = f"twice-{time.time_ns()}"
    episode("echo", episode_id=name)
    equal(http("POST", "/episodes", {"env": "echo", "episode_id": name})[0], 409)
    equal(http("DELETE", f"/episodes/{name}")[0], 204)
    equal(http("GET", f"/episodes/{name}")[2]["status"], "closed")
    equal(http("DELETE", f"/episodes/{name}")[0], 204)
    episode("echo", episode_id=name)
    equal(http("GET", "/episodes/unknown")[0], 404)


@check("a guessed capability is not found, and a closed episode says that it is over")
async def _():
    equal(http("GET", "/e/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/state")[0], 404)
    created = episode("echo")
    http("DELETE", f"/episodes/{created['episode_id']}")
    answer = http("POST", created["base_url"] + "/step", {"action": {"tool_name": "echo_message", "arguments": {"message": "x"}}}, JSON)[2]
    equal(answer["metadata"]["stepgate"]["outcome"], "episode_over")


async def play(number, steps):
    async with socket("/envs/echo/ws") as ws:
        await ask(ws, {"type": "reset", "data": {"episode_id": f"n{number}"}})
        for step in range(steps):
            message = f"{number}-{step}"
            reply = await ask(ws, call(message))
            equal(reply["data"]["observation"]["result"]["data"], message)
        state = (await ask(ws, {"type": "state"}))["data"]
        equal(state, {"episode_id": f"n{number}", "step_count": steps})


@check("256 sessions at once, 50 steps each, all right and none mixed up", 120)
async def _():
    before = in_use("echo")
    await asyncio.gather(*(play(number, 50) for number in range(256)))
    await asyncio.sleep(0.5)
    equal(in_use("echo"), before, "slots afterwards")


@check("1,000 sessions at once, 5 steps each", 180)
async def _():
    if not FULL:
        raise Skip("runs with --full")
    await asyncio.gather(*(play(number, 5) for number in range(1000)))


class Wire:
    """A TCP path to the gateway that can be cut without a word: no FIN and no reset ever arrives."""

    async def __aenter__(self):
        host, port = URL.removeprefix("http://").split(":")
        self.target = (host, int(port))
        self.cut = asyncio.Event()
        self.tasks = []
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def accept(self, reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(*self.target)
        self.kept = (writer, upstream_writer)
        self.tasks += [asyncio.create_task(self.copy(reader, upstream_writer)), asyncio.create_task(self.copy(upstream_reader, writer))]

    async def copy(self, reader, writer):
        while not self.cut.is_set():
            data = await reader.read(65536)
            if not data or self.cut.is_set():
                return
            writer.write(data)
            await writer.drain()

    async def __aexit__(self, *_):
        for task in self.tasks:
            task.cancel()
        for writer in self.kept:
            writer.transport.abort()
        self.server.close()


@check("a client that vanishes without a word frees its slot within 45 s", 70)
async def _():
    before = in_use("tiny")
    async with Wire() as wire:
        ws = await websockets.connect(f"ws://127.0.0.1:{wire.port}/envs/tiny/ws", ping_interval=None)
        await ask(ws, {"type": "reset"})
        equal(in_use("tiny"), before + 1)
        wire.cut.set()
        started = time.monotonic()
        while in_use("tiny") > before:
            assert time.monotonic() - started < 45, "the slot is still taken"
            await asyncio.sleep(0.5)


@check("a client that is killed frees its slot")
async def _():
    before = in_use("tiny")
    script = ("import asyncio, json, sys, websockets\n"
              "async def main():\n"
              "    async with websockets.connect(sys.argv[1]) as ws:\n"
              "        await ws.send('{\"type\":\"reset\"}'); await ws.recv(); print('ready', flush=True); await asyncio.sleep(60)\n"
              "asyncio.run(main())\n")
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", script, WS + "/envs/tiny/ws", stdout=asyncio.subprocess.PIPE)
    await asyncio.wait_for(child.stdout.readline(), 20)
    equal(in_use("tiny"), before + 1)
    child.kill()
    await child.wait()
    for _ in range(100):
        if in_use("tiny") == before:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the slot is still taken")


@check("production has no lifecycle")
async def _():
    url = os.environ.get("STEPGATE_PRODUCTION_URL")
    if not url:
        raise Skip("no gateway in production mode was given by STEPGATE_PRODUCTION_URL")
    for method, path in (("POST", "reset"), ("POST", "step"), ("GET", "state")):
        equal(http(method, f"{url}/envs/echo/{path}", b"{}" if method == "POST" else None, JSON)[::2], (404, {"detail": "Not Found"}), path)
    async with socket(url.replace("http", "ws", 1) + "/envs/echo/ws") as ws:
        for frame in ({"type": "reset"}, {"type": "state"}):
            equal(error(await ask(ws, frame)), "EXECUTION_ERROR")
        reply = await ask(ws, call("p"))
        equal((reply["data"]["observation"]["result"]["data"], reply["data"]["reward"], reply["data"]["done"]), ("p", None, False))


@check("an image started by an engine answers on port 8000")
async def _():
    raise Skip("needs a container engine")


sys.exit(asyncio.run(check.run()))
