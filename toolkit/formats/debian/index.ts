export { type Paragraph, readParagraphs } from './paragraphs.ts';
export { type DebianSource, type DebianSourceFile, readSources } from './sources.ts';
