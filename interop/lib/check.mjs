// The smallest runner that reports whole: one line a check, a count at the end, a bound on every check.
import assert from "node:assert/strict";

export { assert };

export class Skip extends Error {}

const checks = [];

// What a check opened and what must be given back after it, so that no check runs out of what another left behind.
export const afterwards = [];

export function check(name, body, seconds = 30) {
  checks.push({ name, body, seconds });
}

export async function run() {
  let passed = 0, failed = 0, skipped = 0;
  for (const { name, body, seconds } of checks) {
    try {
      await within(seconds, body());
      passed++;
      console.log(`ok ${name}`);
    } catch (problem) {
      if (problem instanceof Skip) {
        skipped++;
        console.log(`skip ${name}: ${problem.message}`);
      } else {
        failed++;
        console.log(`not ok ${name}: ${oneLine(problem)}`);
      }
    }
    await Promise.allSettled(afterwards.splice(0).map((giveBack) => giveBack()));
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed ? 1 : 0);
}

function within(seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// A capability is part of a URL under /e/; it must not be printed, not even by a failing check.
function oneLine(problem) {
  return String(problem?.message ?? problem).replace(/\/e\/[A-Za-z0-9_-]+/g, "/e/***").split("\n").slice(0, 12).join(" | ");
}
