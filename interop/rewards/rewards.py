"""A batch of rollouts in groups, as GRPO makes it, with calls that are denied, fail, hang and kill their environment."""

import asyncio
import json
import sys

sys.path.insert(0, "../openenv")
from harness import URL, Checks, equal, exchange  # noqa: E402

from openenv.core.generic_client import GenericEnvClient  # noqa: E402

check = Checks("rewards")
GROUPS = 2
STARTS = asyncio.Semaphore(3)  # each starts a Python server, on a machine of few processors
NOT_KNOWN = None

ADD = lambda amount: ("add", {"amount": amount})  # noqa: E731
ROLLOUTS = {
    # name: (calls, what each comes to, what each earns); the sums so far of the environment are 0.4, 0.8 and 1.0
    "good": (
        [ADD(4), ADD(4), ADD(2)],
        ["ok", "ok", "ok"],
        [0.5 * 0.4 - 0.01, 0.5 * 0.4 - 0.01, 0.5 * 0.2 + 0.5 - 0.01],
    ),
    "costly": (
        [("big", {"size": 10}), ("fail", {}), ADD(1)],
        ["ok", "tool_error", "ok"],
        [-0.01 - 0.04, -0.01 - 0.2, 0.5 * 0.1 - 0.01],
    ),
    "denied": (
        # The last but one is made, and only what it came to is withheld: it costs what the step costs, and no refusal.
        [("host", {}), ADD(9), ("add", {"amount": "many"}), ("big", {"size": 5000}), ADD(4)],
        ["policy_denied", "invalid_arguments", "invalid_arguments", "policy_denied", "ok"],
        [-0.1, -0.03, -0.03, -0.01 - 0.04, 0.5 * 0.4 - 0.01],
    ),
    "killed": ([ADD(4), ("crash", {})], ["ok", "env_error"], [0.5 * 0.4 - 0.01, NOT_KNOWN]),
    "slow": ([ADD(4), ("hang", {})], ["ok", "timeout"], [0.5 * 0.4 - 0.01, NOT_KNOWN]),
}


def near(actual, expected, what):
    if (actual is None) != (expected is None) or (actual is not None and abs(actual - expected) > 1e-9):
        raise AssertionError(f"{what}: expected {expected}, got {actual}")


async def rollout(name):
    """Plays one rollout, and returns what a trainer books for it: the rewards, or that it must be masked."""
    calls, outcomes, earned = ROLLOUTS[name]
    rewards, masked = [], False
    async with GenericEnvClient(base_url=f"{URL}/envs/graded") as env:
        async with STARTS:
            first = await env.reset()
        near(first.reward, None, f"the reset of {name}")
        for number, (tool, arguments) in enumerate(calls):
            result = await env.step({"type": "call_tool", "tool_name": tool, "arguments": arguments})
            told = result.observation["metadata"]["stepgate"]
            equal(told["outcome"], outcomes[number], f"call {number} of {name}")
            near(result.reward, earned[number], f"the reward of call {number} of {name}")
            masked |= told["outcome"] in ("timeout", "env_error", "infra_error")
            if result.reward is not None:
                rewards.append(result.reward)
        equal(result.done, name in ("good", "killed", "slow"), f"{name} is done")
    return name, None if masked else sum(rewards)


@check(f"{GROUPS} groups of {len(ROLLOUTS)} rollouts at once are scored, costed and masked as declared", 400)
async def _():
    batch = await asyncio.gather(*[rollout(name) for _ in range(GROUPS) for name in ROLLOUTS])
    groups = [batch[start : start + len(ROLLOUTS)] for start in range(0, len(batch), len(ROLLOUTS))]
    known = {name: sum(earned) for name, (_, _, earned) in ROLLOUTS.items() if NOT_KNOWN not in earned}
    baseline = sum(known.values()) / len(known)
    for group in groups:
        scored = {name: total for name, total in group if total is not None}
        equal(sorted(scored), sorted(known), "the rollouts that count")
        near(sum(scored.values()) / len(scored), baseline, "the baseline of a group")
        for name, total in scored.items():
            near(total - baseline, known[name] - baseline, f"the advantage of {name}")


