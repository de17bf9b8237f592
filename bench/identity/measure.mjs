// What verifying tokens costs.
import { execFileSync } from "node:child_process";
import { gateway, rates, report, work } from "../compare.mjs";
import { runToEnd } from "../processes.mjs";

const home = new URL("../..", import.meta.url).pathname;

async function bench() {
  const open = await gateway("open", []);
  const locked = await gateway("locked", ["--development-tokens"]);
  const token = execFileSync(`${home}stepgate`, ["token", "--url", locked.base, "--data", locked.data], { encoding: "utf8" }).trim();
  locked.authorization = `Bearer ${token}`;
  const perSecond = await rates([open, locked], Number(process.argv[2]));
  report("with tokens", perSecond.locked, "without", perSecond.open, 85);
}

await runToEnd(bench, work);
