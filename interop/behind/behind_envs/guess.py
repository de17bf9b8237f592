"""An environment with an action of its own and no tools: find the number that the seed decides."""

import os
import random

from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State


class Try(Action):
    """Guess the number, or ask whether it is even."""

    kind: str = "guess"
    number: int = 0


class Hint(Observation):
    hint: str
    tries: int = 0


class Guess(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self.number = 50
        self.now = State(episode_id=None, step_count=0)

    def reset(self, seed=None, episode_id=None, upto=100, **more):
        self.number = random.Random(seed).randint(1, upto)
        self.now = State(episode_id=episode_id, step_count=0)
        return Hint(hint=f"1 to {upto}", metadata={"seed": seed})

    def step(self, action, timeout_s=None, **more):
        if action.number == 13:
            raise ValueError("unlucky")
        if action.number == 666:
            os._exit(3)
        self.now.step_count += 1
        tries = self.now.step_count
        if action.kind == "parity":
            return Hint(hint="odd" if self.number % 2 else "even", tries=tries, reward=-0.1)
        if action.kind == "rewarded":
            return Hint(hint="take this", tries=tries, reward=[True, 3, float("nan")][action.number])
        if action.number == self.number:
            return Hint(hint="found", tries=tries, reward=1.0, done=True, metadata={"number": self.number})
        return Hint(hint="higher" if action.number < self.number else "lower", tries=tries, reward=0.0)

    @property
    def state(self):
        return State(episode_id=self.now.episode_id, step_count=self.now.step_count, secret=self.number)


app = create_app(Guess, Try, Hint, env_name="guess", max_concurrent_envs=16)
