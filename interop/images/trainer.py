"""An unmodified OpenEnv client and the gateway's image: at the root as with any OpenEnv image, and in a sandboxed environment."""
import os
import sys

from openenv.core.generic_client import GenericEnvClient

url = os.environ["STEPGATE_URL"]
passed = failed = 0


def check(name, body):
    global passed, failed
    try:
        body()
        passed += 1
        print(f"ok {name}")
    except Exception as problem:  # a check that breaks is a check that fails
        failed += 1
        print(f"not ok {name}: {type(problem).__name__} {str(problem)[:300]}")


def at_the_root():
    with GenericEnvClient(base_url=url).sync() as env:
        env.reset(seed=7)
        step = env.step({"type": "call_tool", "tool_name": "echo_message", "arguments": {"message": "hi"}})
        assert "hi" in str(step.observation), step.observation


def in_a_sandbox():
    with GenericEnvClient(base_url=f"{url}/envs/workspace").sync() as env:
        env.reset(seed=7)
        step = env.step({"type": "call_tool", "tool_name": "run_command", "arguments": {"command": "echo $((6 * 7))"}})
        assert "42" in str(step.observation), step.observation


check("the unmodified OpenEnv client drives the image at its root", at_the_root)
check("the unmodified OpenEnv client runs a command in the image's workspace", in_a_sandbox)
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
