/**
 * Numbers from 0 to 1, the same for the same seed (mulberry32). The seed is printed; the variable SEED repeats a run.
 */
export function seeded(what: string): () => number {
  let state = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`    ${what}: SEED=${state}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
