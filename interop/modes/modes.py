"""The same scripts in training, by an unmodified OpenEnv client, and in production, by MCP: every answer must be the same."""

import asyncio
import http.client
import json
import os
import random
import subprocess
import sys
import urllib.parse

sys.path.insert(0, "../openenv")
from harness import Checks, Skip, equal, exchange  # noqa: E402

from openenv.core.generic_client import GenericEnvClient  # noqa: E402

TRAINING, PRODUCTION = os.environ["STEPGATE_TRAINING_URL"], os.environ["STEPGATE_PRODUCTION_URL"]
FULL = os.environ.get("INTEROP_FULL") == "1"
TASKS = 100 if FULL else 12
CALLS = 20_000 if FULL else 1_500
check = Checks("modes")


def text_of(result):
    return "\n".join(block["text"] for block in result.get("content", []) if "text" in block)


class Agent:
    """An MCP session over HTTP."""

    def __init__(self, env):
        target = urllib.parse.urlsplit(PRODUCTION)
        self.path = f"/envs/{env}/mcp"
        self.connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
        self.headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        self.id = 0
        about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "modes", "version": "1"}}
        answer, _ = self.post("initialize", about)
        self.headers |= {"mcp-session-id": answer.getheader("mcp-session-id"), "mcp-protocol-version": "2025-11-25"}

    def post(self, method, params):
        self.id += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params})
        self.connection.request("POST", self.path, body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if (answer.getheader("content-type") or "").startswith("text/event-stream"):
            text = [line[5:].strip() for line in text.splitlines() if line.startswith("data:") and line[5:].strip()][-1]
        return answer, json.loads(text)

    def tools(self):
        return self.post("tools/list", {})[1]["result"]["tools"]

    def call(self, tool, arguments):
        """Outcome, code and text, as an agent in production sees them."""
        _, body = self.post("tools/call", {"name": tool, "arguments": arguments})
        if "error" in body:
            equal(body["error"]["code"], -32602, body)
            return "policy_denied", "tool.unknown", body["error"]["message"]
        result = body["result"]
        for hidden in ("reward", "done", "state"):
            assert hidden not in result and hidden not in result.get("_meta", {}), f"an agent sees {hidden}"
        plain = "tool_error" if result.get("isError") else "ok"
        meta = result.get("_meta", {})
        return meta.get("dev.stepgate/outcome", plain), meta.get("dev.stepgate/code", plain), text_of(result)

    def close(self):
        self.connection.request("DELETE", self.path, headers=self.headers)
        self.connection.getresponse().read()
        self.connection.close()


async def trained(env, tool, arguments):
    """The same, as the trainer's rollout sees them."""
    result = await env.step({"type": "call_tool", "tool_name": tool, "arguments": arguments})
    seen = result.observation
    outcome = seen["metadata"]["stepgate"]
    failure = seen.get("error")
    return outcome["outcome"], outcome["code"], failure["message"] if failure else text_of(seen["result"])


def serves(url, env):
    status, _, body = exchange("GET", f"{url}/envs/{env}")
    entry = json.loads(body)
    if status != 200 or not entry["available"]:
        raise Skip(entry.get("reason") or entry.get("detail"))
    return entry


async def compare(env, scripts):
    """Plays each script once in each mode."""
    calls = 0
    outcomes = {}
    for script in scripts:
        agent = Agent(env)
        async with GenericEnvClient(base_url=f"{TRAINING}/envs/{env}") as rollout:
            await rollout.reset()
            for tool, arguments in script:
                here = await trained(rollout, tool, arguments)
                there = await asyncio.to_thread(agent.call, tool, arguments)
                equal(there, here, f"call {calls} of {env}, {tool} {json.dumps(arguments)[:200]}: in production")
                calls += 1
                outcomes[here[1]] = outcomes.get(here[1], 0) + 1
        agent.close()
    print(f"# {env}: {len(scripts)} scripts, {calls} calls, " + ", ".join(f"{n} {code}" for code, n in sorted(outcomes.items())))
    return outcomes


def workspace_script(number):
    """One of the scripted tasks: a program is written, run, searched, changed, and some calls go wrong."""
    chance = random.Random(number)
    name = chance.choice(["Main.java", "notes.txt", "src/deep/Other.java", "a b.txt"])
    word = chance.choice(["alpha", "beta", "gamma"]) + str(number)
    lines = [f"{word} {chance.randrange(100)}" for _ in range(chance.randrange(1, 30))]
    steps = [
        ("list_files", {}),
        ("read_file", {"path": name}),
        ("write_file", {"path": name, "content": "\n".join(lines) + "\n"}),
        ("read_file", {"path": name, "first_line": 2, "lines": 3}),
        ("search", {"pattern": word}),
        ("edit_file", {"path": name, "old_text": lines[0], "new_text": f"changed {number}"}),
        ("edit_file", {"path": name, "old_text": "nowhere", "new_text": "x"}),
        ("run_command", {"command": f"sort '{name}' | wc -l; echo {word} >&2; exit {chance.randrange(4)}"}),
        ("read_file", {"path": "../../etc/passwd"}),
        ("read_file", {"file": name}),
        ("run_command", {"command": "x" * 10_001}),
        ("delete_everything", {"path": "/"}),
        ("run_tests", {}),
        ("list_files", {"depth": 2}),
    ]
    middle = steps[2:]
    chance.shuffle(middle)
    return steps[:2] + middle[: chance.randrange(6, len(middle) + 1)]


def twin_script(number):
    chance = random.Random(number)
    some = [
        *[lambda: ("add", {"amount": chance.randrange(-1, 7)})] * 5,
        lambda: ("add", {"amount": "many"}),
        lambda: ("fail", {}),
        lambda: ("big", {"size": chance.choice([0, 10, 1999, 2000, 2001])}),
        lambda: ("crash", {}),
        lambda: ("host", {}),
        lambda: ("nothing", {}),
    ]
    return [chance.choice(some)() for _ in range(14)]


def rules_script(seed, calls):
    chance = random.Random(seed)
    words = ["a", "loud", "quiet", "some words", "", "UPPER", "digits 1", "x" * 40, "x" * 41, "\u00e9", "loudly"]
    other = [None, 7, True, [], {}, 1.5]

    def one():
        tool = chance.choices(["echo_message", "echo_with_length", "unknown", "reset", "Echo_Message"], [10, 4, 1, 1, 1])[0]
        arguments = {"message": chance.choice(words) if chance.random() < 0.9 else chance.choice(other)}
        if chance.random() < 0.05:
            arguments["more"] = 1
        if chance.random() < 0.05:
            del arguments["message"]
        return tool, arguments

    return [one() for _ in range(calls)]


@check("the interface is the same in both modes: digest, names, order, descriptions and schemas")
async def _():
    for env in ("workspace", "twin", "rules", "desk"):
        try:
            one, other = serves(TRAINING, env), serves(PRODUCTION, env)
        except Skip:
            if env == "workspace" or env == "desk":
                continue
            raise
        equal((one["mode"], other["mode"]), ("training", "production"))
        assert one["interface"].startswith("sha256:"), one
        equal(other["interface"], one["interface"], env)
        equal(other["tools"], one["tools"], env)
        for url in (TRAINING, PRODUCTION):
            equal(json.loads(exchange("GET", f"{url}/envs/{env}/metadata")[2])["interface"], one["interface"], "in /metadata")
        async with GenericEnvClient(base_url=f"{TRAINING}/envs/{env}") as rollout:
            await rollout.reset()
            listed = (await rollout.step({"type": "list_tools"})).observation["tools"]
        agent = Agent(env)
        named = [{"name": tool["name"], "description": tool.get("description", ""), "input_schema": tool["inputSchema"]} for tool in agent.tools()]
        agent.close()
        equal(json.dumps(named, sort_keys=True), json.dumps(listed, sort_keys=True), env)


@check(f"workspace: {TASKS} scripted tasks are answered alike, call by call", 800)
async def _():
    serves(TRAINING, "workspace")
    outcomes = await compare("workspace", [workspace_script(number) for number in range(TASKS)])
    for expected in ("ok", "tool_error", "args.schema", "tool.unknown"):
        assert expected in outcomes, f"no call came to {expected}"


@check("twin: 100 scripted tasks on an OpenEnv upstream of its own in each mode are answered alike", 400)
async def _():
    outcomes = await compare("twin", [twin_script(number) for number in range(100)])
    for expected in ("ok", "tool_error", "args.schema", "args.constraint", "tool.unknown", "budget.perEpisode", "episode_over"):
        assert expected in outcomes, f"no call came to {expected}"


@check(f"rules: {CALLS} generated calls in each mode come to the same decision and the same text", 800)
async def _():
    outcomes = await compare("rules", [rules_script(seed, 100) for seed in range(CALLS // 100)])
    for expected in ("ok", "args.schema", "args.constraint", "policy.denied", "tool.unknown", "budget.perEpisode", "budget.sameArgs"):
        assert expected in outcomes, f"no call came to {expected}"


@check("an environment that is another in production is refused in both, and the first difference is named")
async def _():
    for url in (TRAINING, PRODUCTION):
        entry = json.loads(exchange("GET", f"{url}/envs/apart")[2])
        equal((entry["available"], entry["interface"], entry["tools"]), (False, None, []))
        equal(entry["reason"], "its interface is not the same in both modes: tool 1 is `echo_message` in training and `add` in production")
    show = [os.environ["STEPGATE"], "env", "show", "--environments", os.environ["MODES_ENVIRONMENTS"], "--diff-modes", "--json"]
    apart = subprocess.run([*show, "apart"], capture_output=True, text=True, timeout=60)
    equal((apart.returncode, json.loads(apart.stdout)["difference"]), (1, "tool 1 is `echo_message` in training and `add` in production"))
    twin = subprocess.run([*show, "twin"], capture_output=True, text=True, timeout=60)
    shown = json.loads(twin.stdout)
    equal((twin.returncode, shown["difference"]), (0, None))
    equal((shown["training"], shown["production"]), (serves(TRAINING, "twin")["interface"],) * 2)


@check("production has no lifecycle: no route, no frame of it, and the socket goes on")
async def _():
    for method, route in (("POST", "reset"), ("POST", "step"), ("GET", "state")):
        equal(exchange(method, f"{PRODUCTION}/envs/twin/{route}", {} if method == "POST" else None)[0], 404, route)
    import websockets

    async with websockets.connect(f"{PRODUCTION.replace('http', 'ws', 1)}/envs/twin/ws", proxy=None) as socket:

        async def ask(frame):
            await socket.send(json.dumps(frame))
            return json.loads(await asyncio.wait_for(socket.recv(), 20))

        for frame in ({"type": "reset", "data": {}}, {"type": "state"}):
            answer = await ask(frame)
            equal((answer["type"], answer["data"]["code"]), ("error", "EXECUTION_ERROR"))
        call = {"type": "call_tool", "tool_name": "add", "arguments": {"amount": 1}}
        answer = (await ask({"type": "step", "data": call}))["data"]
        equal((answer["reward"], answer["done"]), (None, False))


sys.exit(asyncio.run(check.run()))
