"""Unmodified OpenEnv clients against the gateway. Run by a Python that has one of the OpenEnv packages."""

import asyncio
import importlib.metadata
import json
import os
import subprocess
import sys

from harness import JSON, URL, Checks, Skip, environments, episode, equal, http, in_use, needs


def installed():
    for name in ("openenv", "openenv-core"):
        try:
            return f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    raise SystemExit("no OpenEnv package")


VERSION = installed()
check = Checks(VERSION)

from openenv.core.generic_client import GenericEnvClient  # noqa: E402
from openenv.core.mcp_client import MCPToolClient  # noqa: E402

CALL = {"type": "call_tool", "tool_name": "echo_message", "arguments": {"message": "hi"}}


@check("GenericEnvClient resets, steps and reads the state of echo")
async def _():
    async with GenericEnvClient(base_url=f"{URL}/envs/echo") as env:
        first = await env.reset(seed=7, episode_id="E9")
        equal((first.reward, first.done), (0.0, False), "reset")
        result = await env.step(CALL)
        equal(result.observation["result"]["data"], "hi", "data")
        equal((result.reward, result.done), (None, False), "step")
        state = await env.state()
        equal((state["episode_id"], state["step_count"]), ("E9", 1), "state")
        await env.reset()
        equal((await env.state())["step_count"], 0, "step count after a reset")


@check("GenericEnvClient in its synchronous form")
async def _():
    def play():
        with GenericEnvClient(base_url=f"{URL}/envs/echo").sync() as env:
            env.reset()
            return env.step(CALL).observation["result"]["data"], env.state()["step_count"]

    equal(await asyncio.to_thread(play), ("hi", 1))


@check("GenericEnvClient plays files")
async def _():
    needs("files")
    async with GenericEnvClient(base_url=f"{URL}/envs/files") as env:
        await env.reset()

        async def call(tool, **arguments):
            return await env.step({"type": "call_tool", "tool_name": tool, "arguments": arguments})

        await call("write_file", path="/workspace/a", content="inside")
        equal((await call("read_text_file", path="/workspace/a")).observation["result"]["content"][0]["text"], "inside")
        refused = await call("read_text_file", path="/etc/passwd")
        equal(refused.observation["error"]["error_type"], "invalid_args")
        await env.reset()
        listing = await call("list_directory", path="/workspace")
        equal(listing.observation["result"]["content"][0]["text"], "", "the workspace after a reset")
        equal((await env.state())["step_count"], 1)


@check("MCPToolClient lists and calls echo")
async def _():
    async with MCPToolClient(base_url=f"{URL}/envs/echo") as env:
        await env.reset()
        tools = await env.list_tools()
        equal([tool.name for tool in tools], ["echo_message", "echo_with_length"])
        assert all(tool.description for tool in tools)
        equal(tools[0].input_schema["required"], ["message"])
        equal(await env.call_tool("echo_message", message="hello"), "hello", "call_tool")
        equal(await env.call_tool("echo_with_length", message="häß"), {"message": "häß", "length": 3})
        state = await env.state()
        equal(state.step_count, 2)


@check("MCPToolClient raises for a tool that does not exist and for bad arguments")
async def _():
    async with MCPToolClient(base_url=f"{URL}/envs/echo") as env:
        await env.reset()
        for name, arguments in (("nosuch", {}), ("echo_message", {"message": 5}), ("echo_message", {})):
            try:
                await env.call_tool(name, **arguments)
            except Exception:  # noqa: BLE001 - the client raises RuntimeError or its own
                continue
            raise AssertionError(f"{name} {arguments} did not raise")
        equal(await env.call_tool("echo_message", message="still here"), "still here")


@check("MCPToolClient by its other transport")
async def _():
    env = MCPToolClient(base_url=f"{URL}/envs/echo")
    env.use_production_mode = not env.use_production_mode
    async with env:
        await env.reset()
        equal([tool.name for tool in await env.list_tools()], ["echo_message", "echo_with_length"])
        equal(await env.call_tool("echo_message", message="x"), "x")


@check("MCPToolClient plays files, text-only results included")
async def _():
    needs("files")
    async with MCPToolClient(base_url=f"{URL}/envs/files") as env:
        await env.reset()
        assert any(tool.name == "list_directory" for tool in await env.list_tools())
        await env.call_tool("write_file", path="/workspace/n", content="plain words")
        value = await env.call_tool("read_text_file", path="/workspace/n")
        assert value is not None and "plain words" in json.dumps(value)


@check("a closed client leaves no slot behind")
async def _():
    before = in_use("tiny")
    async with MCPToolClient(base_url=f"{URL}/envs/tiny") as env:
        await env.reset()
        equal(in_use("tiny"), before + 1)
    for _ in range(50):
        if in_use("tiny") == before:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the slot is still taken")


@check("an episode's base_url serves an unmodified client, and outlives it")
async def _():
    created = episode("echo", seed=3)
    async with GenericEnvClient(base_url=created["base_url"]) as env:
        await env.step(CALL)
        equal((await env.state())["step_count"], 1)
    async with GenericEnvClient(base_url=created["base_url"]) as env:
        equal((await env.state())["step_count"], 1, "after attaching again")
    equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)


@check("AutoEnv with skip_install")
async def _():
    try:
        from openenv.auto.auto_env import AutoEnv
    except ImportError as absent:
        raise Skip(f"this version has none: {absent}")
    env = await asyncio.to_thread(AutoEnv.from_env, "echo", base_url=f"{URL}/envs/echo", skip_install=True)
    async with env:
        await env.reset()
        equal((await env.step(CALL)).observation["result"]["data"], "hi")


def validate(name):
    @check(f"openenv validate passes 6 of 6 on {name}")
    async def _():
        needs(name)
        command = [os.path.join(os.path.dirname(sys.executable), "openenv"), "validate", "--url", f"{URL}/envs/{name}", "--json"]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)
        report = json.loads(done.stdout[done.stdout.index("{"):])
        equal((report["passed"], report["summary"]["passed_count"], report["mode"]), (True, 6, "simulation"), done.stdout[-400:])
        equal(done.returncode, 0)


for name in environments():
    validate(name)


sys.exit(asyncio.run(check.run()))
