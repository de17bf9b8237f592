"""Whose turn it is: the queue for a slot, two clients of one episode at once, tasks, and the same inputs twice."""

import asyncio
import json
import sys

from harness import JSON, Checks, capacity, episode, equal, http, slots_fall_to
from peer import ask, call, closed, error, mcp_session, request, socket, state, websocket

check = Checks("turns")


def agent_call(url, headers, message):
    return http("POST", url, request("tools/call", name="echo_message", arguments={"message": message}), headers)[2]


@check("those who wait for a slot get it in the order in which they came")
async def _():
    await slots_fall_to("turns", 0)
    order = []

    async def client(name):
        async with socket("/envs/turns/ws") as ws:
            equal((await ask(ws, {"type": "reset"}))["type"], "observation", name)
            order.append(name)

    async with socket("/envs/turns/ws") as holder:
        await ask(holder, {"type": "reset"})
        waiting = []
        for name in ("first", "second", "third"):
            waiting.append(asyncio.create_task(client(name)))
            while capacity("turns")["queued"] < len(waiting):
                await asyncio.sleep(0.02)
        equal(capacity("turns"), {"max": 1, "in_use": 1, "queued": 3})
        async with socket("/envs/turns/ws") as fourth:  # there are three places
            equal(error(await ask(fourth, {"type": "reset"})), "CAPACITY_REACHED")
    await asyncio.gather(*waiting)
    equal(order, ["first", "second", "third"])
    await slots_fall_to("turns", 0)


@check("a client that waited in vain is told CAPACITY_REACHED, and one that gave up costs nobody a turn")
async def _():
    await slots_fall_to("turns", 0)
    async with socket("/envs/turns/ws") as holder:
        await ask(holder, {"type": "reset"})
        async with socket("/envs/turns/ws") as patient:
            await patient.send(json.dumps({"type": "reset"}))
            gone = await socket("/envs/turns/ws")
            while capacity("turns")["queued"] < 2:
                await asyncio.sleep(0.02)
            await gone.close()
            while capacity("turns")["queued"] > 1:
                await asyncio.sleep(0.02)
            equal(error(json.loads(await asyncio.wait_for(patient.recv(), 10))), "CAPACITY_REACHED")
            equal(await closed(patient), 1000)
        equal(capacity("turns"), {"max": 1, "in_use": 1, "queued": 0})
        equal((await ask(holder, call("still mine")))["data"]["observation"]["result"]["data"], "still mine")
    await slots_fall_to("turns", 0)


@check("POST /episodes waits for its turn too, and is a 503 in the end")
async def _():
    await slots_fall_to("turns", 0)
    first = episode("turns")
    late = asyncio.create_task(asyncio.to_thread(http, "POST", "/episodes", {"env": "turns"}))
    while capacity("turns")["queued"] < 1:
        await asyncio.sleep(0.02)
    equal(http("DELETE", f"/episodes/{first['episode_id']}")[0], 204)
    status, _, second = await late
    equal(status, 201)
    status, headers, refused = await asyncio.to_thread(http, "POST", "/episodes", {"env": "turns"})
    equal((status, refused["code"], headers["Retry-After"] is not None), (503, "capacity_reached", True))
    equal(http("DELETE", f"/episodes/{second['episode_id']}")[0], 204)


@check("agent and trainer work on one episode: one order of steps, done closes the tools, reset opens them again")
async def _():
    await slots_fall_to("turns", 0)
    created = episode("turns", seed=3)
    headers = mcp_session(created["mcp_url"])
    async with socket(websocket(created["base_url"]) + "/ws") as trainer:
        equal(agent_call(created["mcp_url"], headers, "a")["result"]["content"][0]["text"], "a")
        equal((await ask(trainer, call("b")))["data"]["done"], False)
        equal((await state(trainer))["step_count"], 2)
        agents_last = agent_call(created["mcp_url"], headers, "c")["result"]
        equal((agents_last["content"][0]["text"], "done" in json.dumps(agents_last)), ("c", False))
        over = agent_call(created["mcp_url"], headers, "d")["result"]
        equal((over["isError"], over["_meta"]["dev.stepgate/outcome"]), (True, "episode_over"))
        late = (await ask(trainer, call("e")))["data"]
        equal((late["metadata"]["stepgate"]["outcome"], late["observation"]["error"]["error_type"]), ("episode_over", "execution_error"))
        equal(http("GET", f"/episodes/{created['episode_id']}")[2]["status"], "done")
        equal((await ask(trainer, {"type": "reset", "data": {"seed": 4}}))["data"]["done"], False)
        equal(agent_call(created["mcp_url"], headers, "f")["result"]["content"][0]["text"], "f", "the agent's session goes on, in a clean world")
        equal((await state(trainer))["step_count"], 1)
    lines = [json.loads(line) for line in http("GET", f"/episodes/{created['episode_id']}/trajectory")[2].strip().split("\n")]
    equal([(line["type"], line["run"], line.get("step")) for line in lines if line["type"] == "step"],
          [("step", 0, 1), ("step", 0, 2), ("step", 0, 3), ("step", 1, 1)])
    equal([line["code"] for line in lines if line["type"] == "refused"], ["episode_over"] * 2)
    equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)


