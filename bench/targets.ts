/** Targets that are not reached, with the reason; `make bench` fails for any other. bench/misses.md has the profiles. */
export const knownMisses: Readonly<Record<string, string>> = {
  "GiB of 1,000 environments at once": "The SDK keeps every resource until the program ends: bench/misses.md.",
  "all memory, of the chart's tuning":
    "Half of it are file pages of programs that the chart copies into every pod, and no setting changes them: bench/misses.md.",
};
