// The load program: Java on virtual threads, the same for every server; a line of JSON says what it saw.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const LONGEST_SECONDS = 420;

export async function play(args) {
  return (await start(args)).result();
}

// Resolves once all sessions are open and idle; `finish` has each take one more step and leave.
export async function startHold(args) {
  const load = await start(args);
  const { held } = await load.next();
  return { count: held, finish: () => { load.child.stdin.write("\n"); return load.result(); } };
}

async function start(args) {
  const java = `${process.env.BENCH_JAVA_HOME}/bin/java`;
  const child = spawn(java, ["-Xmx2g", "-cp", process.env.BENCH_CLASSES, "Load", ...args.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
  const bound = setTimeout(() => child.kill("SIGKILL"), LONGEST_SECONDS * 1000);
  const ended = new Promise((done) => child.on("exit", done));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the load program ended without a word: ${args.join(" ")}`);
    return JSON.parse(value);
  };
  const result = async () => {
    const figures = await next();
    await ended;
    clearTimeout(bound);
    return figures;
  };
  return { child, next, result };
}
