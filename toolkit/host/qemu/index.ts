export { freePort, type RunningMachine, runMachineOnTerminal } from './boot.ts';
export { type BootExpectation, type BootReport, checkBoot } from './check.ts';
export type { BootFormat, Bus, DiskFormat, Firmware, Machine } from './machine.ts';
