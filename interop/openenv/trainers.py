"""How the trainers use OpenEnv's client, in a few lines each: what their guides and integrations show, without the trainer.

Only the shape of each loop is taken over. TRL itself runs in the suite `trl`; the others need a GPU.
"""

import asyncio
import re
import sys
from concurrent.futures import ThreadPoolExecutor

from fastmcp import Client
from openenv import GenericEnvClient
from openenv.core.mcp_client import MCPToolClient

from harness import URL, Checks, episode, equal, http, in_use, slots_fall_to

check = Checks("trainers")
ECHO = f"{URL}/envs/echo"


def said(message, tool="echo_message"):
    return {"type": "call_tool", "tool_name": tool, "arguments": {"message": message}}


@check("as in SkyRL: an action in tags, one client for a rollout, an exception scored -1")
async def _():
    class Env:
        def __init__(self):
            self.client = GenericEnvClient(base_url=ECHO).sync()
            self.client.connect()
            self.client.reset()

        def step(self, text):
            action = re.search(r"<action>(.*?)</action>", text, re.DOTALL)
            if action is None:
                return "no action", -1.0
            try:
                result = self.client.step(said(action.group(1)))
                return result.observation["result"]["data"], result.reward
            except Exception as failed:  # noqa: BLE001 - what the integration does
                return str(failed), -1.0

        def close(self):
            self.client.close()

    def rollout(number):
        env = Env()
        seen = [env.step(f"I say <action>{number}.{turn}</action>")[0] for turn in range(5)]
        bad = env.step("nothing to say")[1]
        env.close()
        return seen, bad

    before = in_use("echo")
    with ThreadPoolExecutor(16) as threads:
        for number, (seen, bad) in enumerate(await asyncio.to_thread(lambda: list(threads.map(rollout, range(32))))):
            equal((seen, bad), ([f"{number}.{turn}" for turn in range(5)], -1.0))
    await slots_fall_to("echo", before)


@check("as in verl: one MCP session for every single call, by FastMCP's client, on an episode's mcp_url")
async def _():
    created = episode("echo")
    for turn in range(10):
        async with Client(created["mcp_url"]) as client:
            names = [tool.name for tool in await client.list_tools()]
            equal(sorted(names), ["echo_message", "echo_with_length"])
            result = await client.call_tool("echo_message", {"message": str(turn)})
            equal(result.content[0].text, str(turn))
    equal(http("GET", f"/episodes/{created['episode_id']}")[2]["step_count"], 10, "all calls are steps of the one episode")
    equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)


@check("as in torchforge: play a game until it is done, many at once, a client for each game")
async def _():
    async def game(number):
        async with GenericEnvClient(base_url=f"{URL}/envs/turns") as env:
            result = await env.reset(seed=number)
            moves = 0
            while not result.done:
                result = await env.step(said(f"{number}.{moves}"))
                equal(result.observation["result"]["data"], f"{number}.{moves}")
                moves += 1
            return moves

    await slots_fall_to("turns", 0)
    equal(await asyncio.gather(*(game(n) for n in range(3))), [3] * 3)  # one slot and a queue: they take turns
    await slots_fall_to("turns", 0)


@check("as in Unsloth: one client for the whole run, reset for each sample, the code of the model plays by itself")
async def _():
    def strategy(seen):
        return f"{len(seen)}"

    def play(client, sample):
        client.reset(seed=sample)
        seen = []
        for _ in range(4):
            result = client.step(said(strategy(seen)))
            seen.append(result.observation["result"]["data"])
        return seen, client.state()["step_count"]

    def run():
        client = GenericEnvClient(base_url=ECHO).sync()
        client.connect()
        try:
            return [play(client, sample) for sample in range(8)]
        finally:
            client.close()

    before = in_use("echo")
    equal(await asyncio.to_thread(run), [(["0", "1", "2", "3"], 4)] * 8)
    await slots_fall_to("echo", before)


@check("as in an agent harness: the agent calls tools by their names while the trainer reads the reward")
async def _():
    created = episode("echo", seed=1)
    async with MCPToolClient(base_url=created["base_url"]) as trainer, Client(created["mcp_url"]) as agent:
        for turn in range(3):
            equal((await agent.call_tool("echo_message", {"message": f"t{turn}"})).content[0].text, f"t{turn}")
        equal((await trainer.state()).step_count, 3)
    status = http("GET", f"/episodes/{created['episode_id']}")[2]
    equal((status["status"], status["step_count"], status["outcome"]), ("open", 3, "ok"))
    equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)


sys.exit(asyncio.run(check.run()))
