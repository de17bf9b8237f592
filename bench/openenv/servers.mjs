// The servers that are compared, each with its best settings, all of them started and ended by this run.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { cpus } from "node:os";
import { freePort, serve } from "../processes.mjs";

const here = (path) => new URL(path, import.meta.url).pathname;
const home = here("../..");

export async function startServers(work) {
  return [
    await startReference(work, "OpenEnv server, tool echo", "tools", "tool"),
    await startReference(work, "OpenEnv server, plain echo", "plain", "plain"),
    await startStepgate(work),
  ];
}

// A worker a processor: a session lives on one socket, so that it does not matter which of them it meets.
async function startReference(work, name, app, kind) {
  const port = await freePort();
  const args = ["-m", "uvicorn", `server:${app}`, "--host", "127.0.0.1", "--port", String(port), "--workers", String(cpus().length), "--loop", "uvloop", "--http", "httptools", "--backlog", "8192", "--ws-max-size", "100000000", "--timeout-graceful-shutdown", "2", "--no-access-log", "--log-level", "warning"];
  const server = await serve(name, process.env.BENCH_PYTHON, args, { port, log: `${work}/${app}.log`, cwd: here("reference"), seconds: 300 });
  await healthy(port);
  return { name, kind, reference: true, url: `http://127.0.0.1:${port}`, memory: () => ({ resident: resident(server.pid), heap: NaN }) };
}

async function startStepgate(work) {
  const port = await freePort();
  const args = ["serve", "--port", String(port), "--data", `${work}/data`, "--env", "bench-echo", "--environments", here("environments"), "--policies", here("../policies")];
  // Attaching is allowed for the one reason that a heap can be measured only after a collection.
  const env = { STEPGATE_JAVA_OPTIONS: "-Xmx2g -XX:-DisableAttachMechanism" };
  const server = await serve("stepgate", `${home}/stepgate`, args, { port, log: `${work}/stepgate.log`, env });
  await healthy(port);
  return { name: "Stepgate", kind: "tool", reference: false, url: `http://127.0.0.1:${port}/envs/bench-echo`, memory: () => ({ resident: resident(server.pid), heap: liveHeap(server.pid) }) };
}

// A worker that is not ready yet would be measured as a slow one.
async function healthy(port) {
  for (const end = Date.now() + 120_000; Date.now() < end; await new Promise((done) => setTimeout(done, 200))) {
    if (await fetch(`http://127.0.0.1:${port}/health`).then((answer) => answer.ok, () => false)) return;
  }
  throw new Error(`nothing is healthy on port ${port}`);
}

// Bytes that are still referred to, after a full collection.
function liveHeap(pid) {
  const jcmd = (...what) => execFileSync(`${process.env.BENCH_JAVA_HOME}/bin/jcmd`, [String(pid), ...what], { encoding: "utf8", maxBuffer: 1 << 26 });
  jcmd("GC.run");
  return Number(jcmd("GC.class_histogram").trimEnd().split("\n").at(-1).trim().split(/\s+/)[2]);
}

// Resident bytes of a process and all below it.
function resident(root) {
  const parents = new Map(readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), parentOf(pid)]));
  const below = (pid) => { for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (at === root) return true; return false; };
  return [...parents.keys()].filter(below).reduce((sum, pid) => sum + residentOf(pid), 0);
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

function residentOf(pid) {
  try {
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
