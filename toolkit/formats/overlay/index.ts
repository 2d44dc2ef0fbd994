export { type OverlayTree, overlayTree } from './changes.ts';
