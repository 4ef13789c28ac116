/** Targets that are not reached, with the reason; `make bench` fails for any other. bench/misses.md has the profiles. */
export const knownMisses: Readonly<Record<string, string>> = {
  "usable, of helm with chart defaults":
    "Pulumi, pack and program start twice, for six seconds, and the release alone takes what Helm does: bench/misses.md.",
  "usable, of the floor": "As above: bench/misses.md.",
  "teardown, of helm plus namespace":
    "Pulumi writes a state of 1 MB after each step, a third of the time: bench/misses.md.",
  "preview, of an empty program": "The plugins' start and 35 comparisons with the host: bench/misses.md.",
  "preview with the policy pack, of one without": "Pulumi's runner loads TypeScript for every pack: bench/misses.md.",
  "GiB of 1,000 environments at once": "The SDK keeps every resource until the program ends: bench/misses.md.",
  "all memory, of the chart's tuning":
    "Half of it are file pages of programs that the chart copies into every pod, and no setting changes them: bench/misses.md.",
};
