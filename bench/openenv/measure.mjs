// How OpenEnv sessions scale: the same echo, the same load program, on OpenEnv's own server and on Stepgate, in one run on
// one machine. Asserts nothing about time; says which of its aims Stepgate has met.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { runToEnd } from "../processes.mjs";
import { play, startHold } from "./load.mjs";
import { report } from "./report.mjs";
import { startServers } from "./servers.mjs";

const short = process.env.BENCH_SHORT === "1";
const sizes = short
  ? { seconds: 2, sessions: 32, burst: 128, held: 256, rounds: 1 }
  : { seconds: 5, sessions: 64, burst: 2048, held: 4096, rounds: 3 };
const work = mkdtempSync(`${tmpdir()}/stepgate-bench-`);

async function bench() {
  const loadBefore = loadavg()[0];
  const servers = await startServers(work);
  const results = new Map(servers.map((server) => [server.name, { steps: [], alone: [], bursts: [] }]));
  for (const server of servers) await warm(server);
  for (let round = 1; round <= sizes.rounds; round++) {
    for (const server of servers) {
      const of = results.get(server.name);
      of.alone.push(await told(`round ${round}, one session`, server, ["steps", server.url, 1, sizes.seconds, server.kind]));
      of.steps.push(await told(`round ${round}, ${sizes.sessions} sessions`, server, ["steps", server.url, sizes.sessions, sizes.seconds, server.kind]));
    }
  }
  for (const server of servers) {
    // What takes a minute once need not be seen again to be known.
    for (let round = 1; round <= (server.reference ? 1 : sizes.rounds); round++) {
      results.get(server.name).bursts.push(await told(`burst ${round}`, server, ["burst", server.url, sizes.burst, server.kind]));
    }
  }
  for (const server of servers) results.get(server.name).held = await hold(server);
  const text = report({ servers, results, sizes, short, loadBefore, loadAfter: loadavg()[0] });
  console.log(`\n${text}`);
  write(text);
}

// A virtual machine compiles what is called often, and a loaded machine does so late: goes on while the rate still grows. A
// burst of sessions warms other code than steps do.
async function warm(server) {
  let last = 0;
  for (let turn = 0; turn < (short ? 2 : 8); turn++) {
    const { perSecond } = await told("warm-up", server, ["steps", server.url, sizes.sessions, sizes.seconds, server.kind]);
    if (turn > 1 && perSecond < last * 1.05) break;
    last = Math.max(last, perSecond);
  }
  await told("warm-up burst", server, ["burst", server.url, Math.min(256, sizes.burst), server.kind]);
}

async function told(what, server, args) {
  const figures = await play(args);
  console.log(`${server.name}: ${what}: ${Math.round(figures.perSecond)}/s, p50 ${figures.p50} µs, p99 ${figures.p99} µs, ${figures.good} of ${figures.sessions} good ${figures.problem}`);
  return figures;
}

async function hold(server) {
  const before = server.memory();
  const held = await startHold([ "hold", server.url, sizes.held, server.kind ]);
  const after = server.memory();
  const figures = await held.finish();
  const of = (kind) => (after[kind] - before[kind]) / Math.max(1, held.count);
  console.log(`${server.name}: held ${held.count}, ${figures.good} of ${figures.sessions} good at the end ${figures.problem}; a session takes ${Math.round(of("resident"))} bytes resident, ${Math.round(of("heap"))} on the heap`);
  return { ...figures, resident: of("resident"), heap: of("heap") };
}

function write(text) {
  const folder = new URL(short ? ".work" : "../results", import.meta.url).pathname;
  mkdirSync(folder, { recursive: true });
  const name = `${new Date().toISOString().slice(0, 10)}-openenv.md`;
  writeFileSync(`${folder}/${name}`, text);
  console.log(`written to bench/${short ? "openenv/.work" : "results"}/${name}`);
}

await runToEnd(bench, work);
