"""Unmodified OpenEnv clients against the gateway. Run by a Python that has one of the OpenEnv packages."""

import asyncio
import importlib.metadata
import json
import os
import subprocess
import sys
import types

from harness import URL, Checks, Skip, capacity, environments, episode, equal, http, in_use, needs, slots_fall_to


def installed():
    for name in ("openenv", "openenv-core"):
        try:
            return name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    raise SystemExit("no OpenEnv package")


PACKAGE, VERSION = installed()
NEWER = PACKAGE == "openenv"  # attaches its socket to the HTTP session, drops a socket that timed out, reads metadata
check = Checks(f"{PACKAGE} {VERSION}")

from openenv.cli._validation import validate_running_environment  # noqa: E402
from openenv.core.generic_client import GenericEnvClient  # noqa: E402
from openenv.core.mcp_client import MCPToolClient  # noqa: E402

ECHO = f"{URL}/envs/echo"
CALL = {"type": "call_tool", "tool_name": "echo_message", "arguments": {"message": "hi"}}


def only_newer(what):
    if not NEWER:
        raise Skip(f"{PACKAGE} {VERSION} {what}")


def tool_client(by_step, **more):
    """Both transports exist in both versions; they differ in which one is the default."""
    client = MCPToolClient(**more)
    client.use_production_mode = not by_step
    return client


async def raises(awaitable, expected=Exception):
    try:
        await awaitable
    except expected as problem:
        return str(problem)
    raise AssertionError("nothing was raised")


@check("GenericEnvClient resets, steps and reads the state of echo")
async def _():
    async with GenericEnvClient(base_url=ECHO) as env:
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
        with GenericEnvClient(base_url=ECHO + "/").sync() as env:
            env.reset(seed=1, episode_id="S1")
            data = env.step(CALL).observation["result"]["data"]
            state = env.state()
            return data, state["step_count"], state["episode_id"]

    equal(await asyncio.to_thread(play), ("hi", 1, "S1"))


@check("GenericEnvClient gets the outcome of a step as metadata")
async def _():
    async with GenericEnvClient(base_url=ECHO) as env:
        await env.reset()
        result = await env.step(CALL)
        equal(result.observation["metadata"]["stepgate"]["outcome"], "ok", "in the observation")
        if NEWER:
            equal(result.metadata["stepgate"]["outcome"], "ok", "beside the observation")
        denied = await env.step({**CALL, "tool_name": "nosuch"})
        equal((denied.reward, denied.observation["metadata"]["stepgate"]["outcome"]), (None, "policy_denied"))


@check("GenericEnvClient plays files")
async def _():
    needs("files")
    async with GenericEnvClient(base_url=f"{URL}/envs/files") as env:
        await env.reset(seed=2, episode_id="F1")

        async def call(tool, **arguments):
            return await env.step({"type": "call_tool", "tool_name": tool, "arguments": arguments})

        await call("write_file", path="/workspace/a", content="inside")
        equal((await call("read_text_file", path="/workspace/a")).observation["result"]["content"][0]["text"], "inside")
        refused = await call("read_text_file", path="/etc/passwd")
        equal(refused.observation["error"]["error_type"], "invalid_args")
        equal(await env.state(), {"episode_id": "F1", "step_count": 2}, "a refused call is no step")
        await env.reset()
        listing = await call("list_directory", path="/workspace")
        equal(listing.observation["result"]["content"][0]["text"], "", "the workspace after a reset")
        equal((await env.state())["step_count"], 1)


@check("GenericEnvClient plays files in its synchronous form")
async def _():
    needs("files")

    def play():
        with GenericEnvClient(base_url=f"{URL}/envs/files").sync() as env:
            env.reset()
            for tool, arguments in (("write_file", {"path": "/workspace/b", "content": "x"}), ("list_directory", {"path": "/workspace"})):
                result = env.step({"type": "call_tool", "tool_name": tool, "arguments": arguments})
            return result.observation["result"]["data"]

    assert "[FILE] b" in json.dumps(await asyncio.to_thread(play))


