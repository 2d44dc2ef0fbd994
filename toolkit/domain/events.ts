import type { BuildSummary } from './build-summary.ts';
import type { WaitingTask } from './eta.ts';

/** What happened, for whoever shows it. Names are `noun.past-tense`; text is made by the reporters. */
export type ToolkitEvent =
  | { readonly type: 'stage.started'; readonly stage: string; readonly total?: number }
  | {
      /** What a stage has left to do; said again when the plan has changed. */
      readonly type: 'stage.planned';
      readonly stage: string;
      readonly workers: number;
      readonly tasks: readonly WaitingTask[];
    }
  | {
      readonly type: 'stage.finished';
      readonly stage: string;
      readonly durationMs: number;
      readonly detail: string;
    }
  | {
      readonly type: 'task.started';
      readonly stage: string;
      readonly task: string;
      readonly expectedMs?: number;
    }
  | {
      readonly type: 'task.progressed';
      readonly stage: string;
      readonly task: string;
      readonly detail: string;
    }
  | {
      readonly type: 'task.finished';
      readonly stage: string;
      readonly task: string;
      readonly outcome: 'made' | 'reused' | 'failed' | 'skipped' | 'interrupted';
      readonly durationMs: number;
      readonly detail?: string;
    }
  | { readonly type: 'builds.summarized'; readonly summary: BuildSummary }
  | { readonly type: 'notice.given'; readonly level: 'info' | 'warning'; readonly message: string };

export interface EventSink {
  emit(event: ToolkitEvent): void;
}
