import type { Option } from 'commander'
import type { Json } from '../core/json.js'
import type { Output } from './output.js'

/** How a process ends: all went well; what was looked for was found, or is not as it should be; it could not be done. */
export const EXIT = { ok: 0, found: 1, failed: 2 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What a command has to say in the end. */
export interface Outcome {
  /** All of it, for `--json`. */
  readonly json: Json
  /** `EXIT.ok` unless it is another. */
  readonly exit?: ExitCode
}

/** A command, as the table of `commands.ts` has it. */
export interface Command {
  /** Its name, with its arguments as the parser reads them: `scan [path...]`. */
  readonly name: string
  readonly summary: string
  /** What the help says besides. */
  readonly details: string
  readonly options: readonly Option[]
  /** What follows `npx tokenloop `, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  run(args: readonly string[], options: Readonly<Record<string, unknown>>, out: Output): Outcome | Promise<Outcome>
}

/** A row of the table. `Options` is what the parser makes of the `options`. */
export const command = <Options>(
  row: Omit<Command, 'run'> & {
    run(args: readonly string[], options: Options, out: Output): Outcome | Promise<Outcome>
  },
): Command => ({ ...row, run: (args, options, out) => row.run(args, options as Options, out) })
