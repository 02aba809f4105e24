import { describeScenarios } from './guest.js';

const FILES = ['thin.js'];

for (const kernel of ['7.3', '7.2']) await describeScenarios(kernel, FILES);
