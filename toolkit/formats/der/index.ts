export { type DerElement, readElement } from './read.ts';
export { bits, element, integer, octets, oid, sequence, setOf, TAGS } from './write.ts';
