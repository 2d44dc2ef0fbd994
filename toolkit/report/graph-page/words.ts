import type { Link, PageNode, State } from './data.ts';

/** What states are called, in the order of the legend. */
export const STATE_WORDS: Readonly<Record<State, string>> = {
  build: 'to be built',
  reuse: 'built already',
  unneeded: 'not needed for the goal',
  server: 'prebuilt, from a package server',
  prebuilt: 'prebuilt, says the profile',
  seed: 'from the seed root',
  unresolved: 'nobody provides it',
  failed: 'spec could not be read',
};

/** What a node is, in a few words. */
export function kindWords({ kind, state, about }: PageNode): string {
  switch (kind) {
    case 'build':
      return `source package, ${STATE_WORDS[state]}`;
    case 'package':
      return `package, ${STATE_WORDS[state]}`;
    case 'server':
      return `prebuilt, from ${about}`;
    default:
      return STATE_WORDS[state];
  }
}

/** The line below the name in a box. */
export function caption(node: PageNode): string {
  switch (node.kind) {
    case 'build':
      return `source ${node.about}`;
    case 'package':
      return node.about;
    case 'server':
      return `from ${node.about}`;
    case 'failed':
      return 'could not be read';
    case 'prebuilt':
      return 'prebuilt';
    case 'seed':
      return 'seed root';
    case 'unresolved':
      return 'nobody provides it';
  }
}

/** A dependency in words. */
export function linkWords({ from, to, texts, isMadeBy, isConditional, isPredicted }: Link): string {
  if (isMadeBy) return `${from.name} is made by ${to.spec}`;
  const asked = texts.filter((text) => text !== to.name);
  return [
    `${from.name} needs ${to.name}`,
    ...(asked.length === 0 ? [] : [` for ${asked.join(', ')}`]),
    ...(isConditional ? [' if its condition holds'] : []),
    ...(isPredicted ? [' (predicted)'] : []),
  ].join('');
}
