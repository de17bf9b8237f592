"""Slots: who gets one, who is told that there is none, and that every lost client gives its own back."""

import asyncio
import json
import resource
import sys
import time

import websockets

from harness import URL, WS, Checks, Skip, equal, http, in_use, needs, slots_fall_to
from peer import ask, call, closed, error, socket, state

check = Checks("slots")


def allow_open_files(count):
    """A shell's usual limit is below what a thousand sockets need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count if hard == resource.RLIM_INFINITY else min(count, hard), hard))


@check("a client over capacity sees CAPACITY_REACHED although it sends one second late; then a slot frees", 90)
async def _():
    needs("tiny")
    free = 2 - in_use("tiny")
    held = [await socket("/envs/tiny/ws") for _ in range(free)]
    for ws in held:
        await ask(ws, {"type": "reset"})
    async with socket("/envs/tiny/ws") as late:
        await asyncio.sleep(1)
        reply = await ask(late, {"type": "reset"})
        equal(error(reply), "CAPACITY_REACHED")
        equal((reply["data"]["active_sessions"], reply["data"]["max_sessions"]), (2, 2))
        equal(reply["data"]["message"], "Server at capacity: 2/2 sessions active. Cannot accept new connections.")
        equal(await closed(late), 1000)
    status, _, answer = http("POST", "/envs/tiny/mcp", {"jsonrpc": "2.0", "id": 1, "method": "openenv/session/create"})
    equal((status, answer["error"]["code"], answer["error"]["data"]), (200, -32000, {"active_sessions": 2, "max_sessions": 2}))
    status, headers, _ = http("POST", "/episodes", {"env": "tiny"})
    equal((status, headers["Retry-After"] is not None), (503, True))
    await held[0].close()
    await slots_fall_to("tiny", 1)
    async with socket("/envs/tiny/ws") as next_one:
        equal((await ask(next_one, {"type": "reset"}))["type"], "observation")
    for ws in held[1:]:
        await ws.close()


@check("a refused client that never sends is told after 10 s", 40)
async def _():
    needs("tiny")
    held = [await socket("/envs/tiny/ws") for _ in range(2 - in_use("tiny"))]
    async with socket("/envs/tiny/ws") as silent:
        equal(error(json.loads(await asyncio.wait_for(silent.recv(), 15))), "CAPACITY_REACHED")
        equal(await closed(silent), 1000)
    for ws in held:
        await ws.close()


async def play(number, steps):
    """One session from reset to close, each of whose answers must be its own."""
    async with socket("/envs/echo/ws") as ws:
        await ask(ws, {"type": "reset", "data": {"episode_id": f"n{number}"}})
        for step in range(steps):
            message = f"{number}-{step}"
            reply = await ask(ws, call(message))
            equal(reply["data"]["observation"]["result"]["data"], message)
        equal(await state(ws), {"episode_id": f"n{number}", "step_count": steps})


async def play_many(sessions, steps):
    before = in_use("echo")
    started = time.monotonic()
    await asyncio.gather(*(play(number, steps) for number in range(sessions)))
    seconds = time.monotonic() - started
    print(f"# {sessions} sessions x {steps} steps in {seconds:.1f} s", flush=True)
    await slots_fall_to("echo", before)
    return seconds


pace = {}


@check("256 sessions at once, 50 steps each, all right and none mixed up", 150)
async def _():
    pace["256"] = await play_many(256, 50)


@check("1,000 sessions at once, 5 steps each, all right and none mixed up", 150)
async def _():
    if pace.get("256", 1000) > 40:
        raise Skip("256 sessions were too slow on this machine")
    allow_open_files(4096)
    await play_many(1000, 5)


class Wire:
    """A TCP path to the gateway that can be cut without a word: no FIN and no reset ever arrives."""

    async def __aenter__(self):
        host, port = URL.removeprefix("http://").split(":")
        self.target = (host, int(port))
        self.cut = asyncio.Event()
        self.tasks = []
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def accept(self, reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(*self.target)
        self.kept = (writer, upstream_writer)
        self.tasks += [asyncio.create_task(self.copy(reader, upstream_writer)), asyncio.create_task(self.copy(upstream_reader, writer))]

    async def copy(self, reader, writer):
        while not self.cut.is_set():
            data = await reader.read(65536)
            if not data or self.cut.is_set():
                return
            writer.write(data)
            await writer.drain()

    async def __aexit__(self, *_):
        for task in self.tasks:
            task.cancel()
        for writer in self.kept:
            writer.transport.abort()
        self.server.close()


@check("a client that vanishes without a word frees its slot within 45 s", 70)
async def _():
    needs("tiny")
    before = in_use("tiny")
    async with Wire() as wire:
        ws = await websockets.connect(f"ws://127.0.0.1:{wire.port}/envs/tiny/ws", ping_interval=None)
        await ask(ws, {"type": "reset"})
        equal(in_use("tiny"), before + 1)
        wire.cut.set()
        seconds = await slots_fall_to("tiny", before, 45)
    print(f"# the slot of a silent client was free after {seconds:.0f} s", flush=True)


@check("a client that is killed frees its slot")
async def _():
    needs("tiny")
    before = in_use("tiny")
    script = ("import asyncio, json, sys, websockets\n"
              "async def main():\n"
              "    async with websockets.connect(sys.argv[1]) as ws:\n"
              "        await ws.send('{\"type\":\"reset\"}'); await ws.recv(); print('ready', flush=True); await asyncio.sleep(60)\n"
              "asyncio.run(main())\n")
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", script, WS + "/envs/tiny/ws", stdout=asyncio.subprocess.PIPE)
    await asyncio.wait_for(child.stdout.readline(), 20)
    equal(in_use("tiny"), before + 1)
    child.kill()
    await child.wait()
    await slots_fall_to("tiny", before, 45)


sys.exit(asyncio.run(check.run()))
