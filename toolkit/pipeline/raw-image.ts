import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { buildError } from '../domain/errors.ts';
import type { Root } from '../domain/ports.ts';
import { lastLines } from '../domain/text.ts';
import type { Context } from './context.ts';

/** Where qemu-img finds an image, and what it makes of it. */
const IMAGE = '/run/distrokit/image';
const SCRATCH = '/run/distrokit/scratch';

/**
 * The image as a raw disk: itself, or what qemu-img of the tools root makes of it, until it is disposed. Throws
 * `IMAGE_UNREADABLE` with what qemu-img said.
 */
export async function openRawImage(
  image: string,
  tools: Root,
  { ports }: Pick<Context, 'ports'>,
  signal: AbortSignal,
): Promise<AsyncDisposable & { readonly path: string }> {
  await using stack = new AsyncDisposableStack();
  let path = image;
  if (await isPacked(image)) {
    const scratch = stack.use(await ports.roots.scratch('raw-'));
    const binds = [
      { source: image, target: IMAGE, writable: false },
      { source: scratch.path, target: SCRATCH, writable: true },
    ];
    const argv = ['qemu-img', 'convert', '-O', 'raw', IMAGE, `${SCRATCH}/disk.raw`] as const;
    const done = await ports.roots.run(tools, { argv, binds }, signal);
    if (done.exitCode !== 0) {
      throw buildError('IMAGE_UNREADABLE', `${basename(image)}: qemu-img\n${lastLines(done.stderr, 10)}`);
    }
    path = `${scratch.path}/disk.raw`;
  }
  const kept = stack.move();
  return { path, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

/** Whether it is a format with blocks of its own: what it begins or ends with tells. */
async function isPacked(image: string): Promise<boolean> {
  await using file = await open(image, 'r');
  const { size } = await file.stat();
  const { buffer: head } = await file.read(Buffer.alloc(8), 0, 8, 0);
  const { buffer: tail } = await file.read(Buffer.alloc(512), 0, 512, Math.max(size - 512, 0));
  const isDynamicVhd = tail.toString('latin1', 0, 8) === 'conectix' && tail.readUInt32BE(60) !== 2;
  const text = head.toString('latin1');
  return text.startsWith('QFI\xfb') || text === 'vhdxfile' || isDynamicVhd;
}
