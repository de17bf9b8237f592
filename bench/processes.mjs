// What a run starts, it ends: by the process ids of its own children, never by name.
import { spawn } from "node:child_process";
import { openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";

const TICKS_PER_SECOND = 100; // USER_HZ, which Linux fixes at 100 for /proc
const running = [];

export const wait = (millis) => new Promise((done) => setTimeout(done, millis));

// Starts a server whose output goes to a log file, and waits until it takes connections on the port.
export async function serve(name, command, args, { port, log, env = {}, cwd, seconds = 60 }) {
  const output = openSync(log, "w");
  const child = spawn(command, args, { stdio: ["ignore", output, output], env: { ...process.env, ...env }, cwd });
  const server = { name, child, pid: child.pid, log };
  child.on("error", (problem) => { server.failed = problem; });
  running.push(server);
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(100)) {
    if (server.failed || child.exitCode !== null) break;
    if (await accepts(port)) return server;
  }
  throw new Error(`${name} does not listen; its log ends with\n${tail(log)}`);
}

function accepts(port) {
  return new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1", () => { socket.destroy(); done(true); });
    socket.on("error", () => done(false));
  });
}

export function freePort() {
  return new Promise((done, fail) => {
    const server = net.createServer().on("error", fail);
    server.listen(0, "127.0.0.1", () => { const { port } = server.address(); server.close(() => done(port)); });
  });
}

export function tail(log, lines = 15) {
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

// Ends everything that was started, politely and then not, and answers what is left even so.
export async function endAll() {
  const below = running.flatMap(({ pid }) => descendants(pid));
  for (const { child } of running) child.kill("SIGTERM");
  for (const end = Date.now() + 12_000; Date.now() < end && running.some(alive); await wait(100));
  for (const server of running.filter(alive)) server.child.kill("SIGKILL");
  for (const end = Date.now() + 3_000; Date.now() < end && below.some(exists); await wait(100));
  running.length = 0;
  return below.filter(exists);
}

// Runs a benchmark and ends this process, on a signal too: with all that was started, and with its folder.
export async function runToEnd(bench, work) {
  let ending;
  const end = async (status) => {
    ending ??= endAll();
    const left = await ending;
    rmSync(work, { recursive: true, force: true });
    if (left.length) console.error(`bench: still running: ${left.join(" ")}`);
    process.exit(left.length ? 1 : status);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(1));
  await bench().then(() => end(0), (problem) => { console.error(`bench: ${problem.message}`); return end(1); });
}

const alive = ({ child, failed }) => !failed && child.exitCode === null && child.signalCode === null;

// A zombie has ended; that nobody has asked for its status yet does not make it run.
const exists = (pid) => { const stat = statOf(pid); return stat !== undefined && stat[0] !== "Z"; };

// The fields of /proc/PID/stat from the third on; the second is a name that may hold spaces and brackets.
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function descendants(root) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), Number(statOf(pid)?.[1])]);
  const found = [root];
  for (const parent of found) found.push(...all.filter(([, of]) => of === parent).map(([pid]) => pid));
  return found.slice(1);
}

// Processor time that one process has used, in microseconds.
export function cpuMicros(pid) {
  const stat = statOf(pid);
  if (!stat) throw new Error(`process ${pid} has ended`);
  return ((Number(stat[11]) + Number(stat[12])) * 1e6) / TICKS_PER_SECOND;
}
