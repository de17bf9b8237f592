// The same gateway with and without tokens, in rounds, so that whatever else the machine does falls on both alike.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { measure } from "../load.mjs";
import { freePort, runToEnd, serve } from "../processes.mjs";

const ROUNDS = 7;
const CONNECTIONS = 16;
const seconds = Number(process.argv[2]);
const home = new URL("../..", import.meta.url).pathname;
const work = mkdtempSync(`${tmpdir()}/stepgate-bench-`);

async function gateway(name, options) {
  const port = await freePort();
  const data = `${work}/${name}`;
  const server = await serve(name, `${home}stepgate`, ["serve", "--env", "echo", "--port", String(port), "--data", data, ...options], { port, log: `${work}/${name}.log` });
  return { name, server, data, base: `http://127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/envs/echo/mcp` };
}

async function bench() {
  const open = await gateway("open", []);
  const locked = await gateway("locked", ["--development-tokens"]);
  const token = execFileSync(`${home}stepgate`, ["token", "--url", locked.base, "--data", locked.data], { encoding: "utf8" }).trim();
  locked.authorization = `Bearer ${token}`;
  const rates = { open: [], locked: [] };
  for (let round = -8; round < ROUNDS; round++) { // those before the first warm both up
    // Every other round the other way round, so that neither is always the second.
    for (const path of round % 2 ? [open, locked] : [locked, open]) {
      const { perSecond, cpu } = await measure(path, CONNECTIONS, seconds);
      console.log(`${round < 0 ? "warm " : `round ${round + 1}`}  ${path.name}: ${Math.round(perSecond)} calls/s, ${cpu.toFixed(1)} µs CPU a call`);
      if (round >= 0) rates[path.name].push(perSecond);
    }
  }
  const middle = (all) => all.sort((a, b) => a - b)[all.length >> 1];
  const ratio = middle(rates.locked) / middle(rates.open);
  console.log(`with tokens ${Math.round(middle(rates.locked))} calls/s, without ${Math.round(middle(rates.open))}: ${(100 * ratio).toFixed(1)} % (aim: at least 85 %), load average ${loadavg()[0].toFixed(1)}`);
}

await runToEnd(bench, work);
