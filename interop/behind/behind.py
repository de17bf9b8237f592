"""OpenEnv environments behind the gateway, played by unmodified OpenEnv clients: the same as without it."""

import asyncio
import importlib.metadata
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "openenv"))

from harness import URL, WS, Checks, environments, episode, equal, http, in_use, slots_fall_to  # noqa: E402
from peer import ask, rpc, socket  # noqa: E402
from openenv.core.generic_client import GenericEnvClient  # noqa: E402
from openenv.core.mcp_client import MCPToolClient  # noqa: E402

try:
    VERSION = "openenv " + importlib.metadata.version("openenv")
except importlib.metadata.PackageNotFoundError:
    VERSION = "openenv-core " + importlib.metadata.version("openenv-core")
NEWER = VERSION.startswith("openenv 0.1")
check = Checks(VERSION)

COUNTER = os.environ["COUNTER_URL"]
GUESS = os.environ["GUESS_URL"]
CORE = os.environ["CORE_URL"]  # the counter on openenv-core 0.3.0
COUNTERS = ["counter-url", "counter"]
GUESSES = ["guess-url", "guess"]
ALL = ["counter", "counter-core", "counter-url", "guess", "guess-url"]


def env(name):
    return f"{URL}/envs/{name}"


def add(amount):
    return {"type": "call_tool", "tool_name": "add", "arguments": {"amount": amount}}


def plain(metadata):
    return {key: value for key, value in (metadata or {}).items() if key != "stepgate"}


def seen(result):
    """What a trainer gets of a step; the gateway's own notes are the one thing that is added."""
    observation = dict(result.observation)
    metadata = plain(observation.pop("metadata", None))
    beside = plain(getattr(result, "metadata", None)) if NEWER else metadata
    return {"observation": observation, "reward": result.reward, "done": result.done, "metadata": metadata, "beside": beside}


async def played(url, actions, resets):
    """One transcript: every reset, then all actions, then the state."""
    transcript = []
    async with GenericEnvClient(base_url=url) as client:
        for reset in resets:
            transcript.append(seen(await client.reset(**reset)))
            for action in actions:
                try:
                    transcript.append(seen(await client.step(action)))
                except RuntimeError as problem:
                    transcript.append(str(problem).replace("tool_error: ", ""))
            transcript.append(await client.state())
    return transcript


async def same(direct, names, actions, resets):
    expected = await played(direct, actions, resets)
    for name in names:
        equal(await played(env(name), actions, resets), expected, name)
    return expected


@check("every environment behind the gateway becomes available", seconds=180)
async def _():
    waiting = ALL
    while waiting:
        found = environments()
        waiting = [name for name in ALL if not found[name]["available"]]
        gone = [found[name]["reason"] for name in waiting if "still being started" not in found[name]["reason"]]
        equal(gone, [], "unavailable")
        await asyncio.sleep(0.5)


@check("the tools of a fronted and of a started server are the same", seconds=90)
async def _():
    async def tools(url):
        async with MCPToolClient(base_url=url) as client:
            return [(tool.name, tool.description, tool.input_schema) for tool in await client.list_tools()]

    expected = await tools(COUNTER)
    equal([name for name, _, _ in expected], ["add", "fail", "big", "hang", "crash", "host"])
    for name in ["counter-url", "counter"]:
        equal(await tools(env(name)), expected, name)
    equal([name for name, _, _ in await tools(env("counter-core"))], [name for name, _, _ in expected])


@check("an MCP-tool environment plays the same through the gateway: rewards, end, extra fields, metadata, state", seconds=150)
async def _():
    resets = [{"seed": 7, "episode_id": "E1"}, {"seed": 8, "episode_id": "E2", "start": 4, "unknown": [1.5]}]
    expected = await same(COUNTER, COUNTERS, [add(2), add(3)], resets)
    equal(expected[0]["observation"], {}, "reset")
    equal((expected[2]["reward"], expected[2]["observation"]["total"]), (0.5, 5), "a step")
    equal(expected[-1], {"episode_id": "E2", "step_count": 2, "total": 9}, "the state")


