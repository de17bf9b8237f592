"""Episodes with URLs of their own: one call by four ways, and an agent who sees nothing of the trainer's plane."""

import asyncio
import json
import re
import sys
import time

from harness import JSON, Checks, episode, equal, exchange, http, in_use
from peer import ask, call, mcp_session, refused_handshake, request, socket, state, websocket

check = Checks("episodes")


@check("one call, four ways, one episode: the same text each time, and four alike lines in the trajectory")
async def _():
    created = episode("echo")
    arguments = {"message": "the same"}
    message = request("tools/call", name="echo_message", arguments=arguments)
    by_mcp = http("POST", created["mcp_url"], message, mcp_session(created["mcp_url"]))[2]["result"]
    by_dialect = http("POST", created["base_url"] + "/mcp", message)[2]["result"]
    by_http = http("POST", created["base_url"] + "/step", {"action": {"type": "call_tool", "tool_name": "echo_message", "arguments": arguments}}, JSON)[2]
    async with socket(websocket(created["base_url"]) + "/ws") as ws:
        by_socket = (await ask(ws, call("the same")))["data"]
        equal((await state(ws))["step_count"], 4)
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
        http("POST", created["mcp_url"], request("tools/call", name="echo_message", arguments={"message": message}), headers)
    equal(http("GET", created["base_url"] + "/state")[2]["step_count"], 3)
    async with socket(websocket(created["base_url"]) + "/ws") as ws:
        equal((await state(ws))["step_count"], 3, "state on the trainer's socket")
    status = http("GET", f"/episodes/{created['episode_id']}")[2]
    equal((status["step_count"], status["reward_sum"], status["status"]), (3, 0.0, "open"))
    assert created["episode_id"] in [entry["episode_id"] for entry in http("GET", "/episodes")[2]["episodes"]]


@check("no byte that the agent gets speaks of reward, done, state or steps")
async def _():
    created = episode("echo")
    headers = mcp_session(created["mcp_url"])
    calls = [request("tools/list"), request("tools/call", name="echo_message", arguments={"message": "m"}),
             request("tools/call", name="echo_message", arguments={}), request("tools/call", name="nosuch", arguments={}), request("ping"), request("reset")]
    for how in (headers, JSON):
        texts = [exchange("POST", created["mcp_url"], message, how)[2] for message in calls]
        assert "echo_message" in texts[0] and '"m"' in texts[1], "the agent gets its tools and its result"
        text = " ".join(texts)
        found = re.findall(r'"(reward|done|state|step_count|episode_id|reward_sum)"\s*:', text)
        equal(found, [], "keys of the control plane")


@check("the agent's capability opens no control route")
async def _():
    created = episode("echo")
    capability = created["mcp_url"].removesuffix("/mcp")
    routes = [("POST", "reset"), ("POST", "step"), ("GET", "state"), ("GET", "ws"), ("GET", "schema"), ("GET", "metadata"), ("GET", "health"),
              ("GET", "openapi.json"), ("GET", "trajectory"), ("GET", "list_environments"), ("POST", "echo/tasks"), ("DELETE", "")]
    for method, route in routes:
        body = b"{}" if method == "POST" else None
        equal(exchange(method, f"{capability}/{route}", body, JSON)[0], 403, f"{method} /{route}")
    equal(await refused_handshake(websocket(capability) + "/ws"), 403, "the socket of the control plane")
    for method in ("openenv/session/create", "openenv/session/close", "reset", "state"):
        equal(http("POST", created["mcp_url"], request(method))[2]["error"]["code"], -32601, method)
    equal(http("GET", created["base_url"] + "/state")[2]["step_count"], 0, "steps afterwards")


@check("paths that climb out of mcp_url reach nothing")
async def _():
    created = episode("echo")
    for path in ("/../state", "/../../state", "/%2e%2e/state", "/./../state", "//state", "/;/../state", "/state"):
        assert exchange("GET", created["mcp_url"] + path)[0] in (400, 403, 404), path


@check("two sockets on one base_url share its episode, and losing both does not end it")
async def _():
    created = episode("echo")
    path = websocket(created["base_url"]) + "/ws"
    async with socket(path) as one, socket(path) as two:
        await ask(one, call("first"))
        await ask(two, call("second"))
        equal([(await state(ws))["step_count"] for ws in (one, two)], [2, 2])
        reset = await ask(one, {"type": "reset", "data": {"episode_id": "second-run"}})
        equal(reset["type"], "observation")
        equal(await state(two), {"episode_id": "second-run", "step_count": 0})
        await one.send('{"type":"close"}')
    async with socket(path) as later:
        await ask(later, call("third"))
    lines = [json.loads(line) for line in http("GET", f"/episodes/{created['episode_id']}/trajectory")[2].strip().split("\n")]
    equal([(line["run"], line["step"]) for line in lines if line["type"] == "step"], [(0, 1), (0, 2), (1, 1)])


@check("session methods on an episode's base_url answer with the episode itself and take no slot")
async def _():
    created = episode("echo")
    before = in_use("echo")
    own = http("POST", created["base_url"] + "/mcp", request("openenv/session/create"))[2]["result"]["session_id"]
    equal((own, in_use("echo")), (created["episode_id"], before))
    http("POST", created["base_url"] + "/mcp", request("openenv/session/close", session_id=own))
    equal(http("GET", f"/episodes/{created['episode_id']}")[2]["status"], "open")


@check("an episode that names its tools offers no other one on any face")
async def _():
    status, _, created = http("POST", "/episodes", {"env": "echo", "tools": ["echo_message"]})
    equal(status, 201)
    by_mcp = http("POST", created["mcp_url"], request("tools/list"), mcp_session(created["mcp_url"]))[2]["result"]["tools"]
    by_dialect = http("POST", created["base_url"] + "/mcp", request("tools/list"))[2]["result"]["tools"]
    async with socket(websocket(created["base_url"]) + "/ws") as ws:
        by_step = (await ask(ws, {"type": "step", "data": {"type": "list_tools"}}))["data"]["observation"]["tools"]
        hidden = (await ask(ws, call("x", "echo_with_length")))["data"]["observation"]["error"]
    equal([[tool["name"] for tool in tools] for tools in (by_mcp, by_dialect, by_step)], [["echo_message"]] * 3)
    equal(hidden, {"error_type": "tool_not_found", "message": "Unknown tool: 'echo_with_length'"})


@check("an episode that was given a budget spends no more in a run")
async def _():
    created = http("POST", "/episodes", {"env": "echo", "budget": {"calls": 2}})[2]
    async with socket(websocket(created["base_url"]) + "/ws") as ws:
        for _ in range(2):
            codes = []
            for _ in range(3):
                observation = (await ask(ws, call("x")))["data"]["observation"]
                codes.append((observation.get("error") or {}).get("error_type"))
            equal(codes[:2] + [bool(codes[2])], [None, None, True])
            await ask(ws, {"type": "reset", "data": {}})


@check("bodies of POST /episodes that do not fit are 400, an unknown environment 404, a name twice 409")
async def _():
    for body in (b"", b"[]", b"{", b'{"env":5}', b'{"env":"echo","x":1}', b'{"env":"echo","seed":-1}', b'{"env":"echo","ttl":0}', b'{"env":"echo","tools":["none"]}', b'{"env":"echo","tools":"echo_message"}', b'{"env":"echo","budget":{"calls":-1}}', b'{"env":"echo","budget":{"x":1}}', b'{"env":"echo","episode_id":""}', b'{"env":"echo","episode_id":"' + b"x" * 256 + b'"}'):
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


sys.exit(asyncio.run(check.run()))
