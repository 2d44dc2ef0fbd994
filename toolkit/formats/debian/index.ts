export { createSourcesParser, parseSourcesStream, type SourcePackage } from './sources.ts';
