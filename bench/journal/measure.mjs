// What the journal costs, and what of it is its chain.
import { gateway, rates, report, work } from "../compare.mjs";
import { runToEnd } from "../processes.mjs";

async function bench() {
  const paths = [];
  for (const records of ["chained", "plain", "none"]) paths.push(await gateway(records, [], { STEPGATE_JOURNAL_RECORDS: records }));
  const perSecond = await rates(paths, Number(process.argv[2]));
  report("with a chain", perSecond.chained, "without", perSecond.plain, 90);
  report("with a journal", perSecond.chained, "without", perSecond.none, 90);
}

await runToEnd(bench, work);
