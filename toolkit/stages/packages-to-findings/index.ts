export { type InspectedFile, inspectPackage, readHeader } from './inspect.ts';
