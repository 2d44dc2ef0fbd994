import { resolve } from 'node:path';
import { type GraphDocument, graphDocument } from '../../domain/answers/document.ts';
import { usageError } from '../../domain/errors.ts';
import { buildStates } from '../../pipeline/answers.ts';
import { readGraph, refuseScanFailures } from '../../pipeline/graph.ts';
import { replaceFile } from '../../pipeline/replace-file.ts';
import { jsonDocument } from '../../report/answers/text.ts';
import { graphDot } from '../../report/graph/dot.ts';
import { graphHtml } from '../../report/graph/html.ts';
import { withPipeline } from '../run.ts';
import type { CommandOptions } from '../session.ts';

const FORMATS: Readonly<Record<string, (document: GraphDocument) => string | Promise<string>>> = {
  dot: graphDot,
  json: jsonDocument,
  html: graphHtml,
};

/** What `graph --format` takes. */
export const graphFormats = Object.keys(FORMATS);

export interface DrawOptions extends CommandOptions {
  readonly format?: string;
  readonly output?: string;
}

/**
 * `distrokit graph --format`: the whole graph for people or programs, into a file or to stdout. Specs that
 * could not be read are part of it; then it ends with `SPECS_INVALID`.
 */
export async function drawGraph(options: DrawOptions, format: string): Promise<void> {
  const { output } = options;
  if (format === 'html' && output === undefined && process.stdout.isTTY) {
    throw usageError('OUTPUT_MISSING', 'a page is nothing for a terminal', {
      hint: 'Name a file: --output graph.html',
    });
  }
  await withPipeline(options, false, async (context, _assembly, signal) => {
    const graph = await readGraph(context, signal);
    const document = graphDocument(graph, await buildStates(graph, context, signal));
    const text = await FORMATS[format]!(document);
    if (output === undefined) process.stdout.write(text);
    else await replaceFile(resolve(output), text);
    refuseScanFailures(graph.failures);
  });
}
