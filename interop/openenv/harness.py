"""The smallest check runner that reports whole: one line a check, a count at the end, a bound on every check."""

import asyncio
import json
import os
import re
import time
import urllib.error
import urllib.request

URL = os.environ.get("STEPGATE_URL", "http://127.0.0.1:8000")
WS = URL.replace("http", "ws", 1)
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the machine's is not for loopback


class Skip(Exception):
    """A check that cannot be made here, with the reason."""


class Checks:
    def __init__(self, label):
        self.label = label
        self.checks = []

    def __call__(self, name, seconds=60):
        def register(body):
            self.checks.append((f"{name} [{self.label}]", seconds, body))
            return body

        return register

    async def run(self):
        passed = failed = skipped = 0
        for name, seconds, body in self.checks:
            try:
                await asyncio.wait_for(body(), seconds)
            except Skip as reason:
                skipped += 1
                print(f"skip {name}: {reason}", flush=True)
            except Exception as problem:  # noqa: BLE001 - a check may fail in any way, and says so
                failed += 1
                print(f"not ok {name}: {one_line(problem)}", flush=True)
            else:
                passed += 1
                print(f"ok {name}", flush=True)
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
        return 1 if failed else 0


def one_line(problem):
    """A capability is part of a URL under /e/; it must not be printed, not even by a failing check."""
    text = f"{type(problem).__name__}: {problem}".replace("\n", " | ")[:600]
    return re.sub(r"/e/[A-Za-z0-9_-]+", "/e/***", text)


def equal(actual, expected, what=""):
    if actual != expected:
        raise AssertionError(f"{what} expected {expected!r}, got {actual!r}")


def exchange(method, path, body=None, headers=None, timeout=30):
    """Status, headers and text of one request, whatever the status."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    target = path if path.startswith("http") else URL + path
    request = urllib.request.Request(target, data=data, method=method, headers=headers or {})
    try:
        with DIRECT.open(request, timeout=timeout) as answer:
            return received(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as refused:
        return received(refused.code, refused.headers, refused.read().decode())


def received(status, headers, text):
    """An answer that gives out an episode's URLs holds two secrets; a refusal is a place in which none may be."""
    if status == 201 and "INTEROP_SECRETS" in os.environ:
        with open(os.environ["INTEROP_SECRETS"], "a") as file:
            file.writelines(f"{capability}\n" for capability in re.findall(r"/e/([A-Za-z0-9_-]{32})", text))
    elif status >= 400 and "INTEROP_LEFT" in os.environ:
        with open(os.environ["INTEROP_LEFT"] + "/refusals.txt", "a") as file:
            file.write(text + "\n")
    return status, headers, text


def http(method, path, body=None, headers=None, timeout=30):
    """Status, headers and body of one request; JSON where it is JSON."""
    status, fields, text = exchange(method, path, body, headers, timeout)
    try:
        return status, fields, json.loads(text)
    except json.JSONDecodeError:
        return status, fields, text


JSON = {"Content-Type": "application/json"}


def environments():
    return {entry["name"]: entry for entry in http("GET", "/envs")[2]["environments"]}


def needs(name):
    entry = environments().get(name)
    if entry is None:
        raise Skip(f"there is no environment {name}")
    if not entry["available"]:
        raise Skip(entry["reason"])


def episode(env, **more):
    status, _, body = http("POST", "/episodes", {"env": env, **more})
    equal(status, 201, "POST /episodes")
    return body


def capacity(env):
    return http("GET", f"/envs/{env}")[2]["capacity"]


def in_use(env):
    return capacity(env)["in_use"]


async def slots_fall_to(env, count, seconds=10):
    """Waits until no more than so many slots are taken; says how many seconds that took."""
    started = time.monotonic()
    while in_use(env) > count:
        if time.monotonic() - started > seconds:
            raise AssertionError(f"{in_use(env)} slots of {env} are taken after {seconds} s, expected {count}")
        await asyncio.sleep(0.2)
    return time.monotonic() - started
