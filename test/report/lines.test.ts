import { describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../toolkit/domain/events.ts';
import { formatBytes, formatDuration } from '../../toolkit/report/duration.ts';
import { eventLines } from '../../toolkit/report/lines.ts';
import { createPlainReporter } from '../../toolkit/report/plain.ts';
import { createProgress, stageRemainingMs, updateProgress } from '../../toolkit/report/progress.ts';
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

describe('eventLines', () => {
  it('is silent about what was reused', () => {
    const base = { type: 'task.finished', stage: 'packages', task: 'zlib', durationMs: 5 } as const;
    expect(eventLines({ ...base, outcome: 'reused' })).toEqual([]);
    expect(eventLines({ ...base, outcome: 'failed', detail: 'x' })).toEqual(['  zlib FAILED: x']);
    expect(eventLines({ ...base, outcome: 'interrupted' })).toEqual(['  zlib interrupted after 0.0s']);
  });
});

const PLANNED: ToolkitEvent = {
  type: 'stage.planned',
  stage: 'packages',
  workers: 1,
  tasks: [
    { task: 'zlib', expectedMs: 60_000, waitsOn: [], priority: 180_000 },
    { task: 'openssl', expectedMs: 120_000, waitsOn: ['zlib'], priority: 120_000 },
  ],
};

describe('stageRemainingMs', () => {
  it('counts all that is planned, and goes down while it runs', () => {
    const progress = createProgress();
    updateProgress(progress, { type: 'stage.started', stage: 'packages', total: 9 }, 0);
    const stage = progress.stages.get('packages')!;
    expect(stageRemainingMs(stage, 0)).toBeUndefined();
    updateProgress(progress, PLANNED, 0);
    expect(stage.total).toBe(2);
    expect(stageRemainingMs(stage, 0)).toBe(180_000);
    updateProgress(progress, { type: 'task.started', stage: 'packages', task: 'zlib' }, 0);
    expect(stageRemainingMs(stage, 40_000)).toBe(140_000);
    const finished = { type: 'task.finished', stage: 'packages', task: 'zlib', durationMs: 1 } as const;
    updateProgress(progress, { ...finished, outcome: 'reused' }, 40_000);
    expect(stageRemainingMs(stage, 40_000)).toBe(120_000);
  });

  it('corrects what is left by what was slower than expected', () => {
    const progress = createProgress();
    updateProgress(progress, { type: 'stage.started', stage: 'packages' }, 0);
    updateProgress(progress, PLANNED, 0);
    updateProgress(
      progress,
      { type: 'task.finished', stage: 'packages', task: 'zlib', durationMs: 150_000, outcome: 'made' },
      150_000,
    );
    expect(stageRemainingMs(progress.stages.get('packages')!, 150_000)).toBe(240_000);
  });
});

describe('createPlainReporter', () => {
  it('says how long a build is expected to take, and with each that ends how much is left', () => {
    let text = '';
    const reporter = createPlainReporter(
      (more) => {
        text += more;
      },
      () => 0,
    );
    reporter.emit({ type: 'stage.started', stage: 'packages' });
    reporter.emit(PLANNED);
    reporter.emit({ type: 'task.started', stage: 'packages', task: 'zlib', expectedMs: 60_000 });
    reporter.emit({ type: 'task.progressed', stage: 'packages', task: 'zlib', detail: '%prep' });
    const done = { type: 'task.finished', stage: 'packages', durationMs: 60_000, outcome: 'made' } as const;
    reporter.emit({ ...done, task: 'zlib', detail: 'never built' });
    reporter.emit({ ...done, task: 'openssl', detail: 'zlib changed' });
    expect(text).toBe(
      '  zlib ... (about 1m00s)\n' +
        '  zlib 1m00s: never built [1 of 2, about 2m00s left]\n' +
        '  openssl 1m00s: zlib changed\n',
    );
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

describe('the live lines of a terminal', () => {
  it.each([
    [80, ['packages 0 of 2, 40s, about 2m20s left', '  zlib 40s of ~1m00s  %build', '']],
    [24, ['packages 0 of 2, 40s, …', '  zlib 40s of ~1m00s  …', '']],
  ])('fit into %d columns', (columns, lines) => {
    let screen = '';
    let now = 0;
    using reporter = createTerminalReporter({
      write: (text) => {
        screen += text;
      },
      columns: () => columns,
      now: () => now,
    });
    reporter.emit({ type: 'stage.started', stage: 'packages' });
    reporter.emit(PLANNED);
    reporter.emit({ type: 'task.started', stage: 'packages', task: 'zlib', expectedMs: 60_000 });
    now = 40_000;
    reporter.emit({ type: 'task.progressed', stage: 'packages', task: 'zlib', detail: '%build' });
    expect(rendered(screen).map((line) => line.replace(/\u001b\[\d*m/g, ''))).toEqual(lines);
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
