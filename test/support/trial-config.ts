import { expect } from 'vitest';
import { type LoadedImageConfig, loadImageConfig } from '../../toolkit/config/image.ts';
import type { ImageConfig } from '../../toolkit/domain/image.ts';
import { type TextFolder, textFolders } from './text-folder.ts';

/** Reads texts as `trial.yaml`, with other files beside it. */
export interface TrialConfigs {
  readonly folderOf: TextFolder;
  loadWhole(text: string, files?: Readonly<Record<string, string>>): Promise<LoadedImageConfig>;
  load(text: string, files?: Readonly<Record<string, string>>): Promise<ImageConfig>;
  /** The lines of the error that a configuration gives. */
  problems(text: string, files?: Readonly<Record<string, string>>): Promise<string[]>;
  /** The same without their places in the file. */
  messages(text: string): Promise<string[]>;
}

/** To be called at the top of a test file. */
export function trialConfigs(): TrialConfigs {
  const folderOf = textFolders();
  const loadWhole: TrialConfigs['loadWhole'] = async (text, files = {}) =>
    await loadImageConfig('trial.yaml', await folderOf({ 'trial.yaml': text, ...files }));
  const load: TrialConfigs['load'] = async (text, files) => (await loadWhole(text, files)).config;
  const problems: TrialConfigs['problems'] = async (text, files) => {
    try {
      await load(text, files);
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', errorClass: 'usage' });
      return (error as Error).message.split('\n');
    }
    throw new Error('the configuration was taken');
  };
  const messages: TrialConfigs['messages'] = async (text) =>
    (await problems(text)).map((line) => line.replace(/^trial\.yaml:\d+:\d+: /, ''));
  return { folderOf, loadWhole, load, problems, messages };
}