@check("an agent that plays an episode sees no reward, and its trainer finds how each came about in the trajectory", 120)
async def _():
    status, _, body = exchange("POST", f"{URL}/episodes", {"env": "graded"})
    equal(status, 201, body)
    episode = json.loads(body)
    near(episode["reset"]["reward"], None, "the reset")
    seen = ""
    for number, (tool, arguments) in enumerate([ADD(4), ("host", {}), ADD(4), ADD(2)]):
        call = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
        status, _, body = exchange("POST", episode["mcp_url"], call)
        equal(status, 200, body)
        seen += body if isinstance(body, str) else body.decode()
    for hidden in ("reward", "score", "cost", "done", "0.19"):
        assert hidden not in seen, f"an agent sees {hidden}: {seen[:300]}"
    id = episode["episode_id"]
    about = json.loads(exchange("GET", f"{URL}/episodes/{id}")[2])
    near(about["reward_sum"], 0.5 * 1.0 + 0.5 - 3 * 0.01 - 0.1, "the sum")
    equal((about["status"], about["outcome"]), ("done", "ok"))
    text = exchange("GET", f"{URL}/episodes/{id}/trajectory")[2]
    lines = [json.loads(line) for line in (text if isinstance(text, str) else text.decode()).splitlines()]
    calls = [line for line in lines if line["type"] in ("step", "refused")]
    for line, expected in zip(calls, [0.19, -0.1, 0.19, 0.59], strict=True):
        near(line["reward"], expected, f"the reward of {line['tool']}")
        near(line["reward_parts"]["delta"], expected, "its part")
    equal(calls[3]["reward_parts"]["scores"]["rubric.1"], 1.0)
    equal(calls[0]["reward_parts"]["scores"]["rubric.1"], 0.0)
    exchange("DELETE", f"{URL}/episodes/{id}")


@check("a run that a fault has struck has no sum, and starts from nothing after a reset", 200)
async def _():
    status, _, body = exchange("POST", f"{URL}/episodes", {"env": "graded"})
    equal(status, 201, body)
    episode = json.loads(body)
    async with GenericEnvClient(base_url=episode["base_url"]) as env:
        await env.step({"type": "call_tool", "tool_name": "add", "arguments": {"amount": 4}})
        await env.step({"type": "call_tool", "tool_name": "crash", "arguments": {}})
        about = json.loads(exchange("GET", f"{URL}/episodes/{episode['episode_id']}")[2])
        equal((about["reward_sum"], about["outcome"]), (None, "env_error"))
        await env.reset()
        again = await env.step({"type": "call_tool", "tool_name": "add", "arguments": {"amount": 4}})
        near(again.reward, 0.19, "the first step after the reset")
        about = json.loads(exchange("GET", f"{URL}/episodes/{episode['episode_id']}")[2])
        near(about["reward_sum"], 0.19, "the sum after the reset")
    exchange("DELETE", f"{URL}/episodes/{episode['episode_id']}")


async def judged(script):
    """What a trainer is told of the last step, and what the agent's own look around came to."""
    async with GenericEnvClient(base_url=f"{URL}/envs/verified") as env:
        async with STARTS:
            await env.reset()
        ran = await env.step({"type": "call_tool", "tool_name": "run", "arguments": {"script": script}})
        near(ran.reward, None, "the reward before the end")
        last = await env.step({"type": "call_tool", "tool_name": "submit", "arguments": {}})
        equal(last.done, True, "the submission ends the run")
        text = ran.observation["result"]["content"][0]["text"]
        return last.reward, last.observation["metadata"]["stepgate"]["outcome"], text


@check("a verifier in a sandbox of its own judges each rollout of a batch; one that fails or hangs masks its rollout", 300)
async def _():
    scripts = {
        "right": "printf 'red\\ngreen\\nblue\\nblack\\n' >answer.txt",
        "half": "printf 'red\\nwhite\\nblue\\npink\\n' >answer.txt",
        "nothing": "true",
        # The expected lines are where the verifier will be, so a link to them is not followed but taken away.
        "sly": "ln -s /srv/app/tests/expected.txt answer.txt; find / -name expected.txt 2>/dev/null; cat answer.txt",
        "slow": "touch slow",
        "broken": "touch broken",
    }
    batch = dict(zip(scripts, await asyncio.gather(*map(judged, scripts.values()))))
    for name, earned in {"right": 0.98, "half": 0.48, "nothing": -0.02, "sly": -0.02}.items():
        near(batch[name][0], earned, name)
        equal(batch[name][1], "ok", name)
    for name in ("slow", "broken"):
        equal(batch[name][:2], (None, "infra_error"), name)
    said = batch["sly"][2]
    assert "red" not in said and "No such file" in said, said


sys.exit(asyncio.run(check.run()))
