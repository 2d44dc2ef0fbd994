import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from '../../toolkit/report/duration.ts';
import { eventLine } from '../../toolkit/report/lines.ts';
import { createProgress, remainingMs, updateProgress } from '../../toolkit/report/progress.ts';
import { redact } from '../../toolkit/report/redact.ts';
import { createTerminalReporter } from '../../toolkit/report/terminal.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0.0s'],
    [9_940, '9.9s'],
    [12_400, '12s'],
    [185_000, '3m05s'],
    [3_720_000, '1h02m'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [812, '812 B'],
    [1_468_006, '1.4 MiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('redact', () => {
  it('takes control sequences and credentials out', () => {
    expect(redact('\u001b[31mred\u001b[0m https://me:secret@host/x\u0007')).toBe('red https://***@host/x ');
  });
});

describe('eventLine', () => {
  it('is silent about what was reused', () => {
    const base = { type: 'task.finished', stage: 'packages', task: 'zlib', durationMs: 5 } as const;
    expect(eventLine({ ...base, outcome: 'reused' })).toBeUndefined();
    expect(eventLine({ ...base, outcome: 'failed', detail: 'x' })).toBe('  zlib FAILED: x');
  });
});

describe('remainingMs', () => {
  it('takes the longest running task and is never negative', () => {
    const progress = createProgress();
    updateProgress(progress, { type: 'stage.started', stage: 's' }, 0);
    updateProgress(progress, { type: 'task.started', stage: 's', task: 'a', expectedMs: 100 }, 0);
    updateProgress(progress, { type: 'task.started', stage: 's', task: 'b', expectedMs: 900 }, 0);
    const stage = progress.stages.get('s')!;
    expect(remainingMs(stage, 400)).toBe(500);
    expect(remainingMs(stage, 4000)).toBe(0);
  });
});

describe('createTerminalReporter', () => {
  it('leaves only finished lines on the screen', () => {
    let screen = '';
    const reporter = createTerminalReporter({
      write: (text) => {
        screen += text;
      },
      columns: () => 40,
      now: () => 0,
    });
    reporter.emit({ type: 'stage.started', stage: 'packages', total: 2 });
    reporter.emit({ type: 'task.started', stage: 'packages', task: 'a'.repeat(60) });
    reporter.emit({ type: 'stage.finished', stage: 'packages', durationMs: 1000, detail: '2 built' });
    reporter[Symbol.dispose]();
    expect(rendered(screen)).toEqual(['packages: 2 built (1.0s)', '']);
  });
});

/** What a terminal shows of text with "cursor up n" and "erase below". */
function rendered(text: string): string[] {
  const lines = [''];
  for (const part of text.split(/(\u001b\[\d+A|\u001b\[J|\n)/)) {
    const up = /^\u001b\[(\d+)A$/.exec(part);
    if (up) lines.splice(lines.length - 1 - Number(up[1]), Number(up[1]) + 1, '');
    else if (part === '\n') lines.push('');
    else if (part !== '\u001b[J') lines[lines.length - 1] += part;
  }
  return lines;
}
