/**
 * Numbers from 0 to 1, the same for the same seed (mulberry32). The seed is printed; the variable SEED repeats a run.
 */
export function seeded(what: string): (() => number) & { readonly seed: number } {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
  let state = seed;
  console.log(`    ${what}: SEED=${seed}`);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, { seed });
}
