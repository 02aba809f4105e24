import { describeScenarios } from './guest.js';

const FILES = ['probe.js', 'instance.js'];

for (const kernel of ['7.3', '7.2']) await describeScenarios(kernel, FILES);