def check_tool_client(by_step):
    way = "through step" if by_step else "through HTTP /mcp"
    attached = by_step or NEWER  # the older one opens a second, unrelated session for its socket

    @check(f"MCPToolClient lists and calls echo {way}")
    async def _():
        async with tool_client(by_step, base_url=ECHO) as env:
            await env.reset()
            tools = await env.list_tools()
            equal([tool.name for tool in tools], ["echo_message", "echo_with_length"])
            assert all(tool.description for tool in tools), "descriptions"
            equal(tools[0].input_schema["required"], ["message"])
            equal(await env.call_tool("echo_message", message="hello"), "hello", "call_tool")
            equal(await env.call_tool("echo_with_length", message="häß"), {"message": "häß", "length": 3})
            if attached:
                equal((await env.state()).step_count, 2)

    @check(f"MCPToolClient keeps its session over resets {way}")
    async def _():
        async with tool_client(by_step, base_url=ECHO) as env:
            for run in range(3):
                await env.reset(episode_id=f"run-{run}")
                equal(await env.call_tool("echo_message", message=f"m{run}"), f"m{run}")
                if attached:
                    state = await env.state()
                    equal((state.episode_id, state.step_count), (f"run-{run}", 1))
            equal(len(await env.list_tools(use_cache=False)), 2)

    @check(f"MCPToolClient raises for an unknown tool and for bad arguments {way}")
    async def _():
        async with tool_client(by_step, base_url=ECHO) as env:
            await env.reset()
            for name, arguments in (("nosuch", {}), ("echo_message", {"message": 5}), ("echo_message", {})):
                assert name in await raises(env.call_tool(name, **arguments), RuntimeError)
            equal(await env.call_tool("echo_message", message="still here"), "still here")

    @check(f"MCPToolClient plays files, text-only results included, {way}")
    async def _():
        needs("files")
        async with tool_client(by_step, base_url=f"{URL}/envs/files") as env:
            await env.reset()
            assert any(tool.name == "list_directory" for tool in await env.list_tools())
            await env.call_tool("write_file", path="/workspace/n", content="plain words")
            value = await env.call_tool("read_text_file", path="/workspace/n")
            assert value is not None and "plain words" in json.dumps(value)

    @check(f"MCPToolClient leaves no slot behind {way}")
    async def _():
        needs("tiny")
        before = in_use("tiny")
        async with tool_client(by_step, base_url=f"{URL}/envs/tiny") as env:
            await env.reset()
            await env.list_tools()
            await env.call_tool("echo_message", message="x")
            equal(in_use("tiny"), before + (1 if attached else 2))
        await slots_fall_to("tiny", before)


check_tool_client(by_step=True)
check_tool_client(by_step=False)


@check("MCPToolClient in its synchronous form and as it comes")
async def _():
    def play():
        with MCPToolClient(base_url=ECHO).sync() as env:
            env.reset()
            return [tool.name for tool in env.list_tools()], env.call_tool("echo_message", message="s")

    equal(await asyncio.to_thread(play), (["echo_message", "echo_with_length"], "s"))


@check("a client over capacity is told so although it sends one second late")
async def _():
    needs("tiny")
    url = f"{URL}/envs/tiny"
    held = [GenericEnvClient(base_url=url) for _ in range(capacity("tiny")["max"] - in_use("tiny"))]
    try:
        for env in held:
            await env.connect()
            await env.reset()
        late = GenericEnvClient(base_url=url)
        await late.connect()
        await asyncio.sleep(1)
        assert "CAPACITY_REACHED" in await raises(late.reset(), RuntimeError)
        await late.close()
    finally:
        for env in held:
            await env.close()
    await slots_fall_to("tiny", capacity("tiny")["max"] - len(held))


@check("an episode's base_url serves an unmodified client, and outlives it")
async def _():
    created = episode("echo", seed=3)
    async with GenericEnvClient(base_url=created["base_url"]) as env:
        await env.step(CALL)
        equal((await env.state())["step_count"], 1)
    async with MCPToolClient(base_url=created["base_url"]) as env:
        equal(await env.call_tool("echo_message", message="again"), "again")
        equal((await env.state()).step_count, 2, "after attaching again")
    equal(http("GET", f"/episodes/{created['episode_id']}")[2]["status"], "open")
    equal(http("DELETE", f"/episodes/{created['episode_id']}")[0], 204)


@check("an Authorization header changes nothing under a capability")
async def _():
    only_newer("has no headers")
    created = episode("echo")
    async with MCPToolClient(base_url=created["base_url"], headers={"Authorization": "Bearer not-a-token"}) as env:
        equal(await env.call_tool("echo_message", message="h"), "h")


