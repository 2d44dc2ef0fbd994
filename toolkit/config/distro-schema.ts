import { z } from 'zod';

const relativePath = z
  .string()
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/, 'a path relative to the tree, without .., is wanted');

const absoluteFolder = z
  .string()
  .regex(/^\/(?!.*(?:^|\/)\.{1,2}(?:\/|$)).+$/, 'an absolute path without . or .. is wanted');

const oneOrMore = <T extends z.ZodType>(item: T) => z.array(item).min(1, 'at least one is wanted');

const packageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, 'the name of a package is wanted');

const macroName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{2,}$/, 'the name of a macro is wanted');

/** YAML reads 3 and 3.0 as numbers, and drops the zero. */
const text = z.string('a text in quotes is wanted, as "3.0"');

const programName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, 'the name of a program is wanted');

const defines = z.record(macroName, text.regex(/^[^\n\r]*$/, 'one line is wanted'));

const files = z.array(z.strictObject({ from: oneOrMore(relativePath), to: absoluteFolder }));

/** A distribution profile as a user writes it: configs/distros/NAME.yaml. */
export const distroSchema = z.strictObject({
  arch: z.enum(['x86_64']),
  dist: text.regex(/^\.[A-Za-z0-9._~+]+$/, 'a dist tag with its dot is wanted, as ".dk1"'),
  rpm: text.regex(/^\d+\.\d+(?:\.\d+)*$/, 'a version of rpm is wanted, as "4.18.2"'),
  releasever: text.regex(/^[A-Za-z0-9._-]+$/, 'a release is wanted, as "3.0"'),
  worker: z.string().regex(/^worker[a-z0-9-]*$/, 'the name of a worker root is wanted: chroot/NAME.packages'),
  specs: oneOrMore(relativePath),
  defines: defines.optional(),
  files: files.optional(),
  build: z
    .strictObject({
      defines: defines.optional(),
      files: files.optional(),
      libraries: z.enum(['specs', 'worker']).optional(),
    })
    .optional(),
  answers: z.record(programName, oneOrMore(z.strictObject({ ask: z.string().min(1), say: text }))).optional(),
  versionMacros: macroName.optional(),
  prefer: z.record(z.string().min(1), packageName).optional(),
  prebuilt: z
    .strictObject({
      names: z.array(packageName).optional(),
      manifests: z.array(relativePath).optional(),
    })
    .optional(),
});

export type DistroSource = z.infer<typeof distroSchema>;
