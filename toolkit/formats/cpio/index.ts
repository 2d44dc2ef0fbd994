export { type CpioEntry, readCpio } from './read.ts';
export { writeCpio } from './write.ts';
