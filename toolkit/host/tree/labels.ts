import { latin1Bytes, latin1Text } from '../../domain/image-bytes.ts';
import type { ComposeJob, OverlayFolders } from '../../domain/image-job.ts';
import { putFile, resolveInTree, type Tree } from '../../domain/image-tree.ts';
import { labelFinder } from '../../formats/file-contexts/index.ts';
import { readNode } from './complete.ts';

const LABEL = 'security.selinux';
const CONFIG = 'etc/selinux/config';
/** Type of what no program is to touch. */
const NO_ACCESS = 'no_access_t';
const KERNEL_CONFIG = /^(?:boot\/config-[^/]+|usr\/lib\/modules\/[^/]+\/config)$/;

/**
 * Gives everything the SELinux label that the image's own policy says, and the policy the mode that it starts in.
 * Throws `Error` where there is no policy, or the kernel knows nothing of SELinux. Source: selinux_config(5).
 */
export function labelTree(tree: Tree, { selinux, epoch }: Pick<ComposeJob, 'selinux' | 'epoch'>): void {
  if (selinux === undefined) return;
  checkKernel(tree);
  const text = (path: string): string => latin1Text(readNode(tree, path) ?? new Uint8Array());
  const config = text(CONFIG);
  const policy = /^SELINUXTYPE=\s*(\S+)\s*$/m.exec(config)?.[1] ?? 'targeted';
  const folder = `etc/selinux/${policy}/contexts/files/file_contexts`;
  if (tree.get(resolveInTree(tree, folder)) === undefined) {
    throw new Error(`the image has no SELinux policy: there is no /${folder}`);
  }
  setMode(tree, config, policy, selinux.mode, epoch);
  addOverlays(tree, policy, folder, selinux.overlays ?? [], epoch);
  const labelOf = labelFinder({
    contexts: ['', '.homedirs', '.local'].map((part) => text(`${folder}${part}`)),
    substitutions: ['.subs', '.subs_dist'].map((part) => text(`${folder}${part}`)),
  });
  for (const [path, node] of tree) {
    // A hard link has the label of its first name.
    if (node.type === 'hardlink') continue;
    const label = labelOf(`/${path}`, node.type);
    const others = (node.xattrs ?? []).filter(({ name }) => name !== LABEL);
    const own = label === undefined ? [] : [{ name: LABEL, value: latin1Bytes(`${label}\0`) }];
    const xattrs = [...others, ...own].sort((a, b) => (a.name < b.name ? -1 : 1));
    tree.set(path, { ...node, xattrs });
  }
}

/** A kernel that does not say what it is made of is trusted. */
function checkKernel(tree: Tree): void {
  const path = [...tree.keys()].find((one) => KERNEL_CONFIG.test(one));
  const config = path === undefined ? undefined : readNode(tree, path);
  if (config === undefined || /^CONFIG_SECURITY_SELINUX=y$/m.test(latin1Text(config))) return;
  throw new Error(`the kernel has no SELinux: /${path} says nothing of CONFIG_SECURITY_SELINUX=y`);
}

/**
 * What is written to an overlay gets the labels of where it is seen; only the kernel uses its other folder. The same is
 * noted for relabelling in the running system. Source: `semanage fcontext -a -e`; selabel_file(5).
 */
function addOverlays(
  tree: Tree,
  policy: string,
  contexts: string,
  overlays: readonly OverlayFolders[],
  epoch: number,
): void {
  if (overlays.length === 0) return;
  addLines(
    tree,
    `${contexts}.subs`,
    overlays.map(({ upper, mount }) => `${upper} ${mount}`),
    epoch,
  );
  const rules = latin1Text(readNode(tree, contexts) ?? new Uint8Array());
  const range = /\s[^\s:]+:[^\s:]+:[^\s:]+:(\S+)\s*$/m.test(rules) ? ':s0' : '';
  if (!knowsType(tree, policy, NO_ACCESS)) return;
  const label = `system_u:object_r:${NO_ACCESS}${range}`;
  const plain = (path: string): string => path.replaceAll(/[.^$?*+|[\](){}\\]/g, '\\$&');
  addLines(
    tree,
    `${contexts}.local`,
    overlays.map(({ work }) => `${plain(work)}(/.*)? ${label}`),
    epoch,
  );
}

/** Whether the compiled policy names a type. */
function knowsType(tree: Tree, policy: string, type: string): boolean {
  const compiled = new RegExp(`^etc/selinux/${policy}/policy/policy\\.\\d+$`);
  return [...tree.keys()].some(
    (path) => compiled.test(path) && Buffer.from(readNode(tree, path) ?? []).includes(type),
  );
}

function addLines(tree: Tree, file: string, added: readonly string[], epoch: number): void {
  const path = resolveInTree(tree, file);
  const { uid = 0, gid = 0, mode = 0o644 } = tree.get(path) ?? {};
  const known = latin1Text(readNode(tree, path) ?? new Uint8Array())
    .split('\n')
    .filter((line) => line !== '');
  const lines = [...known, ...added.filter((line) => !known.includes(line))];
  const bytes = latin1Bytes(lines.map((line) => `${line}\n`).join(''));
  const content = { kind: 'bytes', bytes } as const;
  putFile(tree, `/${path}`, { uid, gid, mode, mtime: epoch, size: bytes.length, content });
}

function setMode(tree: Tree, config: string, policy: string, mode: string, epoch: number): void {
  const path = resolveInTree(tree, CONFIG);
  const { uid = 0, gid = 0, mode: access = 0o644 } = tree.get(path) ?? {};
  const others = config.split('\n').filter((line) => line !== '' && !/^SELINUX(?:TYPE)?=/.test(line));
  const bytes = latin1Bytes([...others, `SELINUX=${mode}`, `SELINUXTYPE=${policy}`, ''].join('\n'));
  const content = { kind: 'bytes', bytes } as const;
  putFile(tree, `/${path}`, { uid, gid, mode: access, mtime: epoch, size: bytes.length, content });
}