@check("an environment of openenv-core 0.3.0 plays the same through the gateway", seconds=120)
async def _():
    actions = [add(2), {"type": "call_tool", "tool_name": "fail", "arguments": {}}]
    expected = await same(CORE, ["counter-core"], actions, [{"seed": 7, "episode_id": "C1", "start": 1}])
    equal((expected[1]["reward"], expected[1]["observation"]["total"], expected[1]["metadata"]), (0.3, 3, {}), "a step")


@check("a tool that fails is the same error through the gateway", seconds=90)
async def _():
    actions = [{"type": "call_tool", "tool_name": "fail", "arguments": {}}, add(1)]
    expected = await same(COUNTER, ["counter-url", "counter"], actions, [{"episode_id": "F"}])
    equal(expected[1]["observation"]["error"]["error_type"], "execution_error")


@check("an environment with its own action plays the same through the gateway", seconds=150)
async def _():
    actions = [{"kind": "parity"}, {"kind": "guess", "number": 50, "metadata": {}}, {"kind": "guess", "number": 13}]
    resets = [{"seed": 3, "episode_id": "G1", "upto": 1000}, {"seed": 4, "episode_id": "G2"}]
    expected = await same(GUESS, GUESSES, actions, resets)
    equal(expected[0]["observation"], {"hint": "1 to 1000", "tries": 0}, "reset")
    equal(expected[1]["reward"], -0.1, "reward")
    equal("unlucky" in expected[3], True, "an error of the environment")


@check("done ends the run until it is reset", seconds=60)
async def _():
    async with GenericEnvClient(base_url=env("counter-url")) as client:
        await client.reset()
        last = await client.step(add(10))
        equal((last.reward, last.done), (1.0, True), "the last step")
        over = await client.step(add(1))
        equal(over.observation["metadata"]["stepgate"]["outcome"], "episode_over")
        equal((await client.state())["total"], 10, "the state can still be asked")
        equal((await client.reset()).done, False, "a reset goes on")
        equal((await client.step(add(1))).observation["total"], 1)


@check("MCPToolClient calls tools through the gateway", seconds=90)
async def _():
    for name in ["counter-url", "counter"]:
        async with MCPToolClient(base_url=env(name)) as client:
            await client.reset(start=2)
            equal(await client.call_tool("add", amount=3), 5, name)


@check("a policy refuses a call before it reaches the environment", seconds=60)
async def _():
    async with GenericEnvClient(base_url=env("counter-url")) as client:
        await client.reset()
        refused = await client.step(add(101))
        equal(refused.observation["metadata"]["stepgate"]["code"], "args.constraint")
        equal((await client.state()), (await client.state()) | {"step_count": 0, "total": 0}, "untouched")


@check("an agent plays the native action as a tool and never sees reward or end", seconds=60)
async def _():
    opened = episode("guess-url", seed=3)
    listed = http("POST", opened["mcp_url"], {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})[2]["result"]["tools"]
    equal([tool["name"] for tool in listed], ["guess", "parity", "rewarded"])
    equal("kind" in listed[0]["inputSchema"]["properties"], False, "a fixed field is not the agent's")
    call = {"name": "guess", "arguments": {"number": 50}}
    answer = http("POST", opened["mcp_url"], {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call})[2]["result"]
    equal(sorted(answer["data"]), ["hint", "tries"])
    equal("reward" in str(answer) or "done" in str(answer), False, "nothing of the trainer's")
    status = http("GET", f"/episodes/{opened['episode_id']}")[2]
    equal((status["step_count"], status["reward_sum"]), (1, 0.0), "the trainer's side")


