import { createRequire } from 'node:module'
import { CommanderError, Option, Command as Parser } from 'commander'
import { type Command, EXIT, type ExitCode } from './command.js'
import { COMMANDS } from './commands.js'
import { tell } from './failure.js'
import { createOutput, type Streams } from './output.js'

const JSON_OPTION = '--json'

/** Runs a command line, and answers how the process is to end. Never rejects. */
export async function run(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  const isJson = argv.includes(JSON_OPTION)
  const out = createOutput(streams, isJson)
  let exit: ExitCode = EXIT.ok
  const parser = createParser(streams, isJson, async (command, args, options) => {
    const outcome = await command.run(args, options, out)
    out.end()
    out.document(outcome.json)
    exit = outcome.exit ?? EXIT.ok
  })
  try {
    await parser.parseAsync(argv, { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    const { code, message } = tell(error)
    // The help that was printed for want of a command is all that is to be said.
    if (!(error instanceof CommanderError && error.code === 'commander.help')) out.note(`tokenloop: ${message}`)
    out.document({ error: { code, message } })
    return EXIT.failed
  }
}

type Act = (command: Command, args: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<void>

function createParser({ stdout, stderr }: Streams, isJson: boolean, act: Act): Parser {
  const parser = new Parser('tokenloop')
    .description('Keys, schemas, leaks and tokens: what goes with the tokenloop library.')
    .version(versionOf(), '-V, --version', 'say which version this is')
    .helpOption('-h, --help', 'say how it is used')
    .helpCommand('help [command]', 'say how a command is used')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => isJson || stderr.write(text),
      // What is wrong is told once, by whoever catches it.
      outputError: () => {},
    })
    .addHelpText('after', EXITS)
  for (const command of COMMANDS) add(parser, command, act)
  return parser
}

function add(parser: Parser, command: Command, act: Act): void {
  const sub = parser.command(command.name).summary(command.summary).description(describe(command))
  for (const option of [...command.options, new Option(JSON_OPTION, 'print the result as one JSON document')])
    sub.addOption(option)
  sub
    .copyInheritedSettings(parser)
    .addHelpText('after', examplesOf(command))
    .action(() => act(command, sub.args, sub.opts()))
}

/** Lines are broken where the terminal ends. */
const describe = ({ summary, details }: Command): string =>
  `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.\n\n${details.replaceAll('\n', ' ')}`

function examplesOf({ examples }: Command): string {
  const lines = examples.map(([line, does]) => `  # ${does}\n  $ npx tokenloop ${line}`)
  return `\nExamples:\n${lines.join('\n')}\n${EXITS}`
}

const EXITS = `
Exit codes:
  0  done
  1  something was found, or is not as it should be
  2  it could not be done, or not be understood`

/** The package knows itself by its name, wherever its files lie. */
function versionOf(): string {
  const { version }: { version: string } = createRequire(import.meta.url)('tokenloop/package.json')
  return version
}
