/** Symbols of a code word: RS(255, 255 - roots) over bytes. */
const CODE_WORD = 255;
/** x^8 + x^4 + x^3 + x^2 + 1, of which x is a generator. */
const FIELD = 0x11d;

/** Powers of x, twice over so that sums of two logarithms need no division, and logarithms. */
const { exp, log } = fieldTables();

/**
 * What a byte at each place of a message adds to the parity of its code word: the parity is the sum, by XOR, of
 * `product(place, byte)` over all of them. `at(place)` is a table of 256 such products, `roots` bytes each. The generator's
 * roots are x^0 to x^(roots - 1); what has the highest power comes first. Source: Linux, lib/reed_solomon and
 * drivers/md/dm-verity-fec.c.
 */
export function parityTables(roots: number): {
  readonly at: (place: number) => Uint8Array<ArrayBuffer>;
} {
  const weights = placeWeights(roots);
  const tables: Uint8Array<ArrayBuffer>[] = [];
  return {
    at: (place) => {
      const known = tables[place];
      if (known !== undefined) return known;
      const table = new Uint8Array(256 * roots);
      for (let byte = 1; byte < 256; byte += 1) {
        for (let root = 0; root < roots; root += 1) {
          table[byte * roots + root] = multiply(byte, weights[place]![root]!);
        }
      }
      tables[place] = table;
      return table;
    },
  };
}

/** By place of a message: the remainder of its power of x divided by the generator. */
function placeWeights(roots: number): readonly (readonly number[])[] {
  const generator = generatorOf(roots);
  const weights: number[][] = [];
  let weight = generator;
  for (let place = CODE_WORD - roots - 1; place >= 0; place -= 1) {
    weights[place] = weight;
    const [lead = 0] = weight;
    weight = generator.map((factor, index) => (weight[index + 1] ?? 0) ^ multiply(lead, factor));
  }
  return weights;
}

/** The generator's factors below the highest, which is 1. */
function generatorOf(roots: number): number[] {
  let factors = [1];
  for (let root = 0; root < roots; root += 1) {
    factors = [...factors, 0].map((factor, index) => factor ^ multiply(factors[index - 1] ?? 0, exp[root]!));
  }
  return factors.slice(1);
}

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : exp[log[a]! + log[b]!]!;
}

function fieldTables(): { readonly exp: Uint8Array; readonly log: Uint8Array } {
  const exp = new Uint8Array(2 * CODE_WORD);
  const log = new Uint8Array(256);
  let power = 1;
  for (let index = 0; index < CODE_WORD; index += 1) {
    exp[index] = power;
    exp[index + CODE_WORD] = power;
    log[power] = index;
    power <<= 1;
    if (power > 255) power ^= FIELD;
  }
  return { exp, log };
}