@check("a native action by HTTP, good and bad", seconds=60)
async def _():
    opened = episode("guess-url", seed=3)

    def step(action):
        return http("POST", opened["base_url"] + "/step", {"action": action}, {"Content-Type": "application/json"})

    status, _, body = step({"kind": "parity"})
    equal((status, body["reward"], sorted(body["observation"])), (200, -0.1, ["hint", "metadata", "tries"]))
    equal(step({"kind": "guess", "number": "x"})[0], 422, "arguments")
    equal(step({"kind": "guess", "number": 13})[0], 500, "refused by the environment")
    equal(step({"kind": "none"})[0], 422, "no such action")


@check("rewards true and 3 of an environment pass unchanged; its NaN is null and never a 500", seconds=60)
async def _():
    expected = ["true", "3", "null"]
    async with socket(f"{WS}/envs/guess-url/ws") as ws:
        await ask(ws, {"type": "reset", "data": {}})
        steps = [await ask(ws, {"type": "step", "data": {"kind": "rewarded", "number": n}}) for n in range(3)]
        equal([json.dumps(step["data"]["reward"]) for step in steps], expected, "socket")
    opened = episode("guess-url")
    for number in range(3):
        body = {"action": {"kind": "rewarded", "number": number}}
        status, _, answer = http("POST", opened["base_url"] + "/step", body, {"Content-Type": "application/json"})
        equal((status, json.dumps(answer["reward"])), (200, expected[number]), "HTTP")
    http("DELETE", f"/episodes/{opened['episode_id']}")


@check("the schemas of an environment are its own", seconds=60)
async def _():
    for name, direct in [("counter-url", COUNTER), ("guess-url", GUESS), ("guess", GUESS)]:
        equal(http("GET", f"/envs/{name}/schema")[2], http("GET", direct + "/schema")[2], name)


@check("a frame of 15 MB comes through", seconds=90)
async def _():
    async with GenericEnvClient(base_url=env("counter-url")) as client:
        await client.reset()
        result = await client.step({"type": "call_tool", "tool_name": "big", "arguments": {"size": 5_000_000}})
        equal(len(result.observation["result"]["data"]), 5_000_000)


@check("a server that hangs is a timeout, ends the run, and leaves no shifted answer", seconds=90)
async def _():
    async with socket(f"{WS}/envs/counter-url/ws") as ws:
        await ask(ws, {"type": "reset", "data": {}})
        late = await ask(ws, {"type": "step", "data": {"type": "call_tool", "tool_name": "hang", "arguments": {}}})
        equal(late["data"]["metadata"]["stepgate"]["outcome"], "timeout")
        equal(late["data"]["done"], True, "the run is over")
        after = await ask(ws, {"type": "step", "data": add(1)})
        equal(after["data"]["metadata"]["stepgate"]["outcome"], "episode_over")


@check("a server that dies is an env_error, and the next run has a new one", seconds=120)
async def _():
    async with GenericEnvClient(base_url=env("guess")) as client:
        await client.reset(seed=1)
        try:
            await client.step({"kind": "guess", "number": 666})
            raise AssertionError("the server lives")
        except RuntimeError as problem:
            equal("env_error" in str(problem), True, str(problem))
        equal((await client.reset(seed=1)).observation["hint"], "1 to 100", "a new server")


@check("a started server sees no network and nothing of the machine", seconds=60)
async def _():
    async with GenericEnvClient(base_url=env("counter")) as client:
        await client.reset()
        folders = (await client.step({"type": "call_tool", "tool_name": "host", "arguments": {}})).observation
        equal(folders["result"]["data"], ["bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "srv", "tmp", "usr", "workspace"])


@check("the dialect of POST /mcp calls a tool of a fronted server", seconds=60)
async def _():
    first = rpc("counter-url", "tools/call", name="add", arguments={"amount": 1})["result"]["data"]
    equal(rpc("counter-url", "tools/call", name="add", arguments={"amount": 1})["result"]["data"], first + 1)


@check("all slots come back", seconds=60)
async def _():
    for name in ALL:
        await slots_fall_to(name, 4)
    equal(in_use("guess"), 0)


sys.exit(asyncio.run(check.run()))
