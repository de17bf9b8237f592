// Everything that must not be found in what the gateway wrote, and every answer in which it must not be found either.
import { readdirSync, readFileSync } from "node:fs";

const secrets = new Set();
const answers = [];

export const seen = {
  // A token is looked for whole, and by its signature alone; of a capability there is one part.
  secret(text) {
    secrets.add(text);
    const signature = text.split(".")[2];
    if (signature) secrets.add(signature);
  },
  answer(text) { answers.push(text); },
  count: () => secrets.size,
  // Where any of it is, by name; never what.
  leaks(folders, texts = []) {
    const found = [];
    const search = (name, text) => { for (const one of secrets) if (text.includes(one)) { found.push(name); break; } };
    for (const folder of folders) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) search(entry.name, readFileSync(`${entry.parentPath ?? entry.path}/${entry.name}`, "latin1"));
      }
    }
    answers.concat(texts).forEach((text, number) => search(`answer ${number}`, text));
    return found;
  },
};
