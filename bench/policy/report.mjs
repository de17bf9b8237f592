// The figures of JMH as a table; with a second argument also as a file.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { markdown } from "../report.mjs";

const [result, file] = process.argv.slice(2);
const benchmarks = JSON.parse(readFileSync(result, "utf8"));
const name = (benchmark) => benchmark.benchmark.split(".").at(-1);
const rounded = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const allocation = (benchmark) => rounded(benchmark.secondaryMetrics["gc.alloc.rate.norm"].score, 0);

const sampled = benchmarks.filter((one) => one.mode === "sample").map((one) => {
  const at = one.primaryMetric.scorePercentiles;
  return [name(one), one.params.rules, ...["50.0", "90.0", "99.0", "99.9"].map((percentile) => rounded(at[percentile], 2)), allocation(one)];
});
const compiled = benchmarks.filter((one) => name(one) === "readAndCompileThousandRules").map((one) => {
  const megabytes = one.secondaryMetrics["gc.alloc.rate.norm"].score / 1e6;
  return `${rounded(one.primaryMetric.score, 1)} ms and ${rounded(megabytes, 1)} MB allocated where rules are ${one.params.rules}`;
});
const { jdkVersion, forks, measurementIterations, measurementTime } = benchmarks[0];
const text = `# What a policy decision costs

5,000 tools, 20 rules each (12 with a path, a length and a number, one with a URL, one in CEL, five deny rules with a pattern, one over
a list), tools and arguments drawn anew for each decision, about half of them allowed. The rules of different tools
are alike, so that they share what is compiled, or distinct: then each tool has folders and patterns of its own. One thread; ${cpus().length} processors
(${cpus()[0].model.trim()}), JDK ${jdkVersion}, JMH, ${forks} forks of ${measurementIterations} times ${measurementTime}. \`decide\` is the rules alone, \`admit\` takes
and gives back budgets and limits as well: what a call costs.

${markdown(["", "rules", "p50 µs", "p90 µs", "p99 µs", "p99.9 µs", "bytes allocated"], sampled)}

Aimed at: p50 ≤ 10 µs, p99 ≤ 50 µs.

Reading and compiling 1,000 rules (a file of 50 tools): ${compiled.join("; ")}.
`;
if (file) writeFileSync(file, text);
process.stdout.write(text);
