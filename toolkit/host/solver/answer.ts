import { z } from 'zod';

const step = z.strictObject({
  repository: z.string(),
  name: z.string(),
  evr: z.string(),
  arch: z.string(),
  location: z.string(),
  sha256: z.string().nullable(),
  size: z.number(),
});

const missing = z.strictObject({ capability: z.string(), requiredBy: z.string().nullable() });

/** One line of native/solver.py. */
export const solverAnswer = z.union([
  z.strictObject({ id: z.number(), loaded: z.strictObject({ packages: z.number() }) }),
  z.strictObject({ id: z.number(), solved: z.strictObject({ steps: z.array(step) }) }),
  z.strictObject({
    id: z.number(),
    unsolved: z.strictObject({ problems: z.array(z.string()), missing: z.array(missing) }),
  }),
  z.strictObject({ id: z.number(), failed: z.string() }),
]);

export type SolverAnswer = z.infer<typeof solverAnswer>;
