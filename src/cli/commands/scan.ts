import { CREDENTIAL_FORMATS } from '../../core/credential.js'
import { command } from '../command.js'
import { Failure } from '../failure.js'
import { prefixOption } from '../options.js'
import type { FindOptions, Found } from '../scan/find.js'
import { linesOf, pieces } from '../scan/read.js'
import { createReport, type Report } from '../scan/report.js'
import { createScanner } from '../scan/scanner.js'
import { walk } from '../scan/walk.js'

const STDIN = '-'

export const scan = command({
  name: 'scan [path...]',
  summary: 'find leaked tokens in files, folders and standard input',
  details: `A token is found by its checksum, whatever stands around it; one that is mistyped or cut short is none. Of each, only its public
id is printed, which is what \`tokens.revoke\` takes. Without a path, standard input is read. Links below a folder are not followed, and
what is compressed or encrypted is not looked into.`,
  options: [prefixOption('only tokens of this prefix; may be repeated (default: of any)')],
  examples: [
    ['scan . --prefix acme', 'a working copy, for tokens that begin with acme_'],
    ['scan /var/log --json', 'logs, for a program to read'],
    ['scan < <(git log -p --all)', 'all that ever was in a repository'],
  ],
  async run(paths, { prefix: prefixes }: { readonly prefix?: readonly string[] }, out) {
    const options: FindOptions = { formats: CREDENTIAL_FORMATS, prefixes }
    const report = createReport(out)
    if (paths.length === 0 || paths.includes(STDIN)) await scanInput(options, report)
    for (const { path, fault } of walk(paths.filter((path) => path !== STDIN))) {
      try {
        if (fault !== undefined) throw fault
        scanFile(path, options, report)
      } catch (error) {
        report.unread(path, error instanceof Error ? error.message : String(error))
      }
    }
    return report.outcome()
  },
})

async function scanInput(options: FindOptions, report: Report): Promise<void> {
  if (process.stdin.isTTY) throw new Failure('usage', 'name a path, or pipe something in')
  const scanner = createScanner(options)
  const found: Found[] = []
  for await (const piece of process.stdin as AsyncIterable<Uint8Array>) {
    found.push(...scanner(piece))
    report.read(piece.length)
  }
  report.file(STDIN, found)
}

function scanFile(path: string, options: FindOptions, report: Report): void {
  const scanner = createScanner(options)
  const found: Found[] = []
  for (const piece of pieces(path)) {
    found.push(...scanner(piece))
    report.read(piece.length)
  }
  const offsets = found.map(({ start }) => start)
  report.file(path, found, found.length === 0 ? [] : linesOf(path, offsets))
}