@check("a second session of one client is an episode of its own")
async def _():
    only_newer("has no new_session")
    async with GenericEnvClient(base_url=ECHO) as env:
        await env.reset(episode_id="first")
        other = await env.new_session()
        await other.reset(episode_id="second")
        await other.step(CALL)
        equal(await env.state(), {"episode_id": "first", "step_count": 0})


@check("after a client's time-out the next answer belongs to the next request")
async def _():
    needs("slow")
    only_newer("keeps the socket after a time-out and reads the late answer")
    before = in_use("slow")
    env = GenericEnvClient(base_url=f"{URL}/envs/slow", message_timeout_s=5)
    async with env:
        await env.reset()
        env._message_timeout = 0.3
        await raises(env.step({"tool_name": "sleep", "arguments": {"seconds": 1.5}}), TimeoutError)
        env._message_timeout = 20
        result = await env.step({"tool_name": "sleep", "arguments": {"seconds": 0}})
        equal(result.observation["result"]["data"], "slept 0")
    await slots_fall_to("slow", before)


@check("AutoEnv with skip_install")
async def _():
    try:
        from openenv.auto.auto_env import AutoEnv
    except ImportError as absent:
        raise Skip(f"this version has none: {absent}") from absent
    env = await asyncio.to_thread(AutoEnv.from_env, "echo", base_url=ECHO, skip_install=True)
    async with env:
        await env.reset()
        equal((await env.step(CALL)).observation["result"]["data"], "hi")


@check("the observations and states of an episode fit what validate's runtime level asks")
async def _():
    try:
        from openenv.validation.graders.runtime.basic import ObservationSchemaGrader, StateContractGrader
        from openenv.validation.runtime.collector import collect_runtime_evidence
        from openenv.validation.runtime.contracts import RuntimePlan, RuntimeReset
    except ImportError as absent:
        raise Skip(f"this version has none: {absent}") from absent
    plan = RuntimePlan(plan_schema_version="1", reset=RuntimeReset(seed=7, episode_id="graded"), actions=[CALL, CALL])
    evidence = await asyncio.to_thread(collect_runtime_evidence, ECHO, plan, episode_timeout_s=30)
    equal(evidence.failure_reason, None)
    subject = types.SimpleNamespace(runtime_evidence=evidence)
    for grader in (ObservationSchemaGrader(), StateContractGrader()):
        result = await asyncio.to_thread(grader.run, subject)
        equal(result.status.value, "pass", f"{result.check_id} {result.evidence}")


def passes(report, mode="simulation"):
    equal((report["passed"], report["summary"]["passed_count"], report["summary"]["total_count"], report["mode"]), (True, 6, 6, mode), report["summary"])


@check("the command openenv validate --url --json passes 6 of 6 on echo", 120)
async def _():
    command = [os.path.join(os.path.dirname(sys.executable), "openenv"), "validate", "--url", ECHO, "--json"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=110, check=False)
    passes(json.loads(done.stdout[done.stdout.index("{"):]))
    equal(done.returncode, 0)


def check_validation(name):
    # By the function behind the command: a process of its own would spend its time on imports.
    @check(f"validate's probe of a running server passes 6 of 6 on {name}")
    async def _():
        needs(name)
        passes(await asyncio.to_thread(validate_running_environment, f"{URL}/envs/{name}", timeout_s=10))


for name in environments():
    check_validation(name)


def production():
    url = os.environ.get("STEPGATE_PRODUCTION_URL")
    if not url:
        raise Skip("no gateway in production mode was given by STEPGATE_PRODUCTION_URL")
    return url


@check("MCPToolClient plays in production, where only its reset and state raise")
async def _():
    async with MCPToolClient(base_url=f"{production()}/envs/echo") as env:
        equal([tool.name for tool in await env.list_tools()], ["echo_message", "echo_with_length"])
        equal(await env.call_tool("echo_message", message="p"), "p")
        for refused in (env.reset, env.state):
            assert "EXECUTION_ERROR" in await raises(refused(), RuntimeError)
        equal(await env.call_tool("echo_message", message="still"), "still")


@check("validate's probe takes every environment of a gateway in production mode for one in production", 90)
async def _():
    url = production()
    served = [entry["name"] for entry in http("GET", f"{url}/envs")[2]["environments"] if entry["available"]]
    assert "echo" in served, served
    for name in served:
        passes(await asyncio.to_thread(validate_running_environment, f"{url}/envs/{name}", timeout_s=20), "production")


sys.exit(asyncio.run(check.run()))