@check("many clients of one episode at once get each their own answer, and every step its own number")
async def _():
    created = episode("echo")
    url = websocket(created["base_url"]) + "/ws"

    async def trainer(name):
        async with socket(url) as ws:
            for turn in range(20):
                equal((await ask(ws, call(f"{name}.{turn}")))["data"]["observation"]["result"]["data"], f"{name}.{turn}")

    def agent(name):
        headers = mcp_session(created["mcp_url"])
        for turn in range(20):
            equal(agent_call(created["mcp_url"], headers, f"{name}.{turn}")["result"]["content"][0]["text"], f"{name}.{turn}")

    await asyncio.gather(*(trainer(f"t{n}") for n in range(4)), *(asyncio.to_thread(agent, f"a{n}") for n in range(4)))
    lines = [json.loads(line) for line in http("GET", f"/episodes/{created['episode_id']}/trajectory")[2].strip().split("\n")]
    equal(sorted(line["step"] for line in lines if line["type"] == "step"), list(range(1, 161)))
    equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)


@check("the same inputs give the same transcript twice, and what a reset does not know is told")
async def _():
    async def transcript():
        said = []
        async with socket("/envs/echo/ws") as ws:
            for frame in ({"type": "reset", "data": {"seed": 11, "episode_id": "same", "difficulty": 3}}, {"type": "step", "data": {"type": "list_tools"}},
                          call("one"), call("two", "echo_with_length"), call("x", "nosuch"), {"type": "step", "data": {"tool_name": "echo_message", "arguments": {}}}, {"type": "state"}):
                said.append(json.dumps(await ask(ws, frame)))
        return said

    first, second = await transcript(), await transcript()
    equal(first, second)
    equal(json.loads(first[0])["data"]["metadata"]["stepgate"]["ignored"], ["difficulty"])
    equal(json.loads(first[-1])["data"]["episode_id"], "same")


@check("the task routes serve a manifest's tasks as a 0.10 server would")
async def _():
    def post(route, body):
        return http("POST", f"/envs/turns/{route}", body, JSON)[::2]

    equal(http("GET", "/envs/turns/list_environments")[2], ["turns"])
    equal(http("GET", "/envs/turns/Turns/splits")[2], [{"name": "train", "type": "train"}, {"name": "test", "type": "test"}, {"name": "holdout", "type": "validation"}])
    status, listed = post("turns/tasks", {"split": "train"})
    equal((status, listed["env_name"], [task["id"] for task in listed["tasks"]]), (200, "turns", ["hello", "again", "last"]))
    equal(post("turns/num_tasks", {"split": "test"}), (200, {"num_tasks": 1}))
    equal(post("turns/task", {"split": "train", "index": 1}), (200, {"task": {"id": "again", "split": "train", "say": "again", "difficulty": 2}}))
    for bounds, expected in (({}, ["hello", "again", "last"]), ({"start": 1}, ["again", "last"]), ({"stop": -1}, ["hello", "again"]), ({"start": None, "stop": 99}, ["hello", "again", "last"]), ({"start": 2, "stop": 1}, [])):
        equal([task["id"] for task in post("turns/task_range", {"split": "train", **bounds})[1]["tasks"]], expected, bounds)
    equal(post("turns/task", {"split": "train", "index": 3}), (400, {"detail": "Invalid task index"}))
    equal(post("turns/tasks", {"split": "nosuch"})[0], 400)
    equal(post("other/tasks", {"split": "train"}), (404, {"detail": "unknown environment 'other'"}))
    for body, kind in (({}, "missing"), ({"split": 1}, "string_type"), ({"split": "train", "x": 1}, "extra_forbidden")):
        status, answer = post("turns/tasks", body)
        equal((status, answer["detail"][0]["type"]), (422, kind), body)
    equal(http("GET", "/envs/turns/turns/tasks")[0], 405)
    equal(http("GET", "/envs/echo/echo/splits")[::2], (501, {"detail": "list_splits is not supported for this environment"}))
    await slots_fall_to("turns", 0)
    created = episode("turns")
    equal(http("GET", created["mcp_url"].removesuffix("/mcp") + "/list_environments")[0], 403, "an agent has no tasks")
    equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)


@check("POST /episodes takes a task by its id or its place, and refuses one that is not there")
async def _():
    for task in ("again", {"split": "train", "index": 1}):
        created = episode("turns", task=task)
        equal(created["reset"]["done"], False)
        equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)
        await slots_fall_to("turns", 0)
    for task in ("nosuch", {"split": "train", "index": 9}, {"split": "x", "index": 0}, {"index": 0}, 5, []):
        equal(http("POST", "/episodes", {"env": "turns", "task": task})[0], 400, task)
    equal(http("POST", "/episodes", {"env": "echo", "task": "again"})[0], 400, "an environment without tasks")


sys.exit(asyncio.run(check.run()))
