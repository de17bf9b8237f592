// Measures all paths in one run on one machine: warm-up, then three rounds, each over all paths in turn, so that whatever
// else the machine does falls on all alike. Reports the middle round. Asserts nothing about time.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, release, tmpdir, totalmem, type } from "node:os";
import { measure } from "./load.mjs";
import { startPaths } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";
import { added, middle, ratios, table } from "./report.mjs";

const short = process.env.BENCH_SHORT === "1";
const seconds = short ? 2 : 5;
const WARM_UPS = short ? 3 : 8;
const ROUNDS = 3;
const CONNECTIONS = [1, 16];

const here = (path) => new URL(path, import.meta.url).pathname;
const work = mkdtempSync(`${tmpdir()}/stepgate-bench-`);
const skipped = [];
const skip = (name, reason) => { skipped.push(`${name}: ${reason}`); console.log(`skip ${name}: ${reason}`); };

async function bench() {
  const loadBefore = loadavg();
  const paths = await startPaths({
    work, skip,
    java: process.env.BENCH_JAVA,
    libraries: process.env.BENCH_LIBRARIES,
    nginx: process.env.BENCH_NGINX === "1",
    mcpProxy: process.env.BENCH_MCP_PROXY === "1",
  });
  const measurable = await warmUp(paths);
  const rounds = await measureInRounds(measurable);
  const figure = (name, connections) => rounds.get(`${name} ${connections}`);
  const text = report(measurable, figure, loadBefore);
  console.log(`\n${text}`);
  write(text);
}

// A path that does not even warm up is left out, and said so; the others go on.
async function warmUp(paths) {
  const good = [];
  for (const path of paths) {
    try {
      console.log(`warm  ${path.name}: ${(await warm(path)).map(Math.round).join(", ")} calls/s`);
      good.push(path);
    } catch (problem) {
      skip(path.name, problem.message);
    }
  }
  return good;
}

// A virtual machine compiles what is called often, and a loaded machine does so late: goes on while the rate still grows.
async function warm(path) {
  const rates = [];
  for (let turn = 0; turn < WARM_UPS; turn++) {
    rates.push((await measure(path, 16, seconds)).perSecond);
    if (turn > 0 && rates[turn] < rates[turn - 1] * 1.05) break;
  }
  return rates;
}

async function measureInRounds(paths) {
  const all = new Map();
  for (let round = 1; round <= ROUNDS; round++) {
    for (const connections of CONNECTIONS) {
      for (const path of paths) {
        const key = `${path.name} ${connections}`;
        try {
          const figures = await measure(path, connections, seconds);
          console.log(`round ${round}  ${String(connections).padStart(2)}  ${path.name}: ${Math.round(figures.perSecond)} calls/s, p50 ${figures.p50} µs, p99 ${figures.p99} µs, ${figures.cpu.toFixed(1)} µs CPU, ${figures.size.toFixed(0)} bytes an answer`);
          all.set(key, [...(all.get(key) ?? []), figures]);
        } catch (problem) {
          skip(`round ${round} of ${path.name} at ${connections}`, problem.message);
        }
      }
    }
  }
  return new Map([...all].map(([key, rounds]) => [key, middle(rounds)]));
}

function report(paths, figure, loadBefore) {
  return [
    "# Cost of a tool call",
    "",
    `Measured ${new Date().toISOString().slice(0, 10)}${short ? " (short run: read it as a smoke test)" : ""}. \`tools/call\` of about 190 bytes without TLS, in one session or without one, one thread of wrk, load and servers on the`,
    `same machine; ${ROUNDS} rounds of ${seconds} s over all paths in turn after a warm-up until the rate no longer grew, the round with the middle rate reported. **Compare rows, not absolute figures.**`,
    "CPU is user and system time of the one process named by the path (not its tool servers) over the calls made.",
    "",
    table(paths, CONNECTIONS, figure),
    "",
    ratios(CONNECTIONS, figure),
    "",
    added(CONNECTIONS, figure),
    "",
    ...paths.map(({ name, what }) => `- **${name}**: ${what}`),
    ...(skipped.length ? ["", "Left out:", "", ...skipped.map((line) => `- ${line.split("\n")[0]}`)] : []),
    "",
    "## Machine",
    "",
    ...machine(loadBefore).map((line) => `- ${line}`),
    "",
  ].join("\n");
}

function machine(loadBefore) {
  const load = (averages) => averages[0].toFixed(1);
  return [
    `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()} ${arch()}`,
    `load average ${load(loadBefore)} before, ${load(loadavg())} after`,
    `Stepgate ${firstLine("git", ["-C", here(".."), "describe", "--always", "--dirty"])}, ${firstLine(process.env.BENCH_JAVA, ["-version"])}`,
    `Node ${process.version}, mcp-proxy ${mcpProxyVersion()}, ${firstLine("wrk", ["-v"])}, ${firstLine("nginx", ["-v"])}`,
  ];
}

const mcpProxyVersion = () => JSON.parse(readFileSync(here("package.json"), "utf8")).dependencies["mcp-proxy"];

// Several of these print their version on stderr, and wrk ends with a failure after it.
function firstLine(command, args) {
  try {
    return execFileSync("sh", ["-c", '"$@" 2>&1 || true', "sh", command, ...args], { encoding: "utf8" }).split("\n")[0].replace(/\s*Copyright.*/, "").trim();
  } catch {
    return `${command} of unknown version`;
  }
}

function write(text) {
  const folder = here(short ? ".work" : "results");
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${new Date().toISOString().slice(0, 10)}.md`;
  writeFileSync(file, text);
  console.log(`written to bench/${short ? ".work" : "results"}/${file.split("/").at(-1)}`);
}

await runToEnd(bench, work);
