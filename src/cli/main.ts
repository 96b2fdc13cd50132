#!/usr/bin/env node
import process from 'node:process'
import { EXIT } from './command.js'
import { run } from './program.js'

// Whoever reads may have had enough, as `head` has: then there is nobody to tell, and what was found was not told.
process.stdout.on('error', () => process.exit(EXIT.failed))

process.exitCode = await run(process.argv.slice(2), process)
