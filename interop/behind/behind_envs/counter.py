"""An environment of MCP tools: count to ten. It rewards, ends, and adds a field and metadata to what its tools answer."""

import asyncio
import os

from fastmcp import FastMCP
from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.mcp_environment import MCPEnvironment
from openenv.core.env_server.mcp_types import CallToolAction, CallToolObservation
from openenv.core.env_server.types import Observation, State


class Counted(CallToolObservation):
    total: int = 0


class Counter(MCPEnvironment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        self.total = 0
        self.now = State(episode_id=None, step_count=0)
        tools = FastMCP("counter")

        @tools.tool
        def add(amount: int) -> int:
            """Add to the total."""
            self.total += amount
            return self.total

        @tools.tool
        def fail() -> str:
            """Fail."""
            raise ValueError("it went wrong")

        @tools.tool
        def big(size: int) -> str:
            """A long text."""
            return "x" * size

        @tools.tool
        async def hang() -> str:
            """Take for ever."""
            await asyncio.sleep(600)
            return "late"

        @tools.tool
        def crash() -> str:
            """End the server."""
            os._exit(3)

        @tools.tool
        def host() -> list[str]:
            """What can be seen from here."""
            return sorted(os.listdir("/"))

        super().__init__(tools)

    def reset(self, seed=None, episode_id=None, start=0, **more):
        self.total = start
        self.now = State(episode_id=episode_id, step_count=0)
        return Observation(done=False, reward=0.0, metadata={"seed": seed, "start": start, "more": sorted(more)})

    def counted(self, seen):
        if not isinstance(seen, CallToolObservation):
            return seen
        self.now.step_count += 1
        return Counted(
            tool_name=seen.tool_name,
            result=seen.result,
            error=seen.error,
            total=self.total,
            reward=self.total / 10,
            done=self.total >= 10,
            metadata={"left": 10 - self.total},
        )

    def step(self, action, timeout_s=None, **more):
        return self.counted(super().step(action, timeout_s=timeout_s, **more))

    async def step_async(self, action, timeout_s=None, **more):
        return self.counted(await super().step_async(action, timeout_s=timeout_s, **more))

    def _step_impl(self, action, timeout_s=None, **more):
        raise ValueError("only tools here")

    @property
    def state(self):
        return State(episode_id=self.now.episode_id, step_count=self.now.step_count, total=self.total)


app = create_app(Counter, CallToolAction, Counted, env_name="counter", max_concurrent_envs=16)
