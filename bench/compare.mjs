// The same gateway started in different ways, in rounds, so that whatever else the machine does falls on all of them alike.
import { mkdtempSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { measure } from "./load.mjs";
import { freePort, serve } from "./processes.mjs";

const ROUNDS = 7;
const CONNECTIONS = 16;
const home = new URL("..", import.meta.url).pathname;
export const work = mkdtempSync(`${tmpdir()}/stepgate-bench-`);

export async function gateway(name, options, variables = {}) {
  const port = await freePort();
  const data = `${work}/${name}`;
  const server = await serve(name, `${home}stepgate`, ["serve", "--env", "echo", "--port", String(port), "--data", data, ...options], { port, log: `${work}/${name}.log`, env: variables });
  return { name, server, data, base: `http://127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/envs/echo/mcp` };
}

/** Calls a second of each path by its name: of all rounds the middle one. */
export async function rates(paths, seconds) {
  const all = Object.fromEntries(paths.map(({ name }) => [name, []]));
  for (let round = -8; round < ROUNDS; round++) { // those before the first warm them up
    // Every other round the other way round, so that none is always the last.
    for (const path of round % 2 ? paths : paths.toReversed()) {
      const { perSecond, cpu } = await measure(path, CONNECTIONS, seconds);
      console.log(`${round < 0 ? "warm " : `round ${round + 1}`}  ${path.name}: ${Math.round(perSecond)} calls/s, ${cpu.toFixed(1)} µs CPU a call`);
      if (round >= 0) all[path.name].push(perSecond);
    }
  }
  return Object.fromEntries(Object.entries(all).map(([name, each]) => [name, each.sort((a, b) => a - b)[each.length >> 1]]));
}

export function report(what, rate, than, other, aim) {
  console.log(`${what} ${Math.round(rate)} calls/s, ${than} ${Math.round(other)}: ${(100 * rate / other).toFixed(1)} % (aim: at least ${aim} %), load average ${loadavg()[0].toFixed(1)}`);
}
