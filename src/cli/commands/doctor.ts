import { InvalidArgumentError, Option } from 'commander'
import { command, EXIT } from '../command.js'
import { allowing } from '../doctor/addresses.js'
import { createAsk } from '../doctor/answer.js'
import { type Finding, plain } from '../doctor/check.js'
import { examineDeployment, type Section } from '../doctor/examination.js'
import { Failure } from '../failure.js'

interface Options {
  readonly loopback?: boolean
  readonly client?: string
  readonly redirectUri?: string
  readonly timeout: number
}

const MOST_SECONDS = 60

export const doctor = command({
  name: 'doctor <url>',
  summary: 'check a deployment: an authorization server by its issuer, or a protected resource',
  details: `Metadata, keys and endpoints are held against RFC 8414, RFC 9728, RFC 9700, RFC 9207, OAuth 2.1 and the authorization rules of MCP
(2026-07-28). Of a resource, the servers that it names are checked too. Requests go to the addresses that the metadata names; each is one
that should be refused, and none registers, grants or revokes anything at a server that refuses it. Answers are read up to 128 KiB and
the timeout. A failed check ends it with 1, a warning does not.`,
  options: [
    new Option('--loopback', 'allow http: addresses of this machine'),
    new Option('--client <id>', 'a client that the server knows, to try redirect URIs that it did not register'),
    new Option('--redirect-uri <uri>', 'one that it did register, to look at what it is told'),
    new Option('--timeout <seconds>', 'for each answer').argParser(seconds).default(5),
  ],
  examples: [
    ['doctor https://auth.acme.dev', 'an authorization server'],
    ['doctor https://api.acme.dev/mcp --json', 'an MCP server and its authorization servers, for a program to read'],
    ['doctor http://localhost:3000 --loopback', 'a server on this machine'],
    ['doctor https://auth.acme.dev --client c1 --redirect-uri https://app.acme.dev/cb', 'what a known client is told'],
  ],
  async run([url = ''], { loopback = false, client, redirectUri, timeout }: Options, out) {
    const allow = allowing(loopback)
    if (!allow(url)) throw new Failure('bad_url', 'the URL is https:, or http: on this machine with --loopback')
    if (redirectUri !== undefined && !URL.canParse(redirectUri))
      throw new Failure('bad_url', 'the redirect URI is none')
    const ask = createAsk(timeout * 1000)
    let asked = 0
    const sections = await examineDeployment(url, {
      ask(address, init) {
        asked++
        out.progress(() => `${asked} requests sent …`)
        return ask(address, init)
      },
      allow,
      client: { id: client, redirectUri },
    })
    const counts = countsOf(sections)
    for (const section of sections) out.line(tableOf(section))
    out.line(
      Object.entries(counts)
        .map(([result, count]) => `${count} ${result}`)
        .join(', '),
    )
    return {
      json: { url, ...counts, sections: sections.map(documentOf) },
      exit: counts.failed > 0 ? EXIT.found : EXIT.ok,
    }
  },
})

function seconds(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= MOST_SECONDS) return value
  throw new InvalidArgumentError(`it is a number of seconds up to ${MOST_SECONDS}.`)
}

type Counts = Record<Finding['result'], number>

function countsOf(sections: readonly Section[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, warned: 0, skipped: 0 }
  for (const { findings } of sections) for (const { result } of findings) counts[result]++
  return counts
}

const documentOf = ({ of, address, findings }: Section) => ({
  of,
  address,
  findings: findings.map((finding) => ({ ...finding })),
})

const MARKS: Readonly<Record<Finding['result'], string>> = {
  passed: 'ok',
  failed: 'FAILED',
  warned: 'warning',
  skipped: '-',
}

/** A line for each check, and one below for what is wrong. */
function tableOf({ of, address, findings }: Section): string {
  const width = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length))
  const [ids, sources] = [width(findings.map(({ id }) => id)), width(findings.map(({ source }) => source))]
  const lines = findings.flatMap(({ id, source, what, result, why }) => [
    `  ${MARKS[result].padEnd(7)}  ${id.padEnd(ids)}  ${source.padEnd(sources)}  ${what}`,
    ...(why === undefined ? [] : [`${' '.repeat(11)}${why}`]),
  ])
  return [`${of} ${plain(address)}`, ...lines, ''].join('\n')
}
