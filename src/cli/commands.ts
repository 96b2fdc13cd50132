import type { Command } from './command.js'
import { doctor } from './commands/doctor.js'
import { inspect } from './commands/inspect.js'
import { keygen } from './commands/keygen.js'
import { migrateCommand } from './commands/migrate.js'
import { patterns } from './commands/patterns.js'
import { scan } from './commands/scan.js'
import { schemaCommand } from './commands/schema.js'

/** Every command there is, in the order of the help. */
export const COMMANDS: readonly Command[] = [keygen, migrateCommand, schemaCommand, scan, patterns, inspect, doctor]
