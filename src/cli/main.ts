#!/usr/bin/env node
import { runProgram } from './program.js';

// A status that a command has set while it went on stays, unless it failed.
const status = await runProgram(process.argv.slice(2));
if (status !== 0) process.exitCode = status;
