"""The echo environment on OpenEnv's own server: once with its tools on FastMCP, once as the plainest environment there is."""

from uuid import uuid4

from fastmcp import FastMCP
from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.mcp_environment import MCPEnvironment
from openenv.core.env_server.mcp_types import CallToolAction, CallToolObservation
from openenv.core.env_server.types import Action, Observation, State

SESSIONS = 100_000  # per process: it must never be the setting that holds the server back


class ToolEcho(MCPEnvironment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        server = FastMCP("echo")

        @server.tool
        def echo_message(message: str) -> str:
            """Says the message back."""
            return message

        super().__init__(server)
        self._state = State(episode_id=str(uuid4()), step_count=0)

    def reset(self, seed=None, episode_id=None, **_):
        self._state = State(episode_id=episode_id or str(uuid4()), step_count=0)
        return Observation(done=False, reward=0.0)

    def step(self, action, timeout_s=None, **more):
        self._state.step_count += 1
        return super().step(action, timeout_s=timeout_s, **more)

    async def step_async(self, action, timeout_s=None, **more):
        self._state.step_count += 1
        return await super().step_async(action, timeout_s=timeout_s, **more)

    def _step_impl(self, action, timeout_s=None, **_):
        return Observation(done=False, reward=None, metadata={"error": "only tools are played here"})

    @property
    def state(self):
        return self._state


class Said(Action):
    message: str


class Echoed(Observation):
    message: str = ""


class PlainEcho(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self._state = State(episode_id=str(uuid4()), step_count=0)

    def reset(self, seed=None, episode_id=None, **_):
        self._state = State(episode_id=episode_id or str(uuid4()), step_count=0)
        return Echoed(done=False, reward=0.0)

    def step(self, action, timeout_s=None, **_):
        self._state.step_count += 1
        return Echoed(message=action.message, done=False, reward=None)

    @property
    def state(self):
        return self._state


tools = create_app(ToolEcho, CallToolAction, CallToolObservation, env_name="echo", max_concurrent_envs=SESSIONS)
plain = create_app(PlainEcho, Said, Echoed, env_name="echo", max_concurrent_envs=SESSIONS)
